import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  type Edit,
  type ReviewStore,
  restored,
  reviewStore,
  said,
  type Told,
  take,
  waiting,
} from "../src/state/review";
import { type AskKernel, type Given, Lost } from "../src/wire/asking";
import { deciding } from "../src/wire/deciding";
import { type Kept, kept } from "../src/wire/kept";
import { type Random, random } from "./random";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const TOLD = { open: true, id: "r", key: "k", size: 1e6, at: 0 } as Told;

/** A tab's storage. */
function storage(): Storage {
  const held = new Map<string, string>();
  return {
    get length() {
      return held.size;
    },
    key: (i) => [...held.keys()][i] ?? null,
    getItem: (name) => held.get(name) ?? null,
    setItem: (name, value) => held.set(name, value),
    removeItem: (name) => held.delete(name),
    clear: () => held.clear(),
  };
}

/** Python: takes each id once, in the order in which they come. */
function ledger() {
  const lines: string[] = [];
  const take = (edits: readonly Edit[]) => {
    for (const { id } of edits) if (!lines.includes(id)) lines.push(id);
    return edits.map(({ id }) => id);
  };
  return { lines, take };
}

/** One load of the page: its review, and the way to Python. */
function load(box: Kept, ask: AskKernel) {
  const life = new AbortController();
  const review: ReviewStore = reviewStore();
  review.set(restored(take(review.get(), TOLD), box.all()));
  const turn = deciding(review, ask, () => box, life.signal);
  turn();
  const decide = (position: number): string => {
    const [next, edit] = said({ ...review.get(), at: position }, { kind: "keep" }, Date.now());
    box.put(edit);
    review.set(next);
    turn();
    return edit.id;
  };
  return { review, decide, turn, end: () => life.abort() };
}

const given = (answer: object): Given => ({ answer: answer as Given["answer"], buffers: [] });
type Answer = (given: Given) => void;

/** A way to Python on which messages are lost, late, answered twice, and cut by a reconnect. */
function badWay(dice: Random, take: (edits: readonly Edit[]) => string[]) {
  const open: { edits: readonly Edit[]; resolve: Answer; reject: (why: Error) => void }[] = [];
  const ask: AskKernel = (_, about) =>
    new Promise((resolve, reject) => {
      const { decisions } = about as { decisions: readonly Edit[] };
      if (dice.below(4) > 0) open.push({ edits: structuredClone(decisions), resolve, reject });
      else if (dice.below(2) > 0) reject(new Lost()); // else: never heard of again
    });
  return {
    ask,
    /** Python hears one of the questions, which may be an old one; the answer may be lost. */
    hear(): void {
      const [one] = open.splice(dice.below(open.length), 1);
      if (!one) return;
      const accepted = take(one.edits);
      if (dice.below(3) > 0) one.resolve(given({ accepted }));
      if (dice.below(3) === 0) take(one.edits); // came twice
    },
    cut(): void {
      for (const { reject } of open.splice(0)) reject(new Lost());
    },
  };
}

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);

test.each(SEEDS)(
  "nothing is lost, nothing doubled, whatever happens on the way (%i)",
  async (seed) => {
    const dice = random(seed);
    const [box, python] = [kept("k", storage()), ledger()];
    const way = badWay(dice, python.take);
    const made: string[] = [];
    let page = load(box, way.ask);
    for (let step = 0; step < 120; step++) {
      const chance = dice.below(10);
      if (chance < 4) made.push(page.decide(made.length));
      else if (chance < 7) way.hear();
      else if (chance === 7) way.cut();
      else if (chance === 8) await vi.advanceTimersByTimeAsync(dice.below(6000));
      else if (dice.below(3) === 0) {
        page.end();
        page = load(box, way.ask); // a reload: what was under way is forgotten
      }
      await vi.advanceTimersByTimeAsync(1);
    }
    const good: AskKernel = async (_, about) =>
      given({ accepted: python.take((about as { decisions: Edit[] }).decisions) });
    page.end();
    page = load(box, good);
    await vi.advanceTimersByTimeAsync(1000);
    expect([...python.lines].sort()).toEqual([...made].sort());
    expect(waiting(page.review.get())).toEqual([]);
    expect(box.all()).toEqual([]);
  },
);

test("where nothing is lost, the order is that in which they were made", async () => {
  const python = ledger();
  const slow: AskKernel = async (_, about) => {
    await new Promise((resolve) => setTimeout(resolve, 700));
    return given({ accepted: python.take((about as { decisions: Edit[] }).decisions) });
  };
  const page = load(kept("k", storage()), slow);
  const made = Array.from({ length: 120 }, (_, at) => page.decide(at));
  await vi.advanceTimersByTimeAsync(5000);
  expect(python.lines).toEqual(made);
});

test("order holds under loss, too: a later edit never overtakes an earlier one of the same page", async () => {
  const python = ledger();
  const dice = random(7);
  const lossy: AskKernel = async (_, about) => {
    if (dice.below(2)) throw new Lost();
    return given({ accepted: python.take((about as { decisions: Edit[] }).decisions) });
  };
  const page = load(kept("k", storage()), lossy);
  const made: string[] = [];
  for (let at = 0; at < 60; at++) {
    made.push(page.decide(at));
    await vi.advanceTimersByTimeAsync(dice.below(900));
  }
  await vi.advanceTimersByTimeAsync(500_000);
  expect(python.lines).toEqual(made);
});

test("what Python refuses is said, and holds up nothing", async () => {
  const asked: Edit[][] = [];
  const ask: AskKernel = async (_, about) => {
    const { decisions } = about as { decisions: Edit[] };
    asked.push(decisions);
    const [first, ...rest] = decisions;
    const refused = first!.position === 0 ? [{ id: first!.id, why: "no such class" }] : [];
    const accepted = (refused.length ? rest : decisions).map(({ id }) => id);
    return given({ accepted, refused });
  };
  const box = kept("k", storage());
  const page = load(box, ask);
  page.decide(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(page.review.get().refusal).toBe("no such class");
  page.decide(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked.map((edits) => edits.length)).toEqual([1, 1]);
  expect(box.all()).toEqual([]);
});

test("where the whole question fails, the edits stay and are sent again", async () => {
  let [tries, isWell] = [0, false];
  const ask: AskKernel = async (_, about) => {
    tries += 1;
    if (!isWell) throw new Error("OSError: the disk is full");
    return given({ accepted: (about as { decisions: Edit[] }).decisions.map(({ id }) => id) });
  };
  const box = kept("k", storage());
  const page = load(box, ask);
  page.decide(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(page.review.get().refusal).toBe("OSError: the disk is full");
  expect(waiting(page.review.get()).length).toBe(1);
  isWell = true;
  await vi.advanceTimersByTimeAsync(1000);
  expect([tries, waiting(page.review.get()).length, page.review.get().refusal]).toEqual([
    2,
    0,
    null,
  ]);
});

test("a page without storage, or with a full one, still delivers", async () => {
  const full = {
    ...storage(),
    setItem: () => {
      throw new Error("QuotaExceededError");
    },
  };
  const python = ledger();
  for (const box of [kept("k", null), kept("k", full)]) {
    const page = load(box, async (_, about) =>
      given({ accepted: python.take((about as { decisions: Edit[] }).decisions) }),
    );
    page.decide(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(waiting(page.review.get())).toEqual([]);
  }
  expect(python.lines.length).toBe(2);
});

test("what is kept is apart by key, and what is not ours, or broken, is left alone", () => {
  const tab = storage();
  tab.setItem("carto_widget review k broken", "{");
  tab.setItem("another's", "{}");
  kept("other", tab).put({ id: "a", when: 1 } as Edit);
  kept("k", tab).put({ id: "b", when: 2 } as Edit);
  kept("k", tab).put({ id: "c", when: 1 } as Edit);
  expect(
    kept("k", tab)
      .all()
      .map(({ id }) => id),
  ).toEqual(["c", "b"]);
  kept("k", tab).drop(["b", "a"]);
  expect(kept("other", tab).all().length).toBe(1);
});
