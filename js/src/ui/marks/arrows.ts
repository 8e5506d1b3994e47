import { arrow } from "../../scene/marks";
import { fading } from "../../scene/trails";
import { ends } from "../../state/between";
import type { ModelStore } from "../../state/model";
import { setTime } from "../../state/timeline";
import type { ViewStore } from "../../state/view";
import { spotOf } from "../gliding";
import { sheet } from "./sheet";

const FARTHEST = 60; // arrows where nothing is selected: the samples that moved most come first

/** Of a map of two moments the ways of samples from the first to the second. */
export function arrows(model: ModelStore, view: ViewStore, signal: AbortSignal) {
  let isBegun = false;
  const both = () => (model.get().time.hasTrails ? ends(model.get()) : null);
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
      const moments = both();
      if (!moments) return null;
      const { camera } = view.get();
      const mark = (row: number) => {
        const [from, to] = moments.map((one) => spotOf(one, frame, row, camera, layout));
        return from && to ? arrow(from, to) : "";
      };
      return { first: FARTHEST, mark, opacity: (n) => fading(0, 1, n) };
    },
    () => both() ?? [],
  );
}
