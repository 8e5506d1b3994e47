import type { StaticColumn } from "../state/types";
import { typed } from "./bytes";
import type { StaticHeader, StaticMessage } from "./messages";

type Read = StaticColumn["read"];

/** Texts stay bytes until one is looked at. */
function text(offsets: DataView, bytes: DataView): Read {
  const at = typed(Uint32Array, offsets);
  const decoder = new TextDecoder();
  return (row) => {
    const [from, to] = [at[row], at[row + 1]];
    if (from === undefined || to === undefined) return null;
    return decoder.decode(new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from));
  };
}

function category(codes: Uint8Array | Uint16Array, categories: readonly string[]): Read {
  return (row) => categories[codes[row] ?? -1] ?? null;
}

function number(values: Float32Array): Read {
  return (row) => {
    const value = values[row];
    return value === undefined || Number.isNaN(value) ? null : String(Number(value.toPrecision(4)));
  };
}

function reader({ name, dtype, categories }: StaticHeader, buffers: DataView[]): Read {
  const [first, second] = buffers;
  if (!first) throw new Error(`static column ${name} came without its bytes`);
  if (dtype === "utf8" && second) return text(first, second);
  if (dtype === "u8") return category(typed(Uint8Array, first), categories ?? []);
  if (dtype === "u16") return category(typed(Uint16Array, first), categories ?? []);
  if (dtype === "f32") return number(typed(Float32Array, first));
  throw new Error(`static column ${name}: dtype ${dtype} is not one of utf8, u8, u16, f32`);
}

/** The columns of a `static` message, each with its own of the buffers. */
export function staticColumns({ columns }: StaticMessage, buffers: DataView[]): StaticColumn[] {
  let next = 0;
  return columns.map((header) => {
    const own = buffers.slice(next, next + header.n_buffers);
    next += header.n_buffers;
    const { name, title, kind } = header;
    return { name, title, kind, read: reader(header, own) };
  });
}
