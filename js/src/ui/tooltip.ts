import { clamped } from "../scene/numbers";
import type { Card } from "../state/cards";
import type { Frame, Pixel, Size } from "../state/types";
import { html, onChange, watchSize } from "./element";
import { facts, preview, type Statics } from "./facts";
import { face, loans } from "./parts";
import { sparkline } from "./sparkline";

const isImageOf = ({ kind, column }: Card["parts"][number], name: string | undefined): boolean =>
  kind === "image" && column === name;

const LONGEST = 420; // letters of a text
const AWAY = 14; // px from the point
const NONE: Size = { width: 0, height: 0 };

/** What there is to say of the row under the pointer. */
export function tooltip(signal: AbortSignal) {
  const root = html("div", { class: "carto-tooltip", role: "tooltip", hidden: "" });
  const held = loans();
  let [frame, statics, row]: [Frame | null, Statics, number] = [null, new Map(), 0];
  let card: Card | undefined;
  const fill = onChange(() => {
    held.end();
    if (!frame) return root.replaceChildren();
    const picture = card && face(card, held);
    const column = preview(statics);
    const isShown = picture && card?.parts.some((part) => isImageOf(part, column?.name));
    const text = isShown ? null : column?.read(row);
    const list = facts(frame, statics, row).flatMap(([name, value]) => [
      html("dt", { dir: "auto" }, name),
      html("dd", { dir: "auto" }, value),
    ]);
    root.replaceChildren(
      ...(picture ? [picture] : []),
      ...(text ? [html("p", { dir: "auto" }, clamped(text, LONGEST))] : []),
      html("dl", {}, ...list),
      ...(card?.curve ? [sparkline(card.curve, 240, 36)] : []),
    );
  });
  let [own, within]: [Size, Size] = [NONE, NONE];
  let at: Pixel = [0, 0];
  function put(): void {
    const [[x, y], { width: w, height: h }] = [at, own];
    const left = x + AWAY + w <= within.width ? x + AWAY : Math.max(0, x - AWAY - w);
    const top = Math.max(-24, Math.min(y + AWAY, within.height - h));
    root.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
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
      known: Card | undefined,
    ) {
      root.hidden = hovered === null || spot === null;
      if (hovered === null || spot === null) return;
      [frame, statics, row, card] = [shown, all, hovered, known];
      fill([frame, statics, row, card]);
      [at, within] = [spot, room];
      put();
    },
  };
}
