import type { Layout } from "../scene/layout";
import type { Action } from "../state/actions";
import type { How, Pixel } from "../state/types";
import type { Topic } from "./announcer";
import type { Entry } from "./toolbar";
import type { Detail } from "./tooltip";

/** Between toolbar and map, over the points, beside the map, under it, and in the status line. */
export type Site = "above" | "over" | "beside" | "below" | "status";

/** Something that joins a view: what it has of these. */
export interface Feature {
  /** In the toolbar, or the menu behind it. */
  entries?: readonly Entry[];
  /** By key, listed under `?`. */
  actions?: readonly Action[];
  /** Listed there, too, but done by what the feature has in the view itself. */
  listed?: readonly Action[];
  /** What is told to those who cannot see it. */
  topics?: readonly Topic[];
  at?: Partial<Record<Site, Element>>;
  /** Something may have changed: called at most once an animation frame. */
  update?(layout: Layout, now: number): void;
  /** A plain click on the points. */
  click?(at: Pixel): Promise<void>;
  /** A stroke of the tool `path`. */
  along?(stroke: readonly Pixel[], how: How): Promise<void>;
  /** Esc: true where there was something to close. */
  close?(): boolean;
  /** What the tooltip says beside what the map knows. */
  detail?: Detail;
}
