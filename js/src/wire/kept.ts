import type { Edit } from "../state/review";

const PREFIX = "carto_widget review";

/** What is not accepted yet, where a reload of the page does not reach it; one key an edit. */
export interface Kept {
  put(edit: Edit): void;
  drop(ids: readonly string[]): void;
  /** Oldest first. */
  all(): Edit[];
}

/**
 * @param key whose edits: those of other samples, or of another ledger, are others
 * @param storage that of the page's tab; null where the page may have none
 */
export function kept(key: string, storage: Storage | null = ofTab()): Kept {
  const nameOf = (id: string) => `${PREFIX} ${key} ${id}`;
  const names = () => {
    const all = Array.from({ length: storage?.length ?? 0 }, (_, i) => storage!.key(i)!);
    return all.filter((name) => name.startsWith(nameOf("")));
  };
  return {
    put(edit) {
      try {
        storage?.setItem(nameOf(edit.id), JSON.stringify(edit));
      } catch {} // full: the page itself still holds it
    },
    drop(ids) {
      for (const id of ids) storage?.removeItem(nameOf(id));
    },
    all() {
      const edits = names().flatMap((name) => parsed(storage!.getItem(name)));
      return edits.sort((a, b) => a.when - b.when);
    },
  };
}

/** All that is kept in the page's tab, by key. */
export function allKept(storage: Storage | null = ofTab()): Map<string, Kept> {
  const names = Array.from({ length: storage?.length ?? 0 }, (_, i) => storage!.key(i)!);
  const ours = names.filter((name) => name.startsWith(`${PREFIX} `));
  const keys = ours.map((name) => name.slice(PREFIX.length + 1).split(" ")[0]!);
  return new Map(keys.map((key) => [key, kept(key, storage)]));
}

function parsed(text: string | null): Edit[] {
  try {
    const edit = JSON.parse(text ?? "") as Edit;
    return typeof edit.id === "string" && typeof edit.when === "number" ? [edit] : [];
  } catch {
    return [];
  }
}

function ofTab(): Storage | null {
  try {
    return window.sessionStorage;
  } catch {
    return null; // a page without an origin of its own
  }
}
