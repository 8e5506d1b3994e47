import type { AnyModel } from "@anywidget/types";
import type { Rows } from "./jobs/rows";
import { rooms } from "./rooms";
import type { Layout } from "./scene/layout";
import type { Bits } from "./state/bits";
import type { Links } from "./state/links";
import type { ModelStore } from "./state/model";
import type { Box, Frame, How } from "./state/types";
import type { ViewStore } from "./state/view";
import { html } from "./ui/element";
import type { Feature } from "./ui/feature";
import type { Kernel } from "./wire/connection";
import type { Traits } from "./wire/messages";
import type { Second } from "./wire/second";

/** A map, as the second part finds it. */
export interface MapHere {
  notebook: AnyModel<Traits>;
  model: ModelStore;
  kernel: Kernel;
  rows: Rows;
  links: Links;
  signal: AbortSignal;
}

/** One view of it. */
export interface ViewHere {
  view: ViewStore;
  /** What the notebook has given to the view, and the view's own box in it. */
  el: HTMLElement;
  root: HTMLElement;
  layout(): Layout;
  plot(): Box;
  /** Selects rows of a frame. */
  pick(how: How, bits: Bits, frame: Frame): void;
  /** Goes to the sample that is next, or before, by how near it is to where one is. */
  around(to: "next" | "before"): void;
  /** Opens what the toolbar's entry of this name opens. */
  show(name: string, about?: string): void;
  add(feature: Feature): void;
  signal: AbortSignal;
}

/** Joins a map, and then each of its views. */
export type Join = (map: MapHere) => {
  join(view: ViewHere): void;
  /** A frame has come, which may be of an epoch that is over. */
  keep(frame: Frame): void;
};

/** The text as a module. */
async function loaded(text: DataView): Promise<Join> {
  const module = new Blob([text as DataView<ArrayBuffer>], { type: "text/javascript" });
  const address = URL.createObjectURL(module);
  try {
    return (await import(/* @vite-ignore */ address)).default(rooms);
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** The second part of one map: of use with a kernel alone, and sent by it. */
export function second(model: ModelStore, map: () => MapHere) {
  let isTaken = false;
  let [css, joined] = ["", null as ReturnType<Join> | null];
  const views = new Set<ViewHere>();

  function dress(one: ViewHere): void {
    one.root.prepend(html("style", {}, css));
    joined!.join(one);
    one.root.dataset.parts = "all";
  }
  const part: Second = {
    isTaken: () => isTaken,
    keep: (frame) => joined?.keep(frame), // those that come before it are asked for again
    async take([text, style]) {
      if (isTaken) return;
      isTaken = true;
      try {
        const made = await loaded(text!);
        css = new TextDecoder().decode(style);
        joined = made(map());
        views.forEach(dress);
        model.set({ lack: "" });
      } catch (error) {
        isTaken = false;
        console.error(error);
        const why = error instanceof Error ? error.message : String(error);
        model.set({ lack: `list, names, export and timeline could not be loaded: ${why}` });
      }
    },
  };
  return {
    part,
    /** A view of the map is there. */
    watch(one: ViewHere): void {
      views.add(one);
      one.signal.addEventListener("abort", () => views.delete(one));
      if (joined) dress(one);
    },
  };
}
