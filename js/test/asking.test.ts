import { expect, test, vi } from "vitest";
import { later } from "../src/wire/asking";

test("what has been done later leaves nothing with the signal of the map", () => {
  vi.useFakeTimers();
  const life = new AbortController();
  const left = new Set<unknown>();
  life.signal.addEventListener = (_: string, end: unknown) => left.add(end);
  life.signal.removeEventListener = (_: string, end: unknown) => left.delete(end);
  const done = vi.fn();
  later(10, life.signal, done);
  vi.advanceTimersByTime(10);
  expect(done).toHaveBeenCalledOnce();
  expect(left.size).toBe(0);
  later(10, life.signal, done);
  life.abort();
  vi.advanceTimersByTime(10);
  expect(done).toHaveBeenCalledOnce();
  vi.useRealTimers();
});
