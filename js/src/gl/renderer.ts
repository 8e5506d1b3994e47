import { columnStore } from "./columns";
import type { Layer, Picture, Renderer } from "./picture";
import { program, uniforms } from "./program";
import { FRAGMENT, SCREEN, TONE, VERTEX } from "./shaders";
import { columnTexture, linesOf, paletteTexture, sumTexture } from "./texture";

const SAMPLERS = [
  "x0",
  "y0",
  "color0",
  "x1",
  "y1",
  "color1",
  "sizes",
  "shapes",
  "selected",
  "passing",
  "palette",
] as const;
const SUMS = SAMPLERS.length; // the texture unit after theirs
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
  "largest",
  "isShaped",
  "isFiltered",
  "known",
  "drawn",
  "sampled",
  "edge",
] as const;
const TONES = ["sums", "alpha", "most", "peak", "strength", "ink"] as const;
const SPARED = 0.6; // of the opacity, where crowds cannot be counted
const AT_ONCE = 2_000_000; // rows to one animation frame

/** The context with its two programs; null where there is no WebGL2. */
function prepared(canvas: HTMLCanvasElement) {
  const gl = canvas.getContext("webgl2", {
    antialias: false,
    depth: false,
    preserveDrawingBuffer: true, // a picture taken of the page between two draws is not empty
  });
  if (!gl) return null;
  const sums = sumTexture(gl);
  const [points, tone] = [program(gl, VERTEX, FRAGMENT), program(gl, SCREEN, TONE)];
  const at = uniforms(gl, points, [...SAMPLERS, ...VALUES]);
  const toneAt = uniforms(gl, tone, TONES);
  gl.useProgram(points);
  for (const [unit, name] of SAMPLERS.entries()) gl.uniform1i(at[name], unit);
  gl.useProgram(tone);
  gl.uniform1i(toneAt.sums, SUMS);
  gl.enable(gl.BLEND);
  return { gl, points, at, tone, toneAt, sums };
}
type Prepared = NonNullable<ReturnType<typeof prepared>>;

/** What lies on the GPU: the frame shown, the one that it glides from, and what is bound for both. */
interface Loaded {
  rows: number;
  known: number;
  isShaped: boolean;
  isSized: boolean;
  isFiltered: boolean;
  bind(): void;
}

/** What all layers of a picture share. */
function set({ gl, points, at }: Prepared, picture: Picture, loaded: Loaded): void {
  gl.useProgram(points);
  gl.uniform2f(at.size, picture.width, picture.height);
  gl.uniform1f(at.pixels, picture.pixels);
  gl.uniform1f(at.progress, picture.progress);
  gl.uniform1f(at.largest, loaded.isSized ? picture.sizes : 0);
  gl.uniform1i(at.isShaped, Number(loaded.isShaped));
  gl.uniform1i(at.isFiltered, Number(loaded.isFiltered));
  gl.uniform1i(at.known, loaded.known);
  gl.uniform1ui(at.sampled, picture.share < 1 ? loaded.rows : 0);
  for (const name of ["box", "strip", "toX", "toY"] as const)
    gl.uniform4fv(at[name], picture[name]);
}

/** A layer's points in parts, with room for other work between them. */
function* dots(context: Prepared, layer: Layer, alpha: number, rows: number, loaded: Loaded) {
  const { gl, at, points } = context;
  for (let first = 0; first < rows; first += AT_ONCE) {
    if (first > 0) yield;
    loaded.bind();
    gl.useProgram(points);
    gl.uniform1i(at.drawn, layer.drawn);
    gl.uniform1f(at.alpha, alpha);
    gl.uniform1f(at.diameter, layer.diameter);
    gl.uniform4fv(at.edge, layer.edge);
    gl.drawArrays(gl.POINTS, first, Math.min(AT_ONCE, rows - first));
  }
}

/** The sums of a layer as a picture; the first is dissolved into the points that lie there. */
function toned({ gl, tone, toneAt }: Prepared, layer: Layer, picture: Picture, isFirst: boolean) {
  gl.useProgram(tone);
  gl.uniform1f(toneAt.alpha, layer.alpha);
  gl.uniform1f(toneAt.most, layer.most);
  gl.uniform1f(toneAt.peak, layer.peak);
  gl.uniform1f(toneAt.strength, isFirst ? 1 : layer.density);
  gl.uniform3fv(toneAt.ink, picture.ink);
  gl.blendColor(0, 0, 0, layer.density);
  if (isFirst) gl.blendFunc(gl.CONSTANT_ALPHA, gl.ONE_MINUS_CONSTANT_ALPHA);
  else gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  gl.drawArrays(gl.TRIANGLES, 0, 3);
}

/** A picture, part by part: what was there stays until the first layer is whole. */
function* pictured(context: Prepared, picture: Picture, loaded: Loaded): Generator<void> {
  const { gl, sums } = context;
  const rows = Math.ceil(loaded.rows * picture.share);
  gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
  sums?.resize(SUMS);
  set(context, picture, loaded);
  for (const [i, layer] of picture.layers.entries()) {
    const density = sums ? layer.density : 0;
    const onScreen = (isClear: boolean) => {
      gl.bindFramebuffer(gl.FRAMEBUFFER, null);
      if (isClear && i === 0) gl.clear(gl.COLOR_BUFFER_BIT);
    };
    if (density < 1) {
      onScreen(true);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      const alpha = sums ? layer.alpha : layer.alpha * (1 - SPARED * layer.density);
      yield* dots(context, layer, alpha, rows, loaded);
    }
    if (!sums || density === 0) continue;
    sums.target();
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.blendFunc(gl.ONE, gl.ONE);
    yield* dots(context, layer, layer.weight, rows, loaded);
    sums.bind(SUMS);
    onScreen(density === 1);
    toned(context, layer, picture, i === 0);
  }
}

/** Says when the GPU has done what it was told. */
function fence(gl: WebGL2RenderingContext) {
  let sync: WebGLSync | null = null;
  return {
    set(): void {
      if (sync) gl.deleteSync(sync);
      sync = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
      gl.flush();
    },
    isPassed(): boolean {
      if (!sync || gl.isContextLost()) return true;
      if (gl.getSyncParameter(sync, gl.SYNC_STATUS) !== gl.SIGNALED) return false;
      gl.deleteSync(sync);
      sync = null;
      return true;
    },
  };
}

/** A renderer on the canvas; null where the browser gives no WebGL2. */
export function renderer(canvas: HTMLCanvasElement): Renderer | null {
  const context = prepared(canvas);
  if (!context) return null;
  const { gl } = context;
  const columns = columnStore(gl);
  const [colors, selected, passing] = [
    paletteTexture(gl),
    columnTexture(gl, "u8"),
    columnTexture(gl, "u8"),
  ];
  const done = fence(gl);
  let isFiltered = false;
  let drawn: Picture | null = null;
  let rest: Generator<void> | null = null;

  function bind(): void {
    const [before, now] = [columns.before() ?? columns.now(), columns.now()];
    const { x, y, color, size, shape } = now!;
    const held = [before?.x, before?.y, before?.color, x, y, color, size ?? color, shape ?? color];
    const textures = [...held.map((one) => one!.texture), selected, passing, colors];
    for (const [unit, texture] of textures.entries()) texture.bind(unit);
  }
  function loaded(): Loaded {
    const now = columns.now();
    return {
      rows: now?.rows ?? 0,
      known: columns.before()?.rows ?? 0,
      isShaped: Boolean(now?.shape),
      isSized: Boolean(now?.size),
      isFiltered,
      bind,
    };
  }
  function mark(texture: typeof selected, bits: Uint8Array): void {
    texture.reserve(bits.length);
    texture.put(bits, 0, linesOf(bits.length));
  }
  return {
    load: columns.load,
    swap: columns.swap,
    recolor(before, now) {
      colors.load(0, before);
      colors.load(1, now);
    },
    select: (bits) => bits && mark(selected, bits),
    pass(bits) {
      isFiltered = bits !== null;
      if (bits) mark(passing, bits);
    },
    draw(picture) {
      if (picture !== drawn) rest = pictured(context, picture, loaded());
      drawn = picture;
      const { done: isDone } = rest!.next();
      done.set();
      return isDone ?? false;
    },
    isBusy: () => !done.isPassed(),
    isLost: () => gl.isContextLost(),
    release() {
      gl.getExtension("WEBGL_lose_context")?.loseContext();
    },
  };
}
