import { gridOf } from "../interactions/grid";
import type { Cells, Columns, Role } from "../state/types";
import type { Order, Part } from "./messages";
import type { Table } from "./table";

const MOST = 4_000_000; // rows: above it a grid would take more memory than it saves time
const CALM = 200; // ms without a new frame until a grid is worth making

/** One map's rows as the worker holds them; memory is used again from frame to frame. */
export interface Mirror {
  table: Table;
  take(order: Order): void;
  /** Somebody points: rows may be looked for again soon. */
  pointed(): void;
}

type Held = { codes: Uint16Array<ArrayBuffer> | Uint8Array<ArrayBuffer> };
const ROLES: readonly Role[] = ["x", "y", "color", "size", "shape"];

/** The columns with room for their codes, in the arrays of the frame before where they fit. */
function emptied(columns: Columns, before: Columns | null): Columns {
  const filled = { ...columns };
  for (const role of ROLES) {
    const column = columns[role];
    if (!column) continue;
    const old = (before?.[role] as Held | null | undefined)?.codes;
    const make = role === "x" || role === "y" ? Uint16Array : Uint8Array;
    const codes = old?.length === columns.rows ? old : new make(columns.rows);
    Object.assign(filled, { [role]: { ...column, codes } });
  }
  return filled;
}

export function mirror(): Mirror {
  const statics = new Map<string, Cells>();
  let table: Table | null = null;
  let came = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function makeGrid(): void {
    timer = undefined;
    if (!table || table.grid) return;
    const left = CALM - (performance.now() - came);
    if (left > 0) timer = setTimeout(makeGrid, left);
    else table.grid = gridOf(table.frame);
  }
  function put(codes: Part, from: number): void {
    for (const role of ROLES) {
      const part = codes[role];
      if (part) table?.frame[role]?.codes.set(part, from);
    }
  }
  return {
    get table() {
      if (!table) throw new Error("asked of a map without a frame");
      return table;
    },
    take(order) {
      if (order.kind === "frame") {
        const frame = emptied(order.columns, table?.frame ?? null);
        table = { passing: null, selection: null, ...table, statics, frame, grid: null };
        came = performance.now();
      } else if (order.kind === "part") put(order.codes, order.from);
      else if (order.kind === "static") statics.set(order.name, order.cells);
      else if (order.kind === "sets" && table)
        table = { ...table, passing: order.passing, selection: order.selection };
      else if (order.kind === "forget") clearTimeout(timer);
    },
    pointed() {
      if (table && !table.grid && table.frame.rows <= MOST) timer ??= setTimeout(makeGrid, 0);
    },
  };
}
