import type { Color, ColumnHeader, Frame, Position, Role } from "../state/types";
import { typed } from "./bytes";
import type { FrameMessage } from "./messages";

/** A frame whose chunks have all arrived, not yet decoded. */
export interface Arrived {
  header: FrameMessage;
  /** Of each chunk, one buffer a column. */
  chunks: DataView[][];
}
type Codes = Uint16Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

const rowsOf = (rows: number, chunk: number, chunks: number): number =>
  Math.ceil((rows - chunk) / chunks);

/** The columns that travel, in the order of their buffers. */
const travelling = ({ columns }: FrameMessage) => columns.filter(({ same }) => !same);

function part(
  header: FrameMessage,
  column: number,
  chunk: number,
  bytes: DataView | undefined,
): Codes {
  const { name, dtype } = travelling(header)[column]!;
  if (!bytes) throw new Error(`frame ${header.frame}: column ${name} came without its bytes`);
  const codes = typed<Codes>(dtype === "u16" ? Uint16Array : Uint8Array, bytes);
  const expected = rowsOf(header.rows, chunk, header.chunks);
  if (codes.length !== expected)
    throw new Error(
      `frame ${header.frame}: column ${name} has ${codes.length} rows in chunk ${chunk}, ` +
        `${expected} were announced`,
    );
  return codes;
}

/** Rows k::K into their places. */
function spread(target: Codes, from: Codes, chunk: number, chunks: number): void {
  for (let i = 0, row = chunk; i < from.length; i++, row += chunks) target[row] = from[i]!;
}

function backBuffers({ header }: Arrived): Codes[] {
  return travelling(header).map(({ dtype }) =>
    dtype === "u16" ? new Uint16Array(header.rows) : new Uint8Array(header.rows),
  );
}

/** The codes of the column of this name in the frame before, whatever it was drawn on. */
function codesOf(base: Frame | null, { name, dtype }: ColumnHeader): Codes {
  const columns = base ? [base.x, base.y, base.color, base.size, base.shape] : [];
  const found = columns.find((column) => column?.name === name && column.dtype === dtype);
  if (!found) throw new Error(`column ${name} was to be the same as in the frame before`);
  return found.codes;
}

function frameOf(header: FrameMessage, codes: Codes[], base: Frame | null): Frame {
  const sent = travelling(header);
  const found = (role: Role) => {
    const column = header.columns.find((c) => c.role === role);
    if (!column) return null;
    const { same, ...about } = column;
    return { ...about, codes: same ? codesOf(base, about) : codes[sent.indexOf(column)]! };
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
    travelling(header).map((_, column) => part(header, column, 0, chunks[0]![column])),
    base,
  );

/** The frame, decoded chunk by chunk with a pause between, so that none makes the page wait. */
export async function decoded(
  arrived: Arrived,
  base: Frame | null,
  pause: () => Promise<void>,
): Promise<Frame> {
  const { header, chunks } = arrived;
  if (header.chunks === 1) return whole(arrived, base);
  const codes = backBuffers(arrived);
  for (const [chunk, buffers] of chunks.entries()) {
    for (const [column, target] of codes.entries())
      spread(target, part(header, column, chunk, buffers[column]), chunk, header.chunks);
    await pause();
  }
  return frameOf(header, codes, base);
}
