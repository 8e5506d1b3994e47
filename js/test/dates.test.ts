import { expect, test } from "vitest";
import { dateText, dateTicks } from "../src/scene/dates";

const ms = (text: string): number => Date.parse(`${text}Z`);
const labels = (from: string, to: string, wanted: number) =>
  dateTicks([ms(from), ms(to)], wanted).map(({ label }) => label);

test.each([
  ["2018-07-01T00:00", "2022-03-01T00:00", 5, ["2019", "2020", "2021", "2022"]],
  ["1990-01-01T00:00", "2025-01-01T00:00", 5, ["1990", "2000", "2010", "2020"]],
  ["2020-01-15T00:00", "2020-05-02T00:00", 5, ["2020-02", "2020-03", "2020-04", "2020-05"]],
  ["2020-11-10T00:00", "2021-07-20T00:00", 4, ["2021-01", "2021-04", "2021-07"]],
  ["2020-02-12T00:00", "2020-03-05T00:00", 4, ["2020-02-17", "2020-02-24", "2020-03-02"]], // Mondays
  ["2024-01-01T00:00", "2024-01-26T00:00", 2, ["2024-01-01", "2024-01-15"]],
  ["2020-02-28T12:00", "2020-03-02T00:00", 4, ["2020-02-29", "2020-03-01", "2020-03-02"]],
  [
    "2020-03-05T22:30",
    "2020-03-06T02:00",
    4,
    ["03-05 23:00", "03-06 00:00", "03-06 01:00", "03-06 02:00"],
  ],
  ["2020-03-05T14:00:01", "2020-03-05T14:00:12", 3, ["14:00:05", "14:00:10"]],
])("from %s to %s", (from, to, wanted, expected) =>
  expect(labels(from, to, wanted)).toEqual(expected),
);

test("years before the year 100 are themselves", () =>
  expect(labels("0060-06-01T00:00", "0092-01-01T00:00", 4)).toEqual(["0070", "0080", "0090"]));

test("what no calendar has is cut, not thrown", () => {
  expect(dateText(1e18, 1e17)).toBe("+275760-09-13");
  expect(dateTicks([-9e15, 9e15], 5)).toEqual([]);
});

test("a moment is told as exactly as its axis can", () => {
  const at = ms("2020-03-05T14:00:05.125");
  const day = 86_400_000;
  expect(dateText(at, 3650 * day)).toBe("2020-03-05");
  expect(dateText(at, 60 * day)).toBe("2020-03-05 14:00");
  expect(dateText(at, day)).toBe("2020-03-05 14:00");
  expect(dateText(at, day / 24)).toBe("2020-03-05 14:00:05");
  expect(dateText(at, 1000)).toBe("2020-03-05 14:00:05.125");
});
