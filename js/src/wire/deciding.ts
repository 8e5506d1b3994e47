import { answered, type Edit, type ReviewStore, type Told, waiting } from "../state/review";
import { type AskKernel, Lost } from "./asking";
import type { Kept } from "./kept";

export const MOST = 50; // edits in one question
const PATIENCE = 4000; // ms without an answer until they are sent again
const PAUSE = 250; // ms after the first failure
const LONGEST = 60_000; // ms

/** What Python says of edits that it was sent. */
export interface Taken extends Partial<Pick<Told, "counts" | "classes">> {
  accepted: readonly string[];
  refused?: readonly { id: string; why: string }[];
}

/**
 * Brings edits to Python in the order in which they were made, again and again until it has them;
 * Python takes each id once, so that what arrives twice counts once.
 *
 * @returns what is called when there may be something to bring
 */
export function deciding(
  review: ReviewStore,
  ask: AskKernel,
  kept: () => Kept | null,
  signal: AbortSignal,
): () => void {
  let [isUnderway, failures] = [false, 0];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function take(of: string, { accepted, refused = [], counts, classes }: Taken): void {
    const no = refused.map(({ id }) => id);
    const now = answered(answered(review.get(), accepted, "accepted"), no, "refused");
    const numbers = { ...(counts && { counts }), ...(classes && { classes }) };
    const told = now.told?.id === of ? { ...now.told, ...numbers } : now.told;
    kept()?.drop([...accepted, ...no]);
    review.set({ ...now, told, refusal: refused.at(-1)?.why ?? null });
  }
  async function turn(): Promise<void> {
    const edits = next(review.get());
    if (isUnderway || signal.aborted || !edits.length) return;
    isUnderway = true;
    const decisions = edits.map(bare);
    const about = { review: edits[0]!.review, decisions };
    const given = ask("decide", about, [], true).then(({ answer }) =>
      take(about.review, answer as unknown as Taken),
    );
    try {
      await Promise.race([given, late(doubled(PATIENCE, failures))]);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!(error instanceof Lost)) review.set({ refusal: (error as Error).message });
    }
    isUnderway = false;
    if (failures) wait(doubled(PAUSE, failures));
    else void turn();
  }
  function wait(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(turn, ms);
  }
  signal.addEventListener("abort", () => clearTimeout(timer));
  return () => {
    if (!failures) void turn();
    else if (!isUnderway) wait(0);
  };
}

/** An edit as it travels, without what is said of its review. */
export const bare = ({ review: _, reviewer: _who, reason: _why, ...edit }: Edit) => edit;

/** The oldest that wait, of one review. */
function next(review: Parameters<typeof waiting>[0]): readonly Edit[] {
  const all = waiting(review).slice(0, MOST);
  const end = all.findIndex((edit) => edit.review !== all[0]!.review);
  return end < 0 ? all : all.slice(0, end);
}

const doubled = (ms: number, times: number): number => Math.min(LONGEST, ms * 2 ** times);

/** Broken after so many milliseconds; what is answered later counts all the same. */
const late = (ms: number): Promise<never> =>
  new Promise((_, reject) => setTimeout(() => reject(new Lost()), ms));
