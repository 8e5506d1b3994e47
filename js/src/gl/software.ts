import { type Stamp, stamp } from "./marker";
import type { Layer, Picture, Points, Renderer } from "./picture";

const WAITING = 65534;
const MISSING = 65535;
const SLICE = 8; // ms of an animation frame
const BLOCK = 4096; // rows between two looks at the clock
const GOLDEN = 0.6180339887498949;

const has = (bits: Uint8Array, row: number): boolean => ((bits[row >> 3]! >> (row & 7)) & 1) === 1;
const scatter = (row: number, salt: number): number =>
  (Math.imul(row + salt, 2654435769) >>> 16) / 65535;
const mixed = (a: number, b: number, t: number): number => a + (b - a) * t;

type Spot = [x: number, y: number];
type Lines = Picture["toX"];

/** Where a row stands in CSS pixels; null where it is not to be seen. */
function place(points: Points, row: number, picture: Picture, toX: Lines, toY: Lines, at: 0 | 2) {
  const [x, y] = [points.x[row]!, points.y[row]!];
  if (x === MISSING || y === MISSING) return null;
  const { box, strip } = picture;
  const px = x === WAITING ? strip[0] + strip[1] * scatter(row, 0) : x * toX[at] + toX[at + 1]!;
  const py = y === WAITING ? strip[2] + strip[3] * scatter(row, 77) : y * toY[at] + toY[at + 1]!;
  if (x !== WAITING && (px < box[0] || px > box[2])) return null;
  if (y !== WAITING && (py < box[1] || py > box[3])) return null;
  return [px, py] satisfies Spot;
}

/** Stamps by shape and size, each made once for a picture. */
function stamps(layer: Layer, picture: Picture) {
  const made = new Map<number, Stamp>();
  return (shape: number, size: number): Stamp => {
    const isSized = picture.sizes > 0;
    const step = isSized && size <= picture.sizes ? Math.round((12 * size) / picture.sizes) : 0;
    const key = shape * 16 + step;
    const scale = isSized ? 0.6 + 0.15 * step : 1;
    if (!made.has(key)) made.set(key, stamp(shape, 0.5 * layer.diameter * picture.pixels * scale));
    return made.get(key)!;
  };
}

/** Counts and colours in every pixel, red, green, blue, count. */
class Sums {
  readonly values: Float32Array;
  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.values = new Float32Array(width * height * 4);
  }
  add([x, y]: Spot, { reach, cover, rim }: Stamp, paint: readonly number[], layer: Layer) {
    const { edge } = layer;
    const { width, height, values } = this;
    const side = 2 * reach + 1;
    const [left, top] = [Math.floor(x) - reach, Math.floor(y) - reach];
    for (let i = 0; i < cover.length; i++) {
      const [px, py] = [left + (i % side), top + ((i / side) | 0)];
      const weight = cover[i]! * paint[3]! * layer.weight;
      if (weight === 0 || px < 0 || py < 0 || px >= width || py >= height) continue;
      const [at, inked] = [(py * width + px) * 4, rim[i]! * edge[3]];
      for (let k = 0; k < 3; k++) values[at + k]! += weight * mixed(paint[k]!, edge[k]!, inked);
      values[at + 3]! += weight;
    }
  }
}

/** The opacity where so many points lie, and how far dense places turn to ink; the shader's rule. */
function tone(
  count: number,
  { alpha, most, peak, density }: Layer,
): [opacity: number, ink: number] {
  if (count < 1) return [alpha * count, 0];
  const level = Math.min(1, Math.log2(count) / Math.log2(peak));
  const over = 1 - (1 - alpha) ** count;
  const counted = mixed(alpha, most, level);
  return [mixed(over, counted, density), 0.3 * level * level * density];
}

/** Lays a layer over what is there. */
function compose(image: ImageData, { values }: Sums, layer: Layer, ink: Picture["ink"]): void {
  const { data } = image;
  for (let i = 0; i < data.length; i += 4) {
    const count = values[i + 3]!;
    if (count === 0) continue;
    const [opacity, inked] = tone(count, layer);
    const below = (data[i + 3]! / 255) * (1 - opacity);
    for (let k = 0; k < 3; k++) {
      const paint = 255 * mixed(values[i + k]! / count, ink[k]!, inked);
      data[i + k] = (paint * opacity + data[i + k]! * below) / (opacity + below);
    }
    data[i + 3] = 255 * (opacity + below);
  }
}

/** Draws on the processor where there is no WebGL2: the same pictures, and slower. */
export function software(canvas: HTMLCanvasElement): Renderer | null {
  const context = canvas.getContext("2d");
  if (!context) return null;
  let [before, now, next]: (Points | null)[] = [null, null, null];
  let palettes: [before: Uint8Array, now: Uint8Array] = [new Uint8Array(0), new Uint8Array(0)];
  let [selected, passing]: (Uint8Array | null)[] = [null, null];
  let drawn: Picture | null = null;
  let rest: Generator<void> | null = null;

  function isDrawn(row: number, { drawn }: Layer): boolean {
    if (passing && !has(passing, row)) return false;
    return drawn === 0 || !selected || has(selected, row) === (drawn === 2);
  }
  function spot(row: number, picture: Picture, points: Points): Spot | null {
    const { toX, toY, progress } = picture;
    const here = place(points, row, picture, toX, toY, 2);
    if (progress >= 1 || !before || row >= before.rows) return here;
    const was = place(before, row, picture, toX, toY, 0);
    if (!here || !was) return here ?? was;
    return [mixed(was[0], here[0], progress), mixed(was[1], here[1], progress)];
  }
  function paint(row: number, points: Points): number[] {
    const at = points.color[row]! * 4;
    return [...palettes[1].subarray(at, at + 4)].map((byte) => byte / 255);
  }
  function* pictured(picture: Picture, points: Points): Generator<void> {
    const image = new ImageData(canvas.width, canvas.height);
    const wanted = Math.ceil(points.rows * picture.share);
    for (const layer of picture.layers) {
      const [sums, stampOf] = [new Sums(image.width, image.height), stamps(layer, picture)];
      for (let i = 0; i < wanted; i++) {
        if (i % BLOCK === BLOCK - 1) yield;
        const row = picture.share < 1 ? Math.floor(((i * GOLDEN) % 1) * points.rows) : i;
        const at = isDrawn(row, layer) ? spot(row, picture, points) : null;
        if (!at) continue;
        const shape = points.shape?.[row] ?? 0;
        const mark = stampOf(shape === 255 ? 0 : shape & 7, points.size?.[row] ?? 0);
        sums.add([at[0] * picture.pixels, at[1] * picture.pixels], mark, paint(row, points), layer);
      }
      compose(image, sums, layer, picture.ink);
    }
    context!.putImageData(image, 0, 0);
  }

  return {
    load(points) {
      next = points;
      return true;
    },
    swap(glides) {
      [before, now] = [glides ? now : null, next];
    },
    recolor: (from, to) => {
      palettes = [from, to];
    },
    select: (bits) => {
      selected = bits;
    },
    pass: (bits) => {
      passing = bits;
    },
    draw(picture) {
      if (!now) return true;
      if (picture !== drawn) rest = pictured(picture, now);
      drawn = picture;
      for (const end = performance.now() + SLICE; performance.now() < end; )
        if (rest!.next().done) return true;
      return false;
    },
    isBusy: () => false,
    isLost: () => false,
    release() {
      [before, now, next, rest] = [null, null, null, null];
    },
  };
}
