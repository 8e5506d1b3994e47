import { afterEach, expect, test, vi } from "vitest";
import { gridOf } from "../src/interactions/grid";
import { isInside, ring, rowsInside } from "../src/interactions/inside";
import { nearest, searchGrid } from "../src/interactions/nearest";
import { desk } from "../src/jobs/desk";
import { finished, inBlocks, sliced } from "../src/jobs/job";
import { layout } from "../src/scene/layout";
import { has } from "../src/state/bits";
import { frame } from "./frames";

function random(seed: number): (to: number) => number {
  let state = seed;
  return (to) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * to);
  };
}

test("many rows are judged as each one alone, by a mask of cells", () => {
  const next = random(5);
  const codes = () => Array.from({ length: 30_000 }, () => next(65536));
  const [xs, ys] = [codes(), codes()];
  for (const corners of [3, 40, 200]) {
    const around = ring(
      Array.from({ length: corners }, (): [number, number] => [
        next(90000) - 12000,
        next(90000) - 12000,
      ]),
    );
    const bits = rowsInside(frame(xs, ys), around);
    const wrong = xs.filter((x, row) => {
      const y = ys[row]!;
      return has(bits, row) !== (x <= 65533 && y <= 65533 && isInside(x, y, around));
    });
    expect(wrong).toEqual([]);
  }
});

test("edges along the lattice's own lines, its borders and corners are exact in a mask, too", () => {
  const line = [0, 63, 64, 65, 127, 128, 65471, 65472, 65532, 65533];
  const many = Array.from({ length: 25_000 }, (_, i) => line[i % 10]!);
  const ys = Array.from({ length: 25_000 }, (_, i) => line[Math.floor(i / 10) % 10]!);
  for (const [low, high] of [
    [0, 65533],
    [64, 128],
    [63, 65472],
    [-5, 70000],
  ] as const) {
    const around = ring([
      [low, low],
      [high, low],
      [high, high],
      [low, high],
    ]);
    const bits = rowsInside(frame(many, ys), around);
    const inside = (row: number) =>
      many[row]! >= low && many[row]! < high && ys[row]! >= low && ys[row]! < high;
    expect(many.every((_, row) => has(bits, row) === inside(row))).toBe(true);
  }
});

test("the grid finds what looking at every row finds", () => {
  const next = random(11);
  const codes = () => Array.from({ length: 4000 }, () => next(65536));
  const of = frame(codes(), codes());
  const grid = gridOf(of);
  const where = layout({ width: 500, height: 400 }, { x: 0, y: 0 });
  const passing = Uint8Array.from({ length: 500 }, () => next(256));
  for (let i = 0; i < 300; i++) {
    const aim = {
      at: [next(520) - 10, next(420) - 10] as const,
      toX: [where.plot.width / 65533, where.plot.x] as const,
      toY: [-where.plot.height / 65533, where.plot.y + where.plot.height] as const,
      where,
    };
    for (const bits of [null, passing])
      expect(searchGrid(of, aim, bits, grid)).toBe(nearest(of, aim, bits));
  }
});

test("work in slices comes to the same end", async () => {
  function* sum(rows: number) {
    let total = 0;
    yield* inBlocks(rows, (from, to) => {
      total += to - from;
    });
    return total;
  }
  expect(finished(sum(100_000))).toBe(100_000);
  expect(await sliced(sum(100_000))).toBe(100_000);
});

class FakeWorker {
  told: { id: number }[] = [];
  isEnded = false;
  onmessage: (event: { data: object }) => void = () => {};
  onerror: (event: { preventDefault(): void }) => void = () => {};
  postMessage = (message: { id: number }) => this.told.push(message);
  terminate = () => {
    this.isEnded = true;
  };
}
const QUESTION = { kind: "ask", map: "a", what: "inside", about: null } as const;

function opened() {
  const made: FakeWorker[] = [];
  const table = desk(() => {
    made.push(new FakeWorker());
    return made.at(-1) as unknown as Worker;
  });
  const life = new AbortController();
  table.open("a", life.signal);
  return { made, table, life };
}
afterEach(() => void vi.useRealTimers());

test("a worker begins with the first question and ends with the last map", async () => {
  const { made, table, life } = opened();
  expect(made.length).toBe(0);
  const answer = table.ask(QUESTION);
  const id = made[0]!.told[0]!.id;
  made[0]!.onmessage({ data: { id, answer: 7 } });
  expect(await answer).toEqual({ answer: 7 });
  life.abort();
  expect(made[0]!.isEnded).toBe(true);
  table.open("b", new AbortController().signal);
  void table.ask(QUESTION);
  expect(made.length).toBe(2);
});

test("what a silent worker was asked is left to the page, and thrice silent it is given up", async () => {
  vi.useFakeTimers();
  const { made, table } = opened();
  for (let i = 0; i < 3; i++) {
    const answer = table.ask(QUESTION);
    vi.advanceTimersByTime(4000);
    expect(await answer).toBe(null);
  }
  expect(made.length).toBe(1);
  expect(made[0]!.isEnded).toBe(true);
  expect(await table.ask(QUESTION)).toBe(null);
  expect(made[0]!.told.length).toBe(3);
});

test("a sign of life keeps a long question open", async () => {
  vi.useFakeTimers();
  const { made, table } = opened();
  const answer = table.ask(QUESTION);
  for (let i = 0; i < 5; i++) {
    vi.advanceTimersByTime(3000);
    made[0]!.onmessage({ data: {} });
  }
  made[0]!.onmessage({ data: { id: made[0]!.told[0]!.id, answer: "late" } });
  expect(await answer).toEqual({ answer: "late" });
});

test("where a worker fails to start every question is the page's", async () => {
  const { made, table } = opened();
  const answer = table.ask(QUESTION);
  made[0]!.onerror({ preventDefault: () => {} });
  expect(await answer).toBe(null);
  const none = desk(() => {
    throw new Error("forbidden");
  });
  expect(await none.ask(QUESTION)).toBe(null);
});
