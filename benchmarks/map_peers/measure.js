/**
 * What every page of the benchmark shares: the data, and hooks on WebGL that tell when points were
 * drawn, count what was uploaded and, where asked, leave the drawing itself out, so that script and
 * upload are seen without the software rasteriser.
 */
export const WIDTH = 800;
export const HEIGHT = 600;
/** Blue to red in eleven steps. */
export const PALETTE = [
  "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#e8eef2", "#d9d9d9",
  "#fddbc7", "#f4a582", "#d6604d", "#b2182b", "#67001f",
];
export const RGB = PALETTE.map((hex) => [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)));

function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Points like a data map's: y (confidence) in 0..1, x (variability) below sqrt(y (1 - y)), colour 0..10. */
export function data(n, seed) {
  const next = random(seed);
  const [x, y, color] = [new Float32Array(n), new Float32Array(n), new Uint8Array(n)];
  for (let i = 0; i < n; i++) {
    const up = 1 - next() ** (2.5 + (seed % 3)) + (next() - 0.5) * 0.05;
    y[i] = Math.min(0.999, Math.max(0.001, up));
    x[i] = Math.sqrt(y[i] * (1 - y[i])) * (0.15 + 0.85 * Math.sqrt(next()));
    color[i] = Math.min(10, Math.max(0, Math.round(y[i] * 10 + (next() - 0.5) * 3)));
  }
  return { n, x, y, color };
}

/** A ring of 60 corners round about a fifth of them, in the data's units. */
export const LASSO = Array.from({ length: 60 }, (_, k) => {
  const angle = (k / 60) * 2 * Math.PI;
  const r = 1 + 0.15 * Math.sin(5 * angle);
  return [0.32 + 0.17 * r * Math.cos(angle), 0.72 + 0.2 * r * Math.sin(angle)];
});

export const gpu = { uploaded: 0, held: 0, least: 1000, isDrawing: true };
let waiting = [];

function drawn(points) {
  if (points < gpu.least) return;
  const ready = waiting;
  waiting = [];
  for (const done of ready) setTimeout(done);
}
const LIMIT = 120_000; // ms
/** Resolves once points are drawn next. */
export const nextDraw = () =>
  new Promise((done, fail) => {
    waiting.push(done);
    setTimeout(() => fail(new Error(`no points were drawn within ${LIMIT / 1000} s`)), LIMIT);
  });
export const nextFrame = () => new Promise((done) => requestAnimationFrame(done));

function watch(prototype, name, points) {
  const original = prototype?.[name];
  if (!original) return;
  prototype[name] = function (...all) {
    const n = points(all);
    if (n >= gpu.least && !gpu.isDrawing) return drawn(n);
    const result = original.apply(this, all);
    drawn(n);
    return result;
  };
}
function count(prototype, name, bytesOf) {
  const original = prototype[name];
  prototype[name] = function (...all) {
    bytesOf(all);
    return original.apply(this, all);
  };
}
// WebGL1 draws instances through an extension, whose methods are not the context's
const { getExtension } = WebGLRenderingContext.prototype;
let isWatched = false;
WebGLRenderingContext.prototype.getExtension = function (name) {
  const found = getExtension.call(this, name);
  if (!found || isWatched || name.toLowerCase() !== "angle_instanced_arrays") return found;
  isWatched = true;
  const prototype = Object.getPrototypeOf(found);
  watch(prototype, "drawArraysInstancedANGLE", (all) => Math.max(all[2], all[3]));
  watch(prototype, "drawElementsInstancedANGLE", (all) => Math.max(all[1], all[4]));
  return found;
};
const sizeOf = (all) => all.reduce((n, one) => n + (one?.byteLength ?? 0), 0);
for (const prototype of [WebGLRenderingContext.prototype, WebGL2RenderingContext.prototype]) {
  watch(prototype, "drawArrays", (all) => all[2]);
  watch(prototype, "drawElements", (all) => all[1]);
  watch(prototype, "drawArraysInstanced", (all) => Math.max(all[2], all[3]));
  watch(prototype, "drawElementsInstanced", (all) => Math.max(all[1], all[4]));
  for (const name of ["bufferData", "bufferSubData", "texImage2D", "texSubImage2D"])
    count(prototype, name, (all) => {
      gpu.uploaded += sizeOf(all);
    });
}
/** Bytes of a texel by its internal format; 4 where it is none of these. */
const TEXEL = {
  0x8229: 1, 0x8232: 1, 0x1909: 1, 0x1906: 1, // R8, R8UI, luminance, alpha
  0x8234: 2, 0x822d: 2, // R16UI, R16F
  0x881a: 8, 0x8230: 8, 0x8814: 16, // RGBA16F, RG32F, RGBA32F
};
const holdings = new WeakMap(); // of a texture's level or a buffer: how many bytes it takes
function holds(what, level, bytes) {
  if (!what) return;
  const own = holdings.get(what) ?? new Map();
  gpu.held += bytes - (own.get(level) ?? 0);
  holdings.set(what, own.set(level, bytes));
}
const lets = (what) => {
  for (const level of holdings.get(what)?.keys() ?? []) holds(what, level, 0);
};
const bytesOf = (what) => (typeof what === "number" ? what : (what?.byteLength ?? 0));
const side = (all) => all.at(-1)?.width * all.at(-1)?.height || 0; // of a picture, given as such
for (const { prototype } of [WebGLRenderingContext, WebGL2RenderingContext]) {
  const bound = (gl, target) => {
    if (target >= 0x8515 && target <= 0x851a) return gl.getParameter(gl.TEXTURE_BINDING_CUBE_MAP);
    const of = { [gl.TEXTURE_2D]: gl.TEXTURE_BINDING_2D, [gl.ARRAY_BUFFER]: gl.ARRAY_BUFFER_BINDING,
      [gl.ELEMENT_ARRAY_BUFFER]: gl.ELEMENT_ARRAY_BUFFER_BINDING,
      [gl.UNIFORM_BUFFER]: gl.UNIFORM_BUFFER_BINDING }[target];
    return of && gl.getParameter(of);
  };
  const after = (name, take) => {
    const original = prototype[name];
    if (!original) return;
    prototype[name] = function (...all) {
      const result = original.apply(this, all);
      take(this, all);
      return result;
    };
  };
  after("texImage2D", (gl, all) => {
    const texels = all.length > 6 ? all[3] * all[4] : side(all);
    holds(bound(gl, all[0]), all[1], texels * (TEXEL[all[2]] ?? 4));
  });
  after("texStorage2D", (gl, [target, levels, format, width, height]) =>
    holds(bound(gl, target), 0, Math.ceil(width * height * (TEXEL[format] ?? 4) * (levels > 1 ? 4 / 3 : 1))));
  after("bufferData", (gl, [target, what]) => holds(bound(gl, target), 0, bytesOf(what)));
  after("deleteTexture", (_, [texture]) => lets(texture));
  after("deleteBuffer", (_, [buffer]) => lets(buffer));
}

/** Makes an adapter's map of n points in the page; `bench` then does one thing at a time. */
export function serve(make) {
  window.open_ = async (n, isDrawing) => {
    gpu.isDrawing = isDrawing;
    gpu.least = Math.min(1000, n / 2);
    const states = [data(n, 1), data(n, 2)];
    const map = await make(document.querySelector("#plot"), states);
    const finished = nextDraw();
    await map.show(states[0]);
    await finished;
    await nextFrame();
    window.bench = {
      async update(k) {
        const before = gpu.uploaded;
        const finished = map.finished?.() ?? nextDraw();
        const shown = map.show(states[k % 2]);
        await finished;
        await shown;
        await nextFrame();
        return gpu.uploaded - before;
      },
      async pan(k) {
        const finished = nextDraw();
        await map.pan(k);
        await finished;
        await nextFrame();
      },
      lasso: map.lasso && (() => map.lasso(LASSO)),
      hover: map.hover,
      /** MB of textures and buffers, and of the page's workers. */
      async memory() {
        const { breakdown } = await performance.measureUserAgentSpecificMemory();
        const isWorker = ({ attribution }) => attribution.some(({ scope }) => /Worker/.test(scope));
        const workers = breakdown.filter(isWorker).reduce((sum, { bytes }) => sum + bytes, 0);
        return [gpu.held / 1e6, workers / 1e6];
      },
    };
    return { lasso: Boolean(map.lasso), hover: Boolean(map.hover) };
  };
}
