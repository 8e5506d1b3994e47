import { type Layout, PAD } from "../scene/layout";
import { axisTicks, clamped, grouped } from "../scene/numbers";
import { type Scale, scaleX, scaleY } from "../scene/scales";
import type { Box, Camera, Frame, Pixel, Position } from "../state/types";
import { onChange, svg } from "./element";

/** Px to one tick: few numbers where there is little room; each class has its name where it fits. */
const roomX = ({ width }: Box, { categories }: Position): number =>
  categories ? 42 : Math.max(58, width / 11);
const roomY = ({ categories }: Position): number => (categories ? 17 : 56);
const LINE = 12; // px from one line of small print to the next
const FAR = 9; // px from the canvas to the numbers
const LETTER = 6.4; // px, about

/** Half pixels make thin lines sharp. */
const crisp = (px: number): number => Math.round(px) + 0.5;

interface Axis {
  ticks: { at: number; label: string }[];
}

function axis(column: Position, scale: Scale, from: number, to: number, room: number): Axis {
  const all = axisTicks(column, scale.visible, to - from, room);
  const placed = all.map(({ value, label }) => ({ at: scale.toPixel(value), label }));
  return { ticks: placed.filter(({ at }) => at >= from - 0.5 && at <= to + 0.5) };
}

/** Names of categories cut to the room that they have; numbers fit. */
function cut({ ticks }: Axis, { categories }: Position, room: number): Axis {
  const most = Math.max(3, Math.floor(room / LETTER));
  return categories
    ? { ticks: ticks.map(({ at, label }) => ({ at, label: clamped(label, most) })) }
    : { ticks };
}

/** Px from one tick to the next. */
const spacing = ({ ticks }: Axis, { width }: Box): number =>
  ticks.length < 2 ? width / 2 : Math.abs(ticks[1]!.at - ticks[0]!.at);

const line = (x1: number, y1: number, x2: number, y2: number): SVGElement =>
  svg("line", { x1: crisp(x1), y1: crisp(y1), x2: crisp(x2), y2: crisp(y2) });

/** Faint lines through the data, and one along each axis. */
function grid(x: Axis, y: Axis, { plot }: Layout): SVGElement {
  const [left, right] = [plot.x - PAD, plot.x + plot.width + PAD];
  const [top, bottom] = [plot.y - PAD, plot.y + plot.height + PAD];
  return svg(
    "g",
    { class: "carto-grid" },
    ...x.ticks.map(({ at }) => line(at, top, at, bottom)),
    ...y.ticks.map(({ at }) => line(left, at, right, at)),
  );
}

function numbers(x: Axis, y: Axis, height: number): SVGElement[] {
  return [
    ...x.ticks.map(({ at, label }) =>
      svg(
        "text",
        { class: "carto-tick", x: at, y: height + FAR + 8, "text-anchor": "middle" },
        label,
      ),
    ),
    ...y.ticks.map(({ at, label }) =>
      svg(
        "text",
        { class: "carto-tick", x: -FAR, y: at, dy: "0.32em", "text-anchor": "end" },
        label,
      ),
    ),
  ];
}

/** Words of at most `room` letters a line, where their own lengths allow. */
export function lines(words: string, room: number): string[] {
  const out: string[] = [];
  for (const word of words.split(" ")) {
    const last = out.at(-1);
    if (last !== undefined && last.length + word.length < room)
      out[out.length - 1] = `${last} ${word}`;
    else out.push(word);
  }
  return out;
}

/** The band where rows stand that have no value on an axis yet. */
function band(box: Box, column: Position): SVGElement[] {
  if (column.n_waiting === 0) return [];
  const area = svg("rect", {
    class: "carto-strip",
    x: box.x - 6,
    y: box.y - 6,
    width: box.width + 12,
    height: box.height + 12,
    rx: 4,
  });
  return [area];
}

/** Its name, and how many stand there. */
function bandText(box: Box, column: Position, open: number, isBeside: boolean): SVGElement[] {
  if (column.n_waiting === 0 || open < 1) return [];
  const rows = [...lines(column.waiting ?? "no value yet", 11), grouped(column.n_waiting)];
  return rows.map((text, i) => {
    const x = isBeside ? box.x - 6 : box.x + box.width;
    const y = isBeside ? box.y + box.height + PAD + FAR + 8 + i * LINE : box.y + 10 + i * LINE;
    const look = i === rows.length - 1 ? "carto-count" : "carto-waiting";
    return svg("text", { class: look, x, y, "text-anchor": isBeside ? "start" : "end" }, text);
  });
}

/** Where the middle of a word may be, so that the map's end does not cut it off. */
function kept(px: number, text: string, { x, width }: Box): number {
  const half = (text.length * 8 + 6) / 2;
  return Math.max(x + half, Math.min(x + width - half, px));
}

function words({ words }: Frame, x: Scale, y: Scale, { plot }: Layout): SVGElement[] {
  return words
    .map((word) => ({ ...word, px: x.toPixel(word.x), py: y.toPixel(word.y) }))
    .filter(
      ({ px, py }) =>
        px >= plot.x && px <= plot.x + plot.width && py >= plot.y && py <= plot.y + plot.height,
    )
    .map(({ text, px, py }) => ({ text, px: kept(px, text, plot), py }))
    .map(({ text, px, py }) =>
      svg(
        "text",
        { class: "carto-word", x: px, y: py, dy: "0.32em", "text-anchor": "middle" },
        text,
      ),
    );
}

/** Where the brush went, and the brush. */
function brushed({ outline, brush }: Shown): SVGElement[] {
  if (!brush) return [];
  const { at, radius, isDown } = brush;
  const points = [...outline, outline.at(-1) ?? []].map((p) => p.join()).join(" ");
  const width = `stroke-width:${2 * radius}px`;
  const way = isDown ? [svg("polyline", { class: "carto-stroke", points, style: width })] : [];
  const [cx, cy] = at;
  return [...way, svg("circle", { class: "carto-round", cx, cy, r: radius })];
}

/** A lasso has begun under a finger, and shows beside it. */
const begun = ([cx, cy]: Pixel): SVGElement =>
  svg("circle", { class: "carto-outline carto-begun", cx, cy, r: 30 });

function outlined(outline: readonly Pixel[], isOpen: boolean): SVGElement[] {
  if (outline.length < 2) return outline.map(begun);
  const points = outline.map((p) => p.join()).join(" ");
  return [svg(isOpen ? "polyline" : "polygon", { class: "carto-outline", points })];
}

const ring = (at: Pixel | null, look = "carto-ring"): SVGElement[] =>
  at ? [svg("circle", { class: look, cx: at[0], cy: at[1], r: 6 })] : [];

const inTheOpen = (said: string, { plot }: Layout): SVGElement => {
  const [x, y] = [plot.x + plot.width / 2, plot.y + 0.3 * plot.height];
  return svg("text", { class: "carto-blank", x, y, "text-anchor": "middle" }, said);
};

export interface Shown {
  frame: Frame;
  camera: Camera;
  layout: Layout;
  width: number;
  height: number;
  outline: readonly Pixel[];
  /** While it is the tool, and on the map. */
  brush: { at: Pixel; radius: number; isDown: boolean } | null;
  /** Is the outline a way, and not the border of something? */
  isOpen: boolean;
  hover: Pixel | null;
  pinned: Pixel | null;
  /** In the open of a map without points. */
  said: string;
}

/** A column without its rows, by which its axis looks as it does. */
const told = ({ codes, ...header }: Position): object => header;

/** Two sheets of lines and words, one behind the points and one before them. */
export function axes() {
  const back = svg("svg", { class: "carto-back", "aria-hidden": "true" });
  const [still, moving] = [svg("g"), svg("g")];
  const front = svg("svg", { class: "carto-front", "aria-hidden": "true" }, still, moving);
  let shown: Shown;
  let needed = 0;

  const drawAxes = onChange(() => {
    const { frame, camera, layout, width, height, said } = shown;
    const { plot } = layout;
    const [sx, sy] = [scaleX(frame.x, camera, plot), scaleY(frame.y, camera, plot)];
    const across = axis(frame.x, sx, plot.x, plot.x + plot.width, roomX(plot, frame.x));
    const x = cut(across, frame.x, spacing(across, plot) - 2 * LETTER);
    const up = axis(frame.y, sy, plot.y, plot.y + plot.height, roomY(frame.y));
    const y = cut(up, frame.y, Math.min(0.24 * width, 180));
    back.replaceChildren(
      ...band(layout.xStrip, frame.x),
      ...band(layout.yStrip, frame.y),
      grid(x, y, layout),
    );
    still.replaceChildren(
      ...numbers(x, y, height),
      ...bandText(layout.xStrip, frame.x, layout.open.x, true),
      ...bandText(layout.yStrip, frame.y, layout.open.y, false),
      ...words(frame, sx, sy, layout),
      inTheOpen(said, layout),
    );
    needed = Math.max(3, ...y.ticks.map(({ label }) => label.length)) * LETTER + FAR;
  });
  const drawGesture = onChange(() => {
    const { outline, isOpen, brush, hover, pinned } = shown;
    moving.replaceChildren(
      ...(brush ? brushed(shown) : outlined(outline, isOpen)),
      ...ring(pinned, "carto-ring carto-pin"),
      ...ring(hover),
    );
  });
  return {
    back,
    front,
    /** How much room the numbers need on the left, in px. */
    update(next: Shown): number {
      shown = next;
      const { frame, camera, layout, width, height, said, outline, isOpen } = next;
      const { x, y, words } = frame;
      drawAxes([JSON.stringify([told(x), told(y), words, camera, layout, width, height, said])]);
      const { brush, hover, pinned } = next;
      drawGesture([outline, isOpen, JSON.stringify([brush, hover, pinned])]);
      return needed;
    },
  };
}
