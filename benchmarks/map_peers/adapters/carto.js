import { toDataView } from "/tests/page/fake_model.js";
import { data, LASSO, serve } from "../measure.js";

const LAST = 65533;
const CHUNK = 1_000_000; // bytes of one message, as Python cuts them

const header = (role, name, more) => ({
  role, name, title: name, kind: "continuous", dtype: "u16", n_waiting: 0, n_missing: 0, ...more,
});

/** The messages of a state: blocks of rows of each column at odd addresses, as they come from a socket. */
function messages({ n, x, y, color }) {
  const columns = [
    Uint16Array.from(x, (value) => value * 2 * LAST), Uint16Array.from(y, (value) => value * LAST), color,
  ];
  const chunks = Math.max(1, Math.ceil((5 * n) / CHUNK));
  const words = {
    protocol: 1, kind: "frame", epoch: 0, live: true, rows: n, words: [], unseen: 0, chunks,
    columns: [
      header("x", "variability", { domain: [0, 0.5] }),
      header("y", "confidence", { domain: [0, 1] }),
      header("color", "correctness", { kind: "steps", steps: 11, dtype: "u8", domain: [0, 1] }),
    ],
  };
  return Array.from({ length: chunks }, (_, chunk) => {
    const block = Math.ceil(n / chunks);
    const part = (codes) => toDataView(codes.slice(chunk * block, (chunk + 1) * block));
    return [{ ...words, chunk }, columns.map(part)];
  });
}

serve(async (parent, states) => {
  const { mount } = await import("/tests/page/fake_model.js");
  const { model } = await mount("/carto_widget/static/widget.js", { height: 640 }, parent);
  const hello = model.sent.find(({ content }) => content.kind === "hello");
  model.receive({ protocol: 1, kind: "welcome", to: hello.content.id });
  const ready = new Map(states.map((state) => [state, messages(state)]));
  const root = parent.querySelector(".carto");
  let frame = 0;
  const isOn = () => Number(root.dataset.frame) === frame;
  /** Resolves when the frame is shown; waiting costs the page nothing. */
  const on = () =>
    new Promise((done) => {
      const look = () => {
        if (!isOn()) return;
        changes.disconnect();
        done();
      };
      const changes = new MutationObserver(look);
      changes.observe(root, { attributeFilter: ["data-frame"] });
      look();
    });
  return {
    async show(state) {
      frame += 1;
      for (const [message, buffers] of ready.get(state)) model.receive({ ...message, frame }, buffers);
      await on();
    },
    finished: () => on(),
    async pan(k) {
      const canvas = parent.querySelector("canvas");
      const arrow = { key: k % 2 ? "ArrowLeft" : "ArrowRight", bubbles: true };
      canvas.dispatchEvent(new KeyboardEvent("keydown", arrow));
    },
    hover: () => root.querySelector(".carto-tooltip"),
  };
});
window.ring = LASSO;
window.data_ = data;
