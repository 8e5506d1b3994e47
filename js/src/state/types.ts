/** Codes of a position column: a u16 lattice over the domain, and two codes that are no position. */
export const LATTICE = 65533;
export const WAITING = 65534;
export const MISSING = 65535;
/** Colour code of a row without a value. */
export const NO_COLOR = 255;

export type Domain = readonly [low: number, high: number];
/** A date is a number, too: milliseconds since 1970, UTC. */
export type Kind = "continuous" | "steps" | "count" | "category" | "date";
export const CHANNELS = ["x", "y", "color", "size", "shape"] as const;
export type Role = (typeof CHANNELS)[number];
/** What is drawn against what: the name of a column on each channel. */
export type Channels = Record<Role, string | null>;

/** What is said of a frame's column, beside its codes; spelled as on the wire. */
export interface ColumnHeader {
  role: Role;
  name: string;
  title: string;
  kind: Kind;
  dtype: "u16" | "u8";
  domain: Domain;
  steps?: number;
  categories?: string[];
  /** Those that somebody has chosen, "#rrggbb" at a category's place. */
  colors?: readonly (string | null)[];
  /** How many categories the last one stands for. */
  other?: number;
  /** Codes of categories that call for no attention. */
  quiet?: number[];
  waiting?: string;
  n_waiting: number;
  n_missing: number;
}
export interface Position extends ColumnHeader {
  codes: Uint16Array<ArrayBuffer>;
}
export interface Color extends ColumnHeader {
  codes: Uint8Array<ArrayBuffer>;
}

/** A word on the map, in units of the two domains. */
export interface Word {
  text: string;
  x: number;
  y: number;
}

/** Where a column is cut into regions: at a value, or where the largest share of it begins. */
export interface Cut {
  column: string;
  /** The rule. */
  text: string;
  at: number | null;
  top: number | null;
}

/** Every row's place and colour at one moment; replaced whole, never changed. */
export interface Frame {
  frame: number;
  epoch: number | null;
  live: boolean;
  rows: number;
  x: Position;
  y: Position;
  color: Color;
  /** Coded as colours are; null: all alike. */
  size: Color | null;
  shape: Color | null;
  words: Word[];
  /** Frames of older versions say nothing of it. */
  cuts?: Cut[];
  unseen: number;
  /** Of an epoch that is over; it is not the newest frame. */
  past?: boolean;
  /** Of epochs that are over alone, up to and with `epoch`. */
  sealed?: boolean;
  /** Frames of one version are of one view: they show one past. */
  version?: number;
  /** It is a picture between two stops of the timeline: so far from the first, 0 to 1. */
  between?: number;
}

/** What every row of a frame is drawn by. */
export type Columns = Pick<Frame, "rows" | "x" | "y" | "color" | "size" | "shape">;

/** A column's values as they came: row i of a text is bytes offsets[i] to offsets[i + 1]. */
export type Cells =
  | { kind: "text"; offsets: Uint32Array<ArrayBuffer>; bytes: Uint8Array<ArrayBuffer> }
  | {
      kind: "category";
      codes: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;
      categories: readonly string[];
    }
  | { kind: "number"; values: Float32Array<ArrayBuffer> };

/** A column sent once: texts, categories or numbers of every row, read one row at a time. */
export interface StaticColumn {
  name: string;
  title: string;
  kind: Cells["kind"];
  cells: Cells;
  /** The row's value as text; null where it has none. */
  read(row: number): string | null;
}

/** What a training can be told to do. */
export type Order = "pause" | "resume" | "stop";

/** A number that the training reads, and that may be set; spelled as on the wire. */
export interface Control {
  name: string;
  value: number;
  min: number;
  max: number;
  log: boolean;
}

/** What the kernel says of the run; spelled as on the wire. */
export interface Status {
  word: string;
  text: string;
  epoch: number | null;
  badge: string;
  notes: string[];
  observed: number;
  rows: number;
  nonfinite: number;
  /** What the training can be asked to do now; maps saved by older versions have neither. */
  can?: Order[];
  controls?: Control[];
}

/** The visible part of the map: fractions of the two domains, y upwards. */
export interface Camera {
  x: Domain;
  y: Domain;
}
export const HOME: Camera = { x: [0, 1], y: [0, 1] };

export type Tool = "lasso" | "box" | "brush" | "path" | "pan";
export type Theme = "light" | "dark";
export type Rgb = readonly [red: number, green: number, blue: number];
export type How = "replace" | "add" | "subtract" | "intersect";

/** A point in CSS pixels from the canvas' top left corner. */
export type Pixel = readonly [x: number, y: number];
export interface Size {
  width: number;
  height: number;
}
export interface Box extends Size {
  x: number;
  y: number;
}
