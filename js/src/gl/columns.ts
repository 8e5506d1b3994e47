import type { Points } from "./picture";
import { type Codes, type ColumnTexture, columnTexture, linesOf } from "./texture";

const ROLES = ["x", "y", "color", "size", "shape"] as const;
type Role = (typeof ROLES)[number];
const STEP = 32; // lines sent at once: 131,072 values

/** A texture and what lies in its first lines. */
interface Held {
  texture: ColumnTexture;
  values: Codes;
  lines: number;
}

/** A frame's columns on the GPU. */
export type Columns = Partial<Record<Role, Held>> & { rows: number };

/**
 * The textures of the frames on the screen and on their way there. A column that several frames
 * share is sent once; what no frame needs any more is written over.
 */
export function columnStore(gl: WebGL2RenderingContext) {
  type Slot = Columns | null;
  let [before, now, next]: [Slot, Slot, Slot] = [null, null, null];
  const spare: ColumnTexture[][] = [[], []];

  const all = () =>
    [before, now, next].flatMap((one) => ROLES.flatMap((role) => one?.[role] ?? []));
  function hold(values: Codes): Held {
    const same = all().find((held) => held.values === values);
    if (same) return same;
    const isWide = values instanceof Uint16Array;
    const texture = spare[isWide ? 1 : 0]!.pop() ?? columnTexture(gl, isWide ? "u16" : "u8");
    texture.reserve(values.length);
    return { texture, values, lines: 0 };
  }
  function begin(points: Points): Columns {
    drop("before");
    drop("next");
    const begun: Columns = { rows: points.rows };
    next = begun;
    for (const role of ROLES) {
      const values = points[role];
      if (values) begun[role] = hold(values);
    }
    return begun;
  }
  function drop(which: "before" | "next"): void {
    const gone = which === "before" ? before : next;
    if (which === "before") before = null;
    else next = null;
    const kept = all();
    const free = new Set(ROLES.flatMap((role) => gone?.[role] ?? []));
    for (const held of free)
      if (!kept.includes(held))
        spare[held.values instanceof Uint16Array ? 1 : 0]!.push(held.texture);
  }
  /** Are these the columns that are being loaded? */
  const isBegun = (points: Points): boolean =>
    next !== null &&
    next.rows === points.rows &&
    ROLES.every((role) => (next?.[role]?.values ?? null) === points[role]);

  return {
    before: () => before,
    now: () => now,
    load(points: Points, until: number): boolean {
      const columns = isBegun(points) ? next! : begin(points);
      for (const role of ROLES) {
        const held = columns[role];
        for (; held && held.lines < linesOf(held.values.length); held.lines += STEP) {
          if (performance.now() > until) return false;
          held.texture.put(held.values, held.lines, held.lines + STEP);
        }
      }
      return true;
    },
    swap(glides: boolean): void {
      drop("before");
      [before, now, next] = [now, next, null];
      if (!glides) drop("before");
    },
  };
}
