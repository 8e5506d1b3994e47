import { type Action, keyOf } from "../state/actions";
import { panned, zoomed } from "../state/camera";
import type { Camera, Tool } from "../state/types";
import { sized, type ViewStore } from "../state/view";

const STEP = 0.1;
const CLOSER = 0.8;
const LARGER = 1.25;

/** Moving the map. */
export function moves(view: ViewStore, reset: () => void): Action[] {
  const move = (keys: string[], title: string, to: (camera: Camera) => Camera): Action => ({
    keys,
    title,
    group: "move",
    run: () => view.set({ camera: to(view.get().camera) }),
  });
  return [
    move(["ArrowLeft"], "to the left", (camera) => panned(camera, -STEP, 0)),
    move(["ArrowRight"], "to the right", (camera) => panned(camera, STEP, 0)),
    move(["ArrowUp"], "up", (camera) => panned(camera, 0, STEP)),
    move(["ArrowDown"], "down", (camera) => panned(camera, 0, -STEP)),
    move(["+", "="], "closer", (camera) => zoomed(camera, CLOSER, 0.5, 0.5)),
    move(["-"], "farther", (camera) => zoomed(camera, 1 / CLOSER, 0.5, 0.5)),
    { keys: ["0"], title: "the whole map", group: "move", run: reset },
  ];
}

/** What a drag does. */
export function tools(view: ViewStore): Action[] {
  const tool = (key: string, title: string, to: Tool): Action => ({
    keys: [key],
    title,
    group: "select",
    run: () => view.set({ tool: to }),
  });
  const size = (keys: string[], title: string, factor: number): Action => ({
    keys,
    title,
    group: "select",
    run: () => sized(view, factor),
  });
  return [
    tool("l", "lasso", "lasso"),
    tool("b", "box", "box"),
    tool("r", "brush", "brush"),
    size([","], "a smaller brush", 1 / LARGER),
    size(["."], "a larger brush", LARGER),
    tool("p", "pan (or hold Space)", "pan"),
  ];
}

/** Keys of the part that comes from Python, and what they are about. */
const FROM_PYTHON = {
  v: "other views",
  s: "named selections",
  e: "export",
  c: "the list of samples",
  t: "trails",
  "kf[]{}": "the timeline",
};
const AWAY = new Map(
  Object.entries(FROM_PYTHON).flatMap(([all, what]) =>
    [...all].map((key) => [key, `${what}: run the map's cell, this needs Python`]),
  ),
);

/** Does the key mean something to the element it is typed on? */
function isItsOwn(target: EventTarget | null, key: string): boolean {
  const element = target as HTMLElement;
  if (element.closest("input, textarea, select, [role=menu], [role=dialog]")) return true;
  return element.tagName === "BUTTON" && (key === "Enter" || key === " ");
}

/** Each key's action; a key that is given twice is a fault of ours. */
export function byKey(actions: readonly Action[]): ReadonlyMap<string, Action> {
  const all = new Map<string, Action>();
  for (const action of actions)
    for (const key of action.keys) {
      if (all.has(key)) throw new Error(`the key ${key}: ${all.get(key)!.title}, ${action.title}`);
      all.set(key, action);
    }
  return all;
}

/** Keys typed anywhere on the map; what is not ours goes on to the page. */
export function keys(
  root: HTMLElement,
  view: ViewStore,
  known: () => ReadonlyMap<string, Action>,
  say: (why: string) => void,
  signal: AbortSignal,
): void {
  function act(key: string): boolean {
    const action = known().get(key);
    const why = action ? action.off?.() : AWAY.get(key);
    if (key === " ") view.set({ isSpaceHeld: true });
    else if (why) say(why);
    else if (action) action.run();
    else return false;
    return true;
  }
  /** The key would mark the page's text, which is never meant here. */
  const isAll = (key: string, target: EventTarget | null): boolean =>
    key === "Ctrl+a" && !(target as Element).matches("textarea, [type=text]");
  function press(event: KeyboardEvent): void {
    const key = keyOf(event);
    if (event.defaultPrevented) return;
    const isDone = !isItsOwn(event.target, key) && act(key);
    if (!isDone && !isAll(key, event.target)) return;
    event.preventDefault();
    event.stopPropagation();
  }
  const letGo = () => {
    if (view.get().isSpaceHeld) view.set({ isSpaceHeld: false });
  };
  root.addEventListener("keydown", press, { signal });
  root.addEventListener("keyup", (event) => event.key === " " && letGo(), { signal });
  root.addEventListener("focusout", letGo, { signal });
}
