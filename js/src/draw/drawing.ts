import type { Picture, Renderer } from "../gl/picture";
import type { Surface } from "../gl/surface";
import { rememberedCrowd } from "../scene/crowd";
import type { Layout } from "../scene/layout";
import { palette } from "../scene/palette";
import { type Moment, picture } from "../scene/picture";
import { points } from "../scene/points";
import { isMet, padded } from "../state/bits";
import { failed, type ModelStore } from "../state/model";
import { shownFrame } from "../state/timeline";
import type { Frame } from "../state/types";
import { isFree, progress, SHORTEST, show, type ViewStore } from "../state/view";
import { governor } from "./governor";

const SLICE = 4; // ms of an animation frame for sending rows
const REST = 150; // ms without a change, then all rows are drawn
const PATIENCE = 1000; // ms that a picture may take before the next is drawn all the same
const LOOK = 4; // ms from one look at the GPU to the next: less work than a frame of the page
const PART = 1 / 4; // of the time that it has taken, where that is more
const GLIDES = 4_000_000; // more rows do not glide

/**
 * Keeps what is on the GPU equal to the stores, and draws when that changes the picture.
 *
 * @param request asks for an animation frame
 * @param settled is called when the GPU has ended the last picture, and nothing more is to be done
 */
export function drawing(
  model: ModelStore,
  view: ViewStore,
  on: () => Surface,
  request: () => void,
  settled: () => void,
  signal: AbortSignal,
) {
  const [pace, crowdOf] = [governor(), rememberedCrowd()];
  let begun: Frame | null = null; // on its way to the GPU
  let loaded: Frame | null = null;
  let sent: readonly unknown[] = [];
  let [key, last]: [readonly unknown[], Picture | null] = [[], null];
  let [isDone, isTimed, isAtRest, isBroken] = [true, false, false, false];
  let isBehind = false; // the picture is another, and the GPU not done with the last one
  let drawnAt = 0;
  let timer = 0;
  let waiting = 0;
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    clearTimeout(waiting);
  });

  /** All of the frame is on the GPU, after as many slices as that takes. */
  function isLoaded(frame: Frame, renderer: Renderer): boolean {
    if (loaded === frame) return true;
    if (!renderer.load(points(frame), performance.now() + SLICE)) return false;
    renderer.swap(frame.rows <= GLIDES);
    loaded = frame;
    return true;
  }
  /** Colours and bits: little, so at once. */
  function send({ frame, from, theme, selected, passing }: Moment, renderer: Renderer): void {
    const [oldFrame, oldTheme, oldSelected, oldPassing] = sent;
    const isOther = oldFrame !== frame;
    if (isOther || oldTheme !== theme)
      renderer.recolor(palette((from ?? frame).color, theme), palette(frame.color, theme));
    if (isOther || oldSelected !== selected)
      renderer.select(selected && padded(selected, frame.rows));
    if (isOther || oldPassing !== passing) renderer.pass(passing && padded(passing, frame.rows));
    sent = [frame, theme, selected, passing];
  }
  const isDrawing = (renderer: Renderer, now: number): boolean =>
    renderer.isBusy() && now - drawnAt < PATIENCE;
  function isBusy(renderer: Renderer, now: number): boolean {
    if (isDrawing(renderer, now)) return true;
    if (isTimed) pace.ended(now);
    isTimed = false;
    return false;
  }
  function draw(moment: Moment, layout: Layout, renderer: Renderer, now: number): void {
    last = picture(moment, layout, crowdOf);
    fit(on().canvas(), last);
    send(moment, renderer);
    isTimed = pace.began(moment.frame.rows * moment.share, now);
    drawnAt = now;
    isDone = renderer.draw(last);
    clearTimeout(timer);
    isAtRest = false;
    if (moment.share < 1) timer = setTimeout(rest, REST);
  }
  function rest(): void {
    isAtRest = true;
    request();
  }

  /** A newer frame comes on the screen when all of it is there; one begun is finished first. */
  function advance(now: number, still: boolean): void {
    const newest = shownFrame(model.get());
    const [renderer, { frame }] = [on().renderer(), view.get()];
    if (!newest || !isFree(view, now) || (frame === newest && !begun)) return;
    if (!renderer) show(view, newest, now, still);
    if (!renderer || frame !== loaded || isBusy(renderer, now)) return;
    begun ??= newest;
    if (!isLoaded(begun, renderer)) return;
    const longest = model.get().time.isScrubbing ? SHORTEST : undefined;
    show(view, begun, now, still || begun.rows > GLIDES || begun.between !== undefined, longest);
    begun = null;
  }
  /** Draws where the picture is another; false: the GPU is not done with the last one. */
  function paint(layout: Layout, now: number): boolean {
    const [renderer, seen] = [on().renderer(), seenNow(model, view, now)];
    if (!renderer || !seen || !isLoaded(seen.frame, renderer)) return true;
    const next = keyOf(seen, layout);
    const isChanged = next.length !== key.length || next.some((part, i) => part !== key[i]);
    if (isBusy(renderer, now)) return !isChanged;
    if (isChanged) {
      key = next;
      draw({ ...seen, share: pace.share(seen.frame.rows) }, layout, renderer, now);
    } else if (isAtRest) draw(seen, layout, renderer, now);
    else if (!isDone) isDone = renderer.draw(last!);
    return true;
  }
  /** Looks whether the GPU is done: before, there is nothing to do in a frame, and after it often. */
  function wait(renderer: Renderer): void {
    clearTimeout(waiting);
    const look = () => {
      const now = performance.now();
      if (isBusy(renderer, now)) wait(renderer);
      else if (isWorking(now)) request();
      else settled();
    };
    waiting = setTimeout(look, Math.max(LOOK, PART * (performance.now() - drawnAt)));
  }
  function isWorking(now: number): boolean {
    const { frame, glide, gesture } = view.get();
    const renderer = on().renderer();
    const isNewest = frame === shownFrame(model.get());
    const isOnItsWay = progress(glide, now) < 1 || !(isNewest || gesture);
    const isLeft = frame !== loaded || isTimed || !isDone || isAtRest || isBehind;
    if (isBroken || !(isOnItsWay || (renderer && isLeft))) return false;
    if (!renderer || !isDrawing(renderer, now)) return true;
    wait(renderer);
    return false;
  }
  /** Everything has to be sent again. */
  function forget(): void {
    [begun, loaded, sent, key, last] = [null, null, [], [], null];
    [isDone, isAtRest] = [true, false];
  }

  function guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      forget();
      isBroken = true; // until something changes
      failed(model, error);
    }
  }

  return {
    forget,
    /** Goes on towards the newest frame. */
    advance(now: number, still: boolean): void {
      isBroken = false;
      guarded(() => advance(now, still));
    },
    /** False: what is on the screen is older than the view. */
    paint(layout: Layout, now: number): boolean {
      isBehind = false;
      guarded(() => {
        isBehind = !isBroken && !paint(layout, now);
      });
      return !isBehind;
    },
    /** Is all that is to be seen on the screen? */
    isWhole: (): boolean => last !== null && last.share === 1 && isDone && !isTimed,
    /** Is there more to be sent or drawn, now? */
    isWorking,
  };
}

/** What the stores show at this moment, all rows of it. */
function seenNow(model: ModelStore, view: ViewStore, now: number): Moment | null {
  const { size, theme, background, camera, frame, glide } = view.get();
  if (!frame || size.width === 0) return null;
  const { selection, passing } = model.get();
  const t = progress(glide, now);
  const isSeen = selection.count > 0 && (!passing || isMet(selection.bits, passing));
  return {
    ...{ size, theme, background, camera, frame, passing },
    pixels: Math.min(2, window.devicePixelRatio || 1),
    from: t < 1 ? glide.from : null,
    progress: t,
    selected: isSeen ? selection.bits : null,
    share: 1,
  };
}

/** What makes one picture another than the last. */
function keyOf(moment: Moment, { open }: Layout): readonly unknown[] {
  const { size, theme, background, camera, frame, passing, pixels, from, progress, selected } =
    moment;
  const lengths = [size.width, size.height, pixels, open.x, open.y, ...camera.x, ...camera.y];
  const facts = [frame, passing, from, progress, selected, theme];
  return [...lengths, ...background, ...facts];
}

/** As many device pixels as the picture is to have. */
function fit(canvas: HTMLCanvasElement, { width, height, pixels }: Picture): void {
  const [across, down] = [Math.round(width * pixels), Math.round(height * pixels)];
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
}
