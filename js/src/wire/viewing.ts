import type { AnyModel } from "@anywidget/types";
import { agree, offer, refused, want } from "../state/columns";
import type { ModelStore } from "../state/model";
import type { Channels } from "../state/types";
import { later } from "./asking";
import type { Message, Traits } from "./messages";

const COMPLAINT = 6000; // ms that it is said why Python could not do something

/** Why Python could not do something stands in the status line for a while. */
export function complain(model: ModelStore, complaint: string, signal: AbortSignal): void {
  model.set({ complaint });
  later(COMPLAINT, signal, () => {
    if (model.get().complaint === complaint) model.set({ complaint: null });
  });
}

/** Keeps the trait `view` and what the model knows of it alike; gives what changes both. */
export function viewing(
  notebook: AnyModel<Traits>,
  model: ModelStore,
  signal: AbortSignal,
): (view: Channels) => void {
  const review = () => {
    const view = notebook.get("view");
    if (view) agree(model, view);
  };
  review();
  notebook.on("change:view", review);
  signal.addEventListener("abort", () => notebook.off("change:view", review));
  return (view) => {
    model.set({ complaint: null });
    want(model, view);
    try {
      notebook.set("view", view);
      notebook.save_changes();
    } catch {
      model.set({ connection: "gone" }); // the comm is closed
    }
  };
}

/** What Python says of columns and views; false where the message is of something else. */
export function takeView(model: ModelStore, message: Message, signal: AbortSignal): boolean {
  if (message.kind === "columns") offer(model, message.columns, message.presets);
  else if (message.kind === "complaint") {
    refused(model);
    complain(model, message.text, signal);
  } else return false;
  return true;
}
