const FEW = 200_000; // rows that are always drawn, all of them
const FEWEST = 100_000; // of more rows
const FAST = 21; // ms: in time for the next frame but one of a 60 Hz screen
const WANTED = 17; // ms

/** How many rows can be drawn while the picture moves, learned from how long drawing took. */
export function governor() {
  let most = Number.POSITIVE_INFINITY;
  let drawn: { rows: number; at: number } | null = null;
  return {
    /** The share of the rows to be drawn. */
    share: (rows: number): number => (rows <= FEW ? 1 : Math.min(1, most / rows)),
    /** Is it worth knowing how long these take? */
    began(rows: number, now: number): boolean {
      drawn = { rows, at: now };
      return rows > FEW / 2;
    },
    /** The GPU has drawn them. */
    ended(now: number): void {
      if (!drawn) return;
      const took = now - drawn.at;
      if (took > FAST) most = Math.max(FEWEST, drawn.rows * Math.max(0.05, WANTED / took));
      else if (drawn.rows > 0.99 * most) most *= 1.25;
      drawn = null;
    },
  };
}
