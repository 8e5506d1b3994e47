import { clamped, colorText, positionText } from "../scene/numbers";
import {
  type Frame,
  LATTICE,
  MISSING,
  NO_COLOR,
  type Position,
  type StaticColumn,
} from "../state/types";

export type Statics = ReadonlyMap<string, StaticColumn>;
export type Fact = [name: string, value: string];

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
  return [statics.get("guid"), ...rest].flatMap((column) => {
    const value = column?.read(row) ?? null;
    return column && value !== null ? [[column.title, clamped(value, 80)] as Fact] : [];
  });
}

/** What the map itself shows of a row: x, y, colour. */
export function numbers(frame: Frame, row: number): Fact[] {
  const color = frame.color.codes[row] ?? NO_COLOR;
  const colored: Fact = [
    frame.color.title,
    color === NO_COLOR ? "–" : colorText(frame.color, color),
  ];
  return [
    [frame.x.title, place(frame.x, row)],
    [frame.y.title, place(frame.y, row)],
    ...(frame.color.title ? [colored] : []),
  ];
}

/** What is told of a row, in so many lines at most, and how many have no room there. */
export function facts(frame: Frame, statics: Statics, row: number, most: number) {
  const [all, drawn] = [own(frame, statics, row), numbers(frame, row)];
  const some = all.slice(0, Math.max(1, most - drawn.length));
  return { told: [...some, ...drawn], left: all.length - some.length };
}
