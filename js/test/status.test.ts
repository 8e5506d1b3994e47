import { expect, test } from "vitest";
import { modelStore } from "../src/state/model";
import { MISSING } from "../src/state/types";
import { chosen, counts } from "../src/ui/status";
import { frame } from "./frames";

const SELECTED = { ...modelStore(480).get().selection, bits: Uint8Array.from([0b11]), count: 2 };
const model = (part: object) => ({ ...modelStore(480).get(), selection: SELECTED, ...part });

test("what waits for Python is said to wait while there is a kernel", () => {
  const busy = { kernelIsBusy: true };
  expect(chosen(model({ ...busy, connection: "live" }))).toContain("Python will see this");
  expect(chosen(model({ ...busy, connection: "gone" }))).toBe("2 selected");
});

test("a selection of which nothing is in sight says so", () => {
  expect(chosen(model({ passing: Uint8Array.from([0b110]) }))).toBe("2 selected");
  expect(chosen(model({ passing: Uint8Array.from([0b100]) }))).toBe("2 selected, none in sight");
});

test("who has no place on one axis or the other is counted once", () => {
  const shown = frame([MISSING, MISSING, 1, 2], [MISSING, 1, MISSING, 2]);
  expect(counts(shown, model({}))).toContain("3 without a value");
  const seen = { ...shown, unseen: 1 }; // who was not seen has neither
  expect(counts(seen, model({}))).toContain("2 without a value");
});
