import type { Choice, Preset } from "../state/columns";
import type { Dataset } from "../state/links";
import type { Name } from "../state/named";
import type { Told } from "../state/review";
import type { Epochs } from "../state/timeline";
import type { Channels, Color, Frame, Position, Role, Status } from "../state/types";

export const PROTOCOL = 1;

type Header<T> = Omit<T, "codes">;

/** One chunk of a frame: the k-th of K blocks of rows of every column. */
export interface FrameMessage extends Omit<Frame, Role> {
  kind: "frame";
  /** The frame that the page must have: columns that are the same as one in it do not travel. */
  base?: number;
  chunk: number;
  chunks: number;
  columns: (Header<Position | Color> & { same?: Role })[];
}
export interface StaticHeader {
  name: string;
  title: string;
  kind: "text" | "category" | "number";
  dtype: "utf8" | "u8" | "u16" | "f32";
  categories?: string[];
  n_buffers: number;
}
export interface StaticMessage {
  kind: "static";
  rows: number;
  /** Missing where its guids cannot be told from others', and in a sample of them. */
  dataset?: Dataset;
  columns: StaticHeader[];
}
export interface SelectionMessage {
  kind: "selection";
  revision: number;
  count: number;
  operation: string | null;
}
/** The answer to an ask, with what it brings; `error` says why there is none. */
export interface Answer {
  kind: "answer";
  ask: string;
  error: string | null;
  [what: string]: unknown;
}
/** What Python sends. */
export type Message =
  | { kind: "welcome"; to: string }
  /** The second part of this module: its text and its style sheet. */
  | { kind: "more" }
  | FrameMessage
  | ({ kind: "timeline" } & Epochs)
  | StaticMessage
  | SelectionMessage
  | ({ kind: "status" } & Status)
  | { kind: "named"; named: Name[]; place?: string }
  | ({ kind: "review" } & Told)
  | Answer
  | { kind: "columns"; columns: Choice[]; presets: Preset[] }
  | { kind: "complaint"; text: string }
  | { kind: "cards" }
  | { kind: "error"; text: string };

/** A saved map: what a notebook holds that was saved with its widgets' state. */
export interface Snapshot {
  protocol: number;
  frame: FrameMessage;
  static: StaticMessage;
  status: Status;
  selection: { revision: number; count: number } | null;
  rows: number;
  of: number;
  buffers: DataView[];
}

/** The traits this side reads. */
export type Traits = {
  height: number;
  view: Channels | undefined;
  epoch: number | null;
  snapshot: Snapshot | Record<string, never> | null;
  /** The name of the still beneath the map; maps saved by older versions have none. */
  still?: string;
  /** A blind review is open; likewise. */
  is_blind?: boolean;
  /** This module's own text, where the front end took it from here. */
  _esm?: string;
};

/** The content as a message of this protocol, or an error that says what came. */
export function understood(content: { protocol?: number; kind?: string }): Message {
  if (content?.protocol !== PROTOCOL)
    throw new Error(
      `this page speaks protocol ${PROTOCOL}, Python sent ${content?.protocol}: ` +
        "restart the kernel and reload the page, so that both load the same carto_widget",
    );
  return content as Message;
}
