import { markerPath } from "../scene/markers";
import { colorText } from "../scene/numbers";
import { lastCode } from "../scene/palette";
import type { Color, Frame } from "../state/types";
import { html, onChange, svg } from "./element";

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

const shapes = ({ categories = [] }: Color, most: number): HTMLElement[] => {
  const shown = categories.slice(0, most).map((name, code) => sign(markerPath(code, 4), 12, name));
  const left = categories.length - shown.length;
  return left > 0 ? [...shown, html("span", {}, `and ${left} more`)] : shown;
};

/** What sizes and shapes mean. */
export function legendMarks() {
  const root = html("div", { class: "carto-legend-marks" });
  let [size, shape, most]: [Color | null, Color | null, number] = [null, null, 8];
  const write = onChange(() => {
    root.hidden = !size && !shape;
    root.replaceChildren(
      ...(size ? [named(size.title), ...sizes(size)] : []),
      ...(shape ? [named(shape.title), ...shapes(shape, most)] : []),
    );
  });
  return {
    root,
    update(frame: Frame | null, isNarrow: boolean) {
      [size, shape, most] = [frame?.size ?? null, frame?.shape ?? null, isNarrow ? 3 : 8];
      const told = [size, shape].flatMap((one) => [
        one?.title,
        one?.domain.join(),
        one?.categories?.join("\n"),
      ]);
      write([most, ...told]);
    },
  };
}
