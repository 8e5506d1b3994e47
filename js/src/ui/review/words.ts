import { clamped, grouped } from "../../scene/numbers";
import { type Decided, inHand, type Review, type Verdict, waiting } from "../../state/review";
import { classes, counts, isVerdict, standing } from "../../state/standing";
import { summary } from "../parts";

const DONE: Record<Verdict, string> = {
  keep: "kept",
  relabel: "relabelled",
  drop: "dropped",
  unsure: "unsure",
};
const [PAUSE, PACE] = [120_000, 40]; // ms that are a break; decisions that tell the pace
const HELD = 1000; // ms until it is said that a decision waits

/** 38 of 200 */
export function place({ told, at }: Review): string {
  const size = grouped(told!.size);
  return at < told!.size ? `${grouped(at + 1)} of ${size}` : `all ${size} seen`;
}

/** How one comes to the keys from elsewhere in the notebook. */
export function reachable(review: Review): string {
  const n = Math.min(9, classes(review).length);
  const digits = n > 1 ? [`1-${n}`] : n ? ["1"] : [];
  const keys = [...(review.told!.blind ? ["U"] : ["K", "Enter"]), ...digits];
  return `click here, then ${keys.join(", ")} … · `;
}

/** How many are decided, and how. */
export function progress(review: Review): string {
  const now = counts(review);
  const some = (["relabel", "drop", "unsure"] as const).filter((kind) => now[kind] > 0);
  const words = some.map((kind) => `${grouped(now[kind])} ${DONE[kind]}`);
  return [`${grouped(now.decided)} decided`, ...words].join(" · ");
}

/** How fast it goes, from what was decided here. */
export function pace(review: Review): string {
  const all = review.edits.filter(({ kind }) => isVerdict(kind)).slice(-PACE);
  const gaps = all.slice(1).map(({ when }, i) => when - all[i]!.when);
  const worked = gaps.filter((gap) => gap < PAUSE);
  const { left } = counts(review);
  if (worked.length < 5 || left === 0) return "";
  const each = worked.reduce((sum, gap) => sum + gap, 0) / worked.length;
  const minutes = Math.ceil((each * left) / 60_000);
  const rest = minutes < 120 ? `${minutes} min` : `${grouped(Math.round(minutes / 60))} h`;
  return `${grouped(Math.round(60_000 / each))} a minute, about ${rest} left`;
}

/** The decisions that Python has not heard of for a moment, or why it took one not. */
export function unsent(review: Review, now: number): string {
  const held = waiting(review);
  const isHeld = held.length > 0 && now - held[0]!.when >= HELD;
  const [n, waits] = held.length === 1 ? ["1 decision", "waits"] : [grouped(held.length), "wait"];
  const what = held.length === 1 ? n : `${n} decisions`;
  const told = isHeld ? [`${what} ${waits} for the kernel`] : [];
  return [...told, ...(review.refusal ? [review.refusal] : [])].join(": ");
}

/** A decision in words. */
export function told({ kind, to, who }: Decided, gold?: string | null): string {
  const by = who ? ` by ${who}` : "";
  if (kind !== "relabel") return `${DONE[kind]}${by}`;
  return gold ? `relabelled${by}: ${gold} → ${to}` : `labelled${by}: ${to}`;
}

/** The sample in hand for those who cannot see it. */
export function spoken(review: Review): string {
  const sample = inHand(review);
  const { blind, size } = review.told!;
  if (review.at >= size) return `the end of the review: ${progress(review)}`;
  if (!sample) return "";
  const { decided } = standing(review, review.at);
  const said = [
    `sample ${place(review)}: ${clamped(summary(sample), 200)}`,
    ...(blind ? [] : [`gold label ${sample.gold ?? "missing"}`]),
    ...(sample.suggested ? [`suggested ${sample.suggested}`] : []),
    ...(decided ? [told(decided, sample.gold)] : []),
  ];
  return said.join(", ");
}
