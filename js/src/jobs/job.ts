/** Work in steps: whoever runs it may let others in between two of them. */
export type Job<T> = Generator<undefined, T, undefined>;

const BLOCK = 1 << 14; // rows: one step is a few milliseconds at the worst

/** Takes the rows block by block. */
export function* inBlocks(rows: number, take: (from: number, to: number) => void): Job<void> {
  for (let from = 0; from < rows; from += BLOCK) {
    take(from, Math.min(rows, from + BLOCK));
    yield;
  }
}

/** The result, at once; `between` is called after every step. */
export function finished<T>(job: Job<T>, between = (): void => {}): T {
  for (;;) {
    const step = job.next();
    if (step.done) return step.value;
    between();
  }
}

const SLICE = 6; // ms; with the step that ends it less than 8

const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** The result, worked out in slices between which the page goes on. */
export async function sliced<T>(job: Job<T>): Promise<T> {
  let since = performance.now();
  for (;;) {
    const step = job.next();
    if (step.done) return step.value;
    if (performance.now() - since < SLICE) continue;
    await nextTask();
    since = performance.now();
  }
}
