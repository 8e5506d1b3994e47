import { expect, test } from "vitest";
import { agree, arrived, chosenView, offer, refused, want } from "../src/state/columns";
import { modelStore } from "../src/state/model";
import type { Channels } from "../src/state/types";
import { found } from "../src/ui/picker";
import { optionsOf } from "../src/ui/viewmenu";
import { color, frame } from "./frames";

const PAPER: Channels = {
  x: "variability",
  y: "confidence",
  color: "correctness",
  size: null,
  shape: null,
};
const drawn = (view: Channels) => {
  const { x, y, ...rest } = frame([0], [0], { color: color({ name: view.color! }) });
  return { ...rest, x: { ...x, name: view.x! }, y: { ...y, name: view.y! } };
};

test("a choice stands until a frame shows it", () => {
  const model = modelStore(480);
  model.set({ frame: drawn(PAPER) });
  want(model, { ...PAPER, color: "aum" });
  arrived(model, drawn(PAPER));
  expect(chosenView(model)?.color).toBe("aum");
  arrived(model, drawn({ ...PAPER, color: "aum" }));
  expect(model.get().columns).toMatchObject({ wanted: null, view: { color: "aum" } });
});

test("a refusal, or another page's choice, ends one's own", () => {
  const model = modelStore(480);
  model.set({ frame: drawn(PAPER) });
  want(model, { ...PAPER, color: "aum" });
  agree(model, { ...PAPER, color: "aum" });
  expect(chosenView(model)?.color).toBe("aum");
  refused(model);
  expect(chosenView(model)).toEqual(PAPER);
  want(model, { ...PAPER, color: "aum" });
  agree(model, { ...PAPER, y: "loss" });
  expect(chosenView(model)).toEqual(PAPER);
});

test("a channel can be given up, an axis not", () => {
  const model = modelStore(480);
  offer(
    model,
    [
      { name: "b", title: "B", kind: "date", group: "own" },
      { name: "a", title: "A", kind: "steps", group: "metric" },
    ],
    [],
  );
  const labels = (channel: "x" | "size") =>
    optionsOf(model.get().columns.choices, channel).map(({ label }) => label);
  expect(labels("x")).toEqual(["A", "B"]);
  expect(labels("size")).toEqual(["none", "A", "B"]);
});

test("what begins with the typed letters comes first", () => {
  const options = ["mean loss", "loss", "AUM"].map((label) => ({ label, value: label, group: "" }));
  expect(found(options, "lo").map(({ label }) => label)).toEqual(["loss", "mean loss"]);
  expect(found(options, " ")).toHaveLength(3);
});
