const MOST = 12; // Chromium takes the oldest away where a page has more than 16

/** A view that draws on the GPU. */
export interface Holder {
  isInSight(): boolean;
  /** Its context goes back to the page. */
  release(): void;
}

/** The page's GL contexts: they are few, and what is in sight needs them first. */
export interface Contexts {
  /** The holder is in sight: of the others, those that were out of sight longest may have to go. */
  take(holder: Holder): void;
  drop(holder: Holder): void;
}

export function contexts(): Contexts {
  const holders = new Set<Holder>(); // in the order in which they were last seen
  return {
    take(holder) {
      holders.delete(holder);
      holders.add(holder);
      for (const other of holders) {
        if (holders.size <= MOST) return;
        if (other.isInSight()) continue;
        holders.delete(other);
        other.release();
      }
    },
    drop: (holder) => void holders.delete(holder),
  };
}
