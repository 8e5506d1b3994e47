import type { Layout } from "../../scene/layout";
import { colorOf, css } from "../../scene/palette";
import { someOf } from "../../scene/trails";
import { has } from "../../state/bits";
import type { ModelStore } from "../../state/model";
import type { Frame } from "../../state/types";
import type { ViewStore } from "../../state/view";
import { onChange, svg } from "../element";

/** What stands on a sheet: which rows where none is selected, and each of them as a path. */
export interface Marks {
  /** So many of the first rows at most. */
  first: number;
  mark(row: number): string;
  /** Of so many rows. */
  opacity(rows: number): number;
}

/** The rows to be marked: those selected, else the first that are in sight; pointed at, pinned. */
function rowsOf(model: ModelStore, view: ViewStore, rows: number, first: number): number[] {
  const { selection, passing } = model.get();
  const { hover, pinned } = view.get();
  const isSeen = (row: number) => !passing || has(passing, row);
  const some = selection.count > 0 ? someOf(selection.bits, selection.count) : [];
  if (selection.count === 0)
    for (let row = 0; row < rows && some.length < first; row++) if (isSeen(row)) some.push(row);
  const others = [hover, pinned].filter((row): row is number => row !== null);
  return [...new Set([...some, ...others])].filter(isSeen);
}

/** Marks over the points in the colours of these, drawn anew when what they stand upon is other. */
export function sheet(
  model: ModelStore,
  view: ViewStore,
  name: string,
  marks: (frame: Frame, layout: Layout) => Marks | null,
  key: () => readonly unknown[],
) {
  const root = svg("svg", { class: `carto-trails ${name}`, "aria-hidden": "true" });
  let layout: Layout | null = null;
  const draw = onChange(() => root.replaceChildren(...paths()));

  function paths(): SVGElement[] {
    const { frame, theme } = view.get();
    const made = frame && marks(frame, layout!);
    if (!made) return [];
    const drawn = new Map<number, string>();
    const rows = rowsOf(model, view, frame.rows, made.first);
    for (const row of rows) {
      const code = frame.color.codes[row]!;
      drawn.set(code, (drawn.get(code) ?? "") + made.mark(row));
    }
    return [...drawn].map(([code, d]) => {
      const stroke = css(colorOf(frame.color, code, theme));
      return svg("path", {
        d,
        style: `stroke:${stroke};stroke-opacity:${made.opacity(rows.length)}`,
      });
    });
  }
  return {
    root,
    update(next: Layout): void {
      layout = next;
      const { frame, camera, size, theme, hover, pinned } = view.get();
      const { selection, passing } = model.get();
      const { open } = next;
      const at = [frame, camera, size, theme, hover, pinned, open.x, open.y];
      draw([...at, selection.bits, passing, ...key()]);
    },
  };
}
