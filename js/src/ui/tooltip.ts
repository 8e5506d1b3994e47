import { clamped } from "../scene/numbers";
import type { Frame, Pixel, Size } from "../state/types";
import { become, html, onChange, watchSize } from "./element";
import { facts, preview, type Statics } from "./facts";

/** What is said of a row beside what the map knows. */
export interface Detail {
  /** What it is made of; undefined: nothing. */
  of(row: number): object | undefined;
  /** Over the row's facts, and under them; `column` is the one whose text would be told. */
  made(
    of: object,
    column: string | undefined,
  ): { over: Element | null; under: Element[]; isInstead: boolean };
}

const LONGEST = 420; // letters of a text
const FACTS = 8; // lines
const FACTS_UNDER = 5; // beneath a picture
const AWAY = 14; // px from the point
/** Px beside the plot over which it may lie, inside the map. */
const BESIDE = { left: 30, right: 12, top: 24, bottom: 40 };
const NONE: Size = { width: 0, height: 0 };

interface Place {
  left: number;
  top: number;
  /** The height that there is room for. */
  most: number;
}

/** Beside the point, over or under it: inside the map, and never on the point itself. */
export function placed([x, y]: Pixel, { width: w, height: h }: Size, within: Size): Place {
  const [left, right] = [-BESIDE.left, within.width + BESIDE.right - w];
  const [top, bottom] = [-BESIDE.top, within.height + BESIDE.bottom];
  const across = (at: number) => Math.max(left, Math.min(at, right));
  const beside = [x + AWAY, x - AWAY - w].find((at) => at >= left && at <= right);
  if (beside !== undefined) {
    const down = Math.max(top, Math.min(y + AWAY, bottom - h));
    return { left: beside, top: down, most: bottom - top };
  }
  const [over, under] = [y - AWAY - top, bottom - y - AWAY];
  const most = Math.max(over, under);
  const down = under >= over ? y + AWAY : y - AWAY - Math.min(h, most);
  return { left: across(x - w / 2), top: down, most };
}

/** What there is to say of the row under the pointer. */
export function tooltip(signal: AbortSignal) {
  const root = html("div", { class: "carto-tooltip", role: "tooltip", hidden: "" });
  let [frame, statics, row]: [Frame | null, Statics, number] = [null, new Map(), 0];
  let [detail, known]: [Detail | undefined, object | undefined] = [undefined, undefined];
  const fill = onChange(() => {
    if (!frame) return root.replaceChildren();
    const column = preview(statics);
    const more = known && detail?.made(known, column?.name);
    const text = more?.isInstead ? null : column?.read(row);
    const { told, left } = facts(frame, statics, row, more?.over ? FACTS_UNDER : FACTS);
    const list = told.flatMap(([name, value]) => [
      html("dt", { dir: "auto" }, name),
      html("dd", { dir: "auto" }, value),
    ]);
    const rest = `${left} more${detail ? ": click for all" : ""}`;
    root.replaceChildren(
      ...(more?.over ? [more.over] : []),
      ...(text ? [html("p", { dir: "auto" }, clamped(text, LONGEST))] : []),
      html("dl", {}, ...list),
      ...(left ? [html("small", {}, rest)] : []),
      ...(more?.under ?? []),
    );
  });
  let [own, within]: [Size, Size] = [NONE, NONE];
  let at: Pixel = [0, 0];
  function put(): void {
    const { left, top, most } = placed(at, own, within);
    root.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
    root.style.maxHeight = `${Math.floor(most)}px`;
  }
  const sized = ({ borderBoxSize: [box] }: ResizeObserverEntry) => {
    own = { width: box!.inlineSize, height: box!.blockSize };
    put();
  };
  watchSize(root, sized, signal);
  return {
    root,
    update(
      shown: Frame,
      all: Statics,
      hovered: number | null,
      spot: Pixel | null,
      room: Size,
      beside: Detail | undefined,
    ) {
      become(root, { hidden: hovered === null || spot === null });
      if (hovered === null || spot === null) return;
      [frame, statics, row] = [shown, all, hovered];
      [detail, known] = [beside, beside?.of(row)];
      fill([frame, statics, row, known]);
      [at, within] = [spot, room];
      put();
    },
  };
}
