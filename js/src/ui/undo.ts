import type { ModelStore } from "../state/model";
import type { Entry } from "./toolbar";

const BACK = "M6 3.500 2.800 6.700 6 9.900M3 6.700h6.700a3.100 3.100 0 0 1 0 6.200H6.500";
const ON = "M10 3.500 13.200 6.700 10 9.900M13 6.700H6.300a3.100 3.100 0 0 0 0 6.200H9.500";

/** A step of the selection back, and on again. */
export function undoEntries(model: ModelStore, undo: () => void, redo: () => void): Entry[] {
  const entry = (name: string, label: string, key: string, icon: string): Entry => ({
    name,
    group: "history",
    label,
    key,
    icon,
    does: name === "undo" ? undo : redo,
    look() {
      const { past, future } = model.get().steps;
      const isThere = (name === "undo" ? past : future).length > 0;
      return isThere ? {} : { off: `${label}: there is nothing to ${name}` };
    },
  });
  return [
    entry("undo", "Undo the selection", "Z", BACK),
    entry("redo", "Redo the selection", "Shift+Z", ON),
  ];
}
