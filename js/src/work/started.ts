import source from "./worker.ts?text";

/** The page's worker, from text that came with the widget: there is no address to load it from. */
export function worker(): Worker {
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return new Worker(address, { name: "carto_widget" });
  } finally {
    setTimeout(() => URL.revokeObjectURL(address), 60_000); // it may not have been read yet
  }
}
