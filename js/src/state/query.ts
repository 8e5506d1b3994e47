/** What a column is compared with. A date is its ISO text. */
export type Literal = string | number;
export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~";

/** A question about every row, spelled as on the wire. */
export type Tree =
  | { op: "and"; of: Tree[] }
  | { op: "or"; of: Tree[] }
  | { op: "not"; of: Tree }
  | { op: Comparison; column: string; value: Literal }
  | { op: "in"; column: string; values: Literal[] }
  | { op: "missing"; column: string }
  /** In the text to preview, or in the guid. */
  | { op: "search"; text: string };
