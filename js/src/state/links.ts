import { type Bits, isEqual, noBits, padded } from "./bits";
import type { ModelStore } from "./model";
import { shared } from "./shared";
import type { How, StaticColumn } from "./types";
import type { ViewStore } from "./view";

/** Of which samples a map's rows are. */
export interface Dataset {
  /** The same for the same guids of the same split, in the same order. */
  key: string;
  /** Texts mean the same sample wherever they stand, numbers do not. */
  guids: "text" | "int";
}

/** What a map is to the others of the page. Each map has loaded this file anew: plain values. */
interface Member {
  model: ModelStore;
  isSeen(): boolean;
  /** Another map's selection, in this one's rows. */
  take(bits: Bits): void;
}
export type Links = ReturnType<typeof linking>;

const isSame = (a: Member, b: Member): boolean => {
  const [key, other] = [a.model.get().dataset?.key, b.model.get().dataset?.key];
  return key !== undefined && key === other;
};

/** The column by whose texts rows are found in another dataset. */
function textsOf({ model }: Member): StaticColumn | null {
  const { dataset, statics } = model.get();
  return dataset?.guids === "text" ? (statics.get("guid") ?? null) : null;
}

const rowsByText = new WeakMap<StaticColumn, ReadonlyMap<string, number>>();

function rowsOf(column: StaticColumn): ReadonlyMap<string, number> {
  const known = rowsByText.get(column);
  if (known) return known;
  const found = new Map<string, number>();
  for (let row = 0; ; row++) {
    const text = column.read(row);
    if (text === null) break;
    found.set(text, row);
  }
  rowsByText.set(column, found);
  return found;
}

const meetings = new WeakMap<StaticColumn, WeakMap<StaticColumn, boolean>>();

/** Is any sample in both? */
function meet(a: StaticColumn, b: StaticColumn): boolean {
  const known = meetings.get(a) ?? new WeakMap<StaticColumn, boolean>();
  meetings.set(a, known);
  const before = known.get(b);
  if (before !== undefined) return before;
  const [few, many] = [rowsOf(a), rowsOf(b)].sort((x, y) => x.size - y.size);
  const found = [...few!.keys()].some((text) => many!.has(text));
  known.set(b, found);
  return found;
}

function canLink(a: Member, b: Member): boolean {
  if (a === b || !b.isSeen()) return false;
  if (isSame(a, b)) return true;
  const [here, there] = [textsOf(a), textsOf(b)];
  return here !== null && there !== null && meet(here, there);
}

/** Without a word of the user, maps of the same samples are linked and others are not. */
const wants = (a: Member, b: Member): boolean => a.model.get().linked ?? isSame(a, b);

/** The same samples' rows in another map; those that it does not have are left out. */
function translated(bits: Bits, from: Member, to: Member): Bits {
  if (isSame(from, to)) return bits;
  const [here, there] = [textsOf(from), textsOf(to)];
  if (!here || !there) return noBits(0);
  const rows = rowsOf(there);
  const out = noBits(rows.size);
  for (let byte = 0; byte < bits.length; byte++)
    for (let rest = bits[byte]!, row = byte << 3; rest; rest >>= 1, row++) {
      const found = rest & 1 ? rows.get(here.read(row) ?? "") : undefined;
      if (found !== undefined) out[found >> 3]! |= 1 << (found & 7);
    }
  return out;
}

/** The same sample's row in another map. */
function rowIn(row: number, from: Member, to: Member): number | null {
  if (isSame(from, to)) return row;
  const [here, there] = [textsOf(from), textsOf(to)];
  return (here && there && rowsOf(there).get(here.read(row) ?? "")) ?? null;
}

/** Tells the other maps where the pointer is on this one. */
export function pointing(view: ViewStore, links: Links, signal: AbortSignal): void {
  let last: number | null = null;
  const moved = () => {
    const { hover } = view.get();
    if (hover === last) return;
    last = hover;
    links.point(hover);
  };
  view.subscribe(moved, signal);
}

/**
 * Shares selection and hover with the maps of this page that show the same samples, without
 * Python: each map tells its own of what it has been told by another.
 */
export function linking(
  model: ModelStore,
  select: (how: How, bits: Bits, frame: number) => void,
  isPageSeen: () => boolean,
  signal: AbortSignal,
) {
  const members = shared("links", () => new Set<Member>());
  let views = 0;
  let last = model.get().selection.bits;
  let isHeard = false; // the kernel has said what is selected
  let isTaking = false;
  let asks = false; // has nothing selected and has not looked what others have

  const me: Member = { model, isSeen: () => views > 0, take };
  members.add(me);
  signal.addEventListener("abort", () => members.delete(me));

  const candidates = () => (views > 0 ? [...members].filter((other) => canLink(me, other)) : []);
  const partners = () =>
    isPageSeen() ? candidates().filter((other) => wants(me, other) && wants(other, me)) : [];

  function take(bits: Bits): void {
    const { frame, selection } = model.get();
    if (!frame) return;
    const rows = padded(bits, frame.rows);
    if (isEqual(rows, selection.bits)) return;
    isTaking = true; // and passes it on to nobody
    try {
      select("replace", rows, frame.frame);
    } finally {
      isTaking = false;
    }
  }
  function tell(): void {
    for (const other of partners()) other.take(translated(last, me, other));
  }
  /** What the others have selected, where nothing is selected here. */
  function look(): void {
    const chosen = partners().find((other) => other.model.get().selection.count > 0);
    if (chosen) take(translated(chosen.model.get().selection.bits, chosen, me));
  }
  function changed(): void {
    const { selection, frame, dataset } = model.get();
    if (selection.bits !== last) {
      const isOther = !isEqual(selection.bits, last);
      last = selection.bits;
      const isFirst = !isHeard && selection.pending.length === 0;
      isHeard = true;
      if (isFirst) asks = selection.count === 0;
      else if (isOther && !isTaking) tell();
    }
    if (!asks || !frame || !dataset || views === 0) return;
    asks = false;
    look();
  }
  model.subscribe(changed, signal);

  return {
    /** A view shows the map, until the signal ends it. */
    watch(view: AbortSignal): void {
      views += 1;
      view.addEventListener("abort", () => {
        point(null);
        views -= 1;
      });
    },
    point,
    /** Is there a map on the page that it could be linked with? */
    hasPartner: () => candidates().length > 0,
    isLinked: () => candidates().some((other) => wants(me, other)),
    toggle(): void {
      const others = candidates();
      if (others.length === 0) return;
      model.set({ linked: !others.some((other) => wants(me, other)) });
      for (const other of others) // one press links two maps
        if (model.get().linked) other.model.set({ linked: true });
      if (model.get().selection.count) tell();
      else look();
    },
  };
  /** The pointer is on a row of this map, or on none. */
  function point(row: number | null): void {
    for (const other of partners()) {
      const there = row === null ? null : rowIn(row, me, other);
      if (other.model.get().elsewhere !== there) other.model.set({ elsewhere: there });
    }
  }
}
