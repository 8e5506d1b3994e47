import { expect, test } from "vitest";
import { caps } from "../src/ui/keyhelp";

test.each([
  ["l", ["L"]],
  ["Z", ["Shift", "Z"]],
  ["Ctrl+z", ["Ctrl", "Z"]],
  ["Ctrl+Z", ["Ctrl", "Shift", "Z"]],
  ["Shift+ArrowLeft", ["Shift", "←"]],
  ["+", ["+"]],
  ["{", ["{"]],
  [" ", ["Space"]],
])("%s is engraved %j", (key, expected) => expect(caps(key)).toEqual(expected));
