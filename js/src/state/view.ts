import { rebased } from "./camera";
import { type Browsing, NOTHING_OPEN } from "./cards";
import { type Store, store } from "./store";
import {
  type Camera,
  type Domain,
  type Frame,
  HOME,
  type Pixel,
  type Position,
  type Rgb,
  type Size,
  type Theme,
  type Tool,
} from "./types";

/** A glide from one frame to the next, in milliseconds of the page's clock. */
export interface Glide {
  from: Frame | null;
  start: number;
  duration: number;
}

/** What belongs to one view alone. */
export interface View extends Browsing {
  size: Size;
  theme: Theme;
  background: Rgb;
  tool: Tool;
  isSpaceHeld: boolean;
  /** Clicked or tapped: wheel and fingers are for the map, not for the page. */
  isEngaged: boolean;
  camera: Camera;
  /** The frame on the screen, which a gesture holds fast. */
  frame: Frame | null;
  glide: Glide;
  frames: number;
  gesture: Tool | null;
  /** The ring that is being drawn, or the way of the brush. */
  outline: readonly Pixel[];
  /** The brush's radius in px, and where it is. */
  brush: number;
  pointer: Pixel | null;
  /** The row under the pointer, or walked to. */
  hover: number | null;
  /** The last row that was walked to by key. */
  walked: number | null;
  /** Of the whole view, where `size` is the canvas'. */
  room: Size;
  isFilterOpen: boolean;
  histograms: { isShown: boolean; isLog: boolean };
}
export type ViewStore = Store<View>;

const BRUSH = 14; // px
const SMALLEST = 4;
const LARGEST = 90;

/** A brush of another size. */
export const sized = (view: ViewStore, factor: number): void =>
  view.set({ brush: Math.min(LARGEST, Math.max(SMALLEST, view.get().brush * factor)) });

const STILL: Glide = { from: null, start: 0, duration: 0 };

export const viewStore = (camera: Camera | null): ViewStore =>
  store<View>({
    size: { width: 0, height: 0 },
    theme: "light",
    background: [255, 255, 255],
    tool: "lasso",
    isSpaceHeld: false,
    isEngaged: false,
    camera: camera ?? HOME,
    frame: null,
    glide: STILL,
    frames: 0,
    gesture: null,
    outline: [],
    brush: BRUSH,
    pointer: null,
    hover: null,
    walked: null,
    room: { width: 0, height: 0 },
    isFilterOpen: false,
    histograms: { isShown: true, isLog: false },
    ...NOTHING_OPEN,
  });

/** No row is on the screen that could be pointed at or selected. */
export const NOTHING_SEEN: Partial<View> = {
  frame: null,
  glide: STILL,
  hover: null,
  walked: null,
  pinned: null,
  pointed: null,
};

/** How far the glide has come, 0 to 1, eased. */
export function progress({ start, duration }: Glide, now: number): number {
  if (duration <= 0) return 1;
  const t = Math.min(1, Math.max(0, (now - start) / duration));
  return t * t * (3 - 2 * t);
}

/** Glides while a hand moves through the epochs, in milliseconds. */
export const SHORTEST = 160;
const LONGEST = 600;

function followed(visible: Domain, old: Position | undefined, next: Position): Domain {
  if (!old) return visible;
  return old.name === next.name ? rebased(visible, old.domain, next.domain) : HOME.x;
}

/** May another frame come on the screen? The glide before has ended and no gesture holds it. */
export function isFree(view: ViewStore, now: number): boolean {
  const { glide, gesture } = view.get();
  return !gesture && progress(glide, now) >= 1;
}

/** A newer frame comes on the screen, gliding for so many milliseconds at most. */
export function show(
  view: ViewStore,
  next: Frame | null,
  now: number,
  still: boolean,
  longest = LONGEST,
): void {
  const { frame, glide, camera, frames } = view.get();
  if (!next || next === frame || !isFree(view, now)) return;
  const since = now - glide.start;
  const duration = !frame || still ? 0 : Math.min(longest, Math.max(SHORTEST, 0.7 * since));
  view.set({
    frame: next,
    frames: frames + 1,
    glide: { from: duration > 0 ? frame : null, start: now, duration },
    camera: { x: followed(camera.x, frame?.x, next.x), y: followed(camera.y, frame?.y, next.y) },
  });
}

/** A gesture begins: what is on the screen is the frame itself, not a way to it. */
export const hold = (view: ViewStore, gesture: NonNullable<View["gesture"]>): void =>
  view.set({ gesture, glide: { ...view.get().glide, duration: 0 }, hover: null, outline: [] });

export const release = (view: ViewStore): void => view.set({ gesture: null, outline: [] });
