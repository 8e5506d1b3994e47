import { program, uniforms } from "./program";
import { FRAGMENT, VERTEX } from "./shaders";
import { type ColumnTexture, columnTexture, paletteTexture } from "./texture";

/** The columns of one frame, row by row, and the 256 colours of its colour codes. */
export interface Points {
  rows: number;
  x: Uint16Array;
  y: Uint16Array;
  color: Uint8Array;
  palette: Uint8Array;
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
  diameter: number;
  alpha: number;
  /** How rows are shown that are not selected while others are. */
  dimmed: number;
  /** Red, green, blue and strength of the points' edge. */
  edge: readonly [number, number, number, number];
  selectedEdge: readonly [number, number, number, number];
}

export interface Renderer {
  /** Puts the frame now, and where there is one the frame that it glides from, on the GPU. */
  load(now: Points, before: Points | null): void;
  /** Marks rows, one bit each; null: none. */
  select(bits: Uint8Array | null): void;
  draw(picture: Picture): void;
  isLost(): boolean;
  /** Gives the context back to the page, which has few of them. */
  release(): void;
}

const RAISED = 1.25; // times the diameter of others
const SAMPLERS = ["x0", "y0", "color0", "x1", "y1", "color1", "selected", "palette"] as const;
const VALUES = [
  "size",
  "box",
  "strip",
  "toX",
  "toY",
  "progress",
  "pixels",
  "diameter",
  "alpha",
  "drawn",
  "known",
  "edge",
] as const;

interface FrameTextures {
  x: ColumnTexture;
  y: ColumnTexture;
  color: ColumnTexture;
  /** What lies in them, so that a frame is not sent twice. */
  points: Points | null;
}

function frameTextures(gl: WebGL2RenderingContext): FrameTextures {
  const [x, y, color] = [
    columnTexture(gl, "u16"),
    columnTexture(gl, "u16"),
    columnTexture(gl, "u8"),
  ];
  return { x, y, color, points: null };
}

function fill(textures: FrameTextures, points: Points): void {
  const { x, y, color, points: old } = textures;
  if (old?.x !== points.x) x.load(points.x);
  if (old?.y !== points.y) y.load(points.y);
  if (old?.color !== points.color) color.load(points.color);
  textures.points = points;
}

/** The context, with a program in use that draws points; null where there is no WebGL2. */
function prepared(canvas: HTMLCanvasElement) {
  const gl = canvas.getContext("webgl2", {
    antialias: false,
    depth: false,
    preserveDrawingBuffer: true, // a picture taken of the page between two draws is not empty
  });
  if (!gl) return null;
  const made = program(gl, VERTEX, FRAGMENT);
  const at = uniforms(gl, made, [...SAMPLERS, ...VALUES]);
  gl.useProgram(made);
  for (const [unit, name] of SAMPLERS.entries()) gl.uniform1i(at[name], unit);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  return { gl, at };
}
type Prepared = NonNullable<ReturnType<typeof prepared>>;

/** What all passes of a picture share. */
function set({ gl, at }: Prepared, picture: Picture, known: number): void {
  gl.uniform2f(at.size, picture.width, picture.height);
  gl.uniform1f(at.pixels, picture.pixels);
  gl.uniform1f(at.progress, picture.progress);
  gl.uniform1i(at.known, known);
  for (const name of ["box", "strip", "toX", "toY"] as const)
    gl.uniform4fv(at[name], picture[name]);
}

/** Draws all rows alike (0), those not selected (1) or the selected (2). */
function pass({ gl, at }: Prepared, drawn: 0 | 1 | 2, rows: number, picture: Picture): void {
  const isRaised = drawn === 2;
  gl.uniform1i(at.drawn, drawn);
  gl.uniform1f(at.alpha, [picture.alpha, picture.dimmed, 1][drawn]!);
  gl.uniform1f(at.diameter, picture.diameter * (isRaised ? RAISED : 1));
  gl.uniform4fv(at.edge, isRaised ? picture.selectedEdge : picture.edge);
  gl.drawArrays(gl.POINTS, 0, rows);
}

/** A renderer on the canvas; null where the browser gives no WebGL2. */
export function renderer(canvas: HTMLCanvasElement): Renderer | null {
  const context = prepared(canvas);
  if (!context) return null;
  const { gl } = context;
  const [colors, selected] = [paletteTexture(gl), columnTexture(gl, "u8")];
  let [before, now] = [frameTextures(gl), frameTextures(gl)];
  let rows = 0;
  let isAnySelected = false;

  return {
    load(points, from) {
      if (from && from.x === now.points?.x) [before, now] = [now, before];
      if (from) fill(before, from);
      fill(now, points);
      colors.load(0, (from ?? points).palette);
      colors.load(1, points.palette);
      rows = points.rows;
    },
    select(bits) {
      isAnySelected = bits !== null;
      if (bits) selected.load(bits);
    },
    draw(picture) {
      gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
      gl.clear(gl.COLOR_BUFFER_BIT);
      if (rows === 0) return;
      const columns = [before.x, before.y, before.color, now.x, now.y, now.color, selected, colors];
      for (const [unit, column] of columns.entries()) column.bind(unit);
      set(context, picture, before.points?.rows ?? 0);
      for (const drawn of isAnySelected ? ([1, 2] as const) : ([0] as const))
        pass(context, drawn, rows, picture);
    },
    isLost: () => gl.isContextLost(),
    release() {
      gl.getExtension("WEBGL_lose_context")?.loseContext();
    },
  };
}
