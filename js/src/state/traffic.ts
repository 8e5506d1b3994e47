/** What has come from Python: changed in place, for nothing is drawn anew for it. */
export interface Traffic {
  bytes: number;
  /** When the newest frames were whole, in ms of the page's clock. */
  frames: number[];
}

const LOOKED_AT = 10_000; // ms
const MOST = 1000; // frames, far more than Python sends in that time

export const noTraffic = (): Traffic => ({ bytes: 0, frames: [] });

export function took(traffic: Traffic, buffers: readonly DataView[]): void {
  for (const { byteLength } of buffers) traffic.bytes += byteLength;
}

export function framed(traffic: Traffic, now: number): void {
  const { frames } = traffic;
  frames.push(now);
  while (now - frames[0]! >= LOOKED_AT || frames.length > MOST) frames.shift();
}

/** "0.8 frames a second, 12.4 MB received" */
export function trafficText({ bytes, frames }: Traffic, now: number): string {
  const some = frames.filter((at) => now - at < LOOKED_AT).length;
  const [size, unit] = bytes < 1e6 ? [bytes / 1e3, "kB"] : [bytes / 1e6, "MB"];
  return `${(some / (LOOKED_AT / 1000)).toFixed(1)} frames a second, ${size.toFixed(1)} ${unit} received`;
}
