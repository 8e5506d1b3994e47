import type { AnyModel } from "@anywidget/types";
import type { Bits } from "../state/bits";
import { arrived } from "../state/columns";
import { randomId } from "../state/id";
import {
  adopt,
  connected,
  failed,
  leaveSample,
  type ModelStore,
  select,
  withStatics,
} from "../state/model";
import { isOwn, settled } from "../state/selection";
import { setTime } from "../state/timeline";
import { framed, took } from "../state/traffic";
import type { Channels, Frame, How, Order } from "../state/types";
import { type AskKernel, Lost, later, questions } from "./asking";
import { typed } from "./bytes";
import { inbox } from "./inbox";
import {
  type Answer,
  type Message,
  PROTOCOL,
  type SelectionMessage,
  type Traits,
  understood,
} from "./messages";
import type { Second } from "./second";
import { restore } from "./snapshot";
import { staticColumns } from "./statics";
import { complain, takeView, viewing } from "./viewing";

const UNANSWERED = 5000; // ms until a hello counts as lost
const BUSY = 500; // ms until what Python has not confirmed is said to wait

/** What a view may ask of the kernel. */
export interface Kernel {
  select(how: How, operand: Bits, frame: number): void;
  /** Draws something else; the trait says so to Python and to other pages. */
  setView(view: Channels): void;
  /** Asks Python something; the promise is broken where it refuses, or is gone. */
  ask: AskKernel;
  /** Asks Python to do something; why it could not be done is said in the status line. */
  tell(what: string, about: object): void;
  /** Says in the status line, for a while, why something could not be done. */
  complain(why: string): void;
  /** Tells the training something, likewise. */
  steer(what: Order | "set", set?: [name: string, value: number]): void;
  /** A view shows the map, until the signal ends it. */
  watch(signal: AbortSignal): void;
}

/**
 * Joins a model of the notebook to our own. Synchronous: anywidget gives `initialize` two seconds,
 * and no message arrives before it has returned.
 */
export function connect(
  notebook: AnyModel<Traits>,
  model: ModelStore,
  second: Second,
  signal: AbortSignal,
): Kernel {
  const send: Send = (content, buffers = []) => {
    try {
      notebook.send({ protocol: PROTOCOL, ...content }, undefined, buffers);
    } catch {
      model.set({ connection: "gone" }); // the comm is closed
    }
  };
  const { ask, take: takeAnswer, forget } = questions(model, send, signal);
  const hello = greeting(model, send, second, forget, signal);
  const audience = watching(send, hello.say, signal);
  const take = reader(model, send, takeAnswer, hello.say, audience.isThere, second, signal);
  const receive = (content: object, buffers: DataView[]) =>
    guarded(model, () => {
      const message = understood(content);
      took(model.get().traffic, buffers);
      connected(model);
      hello.answered();
      if (message.kind === "more") second.take(buffers);
      else take(message, buffers);
    });

  guarded(model, () => restore(model, notebook.get("snapshot")));
  subscribe(notebook, model, receive, () => hello.say("gone"), signal);
  hello.say();
  const tell = telling(model, ask, signal);
  return {
    select: selector(model, send, signal),
    setView: viewing(notebook, model, signal),
    ask,
    tell,
    complain: (why) => complain(model, why, signal),
    steer: (order, [name, value] = ["", 0]) =>
      tell("steer", { order, ...(name && { name, value }) }),
    watch: audience.watch,
  };
}

type Send = (content: object, buffers?: Bits[]) => void;

function guarded(model: ModelStore, run: () => void): void {
  try {
    run();
  } catch (error) {
    failed(model, error);
  }
}

/** Puts what Python sends into the model. */
function reader(
  model: ModelStore,
  send: Send,
  answer: (answer: Answer, buffers: DataView[]) => void,
  greet: () => void,
  isWatched: () => boolean,
  second: Second,
  signal: AbortSignal,
) {
  const parked: (() => void)[] = [];
  /** What is said of rows waits while those of a saved sample are on the screen. */
  const take = (ofRows: () => void) => (model.get().isSample ? parked.push(ofRows) : ofRows());
  const show = (frame: Frame) => {
    if (model.get().isSample) leaveSample(model);
    second.keep(frame);
    model.set({ frame, error: null });
    arrived(model, frame);
    for (const ofRows of parked.splice(0)) ofRows();
  };
  const frames = inbox({ show, keep: second.keep }, (error) => failed(model, error), greet, signal);
  return (message: Message, buffers: DataView[]): void => {
    if (message.kind === "frame") {
      const isWhole = frames.receive(message, buffers);
      if (isWhole) framed(model.get().traffic, performance.now());
      if (isWhole && isWatched())
        send({ kind: "ack", frame: message.frame, more: second.isTaken() });
    } else if (message.kind === "static")
      take(() => withStatics(model, staticColumns(message, buffers), message.dataset));
    else if (message.kind === "timeline") setTime(model, { epochs: message });
    else if (message.kind === "status") model.set({ status: message });
    else if (message.kind === "selection")
      take(() => takeSelection(model, message, buffers[0], send));
    else if (message.kind === "named")
      model.set({ names: message.named, ledger: message.place ?? "" });
    else if (message.kind === "review") model.set({ review: message });
    else if (message.kind === "answer") answer(message, buffers);
    else if (message.kind === "cards") model.set({ shown: model.get().shown + 1 });
    else if (message.kind === "error") model.set({ error: message.text });
    else takeView(model, message, signal);
  };
}

function takeSelection(
  model: ModelStore,
  { revision, count, operation }: SelectionMessage,
  bits: DataView | undefined,
  send: Send,
): void {
  const isOurs = isOwn(model.get().selection, operation);
  if (bits) adopt(model, revision, operation, typed(Uint8Array, bits));
  else if (isOurs) adopt(model, revision, operation, null);
  else if (count === 0) adopt(model, revision, operation, new Uint8Array(0));
  else send({ kind: "selection" }); // another page's own: ask for the whole of it
}

/** Selects here at once, tells Python, and says so where Python does not answer. */
function selector(model: ModelStore, send: Send, signal: AbortSignal): Kernel["select"] {
  return (how, operand, frame) => {
    const operation = select(model, how, operand);
    if (!operation) return;
    send({ kind: "select", operation: operation.id, how, frame }, [operand]);
    later(BUSY, signal, () => {
      if (isOwn(model.get().selection, operation.id)) model.set({ kernelIsBusy: true });
    });
  };
}

/** Why Python could not do it stands in the status line for a while. */
function telling(model: ModelStore, ask: AskKernel, signal: AbortSignal): Kernel["tell"] {
  return (what, about) => {
    model.set({ complaint: null });
    ask(what, about).catch((refused: Error) => {
      if (!(refused instanceof Lost)) complain(model, refused.message, signal);
    });
  };
}

function subscribe(
  notebook: AnyModel<Traits>,
  model: ModelStore,
  receive: (content: object, buffers: DataView[]) => void,
  greet: () => void,
  signal: AbortSignal,
): void {
  const read = () =>
    model.set({ height: notebook.get("height"), isBlind: notebook.get("is_blind") === true });
  read();
  notebook.on("msg:custom", receive);
  notebook.on("change:height", read);
  notebook.on("change:is_blind", read);
  notebook.on("comm_live_update", greet); // Jupyter: the kernel has gone or come back
  signal.addEventListener("abort", () => {
    notebook.off("msg:custom", receive);
    notebook.off("change:height", read);
    notebook.off("change:is_blind", read);
    notebook.off("comm_live_update", greet);
  });
}

/**
 * Tells Python when the last view has gone, as when a cell is run again: a map that nobody sees
 * need not be drawn. It acknowledges nothing then, and says hello when it is shown again.
 */
function watching(send: Send, greet: () => void, signal: AbortSignal) {
  let views = 0;
  let isThere = true;
  function leave(): void {
    if (views > 0 || signal.aborted) return;
    isThere = false;
    send({ kind: "unwatched" });
  }
  function watch(view: AbortSignal): void {
    views += 1;
    if (!isThere) greet();
    isThere = true;
    view.addEventListener("abort", () => {
      views -= 1;
      leave();
    });
  }
  const timer = setTimeout(leave, UNANSWERED); // a page that has no output for this map
  signal.addEventListener("abort", () => clearTimeout(timer));
  return { watch, isThere: () => isThere };
}

/** Says hello, now and when the page comes back, and tells when nobody answers. */
function greeting(
  model: ModelStore,
  send: Send,
  second: Second,
  forget: () => void,
  signal: AbortSignal,
) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const answered = () => clearTimeout(timer);
  function say(unanswered: "disconnected" | "gone" = "disconnected"): void {
    answered();
    forget();
    model.set({ selection: settled(model.get().selection), kernelIsBusy: false });
    timer = setTimeout(() => model.set({ connection: unanswered }), UNANSWERED);
    send({ kind: "hello", id: randomId(), more: second.isTaken() });
  }
  const isBack = (event: Event) => {
    if (event.type === "online" || (event as PageTransitionEvent).persisted) say();
  };
  window.addEventListener("pageshow", isBack, { signal });
  window.addEventListener("online", isBack, { signal });
  signal.addEventListener("abort", answered);
  return { say, answered };
}
