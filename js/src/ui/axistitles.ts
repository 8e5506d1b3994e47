import type { Frame } from "../state/types";
import { html, OWN_KEYS, onChange } from "./element";

type Axis = "x" | "y";
const ACROSS: Record<Axis, string> = { x: "Across", y: "Up" };

/** The axes' titles: pressed, each asks for another column. */
export function axisTitles(change: (axis: Axis) => void, signal: AbortSignal) {
  const made = (axis: Axis) => {
    const name = html("bdi", {});
    const arrow = html("span", { "aria-hidden": "true" }, axis === "x" ? " →" : "↑ ");
    const parts = axis === "x" ? [name, arrow] : [arrow, name];
    const button = html(
      "button",
      { type: "button", class: `carto-title carto-${axis}`, ...OWN_KEYS },
      ...parts,
    );
    button.addEventListener("click", () => change(axis), { signal });
    for (const kind of ["pointerdown", "mousedown", "dblclick"] as const)
      button.addEventListener(kind, (event) => event.stopPropagation(), { signal }); // no lasso
    return { axis, name, button };
  };
  const [x, y] = [made("x"), made("y")];
  let [frame, isOff]: [Frame | null, boolean] = [null, true];
  const write = onChange(() => {
    if (!frame) return;
    for (const { axis, name, button } of [x, y]) {
      const { title } = frame[axis];
      name.textContent = title;
      button.disabled = isOff;
      button.title = isOff ? title : `${title}: press to draw something else`;
      button.ariaLabel = `${ACROSS[axis]}: ${title}`;
    }
  });
  return {
    roots: [x.button, y.button],
    update(shown: Frame, cannotChange: boolean) {
      [frame, isOff] = [shown, cannotChange];
      write([shown.x.title, shown.y.title, cannotChange]);
    },
  };
}
