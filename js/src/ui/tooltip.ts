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
const AWAY = 14; // px from the point
const NONE: Size = { width: 0, height: 0 };

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
    const list = facts(frame, statics, row).flatMap(([name, value]) => [
      html("dt", { dir: "auto" }, name),
      html("dd", { dir: "auto" }, value),
    ]);
    root.replaceChildren(
      ...(more?.over ? [more.over] : []),
      ...(text ? [html("p", { dir: "auto" }, clamped(text, LONGEST))] : []),
      html("dl", {}, ...list),
      ...(more?.under ?? []),
    );
  });
  let [own, within]: [Size, Size] = [NONE, NONE];
  let at: Pixel = [0, 0];
  function put(): void {
    const [[x, y], { width: w, height: h }] = [at, own];
    const left = x + AWAY + w <= within.width ? x + AWAY : Math.max(0, x - AWAY - w);
    const top = Math.max(-24, Math.min(y + AWAY, within.height - h));
    become(root.style, { transform: `translate(${Math.round(left)}px, ${Math.round(top)}px)` });
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
