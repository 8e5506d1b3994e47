import { expect, test } from "vitest";
import { panned, rebased, zoomed } from "../src/state/camera";
import { HOME } from "../src/state/types";
import { hold, progress, release, show, viewStore } from "../src/state/view";
import { frame } from "./frames";

test("zooming keeps the point under the pointer where it is", () => {
  const { x, y } = zoomed(HOME, 0.5, 0.25, 1);
  expect([x, y]).toEqual([
    [0.125, 0.625],
    [0.5, 1],
  ]);
});

test("panning never loses the map", () => {
  expect(panned(HOME, 0.25, -0.5)).toEqual({ x: [0.25, 1.25], y: [-0.5, 0.5] });
  expect(panned(HOME, 50, 0).x[0]).toBeCloseTo(0.9, 9);
});

test("a domain that grows leaves the whole whole and the values in sight where they were", () => {
  expect(rebased([0, 1], [0, 10], [0, 20])).toEqual([0, 1]);
  expect(rebased([0.2, 0.4], [0, 10], [0, 20])).toEqual([0.1, 0.2]);
});

test("the first frame stands at once; the next glides; a third waits for its end", () => {
  const view = viewStore(null);
  const [one, two, three] = [frame([1], [1]), frame([2], [2]), frame([3], [3])];
  show(view, one, 1000, false);
  expect([view.get().frame, progress(view.get().glide, 1000)]).toEqual([one, 1]);
  show(view, two, 1250, false);
  const { glide } = view.get();
  expect([view.get().frame, glide.from, glide.duration]).toEqual([two, one, 175]); // 0.7 x 250 ms
  show(view, three, 1400, false);
  expect(view.get().frame).toBe(two);
  show(view, three, 1425, false);
  expect([view.get().frame, view.get().frames]).toEqual([three, 3]);
});

test("where motion is not wanted, nothing glides", () => {
  const view = viewStore(null);
  show(view, frame([1], [1]), 0, true);
  show(view, frame([2], [2]), 100, true);
  expect(progress(view.get().glide, 100)).toBe(1);
});

test("a gesture ends the glide and holds the frame until it ends itself", () => {
  const view = viewStore(null);
  const [one, two, three] = [frame([1], [1]), frame([2], [2]), frame([3], [3])];
  show(view, one, 1000, false);
  show(view, two, 2000, false);
  hold(view, "lasso");
  expect(progress(view.get().glide, 2001)).toBe(1);
  show(view, three, 9000, false);
  expect(view.get().frame).toBe(two);
  release(view);
  show(view, three, 9001, false);
  expect(view.get().frame).toBe(three);
});
