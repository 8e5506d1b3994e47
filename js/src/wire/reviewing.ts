import type { ModelStore } from "../state/model";
import {
  acceptedIds,
  type Edit,
  fetched,
  isOpen,
  type Review,
  type ReviewStore,
  restored,
  reviewStore,
  type Sample,
  take,
} from "../state/review";
import { type AskKernel, Lost, later } from "./asking";
import { deciding } from "./deciding";
import { type Kept, kept } from "./kept";
import { leftover } from "./leftover";
import { cardsOf } from "./pages";

const AHEAD = 16; // samples that are there before they are needed
const BEHIND = 4;
const PAGE = 6; // samples in one question
const KEPT = 100; // positions from the one in hand
const [SOON, LONGEST] = [100, 10_000]; // ms until one asks again

/** The first positions, forward before back, whose samples are not there. */
export function missing({ told, at, samples }: Review): { from: number; count: number } | null {
  const size = told?.size ?? 0;
  const isMissing = (position: number) =>
    position < size && (samples.get(position)?.isPending ?? true);
  for (let from = at; from < Math.min(size, at + AHEAD); from++) {
    if (!isMissing(from)) continue;
    let count = 1;
    while (count < PAGE && isMissing(from + count)) count += 1;
    return { from, count };
  }
  for (let from = Math.max(0, at - BEHIND); from < at; from++)
    if (isMissing(from)) return { from, count: 1 };
  return null;
}

/** The review without samples that are far from the one in hand. */
function nearby(review: Review): Review {
  if (review.samples.size <= 3 * KEPT) return review;
  const near = [...review.samples].filter(([position]) => Math.abs(position - review.at) <= KEPT);
  return { ...review, samples: new Map(near) };
}

/** The review of a map, as Python tells of it and as it is decided here. */
export function reviewed(model: ModelStore, ask: AskKernel, signal: AbortSignal) {
  const review = reviewStore();
  let box: Kept | null = null;
  let [told, connection] = [review.get().told, model.get().connection];
  const deliver = deciding(review, ask, () => box, signal);

  function look(): void {
    const now = model.get();
    const isBack = now.connection !== connection && now.connection === "live";
    connection = now.connection;
    if (now.review && now.review !== told) {
      const next = take(review.get(), now.review);
      if (told?.key !== now.review.key) box = kept(now.review.key);
      told = now.review;
      review.set(restored(next, box!.all()));
      deliver();
    } else if (isBack) deliver();
  }
  model.subscribe(look, signal);
  look();
  sampling(model, review, ask, signal);
  leftover(model, review, ask, signal);
  return {
    review,
    /** Brings an edit to Python, now or when it can be reached again. */
    bring(edit: Edit): void {
      box?.put(edit);
      queueMicrotask(deliver); // after the store has it
    },
  };
}

/** Keeps the samples round the one in hand in the page. */
function sampling(
  model: ModelStore,
  review: ReviewStore,
  ask: AskKernel,
  signal: AbortSignal,
): void {
  let [isAsking, failures] = [false, 0];

  async function turn(): Promise<void> {
    const now = review.get();
    const wish = missing(now);
    if (isAsking || !wish || !isOpen(now) || model.get().connection !== "live") return;
    isAsking = true;
    const [known, { id, changes }] = [acceptedIds(now), now.told!];
    try {
      const given = await ask("review", { review: id, ...wish }, [], true);
      const isPending = given.answer.pending === true;
      const { told } = review.get();
      const isOld = isPending || told?.changes !== changes;
      const come = cardsOf(given, "").map((card) => ({ ...card, isPending: isOld }) as Sample);
      failures = come.length && !isPending ? 0 : Math.min(failures + 1, 2); // it is being read
      if (told?.id === id && come.length) review.set(nearby(fetched(review.get(), come, known)));
    } catch (error) {
      failures += 1;
      const isOf = review.get().told?.id === id && isOpen(review.get());
      if (isOf && !(error instanceof Lost)) review.set({ refusal: (error as Error).message });
    }
    isAsking = false;
    if (failures) later(Math.min(LONGEST, SOON * 2 ** failures), signal, turn);
    else void turn();
  }
  const look = () => {
    if (!failures) void turn();
  };
  review.subscribe(look, signal);
  model.subscribe(look, signal);
  look();
}
