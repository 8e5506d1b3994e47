import { colorText, positionText } from "../scene/numbers";
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
const FACTS = 5; // columns of the user's beside guid, gold and the axes
const AWAY = 14; // px from the point

type Statics = ReadonlyMap<string, StaticColumn>;
type Fact = [name: string, value: string];

const clamped = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most).trimEnd()}…` : text;

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

function facts(frame: Frame, statics: Statics, row: number): Fact[] {
  const color = frame.color.codes[row] ?? NO_COLOR;
  const text = preview(statics)?.name;
  const own = [...statics.values()].filter(({ name }) => name !== text);
  return [
    ...own
      .slice(0, FACTS + 2)
      .map(({ title, read }): Fact => [title, clamped(read(row) ?? "–", 80)]),
    [frame.x.title, place(frame.x, row)],
    [frame.y.title, place(frame.y, row)],
    [frame.color.title, color === NO_COLOR ? "–" : colorText(frame.color, color)],
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
