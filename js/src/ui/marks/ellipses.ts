import { covariance, ellipse } from "../../scene/marks";
import { type Affine, affineX, affineY } from "../../scene/scales";
import type { ModelStore } from "../../state/model";
import { type Frame, LATTICE, type Position } from "../../state/types";
import type { ViewStore } from "../../state/view";
import { spotOf } from "../gliding";
import { sheet } from "./sheet";

const OPACITY = 0.45;
const ALL = 2000; // samples of a map that shows all of its ellipses

/** Px of a unit of an axis. */
const unit = ({ domain }: Position, [factor]: Affine): number =>
  (factor * LATTICE) / (domain[1] - domain[0]);

/** Of a map of many runs how far these move each sample: one standard deviation. */
export function ellipses(model: ModelStore, view: ViewStore) {
  /** The five columns that make an ellipse on these axes; none where one is not there. */
  function spreads({ x, y }: Frame): Float32Array[] {
    const names = ["major", "minor", "angle", `${x.name}_spread`, `${y.name}_spread`];
    return names.flatMap((name) => {
      const cells = model.get().statics.get(name)?.cells;
      return cells?.kind === "number" ? [cells.values] : [];
    });
  }
  return sheet(
    model,
    view,
    "carto-ellipses",
    (frame, layout) => {
      const [major, minor, angle, across, up] = spreads(frame);
      if (!up) return null;
      const { camera } = view.get();
      const toX = affineX(frame.x, frame.x, camera, layout.plot);
      const toY = affineY(frame.y, frame.y, camera, layout.plot);
      const [perX, perY] = [unit(frame.x, toX), unit(frame.y, toY)];
      const mark = (row: number) => {
        const at = spotOf(frame, frame, row, camera, layout);
        const both = covariance(major![row]!, minor![row]!, angle![row]!);
        const spread = { across: across![row]!, up: up[row]!, both };
        return at ? ellipse(at, spread, perX, perY) : "";
      };
      return { first: frame.rows <= ALL ? ALL : 0, mark, opacity: () => OPACITY };
    },
    () => [model.get().statics],
  );
}
