import type { ModelStore } from "../state/model";
import { notice } from "../state/notice";
import type { Edit, ReviewStore } from "../state/review";
import type { AskKernel } from "./asking";
import { bare, MOST, type Taken } from "./deciding";
import { allKept, type Kept } from "./kept";

/**
 * Brings what was decided in this tab before its kernel went to a map of the same ledger and
 * samples: Python tells by the key whether the map is one.
 */
export function leftover(
  model: ModelStore,
  review: ReviewStore,
  ask: AskKernel,
  signal: AbortSignal,
  all: () => Map<string, Kept> = allKept,
): void {
  let [tried, isUnderway] = ["", false];

  async function bring(key: string, box: Kept, edits: readonly Edit[]): Promise<number> {
    const { review, reviewer, reason } = edits[0]!;
    const about = { review, key, reviewer, reason, decisions: edits.map(bare) };
    const { answer } = await ask("decide", about, [], true);
    const { accepted, refused = [] } = answer as unknown as Taken;
    box.drop([...accepted, ...refused.map(({ id }) => id)]);
    return accepted.length;
  }
  async function turn(): Promise<void> {
    let n = 0;
    for (const [key, box] of all()) {
      if (key === review.get().told?.key) continue; // its review brings them itself
      for (const edits of batches(box.all())) n += await bring(key, box, edits);
    }
    const what = n === 1 ? "1 decision" : `${n} decisions`;
    if (n) notice(model, `${what} from before the kernel went are in the ledger now`);
  }
  function look(): void {
    const { connection, frame, dataset } = model.get();
    const now = `${frame?.rows} ${dataset?.key}`;
    if (connection !== "live") tried = "";
    else if (now !== tried && !isUnderway) {
      [tried, isUnderway] = [now, true];
      turn()
        .catch(() => {}) // kept, for the next time
        .finally(() => {
          isUnderway = false;
        });
    }
  }
  model.subscribe(look, signal);
  look();
}

/** Of one review each, and as many as one question takes. */
function batches(edits: readonly Edit[]): Edit[][] {
  const all: Edit[][] = [];
  for (const edit of edits) {
    const last = all.at(-1);
    if (last && last.length < MOST && last[0]!.review === edit.review) last.push(edit);
    else all.push([edit]);
  }
  return all;
}
