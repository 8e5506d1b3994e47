/// <reference types="vite/types/importMeta.d.ts" />
import { expect, test } from "vitest";

const SOURCES = import.meta.glob<string>("../src/**/*.ts", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Who may import whom; `type x` is a room of which only types may be imported. */
const MAY_IMPORT: Record<string, string[]> = {
  state: [],
  wire: ["state", "type @anywidget/types"],
  query: ["state"],
  scene: ["state", "type gl", "d3-array", "d3-format"],
  gl: [],
  draw: ["state", "scene", "gl"],
  interactions: ["state", "scene"],
  jobs: ["state", "scene", "interactions", "query"],
  ui: ["state", "scene", "query"],
};
const IMPORT = /^import\s+(type\s)?[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"/gm;

const inside = (path: string): string => path.replace("../src/", "");
const roomOf = (path: string): string => inside(path).split("/").slice(0, -1)[0] ?? "";

/** The room or package that an import in a file comes from. */
const target = (path: string, from: string): string =>
  from.startsWith(".") ? new URL(from, `file:///${inside(path)}`).pathname.split("/")[1]! : from;

/** Imports that the table does not allow, as "room -> target". */
function forbidden(path: string, source: string): string[] {
  const room = roomOf(path);
  const allowed = MAY_IMPORT[room] ?? [];
  return [...source.matchAll(IMPORT)]
    .map(([, type, from, bare]) => ({ type, to: target(path, (from ?? bare)!) }))
    .filter(
      ({ type, to }) =>
        to !== room && !allowed.includes(to) && !(type && allowed.includes(`type ${to}`)),
    )
    .map(({ to }) => `${room} -> ${to}`);
}

test.each(Object.entries(SOURCES).filter(([path]) => roomOf(path)))(
  "%s imports only what its room may",
  (path, source) => expect(forbidden(path, source)).toEqual([]),
);

test("every room is in the table, and only the doors lie outside of one", () => {
  const paths = Object.keys(SOURCES);
  expect(paths.filter((path) => !roomOf(path))).toEqual([
    "../src/more.ts",
    "../src/rooms.ts",
    "../src/second.ts",
    "../src/widget.ts",
  ]);
  expect([...new Set(paths.map(roomOf).filter(Boolean))].sort()).toEqual(
    Object.keys(MAY_IMPORT).sort(),
  );
});

test("a wrong import would be seen", () => {
  expect(forbidden("gl/a.ts", 'import { x } from "../state/types";')).toEqual(["gl -> state"]);
  expect(forbidden("scene/a.ts", 'import {\n  x,\n} from "../gl/renderer";')).toEqual([
    "scene -> gl",
  ]);
  expect(forbidden("scene/a.ts", 'import type { X } from "../gl/renderer";')).toEqual([]);
  expect(forbidden("ui/b/c.ts", 'import { x } from "../../wire/x";')).toEqual(["ui -> wire"]);
  expect(forbidden("ui/b/c.ts", 'import { x } from "../element";')).toEqual([]);
});

test("nothing is ever parsed as markup", () => {
  for (const source of Object.values(SOURCES))
    expect(source).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(/);
});
