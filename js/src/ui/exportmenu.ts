import type { Bits } from "../state/bits";
import type { Model, ModelStore } from "../state/model";
import { notice } from "../state/notice";
import type { Domain, Size, Theme } from "../state/types";
import type { View, ViewStore } from "../state/view";
import { html } from "./element";
import { type Item, menuItem, popover } from "./menu";
import type { Entry } from "./toolbar";

/** Asks Python for a part of what is exported. */
export type Fetch = (
  what: string,
  about: object,
  buffers?: Bits[],
) => Promise<{ answer: object; buffers: DataView[] }>;
/** Python, and who says what it could not do. */
interface Python {
  ask: Fetch;
  complain(why: string): void;
}
interface Given {
  name?: string;
  code?: string;
  next?: number | null;
  rows?: number;
  revision?: number;
}
/** What a picture should look like. */
export interface Looks {
  size: Size;
  theme: Theme;
  epoch: number | null;
  /** From one end of each axis that is not shown whole to the other. */
  ranges: Partial<Record<"x" | "y", Domain>>;
}

const ICON = "M8 2.500v7.500M8 10 5.200 7.200M8 10l2.800-2.800M2.800 10.500v3h10.400v-3";
const GONE = "Python is not there to make it";
const NOTHING = "Nothing is selected";

function rangesOf({ frame, camera }: View): Looks["ranges"] {
  const ranges: Looks["ranges"] = {};
  for (const axis of ["x", "y"] as const) {
    const [[from, to], [low, high]] = [camera[axis], frame?.[axis].domain ?? [0, 1]];
    if (from !== 0 || to !== 1) ranges[axis] = [low + from * (high - low), low + to * (high - low)];
  }
  return ranges;
}

/** What a picture of a view should look like: its size and theme, the epoch it shows, how near. */
export const looksOf = (el: HTMLElement, model: ModelStore, view: ViewStore): Looks => ({
  size: { width: el.clientWidth, height: model.get().height },
  theme: view.get().theme,
  epoch: model.get().time.epoch,
  ranges: rangesOf(view.get()),
});

/** All blocks of the selection's rows, one question each. */
export async function allRows(ask: Fetch, form: "csv" | "tsv"): Promise<[string, Blob]> {
  const parts: DataView<ArrayBuffer>[] = [];
  let [next, name]: [number | null, string] = [0, ""];
  let more: { rows?: number; revision?: number } = {};
  while (next !== null) {
    const { answer, buffers } = await fetched(ask, { as: form, from: next, ...more });
    parts.push(...buffers);
    more = { rows: answer.rows, revision: answer.revision };
    [next, name] = [answer.next ?? null, answer.name ?? "selection"];
  }
  return [name, new Blob(parts, { type: form === "csv" ? "text/csv" : "text/plain" })];
}

async function fetched(ask: Fetch, about: object, rows: Bits[] = []) {
  const { answer, buffers } = await ask("export", about, rows);
  return { answer: answer as Given, buffers: buffers as DataView<ArrayBuffer>[] };
}

/** Hands a file to the browser, which keeps it where it keeps what is downloaded. */
function save(name: string, file: Blob): void {
  const url = URL.createObjectURL(file);
  const link = html("a", { href: url, download: name });
  document.body.append(link); // some browsers follow no link that is in no page
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Where the page may not write to the clipboard, as without https, an old way is left. */
async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = html("textarea", { style: "position:fixed;opacity:0" });
    field.value = text;
    document.body.append(field);
    field.select();
    const isDone = document.execCommand("copy");
    field.remove();
    if (!isDone) throw new Error("this page may not write to the clipboard");
  }
}

/** What is saved and copied of the map. */
function exports(model: ModelStore, looks: () => Looks, ask: Fetch) {
  const picture = async (form: "png" | "svg", type: string) => {
    const { size, theme, epoch, ranges } = looks();
    const sides = [Math.round(size.width), Math.round(size.height)];
    const { passing } = model.get();
    const about = { as: form, size: sides, theme, epoch, ranges };
    const { answer, buffers } = await fetched(ask, about, passing ? [passing] : []);
    save(answer.name ?? `map.${form}`, new Blob(buffers, { type }));
  };
  const rows = async () => save(...(await allRows(ask, "csv")));
  const copied = async () => copy(await (await allRows(ask, "tsv"))[1].text());
  const code = async () => copy((await fetched(ask, { as: "code" })).answer.code ?? "");
  const all: [label: string, done: string, needsRows: boolean, run: () => Promise<void>][] = [
    ["Save as PNG", "saved as PNG", false, () => picture("png", "image/png")],
    ["Save as SVG", "saved as SVG", false, () => picture("svg", "image/svg+xml")],
    ["Save the selection as CSV", "selection saved as CSV", true, rows],
    ["Copy the selection", "selection copied", true, copied],
    ["Copy the Python that makes this map", "Python copied", false, code],
  ];
  return all.map(([label, done, needsRows, run]) => ({
    label,
    done,
    run,
    off: () => reason(model.get(), needsRows),
  }));
}

function reason({ connection, selection }: Model, needsRows: boolean): string | undefined {
  if (connection !== "live") return GONE;
  return needsRows && selection.count === 0 ? NOTHING : undefined;
}

/** The map as a file, or on the clipboard. */
export function exportMenu(
  model: ModelStore,
  looks: () => Looks,
  { ask, complain }: Python,
  signal: AbortSignal,
): Entry {
  let waiting = 0;
  const begin = async ({ run, done }: ReturnType<typeof exports>[number]) => {
    waiting += 1;
    model.set({ complaint: null });
    try {
      await run();
      notice(model, done);
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
    } finally {
      waiting -= 1;
      model.set({}); // the button waits no more
    }
  };
  const all = exports(model, looks, ask);
  const menu = popover(
    {
      role: "menu",
      label: "Export",
      fill(panel) {
        const items = all.map((one): Item => {
          const off = one.off();
          const run = () => {
            menu.close();
            if (off) notice(model, off);
            else void begin(one);
          };
          return { label: one.label, title: off, isOff: off !== undefined, run };
        });
        panel.append(...items.map(menuItem));
        return undefined;
      },
    },
    signal,
  );
  return {
    name: "export",
    isRare: true,
    group: "view",
    label: "Export",
    hint: "pictures, rows, code",
    key: "E",
    icon: ICON,
    does: menu,
    look: () => ({ waits: waiting > 0 }),
  };
}
