import type { EpochMark } from "../state/timeline";

/** Where an epoch stands between the first and the last, 0 to 1. */
export const along = (epoch: number, first: number, last: number): number =>
  last > first ? Math.min(1, Math.max(0, (epoch - first) / (last - first))) : 1;

/** Where a mark stands: its epoch's own place is the end of that epoch. */
export const markAt = ({ epoch, at }: EpochMark, first: number, last: number): number =>
  along(epoch - 1 + (at ?? 0.5), first, last);

/** The line through the numbers, and the ground under it, as paths; gaps are left out. */
export function curvePaths(
  values: readonly (number | null)[],
  epochs: readonly number[],
  last: number,
  width: number,
  height: number,
): { line: string; area: string } {
  const known = epochs
    .map((epoch, i) => ({ epoch, value: values[i] ?? null }))
    .filter((one): one is { epoch: number; value: number } => one.value !== null);
  if (known.length < 2) return { line: "", area: "" };
  const all = known.map(({ value }) => value);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const y = (value: number) => (high > low ? ((high - value) / (high - low)) * height : height / 2);
  const points = known.map(({ epoch, value }) => {
    const x = along(epoch, epochs[0]!, last) * width;
    return `${x.toFixed(1)} ${y(value).toFixed(1)}`;
  });
  const [from, to] = [points[0]!.split(" ")[0], points.at(-1)!.split(" ")[0]];
  const line = `M${points.join("L")}`;
  return { line, area: `${line}L${to} ${height}L${from} ${height}Z` };
}
