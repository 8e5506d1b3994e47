import type { Layout } from "../../scene/layout";
import type { ReviewStore } from "../../state/review";
import { standing } from "../../state/standing";
import { progress, type ViewStore } from "../../state/view";
import { onChange, svg } from "../element";
import { gliding } from "../gliding";

const MOST = 2000; // marks

/** Small ticks on the samples that are decided. */
export function reviewMarks(view: ViewStore, review: ReviewStore) {
  const path = svg("path");
  const root = svg("svg", { class: "carto-review-marks", "aria-hidden": "true" }, path);
  let [layout, now] = [null as Layout | null, 0];
  const rows = new Map<number, number>(); // by position, also of samples no longer here
  let of: string | undefined;

  function decided(): number[] {
    const state = review.get();
    if (of !== state.told?.id) rows.clear();
    of = state.told?.id;
    for (const { position, row } of state.samples.values()) rows.set(position, row);
    const all = [...rows].filter(([position]) => standing(state, position).decided !== null);
    return all.slice(-MOST).map(([, row]) => row);
  }
  const draw = onChange(() => {
    const spots = decided().map((row) => gliding(view, row, layout!, now));
    const tick = (spot: readonly [number, number] | null) =>
      spot ? `M${(spot[0] - 3.5).toFixed(1)} ${spot[1].toFixed(1)}l2.5 2.5 4.5-5` : "";
    path.setAttribute("d", spots.map(tick).join(""));
  });
  return {
    root,
    update(next: Layout, time: number): void {
      [layout, now] = [next, time];
      const { frame, camera, glide, size } = view.get();
      const { samples, edits, told } = review.get();
      root.toggleAttribute("hidden", !told?.open);
      if (!told?.open || !frame) return;
      draw([frame, camera, progress(glide, time), size, next.open.x, samples, edits, told.id]);
    },
  };
}
