import type { Card } from "./cards";
import { randomId } from "./id";
import { type Store, store } from "./store";

/** What a sample's label shall be. */
export type Verdict = "keep" | "relabel" | "drop" | "unsure";
export type Said = readonly [name: string, probability: number | null, share: number | null];

/** A class as Python tells of it; spelled as on the wire. */
export interface Class {
  name: string;
  color: string | null;
  is_new: boolean;
  rule?: string;
  /** How many samples of the dataset had it before all edits, and have it after. */
  before?: number;
  after?: number;
}
export type Counts = Record<Verdict | "decided" | "left", number>;

/** The review as Python tells of it; spelled as on the wire. */
export interface Told {
  open: boolean;
  id: string;
  /** By which this page keeps what is not accepted yet: the same for the same ledger and samples. */
  key: string;
  size: number;
  /** Where to go on. */
  at: number;
  /** By what the samples are ordered, in words. */
  order: string;
  blind: boolean;
  reviewer: string | null;
  /** What the ledger says of how its samples were found. */
  reason?: string;
  classes: readonly Class[];
  counts: Counts;
  /** How many were wrong so far, and are still to be expected, in words. */
  estimate?: string;
  /** Goes up when others have decided something: other pages, Python, other notebooks. */
  changes?: number;
  /** Positions whose decision is another by that; without them it may be any. */
  changed?: readonly number[];
}

/** What holds of a sample, as the ledger has it. */
export interface Decided {
  id: string;
  kind: Verdict;
  to?: string;
  who?: string;
}
export interface Neighbour {
  row: number;
  guid?: string;
  gold?: string | null;
  text?: string;
}
/** A sample of the review; in a blind one without all that is said of it. */
export interface Sample extends Card {
  position: number;
  suggested?: string | null;
  /** By what it was found. */
  suggested_by?: string;
  /** Best first: what the model takes it for, by mean probability and by share of epochs. */
  said?: readonly Said[];
  neighbours?: readonly Neighbour[] | null;
  /** By what they were found, or why there are none. */
  neighbours_by?: string;
  neighbours_note?: string;
  /** There is more to come: it is asked for again. */
  isPending?: boolean;
  decided: Decided | null;
  note?: string;
  tags?: readonly string[];
  /** What several reviewers have said, where they do not agree. */
  conflict?: readonly Decided[];
}

/** One line for the ledger, made here; spelled as on the wire. */
export interface Edit {
  id: string;
  /** Milliseconds since 1970; later than that of every edit before it. */
  when: number;
  review: string;
  reviewer?: string;
  reason?: string;
  position: number;
  row: number;
  guid: string;
  kind: Verdict | "note" | "tag" | "untag" | "class" | "undo";
  to?: string;
  note?: string;
  tag?: string;
  name?: string;
  color?: string;
  rule?: string;
  of?: string;
}
export type Saying = Pick<Edit, "kind"> & Partial<Edit>;
/** `known`: what Python tells of the sample counts it in. */
export type Fate = "waiting" | "accepted" | "known" | "refused";

/** What all views of one map show of the review in hand. */
export interface Review {
  told: Told | null;
  /** The review that was left here, while Python may still say that it is open. */
  left: string | null;
  /** The position in hand; `size`: all are through. */
  at: number;
  samples: ReadonlyMap<number, Sample>;
  /** Said in this page, oldest first. */
  edits: readonly Edit[];
  fates: ReadonlyMap<string, Fate>;
  /** Why Python took one not. */
  refusal: string | null;
}
export type ReviewStore = Store<Review>;

const NOTHING: Review = {
  told: null,
  left: null,
  at: 0,
  samples: new Map(),
  edits: [],
  fates: new Map(),
  refusal: null,
};
export const reviewStore = (): ReviewStore => store<Review>(NOTHING);

export const isOpen = ({ told, left }: Review): boolean =>
  told?.open === true && told.id !== left && told.size > 0;
export const inHand = ({ samples, at }: Review): Sample | undefined => samples.get(at);
export const waiting = ({ edits, fates }: Review): readonly Edit[] =>
  edits.filter(({ id }) => fates.get(id) === "waiting");

/** Python has told of the review; another one begins where Python says. */
export function take(review: Review, told: Told): Review {
  const isOther = review.told?.id !== told.id;
  if (isOther)
    return { ...review, told, samples: new Map(), at: told.at, left: null, refusal: null };
  const isStale = told.changes !== review.told!.changes;
  const samples = isStale ? aged(review.samples, told.changed) : review.samples;
  const left = told.open ? review.left : null;
  const numbers = waiting(review).length ? numbersOf(review.told!) : {}; // the answer brings both
  return { ...review, told: { ...told, ...numbers }, samples, left };
}

const numbersOf = ({ counts, classes }: Told) => ({ counts, classes });

/** Samples with more to come at these positions, at all of them where none are said. */
function aged(samples: Review["samples"], changed = [...samples.keys()] as readonly number[]) {
  const now = new Map(samples);
  for (const position of changed) {
    const sample = samples.get(position);
    if (sample) now.set(position, { ...sample, isPending: true });
  }
  return now;
}

/** Samples have come; what was accepted of them before is in what they say. */
export function fetched(review: Review, come: readonly Sample[], known: ReadonlySet<string>) {
  const [samples, fates] = [new Map(review.samples), new Map(review.fates)];
  for (const sample of come) samples.set(sample.position, sample);
  for (const { id, position } of review.edits)
    if (known.has(id) && come.some((one) => one.position === position)) fates.set(id, "known");
  return { ...review, samples, fates };
}

/** What has been accepted so far: what is asked of Python from now on counts it in. */
export const acceptedIds = ({ fates }: Review): ReadonlySet<string> =>
  new Set([...fates].flatMap(([id, fate]) => (fate === "accepted" || fate === "known" ? id : [])));

/** Edits of this page that Python has not accepted, found again after a reload. */
export function restored(review: Review, kept: readonly Edit[]): Review {
  const there = new Set(review.edits.map(({ id }) => id));
  const more = kept.filter(({ id }) => !there.has(id));
  if (more.length === 0) return review;
  const fates = new Map(review.fates);
  for (const { id } of more) fates.set(id, "waiting");
  const edits = [...review.edits, ...more].sort((a, b) => a.when - b.when);
  return { ...review, edits, fates };
}

/** One more edit, of the sample in hand. */
export function said(review: Review, saying: Saying, now: number): [Review, Edit] {
  const { told, at, edits } = review;
  const { row = -1, guid = "" } = inHand(review) ?? {};
  const when = Math.max(now, (edits.at(-1)?.when ?? 0) + 1);
  const edit: Edit = {
    id: randomId(),
    when,
    review: told?.id ?? "",
    reviewer: told?.reviewer ?? "",
    reason: told?.reason ?? "",
    position: at,
    row,
    guid,
    ...saying,
  };
  const fates = new Map(review.fates).set(edit.id, "waiting");
  return [{ ...review, edits: [...edits, edit], fates }, edit];
}

/** Python has accepted edits, or refuses them. */
export function answered(review: Review, ids: readonly string[], fate: Fate): Review {
  const fates = new Map(review.fates);
  for (const id of ids) if (fates.get(id) === "waiting") fates.set(id, fate);
  return { ...review, fates };
}
