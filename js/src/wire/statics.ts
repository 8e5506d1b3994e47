import type { Cells, StaticColumn } from "../state/types";
import { typed } from "./bytes";
import type { StaticHeader, StaticMessage } from "./messages";

type Read = StaticColumn["read"];

const utf8 = new TextDecoder();

function cellsOf({ name, dtype, categories = [] }: StaticHeader, buffers: DataView[]): Cells {
  const [first, second] = buffers;
  if (!first) throw new Error(`static column ${name} came without its bytes`);
  if (dtype === "utf8" && second)
    return { kind: "text", offsets: typed(Uint32Array, first), bytes: typed(Uint8Array, second) };
  if (dtype === "u8") return { kind: "category", codes: typed(Uint8Array, first), categories };
  if (dtype === "u16") return { kind: "category", codes: typed(Uint16Array, first), categories };
  if (dtype === "f32") return { kind: "number", values: typed(Float32Array, first) };
  throw new Error(`static column ${name}: dtype ${dtype} is not one of utf8, u8, u16, f32`);
}

/** Texts stay bytes until one is looked at. */
function reader(cells: Cells): Read {
  if (cells.kind === "category") return (row) => cells.categories[cells.codes[row] ?? -1] ?? null;
  if (cells.kind === "number")
    return (row) => {
      const value = cells.values[row];
      return value === undefined || Number.isNaN(value)
        ? null
        : String(Number(value.toPrecision(4)));
    };
  const { offsets, bytes } = cells;
  return (row) => {
    const [from, to] = [offsets[row], offsets[row + 1]];
    return from === undefined || to === undefined ? null : utf8.decode(bytes.subarray(from, to));
  };
}

/** The columns of a `static` message, each with its own of the buffers. */
export function staticColumns({ columns }: StaticMessage, buffers: DataView[]): StaticColumn[] {
  let next = 0;
  return columns.map((header) => {
    const own = buffers.slice(next, next + header.n_buffers);
    next += header.n_buffers;
    const { name, title, kind } = header;
    const cells = cellsOf(header, own);
    return { name, title, kind, cells, read: reader(cells) };
  });
}
