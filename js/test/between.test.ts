import { expect, test } from "vitest";
import { ends, mixed, mixing, showBetween } from "../src/state/between";
import { epochName, follow, handle, step } from "../src/state/epochs";
import { remember } from "../src/state/history";
import { type ModelStore, modelStore } from "../src/state/model";
import { setTime, shownFrame } from "../src/state/timeline";
import { type Frame, MISSING, WAITING } from "../src/state/types";
import { frame } from "./frames";

const life = new AbortController();
const at = (epoch: number, xs: number[], part: Partial<Frame> = {}): Frame =>
  frame(xs, xs, { epoch, frame: 10 + epoch, sealed: true, live: false, past: !epoch, ...part });
const BEFORE = at(0, [0, 1000, MISSING, 500]);
const AFTER = at(1, [100, 0, 700, WAITING]);

/** Two runs of four samples. */
function pair(): ModelStore {
  const model = modelStore(480);
  const names = ["before", "after"];
  setTime(model, { epochs: { epochs: [0, 1], curves: [], marks: [], names } });
  for (const one of [BEFORE, AFTER]) remember(model, one);
  model.set({ frame: AFTER });
  mixing(model, life.signal);
  return model;
}
const places = (model: ModelStore) => [...shownFrame(model.get())!.x.codes];

test("places lie on the straight way; a sample without two of them stands as in the nearer run", () => {
  expect([...mixed(BEFORE, AFTER, 0.25).x.codes]).toEqual([25, 750, MISSING, 500]);
  const late = mixed(BEFORE, AFTER, 0.75);
  expect([...late.y.codes]).toEqual([75, 250, 700, WAITING]);
  expect([late.frame, late.epoch, late.color]).toEqual([11, 1, AFTER.color]);
  expect([...BEFORE.x.codes]).toEqual([0, 1000, MISSING, 500]);
});

test("between the stops the picture is held, and the nearer stop is the epoch that Python hears", () => {
  const model = pair();
  showBetween(model, 0.4);
  expect(places(model)).toEqual([40, 600, MISSING, 500]);
  expect([model.get().time.epoch, handle(model.get())]).toEqual([0, 0.4]);
  expect(epochName(model.get(), 0.4)).toBe("40% of the way from before to after");
  showBetween(model, 0.6);
  expect([model.get().time.epoch, handle(model.get())]).toEqual([null, 0.6]);
  expect(model.get().time.isFollowing).toBe(false);
  showBetween(model, 1);
  expect([shownFrame(model.get()), handle(model.get())]).toEqual([AFTER, 1]);
});

test("steps lead from between to the stop that lies that way", () => {
  for (const [way, by, stop] of [
    [0.3, 1, 1],
    [0.3, -1, 0],
    [0.7, 1, 1],
    [0.7, -1, 0],
  ]) {
    const model = pair();
    showBetween(model, way!);
    step(model, by!);
    expect([handle(model.get()), shownFrame(model.get())!.between]).toEqual([stop, undefined]);
  }
});

test("in another view the handle stays, and so does the picture once both frames have come", () => {
  const model = pair();
  showBetween(model, 0.5);
  const loss = (one: Frame) => ({ ...one, version: 1, x: { ...one.x, name: "loss" } });
  const next = loss(at(1, [10, 10, 10, 10]));
  remember(model, next);
  model.set({ frame: next });
  expect([ends(model.get()), handle(model.get())]).toEqual([null, 0.5]);
  expect(places(model)).toEqual([10, 10, 10, 10]);
  remember(model, loss(at(0, [20, 0, 10, 10])));
  expect(places(model)).toEqual([15, 5, 10, 10]);
  follow(model);
  expect([places(model), handle(model.get())]).toEqual([[10, 10, 10, 10], 1]);
});
