import { clamped, colorText, positionText } from "../scene/numbers";
import {
  type Frame,
  LATTICE,
  MISSING,
  NO_COLOR,
  type Pixel,
  type Position,
  type Size,
  type StaticColumn,
} from "../state/types";
import { html, onChange } from "./element";

const LONGEST = 420; // letters of a text
const FACTS = 7; // columns told beside those of the map
const AWAY = 14; // px from the point

type Statics = ReadonlyMap<string, StaticColumn>;
type Fact = [name: string, value: string];

/** The column whose texts are shown: the one called text, else the first that is one. */
export function preview(statics: Statics): StaticColumn | undefined {
  const texts = [...statics.values()].filter(
    ({ kind, name }) => kind === "text" && name !== "guid",
  );
  return statics.get("text") ?? texts[0];
}

function place(column: Position, row: number): string {
  const code = column.codes[row] ?? MISSING;
  if (code <= LATTICE) return positionText(column, code);
  return code === MISSING ? "–" : (column.waiting ?? "not defined yet");
}

/** Of the columns sent once those that the preview and the map's own columns leave to be said. */
function own(frame: Frame, statics: Statics, row: number): Fact[] {
  const said = new Set([preview(statics)?.name, frame.x.name, frame.y.name, frame.color.name]);
  const rest = [...statics.values()].filter(({ name }) => !said.has(name) && name !== "guid");
  return [statics.get("guid"), ...rest]
    .flatMap((column) => {
      const value = column?.read(row) ?? null;
      return column && value !== null ? [[column.title, clamped(value, 80)] as Fact] : [];
    })
    .slice(0, FACTS);
}

function facts(frame: Frame, statics: Statics, row: number): Fact[] {
  const color = frame.color.codes[row] ?? NO_COLOR;
  const colored: Fact = [
    frame.color.title,
    color === NO_COLOR ? "–" : colorText(frame.color, color),
  ];
  return [
    ...own(frame, statics, row),
    [frame.x.title, place(frame.x, row)],
    [frame.y.title, place(frame.y, row)],
    ...(frame.color.title ? [colored] : []),
  ];
}

/** What there is to say of the row under the pointer. */
export function tooltip() {
  const root = html("div", { class: "carto-tooltip", role: "tooltip", hidden: "" });
  let [frame, statics, row]: [Frame | null, Statics, number] = [null, new Map(), 0];
  const fill = onChange(() => {
    if (!frame) return;
    const text = preview(statics)?.read(row);
    const list = facts(frame, statics, row).flatMap(([name, value]) => [
      html("dt", { dir: "auto" }, name),
      html("dd", { dir: "auto" }, value),
    ]);
    const said = text ? [html("p", { dir: "auto" }, clamped(text, LONGEST))] : [];
    root.replaceChildren(...said, html("dl", {}, ...list));
  });
  function put([x, y]: Pixel, within: Size): void {
    const { offsetWidth: w, offsetHeight: h } = root;
    const left = x + AWAY + w <= within.width ? x + AWAY : Math.max(0, x - AWAY - w);
    const top = Math.max(-24, Math.min(y + AWAY, within.height - h));
    root.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
  return {
    root,
    update(shown: Frame, all: Statics, hovered: number | null, at: Pixel | null, within: Size) {
      root.hidden = hovered === null || at === null;
      if (hovered === null || at === null) return;
      [frame, statics, row] = [shown, all, hovered];
      fill([frame, statics, row]);
      put(at, within);
    },
  };
}
