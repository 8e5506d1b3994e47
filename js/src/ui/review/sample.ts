import { valueText } from "../../scene/numbers";
import type { Decided, Neighbour, Said, Sample } from "../../state/review";
import type { Standing } from "../../state/standing";
import { html } from "../element";
import { figure, type Loans } from "../parts";
import { told as curveTold, sparkline } from "../sparkline";
import { told } from "./words";

const ORDER = ["image", "audio", "text", "tokens", "error"];
const FOUND: Record<string, string> = {
  probability: "by mean probability",
  other_label: "the most frequent other class",
};
const SHARE = { kind: "continuous", domain: [0, 1] } as const;

/** The sample itself, large. */
function content({ parts }: Sample, held: Loans): HTMLElement {
  const seen = parts.filter(({ kind }) => kind !== "row");
  const sorted = seen.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  const isOnly = sorted.length === 1;
  const made = sorted.map((part) =>
    figure(isOnly && part.kind === "text" ? { ...part, column: "" } : part, held, []),
  );
  return html("div", { class: "carto-review-sample" }, ...made);
}

const pair = (name: string, value: string, state = ""): HTMLElement =>
  html("div", { "data-state": state }, html("dt", {}, name), html("dd", { dir: "auto" }, value));

const verdictOf = ({ kind, to }: Decided) =>
  kind === "relabel" ? `→ ${to}` : told({ kind, id: "" });

function labels({ gold, suggested, suggested_by: by }: Sample, { decided }: Standing): HTMLElement {
  const verdict = decided ? [pair("decided", verdictOf(decided), "decided")] : [];
  const label = gold === undefined ? [] : [pair("gold label", gold ?? "–")];
  const source = ["suggested", by && FOUND[by]].filter(Boolean).join(", ");
  const idea = suggested ? [pair(source, suggested, "suggested")] : [];
  return html("dl", { class: "carto-labels" }, ...label, ...idea, ...verdict);
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

function bar([name, probability, share]: Said): HTMLElement {
  const width = `--carto-at: ${percent(probability ?? share ?? 0).replace(" ", "")}`;
  return html(
    "tr",
    {},
    html("th", { scope: "row", dir: "auto" }, name),
    html("td", { class: "carto-review-bar" }, html("i", { style: width })),
    html("td", {}, probability === null ? "–" : valueText(SHARE, probability)),
    html("td", {}, share === null ? "–" : percent(share)),
  );
}

const column = (name: string): HTMLElement =>
  name ? html("th", { scope: "col" }, name) : html("td");

/** What the model takes the sample for. */
function opinion(said: readonly Said[]): HTMLElement {
  const head = ["the model says", "", "mean probability", "of epochs"];
  return html(
    "table",
    { class: "carto-review-said" },
    html("thead", {}, html("tr", {}, ...head.map(column))),
    html("tbody", {}, ...said.map(bar)),
  );
}

function curveOf({ curve }: Sample): HTMLElement[] {
  if (!curve?.values.some((value) => value !== null)) return [];
  return [
    html(
      "section",
      { class: "carto-review-curve" },
      html("h4", {}, curve.name.replaceAll("_", " ")),
      sparkline(curve, 240, 56),
      html("p", { class: "carto-aside" }, curveTold(curve).replace(/^.*? from /, "from ")),
    ),
  ];
}

const neighbour = ({ guid, gold, text }: Neighbour): HTMLElement =>
  html(
    "li",
    {},
    html("span", { dir: "auto", title: text || guid || "" }, text || guid || ""),
    ...(gold ? [html("b", { dir: "auto" }, gold)] : []),
  );

function near({ neighbours, neighbours_by: by, neighbours_note: why }: Sample): HTMLElement[] {
  if (!neighbours?.length)
    return why ? [html("p", { class: "carto-aside" }, `nearest samples: ${why}`)] : [];
  const title = `nearest samples${by ? `, by ${by}` : ""}`;
  return [
    html(
      "section",
      { class: "carto-review-near" },
      html("h4", {}, title),
      html("ol", { "aria-label": title }, ...neighbours.map(neighbour)),
    ),
  ];
}

function remarks({ note, tags }: Standing, conflict: readonly Decided[] = []): HTMLElement[] {
  const lines = [
    ...conflict.map((one) => told(one)),
    ...(note ? [`note: ${note}`] : []),
    ...(tags.length ? [`tags: ${tags.join(", ")}`] : []),
  ];
  const title = conflict.length ? [html("h4", {}, "the reviewers do not agree")] : [];
  const made = lines.map((line) => html("p", { dir: "auto" }, line));
  return lines.length
    ? [html("section", { class: "carto-review-remarks" }, ...title, ...made)]
    : [];
}

/** All that there is to see of one sample. */
export function whole(sample: Sample, stands: Standing, held: Loans): HTMLElement[] {
  const { said, parts } = sample;
  const rest = parts.filter(({ kind }) => kind === "row");
  const facts = [...(said?.length ? [opinion(said)] : []), ...curveOf(sample)];
  return [
    content(sample, held),
    labels(sample, stands),
    ...remarks(stands, sample.conflict),
    ...(facts.length ? [html("div", { class: "carto-review-facts" }, ...facts)] : []),
    ...near(sample),
    ...rest.map((part) => figure(part, held, [])),
  ];
}
