import { adopt, type ModelStore, withStatics } from "../state/model";
import { typed } from "./bytes";
import { whole } from "./frame";
import { PROTOCOL, type Snapshot, type Traits } from "./messages";
import { staticColumns } from "./statics";

const isSnapshot = (value: Traits["snapshot"]): value is Snapshot =>
  value !== null && value !== undefined && value.protocol === PROTOCOL;

/** The map as it was saved, on the screen before the kernel has said anything. */
export function restore(model: ModelStore, value: Traits["snapshot"]): void {
  if (!isSnapshot(value)) return;
  const { frame, static: statics, status, selection, rows, of, buffers } = value;
  const nFrame = frame.columns.length;
  const nStatic = statics.columns.reduce((n, { n_buffers }) => n + n_buffers, 0);
  const [drawn, sent] = [buffers.slice(0, nFrame), buffers.slice(nFrame, nFrame + nStatic)];
  model.set({
    connection: "saved",
    frame: whole({ header: { ...frame, live: false }, chunks: [drawn] }),
    status,
    isSample: rows < of,
  });
  withStatics(model, staticColumns(statics, sent), statics.dataset);
  const bits = buffers[nFrame + nStatic];
  if (selection && bits) adopt(model, selection.revision, null, typed(Uint8Array, bits));
}
