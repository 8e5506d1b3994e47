import type { AnyModel } from "@anywidget/types";
import type { Bits } from "../state/bits";
import { randomId } from "../state/id";
import { adopt, connected, type ModelStore, select, withStatics } from "../state/model";
import { isOwn, settled } from "../state/selection";
import type { Frame, How } from "../state/types";
import { typed } from "./bytes";
import { inbox } from "./inbox";
import { type Message, PROTOCOL, type SelectionMessage, type Traits, understood } from "./messages";
import { restore } from "./snapshot";
import { staticColumns } from "./statics";

const UNANSWERED = 5000; // ms until a hello counts as lost
const BUSY = 500; // ms until a selection that Python has not confirmed is said to wait

/** What a view may ask of the kernel. */
export interface Kernel {
  select(how: How, operand: Bits, frame: number): void;
}

/**
 * Joins a model of the notebook to our own. Synchronous: anywidget gives `initialize` two seconds,
 * and no message arrives before it has returned.
 */
export function connect(
  notebook: AnyModel<Traits>,
  model: ModelStore,
  signal: AbortSignal,
): Kernel {
  const fail = (error: unknown) => {
    console.error(error);
    model.set({ error: error instanceof Error ? error.message : String(error) });
  };
  const send = (content: object, buffers: Bits[] = []) => {
    try {
      notebook.send({ protocol: PROTOCOL, ...content }, undefined, buffers);
    } catch {
      model.set({ connection: "disconnected" }); // the comm is closed: its kernel is gone
    }
  };
  const hello = greeting(model, send, signal);
  const frames = inbox((frame: Frame) => model.set({ frame, error: null }), fail, signal);

  const receive = (content: object, buffers: DataView[]) => {
    try {
      take(understood(content), buffers);
    } catch (error) {
      fail(error);
    }
  };
  function take(message: Message, buffers: DataView[]): void {
    connected(model);
    hello.answered();
    if (message.kind === "frame") {
      if (frames.receive(message, buffers)) send({ kind: "ack", frame: message.frame });
    } else if (message.kind === "static") withStatics(model, staticColumns(message, buffers));
    else if (message.kind === "status") model.set({ status: message });
    else if (message.kind === "selection") takeSelection(message, buffers[0]);
    else if (message.kind === "error") model.set({ error: message.text });
  }
  function takeSelection(message: SelectionMessage, bits: DataView | undefined): void {
    const { revision, count, operation } = message;
    const isOurs = isOwn(model.get().selection, operation);
    if (!bits && !isOurs && count > 0) {
      hello.say(); // another page's own selection: ask for the whole of it
      return;
    }
    const set = bits ? typed(Uint8Array, bits) : isOurs ? null : new Uint8Array(0);
    adopt(model, revision, operation, set);
  }

  restoreSaved(notebook, model, fail);
  subscribe(notebook, model, receive, signal);
  hello.say();

  return {
    select(how, operand, frame) {
      const operation = select(model, how, operand);
      if (!operation) return;
      send({ kind: "select", operation: operation.id, how, frame }, [operand]);
      const timer = setTimeout(() => {
        if (isOwn(model.get().selection, operation.id)) model.set({ kernelIsBusy: true });
      }, BUSY);
      signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    },
  };
}

function restoreSaved(
  notebook: AnyModel<Traits>,
  model: ModelStore,
  fail: (error: unknown) => void,
): void {
  try {
    restore(model, notebook.get("snapshot"));
  } catch (error) {
    fail(error);
  }
}

function subscribe(
  notebook: AnyModel<Traits>,
  model: ModelStore,
  receive: (content: object, buffers: DataView[]) => void,
  signal: AbortSignal,
): void {
  const resize = () => model.set({ height: notebook.get("height") });
  notebook.on("msg:custom", receive);
  notebook.on("change:height", resize);
  signal.addEventListener("abort", () => {
    notebook.off("msg:custom", receive);
    notebook.off("change:height", resize);
  });
}

/** Says hello, now and when the page comes back, and tells when nobody answers. */
function greeting(model: ModelStore, send: (content: object) => void, signal: AbortSignal) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const answered = () => clearTimeout(timer);
  function say(): void {
    answered();
    model.set({ selection: settled(model.get().selection), kernelIsBusy: false });
    timer = setTimeout(() => model.set({ connection: "disconnected" }), UNANSWERED);
    send({ kind: "hello", id: randomId() });
  }
  const isBack = (event: Event) => {
    if (event.type === "online" || (event as PageTransitionEvent).persisted) say();
  };
  window.addEventListener("pageshow", isBack, { signal });
  window.addEventListener("online", isBack, { signal });
  signal.addEventListener("abort", answered);
  return { say, answered };
}
