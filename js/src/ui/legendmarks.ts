import { markerPath } from "../scene/markers";
import { colorText } from "../scene/numbers";
import { lastCode } from "../scene/palette";
import type { Color, Frame } from "../state/types";
import { html, onChange, svg } from "./element";
import { folding } from "./folding";

const SIZES = [0.6, 1.5, 2.4]; // times a point's diameter: smallest, middle, largest
const POINT = 4.6; // px

const named = (title: string) => html("span", { class: "carto-legend-title", dir: "auto" }, title);

function sign(path: string, side: number, name: string): HTMLElement {
  const box = { viewBox: `${-side / 2} ${-side / 2} ${side} ${side}`, width: side, height: side };
  return html(
    "span",
    { class: "carto-mark", title: name },
    svg("svg", { ...box, "aria-hidden": "true" }, svg("path", { d: path })),
    html("bdi", {}, name),
  );
}

/** Three circles, with what they stand for. */
function sizes(column: Color): HTMLElement[] {
  const last = lastCode(column);
  const codes = last > 1 ? [0, Math.round(last / 2), last] : [0, last];
  return codes.map((code) => {
    const times = SIZES[Math.round((2 * code) / Math.max(1, last))]!;
    const diameter = times * POINT;
    return sign(markerPath(0, diameter / 2), Math.ceil(diameter + 1), colorText(column, code));
  });
}

const shapes = ({ categories = [] }: Color): HTMLElement[] =>
  categories.map((name, code) => sign(markerPath(code, 4), 12, name));

/** What sizes and shapes mean. */
export function legendMarks(signal: AbortSignal) {
  const root = html("div", { class: "carto-legend-marks" });
  const { fold } = folding("More shapes", signal);
  let [size, shape]: [Color | null, Color | null] = [null, null];
  const write = onChange(() => {
    root.hidden = !size && !shape;
    const before = [
      ...(size ? [named(size.title), ...sizes(size)] : []),
      ...(shape ? [named(shape.title)] : []),
    ];
    fold(root, before, shape ? shapes(shape) : []);
  });
  return {
    root,
    /** In so many px of width. */
    update(frame: Frame | null, width: number) {
      [size, shape] = [frame?.size ?? null, frame?.shape ?? null];
      const told = [size, shape].flatMap((one) => [
        one?.title,
        one?.domain.join(),
        one?.categories?.join("\n"),
      ]);
      write([width, ...told]);
    },
  };
}
