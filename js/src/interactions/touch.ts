import { fractions } from "../scene/scales";
import { panned, zoomed } from "../state/camera";
import type { Camera, Pixel } from "../state/types";
import { hold, release, type View, type ViewStore } from "../state/view";
import type { Hand } from "./pointer";

const LONG = 400; // ms: a finger that rests so long begins a lasso
const SLACK = 8; // px that it may move meanwhile

/** The one press that a drag is made of, begun and ended by whoever hears the fingers. */
export interface Grip {
  begin(event: PointerEvent, gesture?: NonNullable<View["gesture"]>): void;
  move(event: PointerEvent): void;
  lift(event: PointerEvent): void;
  /** Nothing comes of it. */
  abandon(): void;
  isHeld(): boolean;
}

interface Finger {
  from: Pixel;
  at: Pixel;
}
interface Pair {
  middle: Pixel;
  apart: number;
}

const distance = (a: Pixel, b: Pixel): number => Math.hypot(a[0] - b[0], a[1] - b[1]);

function pair([a, b]: Finger[]): Pair {
  const [p, q] = [a!.at, b!.at];
  return { middle: [(p[0] + q[0]) / 2, (p[1] + q[1]) / 2], apart: Math.max(1, distance(p, q)) };
}

/** What was under both fingers stays under them. */
function pinched(camera: Camera, from: Pair, to: Pair, plot: ReturnType<Hand["plot"]>): Camera {
  const [x, y] = fractions(from.middle, plot);
  const closer = zoomed(camera, from.apart / to.apart, x, y);
  const [dx, dy] = [from.middle[0] - to.middle[0], to.middle[1] - from.middle[1]];
  return panned(closer, dx / plot.width, dy / plot.height);
}

/**
 * Fingers. Until the map was tapped one scrolls the page; then it does what the tool does, and two
 * zoom and move the map. One that rests begins a lasso, whatever the tool.
 */
export function touch(
  ground: HTMLElement,
  at: (event: PointerEvent) => Pixel,
  view: ViewStore,
  hand: Hand,
  grip: Grip,
  signal: AbortSignal,
) {
  const down = new Map<number, Finger>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let two: Pair | null = null;
  let isSpent = false; // one of two that was lifted leaves the other without a task

  function lasso(event: PointerEvent): void {
    const { gesture } = view.get();
    if (gesture && gesture !== "pan") return;
    grip.abandon();
    grip.begin(event, "lasso");
    view.set({ outline: [at(event)] }); // seen under the finger
    navigator.vibrate?.(8);
  }
  function press(event: PointerEvent): void {
    clearTimeout(timer);
    down.set(event.pointerId, { from: at(event), at: at(event) });
    const { isEngaged } = view.get();
    if (down.size === 1) {
      isSpent = false;
      if (isEngaged) grip.begin(event);
      timer = setTimeout(() => lasso(event), LONG);
      return;
    }
    grip.abandon();
    isSpent = true;
    two = isEngaged && down.size === 2 ? pair([...down.values()]) : null;
    if (two) hold(view, "pan");
    else release(view);
  }
  function move(event: PointerEvent): void {
    const finger = down.get(event.pointerId);
    if (!finger) return;
    finger.at = at(event);
    if (distance(finger.from, finger.at) > SLACK) clearTimeout(timer);
    if (two) {
      const now = pair([...down.values()]);
      view.set({ camera: pinched(view.get().camera, two, now, hand.plot()) });
      two = now;
    } else if (grip.isHeld()) grip.move(event);
  }
  function lift(event: PointerEvent): void {
    clearTimeout(timer);
    const finger = down.get(event.pointerId);
    down.delete(event.pointerId);
    if (two) {
      two = null;
      release(view);
    } else if (grip.isHeld()) grip.lift(event);
    else if (finger && !isSpent && event.type === "pointerup") tap(finger, event);
  }
  function tap({ from }: Finger, event: PointerEvent): void {
    if (distance(from, at(event)) <= SLACK) void hand.click(at(event), "replace");
  }
  // the page would scroll, or offer what it offers to a finger that rests
  const isOurs = () => grip.isHeld() || two !== null;
  const keep = (event: Event) => isOurs() && event.cancelable && event.preventDefault();
  const menu = (event: Event) => down.size > 0 && event.preventDefault();
  ground.addEventListener("touchmove", keep, { signal, passive: false });
  ground.addEventListener("contextmenu", menu, { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    if (two) release(view);
  });
  return { press, move, lift };
}
