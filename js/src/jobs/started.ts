/**
 * The page's worker: this very module, which in a worker does the worker's part. A front end that
 * took it from the widget's state forgets its address at once, so it is started from that text;
 * any other has loaded it from an address that holds.
 */
export function worker(source: string | undefined): Worker {
  const kind = { name: "carto_widget", type: "module" } as const;
  if (!source) return new Worker(import.meta.url, kind);
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return new Worker(address, kind);
  } finally {
    setTimeout(() => URL.revokeObjectURL(address), 60_000); // it may not have been read yet
  }
}
