/** Plays the kernel's side of protocol 1 towards the widget in the page. */
const PROTOCOL = 1;

const position = (role, codes, more = {}) => ({
  role,
  name: role === "x" ? "variability" : "confidence",
  title: role === "x" ? "variability" : "confidence",
  kind: "continuous",
  dtype: "u16",
  domain: role === "x" ? [0, 0.5] : [0, 1],
  waiting: "one epoch so far",
  n_waiting: codes.filter((code) => code === 65534).length,
  n_missing: codes.filter((code) => code === 65535).length,
  ...more,
});

/** Header and buffers of a whole frame; `x`, `y` are lattice codes, `color` codes 0 to 10. */
export function wholeFrame({ x, y, color, size, shape, columns = {}, ...header }) {
  const colors = color ?? x.map(() => 10);
  const more = Object.entries({ size, shape }).filter(([, codes]) => codes);
  const coded = (role) => ({
    role, name: role, title: role, kind: "continuous", dtype: "u8", domain: [0, 1],
    n_waiting: 0, n_missing: 0, ...columns[role],
  });
  const message = {
    protocol: PROTOCOL, kind: "frame", frame: 1, epoch: 0, live: true, rows: x.length,
    chunk: 0, chunks: 1, words: [], unseen: 0,
    columns: [
      position("x", x, columns.x),
      position("y", y, columns.y),
      {
        role: "color", name: "correctness", title: "correctness", kind: "steps", dtype: "u8",
        domain: [0, 1], steps: 11, n_waiting: 0, n_missing: 0, ...columns.color,
      },
      ...more.map(([role]) => coded(role)),
    ],
    ...header,
  };
  const codes = [colors, ...more.map(([, codes]) => codes)].map((one) => Uint8Array.from(one));
  return [message, [Uint16Array.from(x), Uint16Array.from(y), ...codes]];
}

const encoded = (texts) => {
  const parts = texts.map((text) => new TextEncoder().encode(text));
  const offsets = [0];
  for (const part of parts) offsets.push(offsets.at(-1) + part.length);
  const bytes = new Uint8Array(offsets.at(-1));
  for (const [i, part] of parts.entries()) bytes.set(part, offsets[i]);
  return [Uint32Array.from(offsets), bytes];
};

/** Header and buffers of text columns, by name. */
export function texts(columns) {
  const entries = Object.entries(columns);
  const header = {
    protocol: PROTOCOL, kind: "static", rows: entries[0][1].length,
    columns: entries.map(([name]) => ({ name, title: name, kind: "text", dtype: "utf8", n_buffers: 2 })),
  };
  return [header, entries.flatMap(([, values]) => encoded(values))];
}

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
const u16 = (base64) => new Uint16Array(bytesOf(base64).buffer);

/** The kernel of one model; `more` is the second part of the front end, as bytes. */
export function kernel(model, more) {
  const send = (content, buffers = []) => model.receive({ protocol: PROTOCOL, ...content }, buffers);
  const sent = (kind) => model.sent.filter(({ content }) => content.kind === kind);
  return {
    send,
    welcome() {
      const { id, more: has } = sent("hello").at(-1).content;
      send({ kind: "welcome", to: id });
      if (more && !has) send({ kind: "more" }, more);
    },
    whole: wholeFrame,
    frame: (frame) => send(...wholeFrame(frame)),
    /** A frame of many rows, its codes in base64. */
    crowd: ({ x, y, color, ...frame }) =>
      send(...wholeFrame({ ...frame, x: u16(x), y: u16(y), color: bytesOf(color) })),
    chunk: (frame, chunk, chunks) => {
      const [message, buffers] = wholeFrame(frame);
      const block = Math.ceil(buffers[0].length / chunks);
      const part = (codes) => codes.slice(chunk * block, (chunk + 1) * block);
      send({ ...message, chunk, chunks }, buffers.map(part));
    },
    texts: (columns) => send(...texts(columns)),
    /** Columns of numbers that never change, by name. */
    numbers: (columns) => {
      const about = { kind: "number", dtype: "f32", n_buffers: 1 };
      const headers = Object.keys(columns).map((name) => ({ name, title: name, ...about }));
      const values = Object.values(columns).map((column) => Float32Array.from(column));
      send({ kind: "static", rows: values[0].length, columns: headers }, values);
    },
    status: (status) =>
      send({
        kind: "status", word: "training", text: "training, epoch 0", epoch: 0, badge: "", notes: [],
        observed: 0, rows: 0, nonfinite: 0, ...status,
      }),
    selection: (revision, count, operation, bits) =>
      send({ kind: "selection", revision, count, operation }, bits ? [Uint8Array.from(bits)] : []),
    answer: (ask, error = null, about = {}, buffers = []) =>
      send({ kind: "answer", ask, error, ...about }, buffers),
    /**
     * Answers each page of cards from now on, as `make(row)` says: a card's parts, its bytes under
     * `body`. `most`: cards in one answer; what was asked is kept in `dealt`.
     */
    deal(make = () => ({}), { most = 50 } = {}) {
      const speak = model.send.bind(model);
      this.dealt = [];
      model.send = (content, callbacks, buffers) => {
        speak(content, callbacks, buffers);
        if (content.kind !== "ask" || content.what !== "page") return;
        this.dealt.push(content.rows);
        this.open = (this.open ?? 0) + 1;
        this.mostOpen = Math.max(this.mostOpen ?? 0, this.open);
        setTimeout(() => {
          this.open -= 1;
          const bodies = [];
          const cards = content.rows.slice(0, most).map((row) => {
            const { parts = [], ...more } = make(row);
            return {
              row, guid: `g${row}`, gold: "cat", prediction: "dog", values: [0.2, 0.9],
              right: [false, true], ...more,
              parts: parts.map(({ body, ...part }) => ({
                column: "it", ...part, ...(body && { buffer: bodies.push(Uint8Array.from(body)) - 1 }),
              })),
            };
          });
          const curve = { name: "gold_probability", epochs: [0, 1], note: "" };
          send({ kind: "answer", ask: content.id, error: null, cards, curve }, bodies);
        });
      };
    },
    /** Opens a review, and answers what is asked about its samples, each as `make(position)` says. */
    review(told, make) {
      const speak = model.send.bind(model);
      model.send = (content, callbacks, buffers) => {
        speak(content, callbacks, buffers);
        if (content.kind !== "ask" || content.what !== "review") return;
        const cards = Array.from({ length: content.count }, (_, i) => {
          const position = content.from + i;
          return {
            position, row: position, guid: `g${position}`, gold: "negative", prediction: "positive",
            values: [0.4, 0.2], right: [true, false], decided: null, ...make(position),
          };
        }).filter(({ position }) => position < told.size);
        const curve = { name: "gold_probability", epochs: [0, 1], note: "" };
        setTimeout(() => send({ kind: "answer", ask: content.id, error: null, cards, curve }));
      };
      send({ kind: "review", open: true, id: "r", key: "k", at: 0, blind: false, ...told });
    },
    buffers: (kind) => sent(kind).map(({ buffers }) => buffers.map((one) => one.buffer ?? one)),
    asks: () => sent("ask").map(({ content }) => content),
    acks: () => sent("ack").map(({ content }) => content.frame),
    hellos: () => sent("hello").length,
    unwatched: () => sent("unwatched").length,
    selects: () =>
      sent("select").map(({ content, buffers }) => ({
        ...content,
        bits: [...new Uint8Array(buffers[0].buffer ?? buffers[0])],
      })),
  };
}

/** A saved map: frame, statics and selection in one trait, as a notebook keeps it. */
export function snapshot({ frame, columns, selection = null, of }) {
  const [header, buffers] = wholeFrame(frame);
  const [statics, own] = texts(columns);
  const bits = selection ? [Uint8Array.from(selection.bits)] : [];
  return {
    protocol: PROTOCOL, frame: header, static: statics, rows: header.rows, of: of ?? header.rows,
    status: { word: "ended", text: "ended", epoch: 3, badge: "", notes: [], observed: 2, rows: 2, nonfinite: 0 },
    selection: selection && { revision: selection.revision, count: selection.count },
    buffers: [...buffers, ...own, ...bits],
  };
}
