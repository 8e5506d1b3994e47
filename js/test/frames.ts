import type { Color, Frame, Position } from "../src/state/types";

const position = (role: "x" | "y", codes: number[]): Position => ({
  role,
  name: role,
  title: role,
  kind: "continuous",
  dtype: "u16",
  domain: [0, 1],
  n_waiting: codes.filter((code) => code === 65534).length,
  n_missing: codes.filter((code) => code === 65535).length,
  codes: Uint16Array.from(codes),
});

export const color = (part: Partial<Color> = {}): Color => ({
  role: "color",
  name: "correctness",
  title: "correctness",
  kind: "steps",
  dtype: "u8",
  domain: [0, 1],
  steps: 11,
  n_waiting: 0,
  n_missing: 0,
  codes: new Uint8Array(0),
  ...part,
});

/** A frame over two domains from 0 to 1, from its lattice codes. */
export const frame = (xs: number[], ys: number[], part: Partial<Frame> = {}): Frame => ({
  frame: 1,
  epoch: 0,
  live: true,
  rows: xs.length,
  x: position("x", xs),
  y: position("y", ys),
  color: color({ codes: new Uint8Array(xs.length) }),
  size: null,
  shape: null,
  words: [],
  unseen: 0,
  ...part,
});
