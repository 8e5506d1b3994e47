import { panned } from "../state/camera";
import type { Box, How, Pixel } from "../state/types";
import { hold, release, type View, type ViewStore } from "../state/view";
import { type Grip, touch } from "./touch";

/** What gestures need to know and whom they tell. */
export interface Hand {
  plot(): Box;
  /** A ring was closed round some of the map; kept when what it encloses is selected. */
  enclose(ring: readonly Pixel[], how: How): Promise<void>;
  /** The brush was drawn along a path; kept likewise. */
  brush(path: readonly Pixel[], how: How): Promise<void>;
  /** Pressed and let go on one spot. */
  click(at: Pixel, how: How): Promise<void>;
  /** The pointer rests on the map, or has left it. */
  point(at: Pixel | null): void;
  reset(): void;
}

const CLICK = 4; // px: a press that moved less is a click
const STEP = 1.5; // px between two corners of an outline

/** A button or finger that is down: where it went down and was last, and how far it has got. */
interface Press {
  id: number;
  from: Pixel;
  last: Pixel;
  length: number;
}
type Gesture = NonNullable<View["gesture"]>;

const distance = (a: Pixel, b: Pixel): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

export function how({ shiftKey, altKey }: { shiftKey: boolean; altKey: boolean }): How {
  if (shiftKey) return altKey ? "intersect" : "add";
  return altKey ? "subtract" : "replace";
}

const box = ([x0, y0]: Pixel, [x1, y1]: Pixel): Pixel[] => [
  [x0, y0],
  [x1, y0],
  [x1, y1],
  [x0, y1],
];

function gestureOf(event: PointerEvent, { tool, isSpaceHeld }: View): Gesture | null {
  if (event.button === 1 || (event.button === 0 && isSpaceHeld)) return "pan";
  return event.button === 0 ? tool : null;
}

/** Press, drag and release on the canvas and the ground round it: a ring may begin beyond the axes. */
export function pointer(
  canvas: HTMLCanvasElement,
  ground: HTMLElement,
  view: ViewStore,
  hand: Hand,
  signal: AbortSignal,
): void {
  let held: Press | null = null;
  const at = (event: PointerEvent): Pixel => within(canvas, event);

  function press(event: PointerEvent, gesture = gestureOf(event, view.get())): void {
    if (held || !gesture) return;
    ground.setPointerCapture(event.pointerId);
    held = { id: event.pointerId, from: at(event), last: at(event), length: 0 };
    hold(view, gesture);
    if (gesture === "brush") view.set({ outline: [held.from], pointer: held.from });
    hand.point(null);
  }
  function move(event: PointerEvent): void {
    if (view.get().tool === "brush") view.set({ pointer: at(event) });
    if (!held) hand.point(at(event));
    else if (event.pointerId === held.id) drag(at(event), held);
  }
  function drag(here: Pixel, press: Press): void {
    const { from, last } = press;
    const { gesture, camera, outline } = view.get();
    if (gesture !== "pan" && distance(here, last) < STEP) return;
    press.last = here;
    press.length = Math.max(press.length, distance(here, from));
    if (gesture === "pan") view.set({ camera: dragged(camera, last, here, hand.plot()) });
    else if (gesture === "box") view.set({ outline: box(from, here) });
    else view.set({ outline: outline.length ? [...outline, here] : [from, here] });
  }
  /** The picture moves again, if no other gesture has begun. */
  function letGo(): void {
    if (!held) release(view);
  }
  function lift(event: PointerEvent): void {
    if (event.pointerId !== held?.id) return;
    const { outline, gesture } = view.get();
    const { length } = held;
    held = null;
    const isUp = event.type === "pointerup";
    if (isUp && gesture === "brush") void hand.brush(outline, how(event)).finally(letGo);
    else if (isUp && length >= CLICK && gesture !== "pan")
      void hand.enclose(outline, how(event)).finally(letGo);
    else letGo();
    const isClick = isUp && length < CLICK && event.button === 0 && gesture !== "brush";
    if (isClick) void hand.click(at(event), how(event));
  }
  function leave(): void {
    if (view.get().pointer) view.set({ pointer: null });
    hand.point(null);
  }
  function abandon(): void {
    if (!held) return;
    held = null;
    release(view);
  }
  function cancel(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !held) return;
    event.stopImmediatePropagation();
    abandon();
  }
  const grip: Grip = { begin: press, move, lift, abandon, isHeld: () => held !== null };
  const fingers = touch(ground, at, view, hand, grip, signal);
  /** A finger's events go one way, those of a mouse or a pen the other. */
  const either =
    (finger: (event: PointerEvent) => void, other: (event: PointerEvent) => void) =>
    (event: PointerEvent) =>
      event.pointerType === "touch" ? finger(event) : other(event);

  // the middle button would scroll, and a press beside the canvas mark text; one on it gives focus
  function focus(event: MouseEvent): void {
    const isOn = event.target === canvas;
    if (isOn && event.button !== 1) return;
    event.preventDefault();
    if (!isOn) canvas.focus({ preventScroll: true, focusVisible: false } as FocusOptions);
  }

  ground.addEventListener("mousedown", focus, { signal });
  const down = either(fingers.press, (event) => press(event));
  const up = either(fingers.lift, lift);
  ground.addEventListener("pointerdown", down, { signal });
  ground.addEventListener("pointermove", either(fingers.move, move), { signal });
  ground.addEventListener("pointerup", up, { signal });
  ground.addEventListener("pointercancel", up, { signal });
  ground.addEventListener("pointerleave", leave, { signal });
  ground.addEventListener("dblclick", hand.reset, { signal });
  canvas.addEventListener("keydown", cancel, { signal });
  signal.addEventListener("abort", abandon); // nobody else would
}

/** Where an event is, in CSS pixels from the canvas' top left corner. */
export function within(canvas: HTMLCanvasElement, { clientX, clientY }: MouseEvent): Pixel {
  const { left, top } = canvas.getBoundingClientRect();
  return [clientX - left, clientY - top];
}

const dragged = (camera: View["camera"], from: Pixel, to: Pixel, plot: Box): View["camera"] =>
  panned(camera, (from[0] - to[0]) / plot.width, (to[1] - from[1]) / plot.height);
