import type { Layout } from "../scene/layout";
import { fading, moments, someOf, trailPaths } from "../scene/trails";
import type { ModelStore } from "../state/model";
import { progress, type ViewStore } from "../state/view";
import { onChange, svg } from "./element";
import { gliding, spotOf } from "./gliding";

/** Thin lines from where samples were in past epochs to where they are: hovered, pinned and selected ones. */
export function trails(model: ModelStore, view: ViewStore) {
  const root = svg("svg", { class: "carto-trails", "aria-hidden": "true" });
  let [layout, now] = [null as Layout | null, 0];
  let [chosen, of] = [[] as number[], null as unknown];

  function rows(): number[] {
    const { bits, count } = model.get().selection;
    if (of !== bits) [chosen, of] = [someOf(bits, count), bits];
    const { hover, pinned } = view.get();
    const others = [hover, pinned].filter((row): row is number => row !== null);
    return [...new Set([...chosen, ...others])];
  }
  const draw = onChange(() => {
    const { frame, camera } = view.get();
    const { hasTrails, history, epochs } = model.get().time;
    if (!hasTrails || epochs?.names || !frame || !layout) {
      root.replaceChildren();
      return;
    }
    const at = layout;
    const shown = rows();
    const paths = trailPaths(moments(history, frame), shown, (one, row) =>
      one === frame ? gliding(view, row, at, now) : spotOf(one, frame, row, camera, at),
    );
    const strength = (i: number) => fading(i, paths.length, shown.length);
    const made = paths.map((d, i) => svg("path", { d, "stroke-opacity": strength(i) }));
    root.replaceChildren(...made);
  });
  return {
    root,
    update(next: Layout, time: number): void {
      [layout, now] = [next, time];
      const { frame, camera, hover, pinned, glide, size } = view.get();
      const { time: when, selection } = model.get();
      const { hasTrails, history } = when;
      const t = progress(glide, time);
      const { open } = next;
      const rows = [hover, pinned, selection.bits];
      draw(hasTrails ? [frame, camera, ...rows, history, t, size, open.x, open.y] : []);
    },
  };
}
