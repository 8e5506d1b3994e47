/** Something one can do with a key, listed under `?`; a button that does the same has its title. */
export interface Action {
  /** As `keyOf` says them: "l", "Z", "Ctrl+z", "Shift+ArrowLeft". */
  keys: readonly string[];
  title: string;
  /** Under which heading it is listed. */
  group: "move" | "select" | "show" | "time" | "samples" | "review";
  /** Why it cannot be done now. */
  off?(): string | undefined;
  run(): void;
}

/** A key with what is held beside it; Shift is said where the key alone does not tell. */
export function keyOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): string {
  const held = [ctrlKey || metaKey ? "Ctrl" : "", altKey ? "Alt" : ""];
  if (shiftKey && key.length > 1) held.push("Shift");
  return [...held.filter(Boolean), key].join("+");
}
