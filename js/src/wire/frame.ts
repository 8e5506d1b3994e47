import type { Color, Frame, Position, Role } from "../state/types";
import { typed } from "./bytes";
import type { FrameMessage } from "./messages";

/** A frame whose chunks have all arrived, not yet decoded. */
export interface Arrived {
  header: FrameMessage;
  /** Of each chunk, one buffer a column. */
  chunks: DataView[][];
}
type Codes = Uint16Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** Rows of all chunks but the last. */
const blockOf = ({ rows, chunks }: FrameMessage): number => Math.ceil(rows / chunks);

/** The columns that travel, in the order of their buffers. */
const travelling = ({ columns }: FrameMessage) => columns.filter(({ same }) => !same);

/** The bytes of a column in a chunk, as many as were announced. */
function part(
  header: FrameMessage,
  { name, dtype }: FrameMessage["columns"][number],
  chunk: number,
  bytes: DataView | undefined,
): DataView {
  if (!bytes) throw new Error(`frame ${header.frame}: column ${name} came without its bytes`);
  const block = blockOf(header);
  const expected = Math.max(0, Math.min(block, header.rows - chunk * block));
  const came = bytes.byteLength / (dtype === "u16" ? 2 : 1);
  if (came !== expected)
    throw new Error(
      `frame ${header.frame}: column ${name} has ${came} rows in chunk ${chunk}, ` +
        `${expected} were announced`,
    );
  return bytes;
}

/** The bytes of a chunk to their place, wherever in their message they lie. */
function put(target: Codes, { buffer, byteOffset, byteLength }: DataView, row: number): void {
  const room = new Uint8Array(target.buffer, row * target.BYTES_PER_ELEMENT);
  room.set(new Uint8Array(buffer, byteOffset, byteLength));
}

/** The codes of the column that the frame before draws on `role`. */
function codesOf(base: Frame | null, role: Role): Codes {
  const found = base?.[role];
  if (!found) throw new Error(`the frame before was to have a column for ${role}`);
  return found.codes;
}

function frameOf(header: FrameMessage, codes: Codes[], base: Frame | null): Frame {
  const sent = travelling(header);
  const found = (role: Role) => {
    const column = header.columns.find((c) => c.role === role);
    if (!column) return null;
    const { same, ...about } = column;
    return { ...about, codes: same ? codesOf(base, same) : codes[sent.indexOf(column)]! };
  };
  const column = <T extends Position | Color>(role: Role): T => {
    const one = found(role);
    if (!one) throw new Error(`frame ${header.frame} has no column for ${role}`);
    return one as T;
  };
  const { frame, epoch, live, rows, words, cuts, unseen, past, sealed, version } = header;
  const [x, y, color] = [column<Position>("x"), column<Position>("y"), column<Color>("color")];
  const [size, shape] = [found("size") as Color | null, found("shape") as Color | null];
  const when = { past, sealed, version };
  return { frame, epoch, live, rows, x, y, color, size, shape, words, cuts, unseen, ...when };
}

/** The frame of one chunk: columns are views of the message where they can be. */
export const whole = ({ header, chunks }: Arrived, base: Frame | null = null): Frame =>
  frameOf(
    header,
    travelling(header).map((column, i) => {
      const bytes = part(header, column, 0, chunks[0]![i]);
      return typed<Codes>(column.dtype === "u16" ? Uint16Array : Uint8Array, bytes);
    }),
    base,
  );

const SLICE = 4; // ms of copying after which others may go on

/** The frame, decoded chunk by chunk; `pause` lets the page go on where there are many. */
export async function decoded(
  arrived: Arrived,
  base: Frame | null,
  pause: () => Promise<void>,
): Promise<Frame> {
  const { header, chunks } = arrived;
  if (header.chunks === 1) return whole(arrived, base);
  const columns = travelling(header);
  const codes = columns.map(({ dtype }) =>
    dtype === "u16" ? new Uint16Array(header.rows) : new Uint8Array(header.rows),
  );
  let since = performance.now();
  for (const [chunk, buffers] of chunks.entries()) {
    for (const [i, column] of columns.entries())
      put(codes[i]!, part(header, column, chunk, buffers[i]), chunk * blockOf(header));
    if (performance.now() - since < SLICE) continue;
    await pause();
    since = performance.now();
  }
  return frameOf(header, codes, base);
}
