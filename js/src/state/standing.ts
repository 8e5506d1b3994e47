import {
  type Class,
  type Counts,
  type Decided,
  type Edit,
  inHand,
  type Review,
  type Verdict,
  waiting,
} from "./review";

/** What holds of a sample now, with what Python has not heard of yet. */
export interface Standing {
  decided: Decided | null;
  note: string;
  tags: readonly string[];
}
type Which = (edit: Edit) => boolean;

const VERDICTS: ReadonlySet<string> = new Set(["keep", "relabel", "drop", "unsure"]);
export const isVerdict = (kind: Edit["kind"]): kind is Verdict => VERDICTS.has(kind);

/** The ids of edits that are taken back; an undo can be taken back, too. */
function undone(edits: readonly Edit[]): ReadonlySet<string> {
  const gone = new Set<string>();
  for (const { id, kind, of } of [...edits].reverse())
    if (kind === "undo" && of && !gone.has(id)) gone.add(of);
  return gone;
}

const byPosition = new WeakMap<readonly Edit[], ReadonlyMap<number, readonly Edit[]>>();

function editsAt({ edits }: Review, position: number): readonly Edit[] {
  let known = byPosition.get(edits);
  if (!known) {
    const made = new Map<number, Edit[]>();
    for (const edit of edits) {
      const list = made.get(edit.position) ?? [];
      made.set(edit.position, list);
      list.push(edit);
    }
    known = made;
    byPosition.set(edits, known);
  }
  return known.get(position) ?? [];
}

const isCounted =
  (review: Review, isTold: boolean): Which =>
  ({ id, review: of }) => {
    const fate = review.fates.get(id);
    return of === review.told?.id && fate !== "refused" && (!isTold || fate !== "waiting");
  };

/**
 * What holds of the sample at a position.
 *
 * @param isTold without what waits for Python
 */
export function standing(review: Review, position: number, isTold = false): Standing {
  const sample = review.samples.get(position);
  const own = editsAt(review, position).filter(isCounted(review, isTold));
  const gone = undone(own);
  const told = sample?.decided ?? null;
  let decided = told && gone.has(told.id) ? null : told;
  let note = sample?.note ?? "";
  const tags = new Set(sample?.tags);
  for (const edit of own) {
    if (gone.has(edit.id) || review.fates.get(edit.id) === "known") continue;
    const { id, kind, to } = edit;
    if (isVerdict(kind)) decided = { id, kind, ...(to !== undefined && { to }) };
    else if (kind === "note") note = edit.note ?? "";
    else if (kind === "tag") tags.add(edit.tag!);
    else if (kind === "untag") tags.delete(edit.tag!);
  }
  return { decided, note, tags: [...tags] };
}

/** The edit that is taken back next: the last one made here, else what stands of the sample in hand. */
export function undoable(review: Review): Pick<Edit, "id" | "position" | "row" | "guid"> | null {
  const own = review.edits.filter(isCounted(review, false));
  const gone = undone(own);
  const last = own.filter(({ id, kind }) => kind !== "undo" && !gone.has(id)).at(-1);
  if (last) return last;
  const sample = inHand(review);
  const decided = standing(review, review.at).decided;
  if (!sample || !decided || (decided.who && decided.who !== review.told?.reviewer)) return null;
  return { id: decided.id, position: sample.position, row: sample.row, guid: sample.guid };
}

/** Where to go after a decision: the next that has none, from the start where there is no next. */
export function following(review: Review, from: number): number {
  const size = review.told?.size ?? 0;
  const isLeft = (position: number) => standing(review, position).decided === null;
  for (let at = from + 1; at < size; at++) if (isLeft(at)) return at;
  for (let at = 0; at < Math.min(from, size); at++)
    if (review.samples.has(at) && isLeft(at)) return at;
  return size;
}

/** The positions that edits which Python has not heard of are about. */
const touched = (review: Review): Set<number> =>
  new Set(waiting(review).map(({ position }) => position));

/** How many are decided, and how. */
export function counts(review: Review): Counts {
  const now = { ...review.told!.counts };
  for (const position of touched(review)) {
    const [before, after] = [standing(review, position, true), standing(review, position)];
    count(now, before.decided, -1);
    count(now, after.decided, 1);
  }
  return now;
}

function count(counts: Counts, decided: Decided | null, by: number): void {
  if (!decided) return;
  counts[decided.kind] += by;
  counts.decided += by;
  counts.left -= by;
}

/** The classes there are, those that were made here last, with how many samples will have them. */
export function classes(review: Review): readonly Class[] {
  const own = review.edits.filter(isCounted(review, false));
  const gone = undone(own);
  const told = review.told!.classes.filter(({ name }) => !isGone(name, own, gone));
  const names = new Set(told.map(({ name }) => name));
  const made = own.filter((e) => e.kind === "class" && !gone.has(e.id) && !names.has(e.name!));
  const all = [...told, ...made.map(classOf)];
  const change = new Map<string, number>();
  const add = (name: string | null | undefined, by: number) =>
    name && change.set(name, (change.get(name) ?? 0) + by);
  for (const position of touched(review)) {
    const { gold } = review.samples.get(position) ?? {};
    add(labelOf(standing(review, position, true).decided, gold), -1);
    add(labelOf(standing(review, position).decided, gold), 1);
  }
  return all.map((one) => {
    const by = change.get(one.name) ?? 0;
    return one.after === undefined || !by ? one : { ...one, after: one.after + by };
  });
}

const classOf = ({ name, color, rule }: Edit): Class => ({
  name: name!,
  color: color ?? null,
  is_new: true,
  ...(rule && { rule }),
  before: 0,
  after: 0,
});

/** Was this class made here, and taken back? */
const isGone = (name: string, own: readonly Edit[], gone: ReadonlySet<string>): boolean => {
  const made = own.filter((edit) => edit.kind === "class" && edit.name === name);
  return made.length > 0 && made.every(({ id }) => gone.has(id));
};

/** The label that a sample will have. */
function labelOf(decided: Decided | null, gold: string | null | undefined) {
  if (decided?.kind === "drop") return null;
  return decided?.kind === "relabel" ? decided.to : gold;
}
