import { arrow } from "../../scene/marks";
import { fading } from "../../scene/trails";
import type { ModelStore } from "../../state/model";
import { setTime } from "../../state/timeline";
import type { ViewStore } from "../../state/view";
import { spotOf } from "../gliding";
import { sheet } from "./sheet";

const FARTHEST = 60; // arrows where nothing is selected: the samples that moved most come first

/** Of a map of two moments the ways of samples from the first to the second. */
export function arrows(model: ModelStore, view: ViewStore, signal: AbortSignal) {
  let isBegun = false;
  function ends() {
    const { frame, time } = model.get();
    const [first, last] = time.epochs?.names ? time.epochs.epochs : [];
    const [from, to] = [time.history.get(first!), time.history.get(last!) ?? frame];
    return time.hasTrails && from && to ? ([from, to] as const) : null;
  }
  function begin(): void {
    if (isBegun || !model.get().time.epochs?.names) return;
    isBegun = true;
    setTime(model, { hasTrails: true, isUsed: true });
  }
  model.subscribe(begin, signal);
  begin();
  return sheet(
    model,
    view,
    "carto-arrows",
    (frame, layout) => {
      const both = ends();
      if (!both) return null;
      const { camera } = view.get();
      const mark = (row: number) => {
        const [from, to] = both.map((one) => spotOf(one, frame, row, camera, layout));
        return from && to ? arrow(from, to) : "";
      };
      return { first: FARTHEST, mark, opacity: (n) => fading(0, 1, n) };
    },
    () => ends() ?? [],
  );
}
