/** The columns of one frame, row by row. */
export interface Points {
  rows: number;
  x: Uint16Array;
  y: Uint16Array;
  color: Uint8Array;
  /** Codes 0 to 254, 255: none; null: all alike. */
  size: Uint8Array | null;
  shape: Uint8Array | null;
}

/** Which rows a layer holds: all, those not selected, or the selected. */
export type Drawn = 0 | 1 | 2;
type Rgba = readonly [red: number, green: number, blue: number, strength: number];

/** Rows that are drawn alike, over those of the layer before. */
export interface Layer {
  drawn: Drawn;
  diameter: number;
  /** Of a point that stands alone. */
  alpha: number;
  /** Of the place where points stand closest. */
  most: number;
  /** The points' edge. */
  edge: Rgba;
  /** 0: point over point; 1: points are counted in each pixel, and the counts are drawn. */
  density: number;
  /** How many points one that is drawn stands for. */
  weight: number;
  /** Points over one pixel where many are. */
  peak: number;
}

/** Everything about a picture but the points: lengths in CSS pixels, places from the top left. */
export interface Picture {
  width: number;
  height: number;
  /** Device pixels to one CSS pixel. */
  pixels: number;
  /** Points outside of it are not drawn: left, top, right, bottom. */
  box: readonly [number, number, number, number];
  /** Where waiting points stand: left, width; top, height. */
  strip: readonly [number, number, number, number];
  /** Pixels from codes: factor and offset of the frame before, factor and offset of this one. */
  toX: readonly [number, number, number, number];
  toY: readonly [number, number, number, number];
  /** 0: the frame before, 1: this one. */
  progress: number;
  /** Code of the largest size. */
  sizes: number;
  /** What dense places turn to: ink on light, light on dark. */
  ink: readonly [number, number, number];
  /** How many of the rows are drawn, a fair sample; 1: all. */
  share: number;
  layers: readonly Layer[];
}

export interface Renderer {
  /** Puts rows of the frame that comes next beside the one shown, until then; true: it has all. */
  load(next: Points, until: number): boolean;
  /** Shows the frame that was loaded; the one shown before is kept where it glides from there. */
  swap(glides: boolean): void;
  /** 256 colours, as red, green, blue, opacity: of the frame before and of the one shown. */
  recolor(before: Uint8Array, now: Uint8Array): void;
  /** Marks rows, one bit each; null: none. */
  select(bits: Uint8Array | null): void;
  /** Rows that are not among them are not drawn; null: all are. */
  pass(bits: Uint8Array | null): void;
  /** Draws, or goes on with a picture that it was not done with; true: it is done. */
  draw(picture: Picture): boolean;
  /** Is the last picture not on the screen yet? */
  isBusy(): boolean;
  isLost(): boolean;
  /** Gives the context back to the page, which has few of them. */
  release(): void;
}
