import { along, curvePaths, markAt } from "../scene/curve";
import { isPair, showBetween } from "../state/between";
import {
  epochMark,
  epochName,
  handle,
  nearestStop,
  showEpoch,
  step,
  stops,
  stopWord,
} from "../state/epochs";
import type { Model, ModelStore } from "../state/model";
import { type Curve, setTime, shownFrame } from "../state/timeline";
import { html, OWN_KEYS, onChange, svg, watchSize } from "./element";

const CURVE = 13; // px: its height
const ARROWS: Record<string, number> = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };
const AT_END = 0.01; // of the way: who lets go there means the end
const NEAR = 5; // px from a mark within which it is told

/** A curve's number as text. */
const told = (value: number): string => String(Number(value.toPrecision(3)));

/** What is known of an epoch, in words. */
export function wordsOf(model: Model, epoch: number, curve: Curve | null): string {
  const value = curve?.values[model.time.epochs?.epochs.indexOf(epoch) ?? -1] ?? null;
  const name = epochName(model, epoch);
  return value === null ? name : `${name} · ${curve!.title} ${told(value)}`;
}

/** What is said where another epoch than the one asked for is on the screen; "" where it is not. */
export function missing(model: Model): string {
  const { held, awaited, history } = model.time;
  const epoch = held?.between === undefined ? model.time.epoch : stops(model)[0]!;
  if (epoch === null || history.has(epoch)) return "";
  const shown = shownFrame(model)?.epoch;
  const instead =
    shown === null || shown === undefined ? "" : `, ${epochMark(model, shown)} is shown`;
  const isComing = model.connection === "live" && awaited.has(epoch);
  return `${epochName(model, epoch)} ${isComing ? "is on its way" : "is not here"}${instead}`;
}

/** The slider of epochs, with a curve behind it and marks on it. */
export function scrubber(model: ModelStore, curve: () => Curve | null, signal: AbortSignal) {
  const area = svg("path", { class: "carto-curve-area" });
  const line = svg("path", { class: "carto-curve" });
  const sheet = svg("svg", { class: "carto-curves", "aria-hidden": "true" }, area, line);
  const marks = html("div", { class: "carto-marks", "aria-hidden": "true" });
  const past = html("i", {});
  const knob = html("span", { class: "carto-knob" });
  const tip = html("div", { class: "carto-tip", "aria-hidden": "true" });
  const note = html("span", { class: "carto-missing" });
  const rail = html("div", { class: "carto-rail" }, sheet, past, marks, knob, note, tip);
  const [first, last] = [html("span", {}), html("span", {})];
  const root = html(
    "div",
    { class: "carto-scrubber", role: "slider", tabindex: 0, ...OWN_KEYS },
    first,
    rail,
    last,
  );
  let width = 0;
  const now = () => model.get();
  const ends = (all: readonly number[]): [number, number] => [all[0] ?? 0, all.at(-1) ?? 0];

  /** The stop that the pointer is on, or the place between two. */
  function epochAt(event: MouseEvent): number {
    const { left, width } = rail.getBoundingClientRect();
    const all = stops(now());
    const [from, to] = ends(all);
    const fraction = Math.min(1, Math.max(0, (event.clientX - left) / Math.max(1, width)));
    if (isPair(now())) return from + fraction * (to - from);
    return all[nearestStop(all, from + fraction * (to - from))] ?? from;
  }
  function show(epoch: number): void {
    const [from, to] = ends(stops(now()));
    if (isPair(now())) showBetween(model, (epoch - from) / (to - from));
    else showEpoch(model, epoch);
  }
  function press(event: PointerEvent): void {
    if (event.button !== 0) return;
    root.setPointerCapture(event.pointerId);
    setTime(model, { isScrubbing: true, isPlaying: false, isUsed: true });
    drag(event);
  }
  function drag(event: PointerEvent): void {
    tell(event);
    if (now().time.isScrubbing) show(epochAt(event));
  }
  function letGo(): void {
    const { isScrubbing, held } = now().time;
    if (!isScrubbing) return;
    setTime(model, { isScrubbing: false });
    const way = held?.between ?? 0.5;
    if (Math.min(way, 1 - way) < AT_END) showBetween(model, Math.round(way));
  }
  function key(event: KeyboardEvent): void {
    const all = stops(now());
    const page = Math.max(1, Math.round(all.length / 10));
    const leaps: Record<string, number> = {
      PageDown: -page,
      PageUp: page,
      Home: -all.length,
      End: all.length,
    };
    const by = ARROWS[event.key] ?? leaps[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (isPair(now()) && event.key in ARROWS) stepBetween(by);
    else step(model, by);
  }
  /** A tenth of the way on, or back. */
  function stepBetween(by: number): void {
    setTime(model, { isPlaying: false, isUsed: true });
    const [from, to] = ends(stops(now()));
    showBetween(model, Math.round(10 * along(handle(now()) ?? to, from, to) + by) / 10);
  }
  /** What the pointer is on. */
  function tell(event: MouseEvent): void {
    const { left } = rail.getBoundingClientRect();
    const [from, to] = ends(stops(now()));
    const epoch = epochAt(event);
    const near = (now().time.epochs?.marks ?? []).filter(
      (mark) => Math.abs(markAt(mark, from, to) * width - (event.clientX - left)) < NEAR,
    );
    const texts = near.map(({ text }) => text).slice(0, 3);
    tip.textContent = [wordsOf(now(), epoch, curve()), ...texts].join(" · ");
    const half = tip.offsetWidth / 2;
    const at = along(epoch, from, to) * width;
    tip.style.left = `${Math.max(half - 8, Math.min(width - half + 8, at))}px`;
    tip.dataset.shown = "";
  }
  root.addEventListener("pointerdown", press, { signal });
  root.addEventListener("pointermove", drag, { signal });
  root.addEventListener("pointerup", letGo, { signal });
  root.addEventListener("pointercancel", letGo, { signal });
  root.addEventListener("lostpointercapture", letGo, { signal });
  root.addEventListener("pointerleave", () => delete tip.dataset.shown, { signal });
  root.addEventListener("keydown", key, { signal });
  signal.addEventListener("abort", letGo);

  const drawGround = onChange(() => {
    const [all, { epochs }] = [stops(now()), now().time];
    const [from, to] = ends(all);
    const paths = curvePaths(curve()?.values ?? [], epochs?.epochs ?? [], to, width, CURVE);
    line.setAttribute("d", paths.line);
    area.setAttribute("d", paths.area);
    const ticks = (epochs?.marks ?? []).map((mark) =>
      html("i", {
        "data-kind": mark.kind,
        title: mark.text,
        style: `left:${100 * markAt(mark, from, to)}%`,
      }),
    );
    marks.replaceChildren(...ticks);
    [first.textContent, last.textContent] = [epochMark(now(), from), epochMark(now(), to)];
    const word = stopWord(now());
    root.ariaLabel = word[0]!.toUpperCase() + word.slice(1);
    root.ariaValueMin = String(from);
    root.ariaValueMax = String(to);
  });
  const drawKnob = onChange(() => {
    const [from, to] = ends(stops(now()));
    const epoch = handle(now()) ?? to;
    const at = `${100 * along(epoch, from, to)}%`;
    [knob.style.left, past.style.width] = [at, at];
    knob.textContent = epochMark(now(), epoch);
    first.style.visibility = epoch === from ? "hidden" : ""; // the knob says it
    last.style.visibility = epoch === to ? "hidden" : "";
    note.textContent = missing(now());
    root.ariaValueNow = String(epoch);
    const name = epochName(now(), epoch);
    const where = name.endsWith(String(epoch)) ? `${name} of ${to}` : name;
    root.ariaValueText = [where, missing(now())].filter(Boolean).join(", ");
  });
  const sized = ({ contentRect }: ResizeObserverEntry) => {
    width = contentRect.width;
    update();
  };
  watchSize(rail, sized, signal);

  function update(): void {
    const all = stops(now());
    drawGround([now().time.epochs, all[0], all.at(-1), curve()?.name, width]);
    drawKnob([handle(now()), all[0], all.at(-1), missing(now())]);
  }
  return { root, update };
}
