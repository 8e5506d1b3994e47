import { expect, test } from "vitest";
import { framed, noTraffic, took, trafficText } from "../src/state/traffic";

test("frames of the last ten seconds and all bytes are told", () => {
  const traffic = noTraffic();
  took(traffic, [new DataView(new ArrayBuffer(1500)), new DataView(new ArrayBuffer(500))]);
  for (const at of [0, 6000, 7000, 9000]) framed(traffic, at);
  expect(trafficText(traffic, 9500)).toBe("0.4 frames a second, 2.0 kB received");
  expect(trafficText(traffic, 12_000)).toBe("0.3 frames a second, 2.0 kB received");
  took(traffic, [new DataView(new ArrayBuffer(3_400_000))]);
  expect(trafficText(traffic, 60_000)).toBe("0.0 frames a second, 3.4 MB received");
});
