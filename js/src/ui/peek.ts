import type { Card, Pages } from "../state/cards";
import { face, loans } from "./parts";
import { sparkline } from "./sparkline";
import type { Detail } from "./tooltip";

/** The picture and the curve of a card that is known, in the tooltip. */
export function peek({ card }: Pages): Detail {
  const held = loans();
  return {
    of: card,
    made(known, column) {
      const { parts, curve } = known as Card;
      held.end();
      const over = face(known as Card, held);
      const isIts = parts.some((part) => part.kind === "image" && part.column === column);
      return {
        over,
        under: curve ? [sparkline(curve, 240, 36)] : [],
        isInstead: over !== null && isIts,
      };
    },
  };
}
