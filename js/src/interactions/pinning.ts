import type { Layout } from "../scene/layout";
import type { Action } from "../state/actions";
import type { Browser } from "../state/cards";
import { failed, type ModelStore } from "../state/model";
import type { Pixel } from "../state/types";
import type { ViewStore } from "../state/view";
import { aimed } from "./nearest";
import type { Finder } from "./selecting";
import { NOBODY } from "./walking";

/** What clicks and keys do to the card and the list beside the map. */
export function pinning(
  model: ModelStore,
  view: ViewStore,
  rows: Pick<Finder, "nearest">,
  layout: () => Layout,
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

  /** What lies on top goes first: the card, then the list. */
  function close(): boolean {
    const { browser, pinned } = view.get();
    if (pinned !== null) pin(null);
    else browse(null);
    return pinned !== null || browser !== null;
  }
  const actions: Action[] = [
    { keys: ["c"], title: "list of the samples", group: "samples", run: toggle },
    {
      keys: ["Enter"],
      title: "card of this sample",
      group: "samples",
      off: () => ((view.get().hover ?? view.get().pinned) === null ? NOBODY : undefined),
      run: () => pin(view.get().hover ?? view.get().pinned),
    },
  ];
  return { click, pin, browse, toggle, close, actions };
}
