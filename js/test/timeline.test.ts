import { afterEach, expect, test, vi } from "vitest";
import { rowsAlong } from "../src/interactions/along";
import { along, curvePaths, markAt } from "../src/scene/curve";
import { fading, moments, someOf, trailPaths } from "../src/scene/trails";
import {
  follow,
  isBehind,
  showEpoch,
  step,
  stops,
  toggleFollow,
  togglePlay,
} from "../src/state/epochs";
import {
  bytesOf,
  evenly,
  leastMissed,
  MOST_ROWS,
  remember,
  shelve,
  spent,
  wanted,
} from "../src/state/history";
import { type ModelStore, modelStore } from "../src/state/model";
import { playing } from "../src/state/playing";
import { setTime, shownFrame } from "../src/state/timeline";
import { type Frame, HOME, LATTICE } from "../src/state/types";
import { frame } from "./frames";

const life = new AbortController();
afterEach(() => vi.useRealTimers());

const past = (epoch: number, part: Partial<Frame> = {}): Frame =>
  frame([epoch], [epoch], { epoch, frame: 100 + epoch, past: true, sealed: true, ...part });

/** A map in its sixth epoch, five of which are over and here. */
function map(n = 5): ModelStore {
  const model = modelStore(480);
  const epochs = Array.from({ length: n }, (_, epoch) => epoch);
  setTime(model, { epochs: { epochs, curves: [], marks: [] } });
  for (const epoch of epochs) remember(model, past(epoch));
  model.set({ frame: frame([n], [n], { epoch: n }) });
  return model;
}
const shown = (model: ModelStore) => shownFrame(model.get())?.epoch;

// ---- which frame is shown ----

test("the newest is shown until an epoch is, and again after it", () => {
  const model = map();
  expect([shown(model), isBehind(model.get())]).toEqual([5, false]);
  showEpoch(model, 2);
  expect([shown(model), isBehind(model.get())]).toEqual([2, true]);
  model.set({ frame: frame([6], [6], { epoch: 6 }) });
  expect(shown(model)).toBe(2);
  follow(model);
  expect([shown(model), isBehind(model.get())]).toEqual([6, false]);
});

test("the handle stands at epochs that are over and at the one in flight", () => {
  const model = map(3);
  expect(stops(model.get())).toEqual([0, 1, 2, 3]);
  model.set({ frame: past(2) });
  expect(stops(model.get())).toEqual([0, 1, 2]);
});

test("steps end at the first and at the newest, which follows", () => {
  const model = map();
  step(model, -1);
  expect([shown(model), model.get().time.isFollowing]).toEqual([4, false]);
  step(model, -9);
  expect(shown(model)).toBe(0);
  step(model, 9);
  expect([model.get().time.epoch, model.get().time.isFollowing]).toEqual([null, true]);
});

test("a held picture stays when columns come, and gives way to the first of another view", () => {
  const model = map();
  toggleFollow(model);
  remember(model, frame([6], [6], { epoch: 6, version: 1 }));
  expect(shown(model)).toBe(5);
  const other = frame([7], [7], { epoch: 7, version: 2 });
  const renamed = { ...other, x: { ...other.x, name: "loss" } };
  remember(model, renamed);
  model.set({ frame: renamed });
  expect([shown(model), model.get().time.isFollowing]).toEqual([7, false]);
  remember(model, { ...renamed, epoch: 8 });
  model.set({ frame: { ...renamed, epoch: 8 } });
  expect(shown(model)).toBe(7);
});

test("a picture that is held stays while frames come", () => {
  const model = map();
  toggleFollow(model);
  model.set({ frame: frame([6], [6], { epoch: 6 }) });
  expect(shown(model)).toBe(5);
  toggleFollow(model);
  expect(shown(model)).toBe(6);
});

test("where an epoch is missing the nearest is shown, the earlier of two", () => {
  const model = modelStore(480);
  remember(model, past(0));
  remember(model, past(4));
  for (const [epoch, nearest] of [
    [1, 0],
    [2, 0],
    [3, 4],
    [9, 4],
  ]) {
    setTime(model, { epoch: epoch! });
    expect(shown(model)).toBe(nearest);
  }
});

test("playing passes the epochs, waits for those on their way, and ends at the newest", () => {
  vi.useFakeTimers();
  const model = map();
  const history = new Map(model.get().time.history);
  history.delete(1); // neither here nor asked for
  history.delete(2); // asked for
  setTime(model, { history, awaited: new Set([2]) });
  playing(model, life.signal);
  togglePlay(model);
  expect(shown(model)).toBe(0);
  vi.advanceTimersByTime(3 * 800);
  expect(shown(model)).toBe(0);
  remember(model, past(2));
  vi.advanceTimersByTime(800);
  expect(shown(model)).toBe(2);
  setTime(model, { speed: 4 });
  vi.advanceTimersByTime(800);
  expect(shown(model)).toBeGreaterThan(2);
  vi.advanceTimersByTime(8000);
  const { isPlaying, isFollowing, epoch } = model.get().time;
  expect([isPlaying, isFollowing, epoch]).toEqual([false, true, null]);
});

// ---- what is kept ----

test("a frame's bytes are those of its columns", () => {
  expect(bytesOf(frame([1, 2, 3], [1, 2, 3]))).toBe(3 * (2 + 2 + 1));
});

test("past the budget of the page epochs are thinned evenly; first, newest and shown one stay", () => {
  const life = new AbortController();
  const [one, two] = [modelStore(480), modelStore(480)];
  shelve(one, life.signal);
  shelve(two, life.signal);
  remember(two, past(0), 45); // 5 bytes a frame: nine frames for both maps
  for (let epoch = 0; epoch < 16; epoch++) {
    remember(one, past(epoch), 45);
    expect(spent()).toBeLessThanOrEqual(45);
  }
  const kept = [...one.get().time.history.keys()];
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([8, 0, 15]);
  const gaps = kept.slice(1).map((epoch, i) => epoch - kept[i]!);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(4);
  expect(two.get().time.history.size).toBe(1);
  setTime(one, { epoch: 1 });
  remember(one, past(1), 45);
  expect([spent(), one.get().time.history.has(1)]).toEqual([45, true]);
  life.abort();
  expect(spent()).toBe(0);
});

test("a column that frames share counts once", () => {
  const life = new AbortController();
  const model = modelStore(480);
  shelve(model, life.signal);
  const { color } = past(0);
  remember(model, past(0, { color }));
  remember(model, past(1, { color }));
  expect(spent()).toBe(2 * 4 + 1);
  life.abort();
});

test("the epoch missed least lies between two that are close", () => {
  expect(leastMissed([0, 4, 5, 6, 12], null)).toBe(5);
  expect(leastMissed([0, 4, 5, 6, 12], 5)).toBe(4);
  expect(leastMissed([3, 9], null)).toBe(3);
  expect(leastMissed([3], null)).toBe(null);
});

test("a map of too many samples has no past, nor has a frame of an epoch in flight", () => {
  const model = modelStore(480);
  remember(model, { ...past(1), rows: MOST_ROWS + 1 });
  remember(model, frame([1], [1], { epoch: 2 }));
  expect(model.get().time.history.size).toBe(0);
});

test("frames of another view begin another past, and those that come late are not taken", () => {
  const model = map(3);
  remember(model, frame([1], [1], { version: 1, epoch: 3 }));
  expect(model.get().time.history.size).toBe(0);
  remember(model, past(0));
  expect(model.get().time.history.size).toBe(0);
  remember(model, past(0, { version: 1 }));
  expect(model.get().time.history.size).toBe(1);
});

test("what is wanted: the epoch that is to be shown, then what comes after it", () => {
  const model = map(6);
  const history = new Map([...model.get().time.history].filter(([epoch]) => epoch < 1));
  setTime(model, { history, epoch: 3, isFollowing: false });
  expect(wanted(model, new Set([2]))).toEqual([3, 4, 1]); // 5 comes unasked, its run goes on
  setTime(model, { epochs: null });
  expect(wanted(model, new Set())).toEqual([]);
});

test("some of many are spread evenly", () => {
  expect(evenly([0, 1, 2, 3, 4, 5, 6, 7, 8], 3)).toEqual([0, 4, 8]);
  expect(evenly([1, 2], 5)).toEqual([1, 2]);
  expect(evenly([1, 2], 1)).toEqual([2]);
});

// ---- what is drawn ----

test("a curve runs from its greatest number at the top to its least, without what is missing", () => {
  const { line, area } = curvePaths([4, null, 2, 0], [0, 1, 2, 3], 3, 30, 10);
  expect(line).toBe("M0.0 0.0L20.0 5.0L30.0 10.0");
  expect(area).toBe(`${line}L30.0 10L0.0 10Z`);
  expect(curvePaths([1], [0], 0, 30, 10).line).toBe("");
});

test("an epoch's place is its end, a mark's between two", () => {
  expect(along(2, 0, 4)).toBe(0.5);
  const mark = { epoch: 2, kind: "pause", text: "" };
  expect(markAt({ ...mark, at: 1 }, 0, 4)).toBe(0.5);
  expect(markAt({ ...mark, at: null }, 0, 4)).toBe(0.375);
});

test("a trail leads through the epochs before the one that is shown", () => {
  const model = map();
  const { history } = model.get().time;
  const all = moments(history, history.get(2)!);
  expect(all.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
  const spot = ({ x }: Frame, row: number) => [x.codes[row]!, row] as const;
  expect(trailPaths(all, [0], spot)).toEqual(["M0.0 0.0L1.0 0.0", "M1.0 0.0L2.0 0.0"]);
  expect(trailPaths(all, [0], ({ epoch }) => (epoch === 1 ? null : [0, 0]))).toEqual(["", ""]);
});

test("trails are the fainter the more there are, and the older the step", () => {
  expect(fading(1, 2, 1)).toBeCloseTo(0.8);
  expect(fading(0, 2, 1)).toBeCloseTo(0.335, 3);
  expect(fading(1, 2, 96)).toBeCloseTo(0.4);
});

test("of many selected samples some have trails", () => {
  expect(someOf(Uint8Array.of(0b101, 0b1), 3)).toEqual([0, 2, 8]);
  expect(someOf(new Uint8Array(100).fill(255), 800, 80).length).toBe(80);
});

test("a path takes what was at its first third and later at its last third", async () => {
  const code = (px: number) => Math.round((px / 1000) * LATTICE);
  const at = (epoch: number, xs: number[]) =>
    frame(
      xs.map(code),
      xs.map(() => code(500)),
      { epoch, sealed: true },
    );
  // forth, back, always at the end, near the middle only, forth in time but never at the end
  const frames = [
    at(0, [100, 900, 900, 500, 100]),
    at(1, [500, 500, 900, 500, 300]),
    at(2, [900, 100, 900, 500, 500]),
  ];
  const plot = { x: 0, y: 0, width: 1000, height: 1000 };
  const stroke = [
    [90, 500],
    [910, 500],
  ] as const;
  const bits = await rowsAlong(stroke, frames, frames[2]!, HOME, plot, async () => {});
  expect([...bits]).toEqual([0b00001]);
});
