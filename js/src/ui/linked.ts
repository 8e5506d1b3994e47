import type { Action } from "../state/actions";
import type { Links } from "../state/links";
import type { Entry } from "./toolbar";

/** Whether other maps of the page follow; offered where there is one. */
export const linkedEntry = (links: Links): Entry => ({
  name: "linked",
  group: "samples",
  label: "Linked with other maps",
  hint: "they select and point at the same samples",
  key: "Shift+L",
  look: () => ({ isHidden: !links.hasPartner(), isOn: links.isLinked() }),
  does: links.toggle,
});

export const linkedAction = (links: Links): Action => ({
  keys: ["L"],
  title: "link with other maps of the same samples, or no more",
  group: "select",
  run: links.toggle,
});
