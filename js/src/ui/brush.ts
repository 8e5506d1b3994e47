import type { Domain } from "../state/types";
import { attribute, html, OWN_KEYS, onChange } from "./element";

/** One axis along which a range is drawn out. */
export interface Track {
  title: string;
  isUp: boolean;
  /** What can be chosen at the most. */
  domain: Domain;
  step: number;
  /** What is chosen now, which may be later than what is drawn. */
  range(): Domain | null;
  toPixel(value: number): number;
  /** The nearest edge of a bin. */
  toEdge(px: number): number;
  text(value: number): string;
  set(range: Domain | null): void;
}

type End = 0 | 1;
const GRIP = 6; // px on either side of an edge
const CLICK = 3; // px

const kept = (value: number, [low, high]: Domain): number =>
  Number(Math.min(high, Math.max(low, value)).toPrecision(12));

/** A range that may be drawn out, moved, changed at its edges and taken away, also by keys. */
export function brush(signal: AbortSignal) {
  const area = html("div", { class: "carto-brush", hidden: "" });
  const edge = (end: End) =>
    html("div", {
      class: "carto-edge",
      role: "slider",
      tabindex: 0,
      "data-end": end,
      ...OWN_KEYS,
    });
  const edges = [edge(0), edge(1)] as const;
  const root = html("div", { class: "carto-brushed" }, area, ...edges);
  let track: Track | null = null;
  let drag: ((px: number) => void) | null = null;

  const whole = (track: Track): Domain => track.range() ?? track.domain;
  function set([from, to]: Domain): void {
    if (!track) return;
    const [a, b] = [kept(from, track.domain), kept(to, track.domain)];
    const range: Domain = a <= b ? [a, b] : [b, a];
    const isAll = range[0] <= track.domain[0] && range[1] >= track.domain[1];
    track.set(isAll || range[0] === range[1] ? null : range);
  }
  const at = ({ clientX, clientY }: MouseEvent): number => {
    const { left, top } = root.getBoundingClientRect();
    return track?.isUp ? clientY - top : clientX - left;
  };

  /**
   * What a drag from here does: moves an edge, moves the range, or draws a new one. The axis may
   * move under the pointer meanwhile, as when the filter bar opens.
   */
  function grab(
    { range: chosen, toPixel, toEdge, domain }: Track,
    px: number,
  ): (to: number) => void {
    const range = chosen();
    const start = toEdge(px);
    const ends = range?.map(toPixel);
    const end = ends?.findIndex((one) => Math.abs(one - px) <= GRIP) ?? -1;
    edges[end === 0 ? 0 : 1].focus({ preventScroll: true, focusVisible: false } as FocusOptions);
    const to = (px: number) => track?.toEdge(px) ?? start;
    if (range && end >= 0) return (px) => set([range[1 - end]!, to(px)]);
    const isIn = ends && px > Math.min(...ends) && px < Math.max(...ends);
    if (!range || !isIn) return (px) => set([start, to(px)]);
    const room = [domain[0] - range[0], domain[1] - range[1]] as const;
    return (px) => {
      const by = Math.max(room[0], Math.min(room[1], to(px) - start));
      set([range[0] + by, range[1] + by]);
    };
  }
  function press(event: PointerEvent): void {
    event.stopPropagation(); // no lasso begins here
    if (!track || event.button !== 0) return;
    const from = at(event);
    const pull = grab(track, from);
    const range = track.range();
    const isFar = range?.map(track.toPixel).every((one) => Math.abs(one - from) > GRIP);
    let isDragged = false;
    drag = (to) => {
      isDragged ||= Math.abs(to - from) >= CLICK;
      if (isDragged) pull(to);
    };
    root.setPointerCapture(event.pointerId);
    const lift = () => {
      drag = null;
      const ends = range?.map(track!.toPixel) ?? [];
      const isOut = from < Math.min(...ends) || from > Math.max(...ends);
      if (!isDragged && isFar && isOut) track?.set(null);
    };
    root.addEventListener("pointerup", lift, { once: true, signal });
    root.addEventListener("pointercancel", () => (drag = null), { once: true, signal });
  }
  function type(event: KeyboardEvent): void {
    const end = edges.indexOf(event.target as HTMLDivElement);
    if (!track || end < 0) return;
    const { domain, step } = track;
    const range = [...whole(track)] as [number, number];
    const by: Record<string, number> = {
      ArrowLeft: -step,
      ArrowDown: -step,
      ArrowRight: step,
      ArrowUp: step,
      PageDown: -10 * step,
      PageUp: 10 * step,
      Home: domain[0] - range[end]!,
      End: domain[1] - range[end]!,
    };
    if (event.key === "Delete" || event.key === "Backspace") track.set(null);
    else if (by[event.key] !== undefined && !event.ctrlKey && !event.metaKey) {
      const next = kept(range[end]! + by[event.key]!, domain);
      range[end] = end ? Math.max(next, range[0] + step) : Math.min(next, range[1] - step);
      set(range);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
  root.addEventListener("pointerdown", press, { signal });
  const still = (event: Event) => {
    event.stopPropagation();
    event.preventDefault(); // no text is marked, and none dragged
  };
  root.addEventListener("mousedown", still, { signal });
  root.addEventListener("pointermove", (event) => drag?.(at(event)), { signal });
  root.addEventListener("keydown", type, { signal });
  root.addEventListener(
    "dblclick",
    (event) => {
      event.stopPropagation();
      track?.set(null);
    },
    { signal },
  );

  const place = onChange(() => {
    if (!track) return;
    const range = whole(track);
    const px = range.map(track.toPixel) as [number, number];
    const [low, high] = [Math.min(...px), Math.max(...px)];
    const isSet = track.range() !== null;
    area.hidden = !isSet;
    const [start, length] = track.isUp ? ["top", "height"] : ["left", "width"];
    area.style.cssText = `${start}:${low}px;${length}:${high - low}px`;
    for (const [end, one] of edges.entries()) {
      one.style.cssText = `${start}:${px[end]}px`;
      one.toggleAttribute("data-set", isSet);
      say(one, track, range[end as End], end ? "up to" : "from");
    }
  });
  return {
    root,
    update(now: Track): void {
      track = now;
      const [from, to] = whole(now);
      const px = [now.toPixel(from), now.toPixel(to)];
      place([now.title, ...now.domain, from, to, ...px, now.range() === null]);
    },
  };
}

function say(edge: HTMLElement, { title, isUp, domain, text }: Track, value: number, end: string) {
  const said: Record<string, string> = {
    "aria-label": `${title} shown ${end}`,
    "aria-orientation": isUp ? "vertical" : "horizontal",
    "aria-valuemin": String(domain[0]),
    "aria-valuemax": String(domain[1]),
    "aria-valuenow": String(value),
    "aria-valuetext": text(value),
  };
  for (const [name, now] of Object.entries(said)) attribute(edge, name, now);
}
