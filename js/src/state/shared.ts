/**
 * What all maps of a page share, made by the first that asks. Every map loads this module anew
 * (anywidget imports it from an address of its own), so a variable of ours would not do.
 */
export function shared<T>(name: string, make: () => T): T {
  const key = Symbol.for(`carto_widget 1: ${name}`);
  const page = globalThis as unknown as Record<symbol, T | undefined>;
  page[key] ??= make();
  return page[key];
}
