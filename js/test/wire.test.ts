import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Frame } from "../src/state/types";
import { typed } from "../src/wire/bytes";
import { decoded, whole } from "../src/wire/frame";
import { inbox } from "../src/wire/inbox";
import { type FrameMessage, understood } from "../src/wire/messages";
import { staticColumns } from "../src/wire/statics";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The bytes at an odd offset, as a kernel's message may bring them. */
function odd(values: ArrayBufferView): DataView {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const larger = new Uint8Array(bytes.length + 1);
  larger.set(bytes, 1);
  return new DataView(larger.buffer, 1, bytes.length);
}

const column = (role: "x" | "y" | "color", dtype: "u16" | "u8"): FrameMessage["columns"][0] => ({
  role,
  name: role,
  title: role,
  kind: "continuous",
  dtype,
  domain: [0, 1],
  n_waiting: 0,
  n_missing: 0,
});
const header = (frame: number, rows: number, chunk: number, chunks: number): FrameMessage => ({
  kind: "frame",
  frame,
  epoch: 2,
  live: true,
  rows,
  chunk,
  chunks,
  words: [],
  unseen: 0,
  columns: [column("x", "u16"), column("y", "u16"), column("color", "u8")],
});
const buffers = (xs: number[]): DataView[] => [
  odd(Uint16Array.from(xs)),
  odd(Uint16Array.from(xs, (x) => x + 100)),
  odd(Uint8Array.from(xs)),
];
const FIVE = [buffers([0, 1]), buffers([2, 3]), buffers([4])]; // rows 0..4 in blocks of 2

test("numbers are read without a copy where they lie aligned, and copied where not", () => {
  const values = Uint16Array.from([1, 65535]);
  expect(typed(Uint16Array, new DataView(values.buffer)).buffer).toBe(values.buffer);
  expect([...typed(Uint16Array, odd(values))]).toEqual([1, 65535]);
  expect(() => typed(Uint16Array, new DataView(new ArrayBuffer(3)))).toThrow("3 bytes");
});

test("chunk k holds the k-th block of rows, wherever its bytes lie", async () => {
  const frame = await decoded({ header: header(7, 5, 2, 3), chunks: FIVE }, null, async () => {});
  expect([...frame.x.codes]).toEqual([0, 1, 2, 3, 4]);
  expect([...frame.y.codes]).toEqual([100, 101, 102, 103, 104]);
  expect([...frame.color.codes]).toEqual([0, 1, 2, 3, 4]);
  expect([frame.frame, frame.epoch, frame.rows]).toEqual([7, 2, 5]);
});

test("a frame without rows, and one with a single row", () => {
  expect(whole({ header: header(1, 0, 0, 1), chunks: [buffers([])] }).x.codes.length).toBe(0);
  expect([...whole({ header: header(1, 1, 0, 1), chunks: [buffers([9])] }).x.codes]).toEqual([9]);
});

test("another number of rows than announced is an error that names frame and column", () => {
  expect(() => whole({ header: header(4, 3, 0, 1), chunks: [buffers([1, 2])] })).toThrow(
    "frame 4: column x has 2 rows in chunk 0, 3 were announced",
  );
});

test("of the frames that wait only the newest is decoded, and none before it is whole", async () => {
  const shown: Frame[] = [];
  const box = inbox(
    { show: (frame) => shown.push(frame), keep: (frame) => shown.push(frame) },
    (error) => {
      throw error;
    },
    () => {},
    new AbortController().signal,
  );
  expect(box.receive(header(1, 2, 0, 1), buffers([1, 2]))).toBe(true);
  expect(box.receive(header(2, 2, 0, 1), buffers([3, 4]))).toBe(true);
  expect(box.receive(header(3, 5, 2, 3), FIVE[2]!)).toBe(false); // begun: chunks in any order
  await vi.runAllTimersAsync();
  expect(shown.map(({ frame }) => frame)).toEqual([2]);
  expect(box.receive(header(3, 5, 0, 3), FIVE[0]!)).toBe(false);
  expect(box.receive(header(3, 5, 1, 3), FIVE[1]!)).toBe(true);
  await vi.runAllTimersAsync();
  expect(shown.map(({ frame }) => frame)).toEqual([2, 3]);
  expect([...shown[1]!.x.codes]).toEqual([0, 1, 2, 3, 4]);
});

test("frames of past epochs are all kept, and the last of an epoch that a newer one overtakes", async () => {
  const [shown, kept]: [number[], number[]] = [[], []];
  const box = inbox(
    { show: ({ frame }) => shown.push(frame), keep: ({ frame }) => kept.push(frame) },
    (error) => {
      throw error;
    },
    () => {},
    new AbortController().signal,
  );
  const one = (number: number, part: object) =>
    box.receive({ ...header(number, 1, 0, 1), ...part }, buffers([number]));
  one(1, { past: true, sealed: true });
  one(2, { sealed: true });
  one(3, { past: true, sealed: true });
  one(4, {});
  one(5, {});
  await vi.runAllTimersAsync();
  expect(kept).toEqual([1, 3, 2]);
  expect(shown).toEqual([5]);
});

test("a frame that cannot be read is reported and does not hold up the next", async () => {
  const [shown, failed]: [Frame[], unknown[]] = [[], []];
  const box = inbox(
    { show: (frame) => shown.push(frame), keep: (frame) => shown.push(frame) },
    (error) => failed.push(error),
    () => {},
    new AbortController().signal,
  );
  box.receive(header(1, 3, 0, 1), buffers([1]));
  await vi.runAllTimersAsync();
  expect(String(failed[0])).toContain("frame 1");
  box.receive(header(2, 1, 0, 1), buffers([1]));
  await vi.runAllTimersAsync();
  expect(shown.length).toBe(1);
});

test("a frame stands upon the one before, which is decoded first, and is asked for where it never came", async () => {
  const [shown, lost]: [Frame[], number[]] = [[], []];
  const box = inbox(
    { show: (frame) => shown.push(frame), keep: (frame) => shown.push(frame) },
    (error) => {
      throw error;
    },
    () => lost.push(1),
    new AbortController().signal,
  );
  const upon = (frame: number, base: number) => {
    const made = header(frame, 2, 0, 1);
    const columns = made.columns.map((c) => (c.role === "color" ? c : { ...c, same: c.role }));
    return { ...made, base, columns };
  };
  box.receive(header(1, 2, 0, 1), buffers([7, 8]));
  box.receive(upon(2, 1), [odd(Uint8Array.of(5, 6))]);
  await vi.runAllTimersAsync();
  expect(shown.map(({ frame }) => frame)).toEqual([1, 2]);
  expect(shown[1]!.x.codes).toBe(shown[0]!.x.codes);
  expect([...shown[1]!.color.codes]).toEqual([5, 6]);
  expect(shown[1]!.x).not.toHaveProperty("same");
  box.receive(upon(4, 3), [odd(Uint8Array.of(5, 6))]);
  await vi.runAllTimersAsync();
  expect(lost).toEqual([1]);
  expect(shown.length).toBe(2);
});

test("a column drawn on two channels keeps the codes that it has on each", () => {
  const named = (role: "x" | "y", same?: "x" | "y") => ({
    ...column(role, "u16"),
    name: "kind",
    ...(same && { same }),
  });
  const colored = column("color", "u8");
  const first = { ...header(1, 2, 0, 1), columns: [named("x"), named("y"), colored] };
  const base = whole({ header: first, chunks: [buffers([7, 8])] });
  const columns = [named("x", "x"), named("y", "y"), colored];
  const second = { ...header(2, 2, 0, 1), base: 1, columns };
  const frame = whole({ header: second, chunks: [[odd(Uint8Array.of(5, 6))]] }, base);
  expect([...frame.x.codes]).toEqual([7, 8]);
  expect([...frame.y.codes]).toEqual([107, 108]);
});

test("static columns are read row by row", () => {
  const texts = new TextEncoder().encode("añb");
  const message = {
    kind: "static" as const,
    rows: 3,
    columns: [
      { name: "text", title: "text", kind: "text" as const, dtype: "utf8" as const, n_buffers: 2 },
      {
        name: "gold",
        title: "gold",
        kind: "category" as const,
        dtype: "u8" as const,
        categories: ["no", "yes"],
        n_buffers: 1,
      },
      {
        name: "length",
        title: "length",
        kind: "number" as const,
        dtype: "f32" as const,
        n_buffers: 1,
      },
    ],
  };
  const [text, gold, length] = staticColumns(message, [
    odd(Uint32Array.from([0, 1, 3, 4])),
    odd(texts),
    odd(Uint8Array.from([1, 255, 0])),
    odd(Float32Array.from([0.1, Number.NaN, 3])),
  ]);
  expect([0, 1, 2, 3].map((row) => text!.read(row))).toEqual(["a", "ñ", "b", null]);
  expect([0, 1, 2].map((row) => gold!.read(row))).toEqual(["yes", null, "no"]);
  expect([0, 1, 2].map((row) => length!.read(row))).toEqual(["0.1", null, "3"]);
});

test("another protocol is said, not guessed", () => {
  expect(() => understood({ protocol: 2, kind: "frame" })).toThrow("Python sent 2");
});

test("frames that stand upon one that was lost are asked for once", async () => {
  const [shown, lost]: [number[], number[]] = [[], []];
  const box = inbox(
    { show: ({ frame }) => shown.push(frame), keep: () => {} },
    (error) => {
      throw error;
    },
    () => lost.push(shown.length),
    new AbortController().signal,
  );
  for (const number of [5, 6, 7])
    box.receive({ ...header(number, 1, 0, 1), base: number - 1 }, buffers([number]));
  await vi.runAllTimersAsync();
  expect(lost).toEqual([0]);
  box.receive(header(8, 1, 0, 1), buffers([8]));
  box.receive({ ...header(9, 1, 0, 1), base: 8 }, buffers([9]));
  await vi.runAllTimersAsync();
  expect(shown).toEqual([8, 9]);
  expect(lost).toEqual([0]);
});
