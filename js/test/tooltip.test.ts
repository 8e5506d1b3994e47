import { expect, test } from "vitest";
import type { StaticColumn } from "../src/state/types";
import { facts } from "../src/ui/facts";
import { placed } from "../src/ui/tooltip";
import { textCells } from "./cells";
import { frame } from "./frames";

test("a tooltip is inside the map and never on its point, however large", () => {
  for (const width of [240, 340, 700, 1500])
    for (const height of [120, 280, 700])
      for (const w of [80, 270])
        for (const h of [40, 200, 900])
          for (let x = 0; x <= width; x += width / 8)
            for (let y = 0; y <= height; y += height / 8) {
              const own = { width: Math.min(w, 0.94 * width), height: h };
              const { left, top, most } = placed([x, y], own, { width, height });
              const [right, bottom] = [left + own.width, top + Math.min(h, most)];
              expect([left >= -30, right <= width + 12, top >= -24, bottom <= height + 40]).toEqual(
                [true, true, true, true],
              );
              const isOn = left < x + 6 && right > x - 6 && top < y + 6 && bottom > y - 6;
              expect(isOn).toBe(false);
            }
});

const column = (name: string, value: string): [string, StaticColumn] => [
  name,
  { name, title: name, kind: "text", cells: textCells([value]), read: () => value },
];

test("it tells eight lines: the guid, as many columns as fit, and where the row is drawn", () => {
  const shown = frame([0], [65533]);
  const own = Array.from({ length: 12 }, (_, i) => column(`c${i}`, `${i}`));
  const statics = new Map([column("text", "words"), column("guid", "g"), ...own]);
  const { told, left } = facts(shown, statics, 0, 8);
  expect(told.map(([name]) => name)).toEqual([
    "guid",
    "c0",
    "c1",
    "c2",
    "c3",
    "x",
    "y",
    "correctness",
  ]);
  expect(left).toBe(8);
  expect(facts(shown, new Map([column("guid", "g")]), 0, 8).left).toBe(0);
});
