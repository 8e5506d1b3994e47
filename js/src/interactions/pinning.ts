import type { Layout } from "../scene/layout";
import type { Action } from "../state/actions";
import type { Browser } from "../state/cards";
import { failed, type ModelStore } from "../state/model";
import type { Pixel } from "../state/types";
import type { ViewStore } from "../state/view";
import { aimed } from "./nearest";
import type { Finder } from "./selecting";

/** What clicks and keys do to the card and the list beside the map. */
export function pinning(
  model: ModelStore,
  view: ViewStore,
  rows: Pick<Finder, "nearest">,
  layout: () => Layout,
  clear: () => void,
) {
  let last: Browser = "list";
  const pin = (row: number | null) => view.set({ pinned: row });

  /** A plain click on a point pins its card. */
  async function click(at: Pixel): Promise<void> {
    const { frame, camera } = view.get();
    if (!frame) return;
    await rows
      .nearest(frame, aimed(frame, camera, at, layout()))
      .then((row) => row !== null && pin(row))
      .catch((error) => failed(model, error));
  }
  function browse(as: Browser | null): void {
    if (as) last = as;
    view.set({ browser: as, pinned: null, pointed: null });
  }
  const toggle = () => browse(view.get().browser ? null : last);

  /** What lies on top goes first: the card, the list, the box of filters, the selection. */
  function close(): void {
    const { browser, pinned, isFilterOpen } = view.get();
    if (pinned !== null) pin(null);
    else if (browser) browse(null);
    else if (isFilterOpen) view.set({ isFilterOpen: false });
    else clear();
  }
  const actions: Action[] = [
    { keys: ["c"], title: "list of the samples", group: "samples", run: toggle },
    {
      keys: ["Enter"],
      title: "card of this sample",
      group: "samples",
      run: () => pin(view.get().hover ?? view.get().pinned),
    },
    { keys: ["Escape"], title: "close; then select nothing", group: "select", run: close },
  ];
  return { click, pin, browse, toggle, actions };
}
