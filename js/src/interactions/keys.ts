import { panned, zoomed } from "../state/camera";
import type { Camera, Tool } from "../state/types";
import type { ViewStore } from "../state/view";

const STEP = 0.1;
const CLOSER = 0.8;

const MOVES: Record<string, (camera: Camera) => Camera> = {
  ArrowLeft: (camera) => panned(camera, -STEP, 0),
  ArrowRight: (camera) => panned(camera, STEP, 0),
  ArrowDown: (camera) => panned(camera, 0, -STEP),
  ArrowUp: (camera) => panned(camera, 0, STEP),
  "+": (camera) => zoomed(camera, CLOSER, 0.5, 0.5),
  "=": (camera) => zoomed(camera, CLOSER, 0.5, 0.5),
  "-": (camera) => zoomed(camera, 1 / CLOSER, 0.5, 0.5),
};
const TOOLS: Record<string, Tool> = { l: "lasso", b: "box", p: "pan" };

export interface Commands {
  clear(): void;
  reset(): void;
}

/** Keys on the focused canvas; what is not ours goes on to the page. */
export function keys(
  canvas: HTMLCanvasElement,
  view: ViewStore,
  commands: Commands,
  signal: AbortSignal,
): void {
  function act(key: string): boolean {
    const [move, tool] = [MOVES[key], TOOLS[key]];
    if (move) view.set({ camera: move(view.get().camera) });
    else if (tool) view.set({ tool });
    else if (key === " ") view.set({ isSpaceHeld: true });
    else if (key === "Escape") commands.clear();
    else if (key === "0") commands.reset();
    else return false;
    return true;
  }
  function press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || !act(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }
  const letGo = () => {
    if (view.get().isSpaceHeld) view.set({ isSpaceHeld: false });
  };
  canvas.addEventListener("keydown", press, { signal });
  canvas.addEventListener("keyup", (event) => event.key === " " && letGo(), { signal });
  canvas.addEventListener("blur", letGo, { signal });
}
