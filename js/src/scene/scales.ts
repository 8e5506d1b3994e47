import {
  type Box,
  type Camera,
  type Domain,
  LATTICE,
  type Pixel,
  type Position,
} from "../state/types";

/** px = factor * code + offset. */
export type Affine = readonly [factor: number, offset: number];

/** From a column's codes to pixels; its values are placed on the axis of the column shown. */
function affine(
  column: Position,
  shown: Position,
  [low, high]: Domain,
  start: number,
  length: number,
): Affine {
  const to = column.name === shown.name ? shown.domain : column.domain;
  const unit = length / (high - low) / (to[1] - to[0]);
  return [
    ((column.domain[1] - column.domain[0]) / LATTICE) * unit,
    start + (column.domain[0] - to[0]) * unit - (low * length) / (high - low),
  ];
}

export const affineX = (column: Position, shown: Position, camera: Camera, plot: Box): Affine =>
  affine(column, shown, camera.x, plot.x, plot.width);

export const affineY = (column: Position, shown: Position, camera: Camera, plot: Box): Affine =>
  affine(column, shown, camera.y, plot.y + plot.height, -plot.height);

/** Where a value stands, and which value stands there. */
export interface Scale {
  toPixel(value: number): number;
  toValue(px: number): number;
  /** The nearest place on the lattice; outside of the domain it goes on beyond it. */
  toCode(px: number): number;
  visible: Domain;
}

function scale({ domain: [low, high] }: Position, [factor, offset]: Affine, camera: Domain): Scale {
  const at = (fraction: number) => low + fraction * (high - low);
  return {
    toPixel: (value) => ((value - low) / (high - low)) * LATTICE * factor + offset,
    toValue: (px) => at((px - offset) / factor / LATTICE),
    toCode: (px) => Math.round((px - offset) / factor),
    visible: [at(camera[0]), at(camera[1])],
  };
}

export const scaleX = (column: Position, camera: Camera, plot: Box): Scale =>
  scale(column, affineX(column, column, camera, plot), camera.x);

export const scaleY = (column: Position, camera: Camera, plot: Box): Scale =>
  scale(column, affineY(column, column, camera, plot), camera.y);

/** What a pixel is in fractions of the plot, from its bottom left corner. */
export const fractions = ([x, y]: Pixel, plot: Box): Pixel => [
  (x - plot.x) / plot.width,
  1 - (y - plot.y) / plot.height,
];
