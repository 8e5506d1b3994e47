/**
 * The second part: all that is of use with a kernel alone, which sends it (`kind: "more"`).
 *
 * To join a feature: write it in files of its own under ui/<feature>/ with its style sheet under
 * ui/styles/ (one line in more.css), give what it has as a `Feature` (ui/feature.ts: toolbar
 * entries, keys, words for screen readers, elements beside the map, an update each frame), and add
 * one line to `features`. What belongs to a map and not to one of its views goes into `join`.
 * Modules that the first part has, too, are imported as any other; js/build.mjs takes them from
 * there, so that none is there twice.
 */
import { pathing } from "./interactions/along";
import { peeking } from "./interactions/peeking";
import { pinning } from "./interactions/pinning";
import { how } from "./interactions/pointer";
import type { Join, MapHere, ViewHere } from "./second";
import { mixing } from "./state/between";
import type { Pages } from "./state/cards";
import { remember, shelve } from "./state/history";
import { playing } from "./state/playing";
import { reviewing } from "./state/reviewing";
import { cardTopic, drawer, samples } from "./ui/drawer";
import { exportMenu, looksOf } from "./ui/exportmenu";
import type { Feature } from "./ui/feature";
import { arrows } from "./ui/marks/arrows";
import { ellipses } from "./ui/marks/ellipses";
import { type Name, namesAction, namesEntry } from "./ui/names";
import { peek } from "./ui/peek";
import { reviewFeature } from "./ui/review/review";
import { sliders, transport } from "./ui/steering";
import { epochTopic, pathEntry, timeActions, timeline, trailsEntry } from "./ui/timeline";
import { opening } from "./ui/toolbar";
import { trails } from "./ui/trails";
import { viewMenu, viewTopic } from "./ui/viewmenu";
import { pages as pagesOf } from "./wire/pages";
import { refill, syncEpoch } from "./wire/past";
import { reviewed } from "./wire/reviewing";

/** What a feature is made of: its map, its view, and the map's cards. */
type Here = MapHere & ViewHere & ReturnType<typeof reviewed> & { pages: Pages };

/** In the order in which their keys and menu lines are listed. */
const features: readonly ((here: Here) => Feature)[] = [
  names,
  cards,
  pictured,
  exported,
  times,
  moved,
  spread,
  steered,
  reviews,
];

function names({ model, kernel, show, signal }: Here): Feature {
  const name: Name = (what, name, more) => kernel.tell("named", { do: what, name, ...more });
  return {
    entries: [namesEntry(model, name, how, signal)],
    actions: [namesAction(show)],
  };
}

function cards({ model, view, rows, pages, layout, around, signal }: Here): Feature {
  const { click, close, actions, ...browse } = pinning(model, view, rows, layout);
  const { root, update } = drawer(model, view, pages, { ...browse, around }, signal);
  peeking(model, view, pages, signal);
  const entries = [samples(view, browse.toggle)];
  const detail = peek(pages);
  return {
    entries,
    actions,
    topics: [cardTopic],
    at: { beside: root },
    update,
    click,
    close,
    detail,
  };
}

function pictured({ model, kernel, show, signal }: Here): Feature {
  return {
    entries: [viewMenu(model, kernel.setView, signal)],
    actions: [opening("v", "what is drawn against what", () => show("view"))],
    topics: [viewTopic],
  };
}

function exported({ model, view, kernel, el, show, signal }: Here): Feature {
  return {
    entries: [exportMenu(model, () => looksOf(el, model, view), kernel, signal)],
    actions: [opening("e", "save and copy", () => show("export"))],
  };
}

function times({ model, view, plot, pick, signal }: Here): Feature {
  const [row, lines] = [timeline(model, signal), trails(model, view)];
  return {
    entries: [trailsEntry(model, view), pathEntry(model, view)],
    actions: timeActions(model),
    topics: [epochTopic],
    at: { below: row.root, over: lines.root },
    along: pathing(model, view, plot, pick),
    update(layout, now) {
      row.update();
      lines.update(layout, now);
    },
  };
}

function moved({ model, view, signal }: Here): Feature {
  const { root, update } = arrows(model, view, signal);
  return { at: { over: root }, update };
}

function spread({ model, view }: Here): Feature {
  const { root, update } = ellipses(model, view);
  return { at: { over: root }, update };
}

function steered({ model, kernel, signal }: Here): Feature {
  const [buttons, controls] = [transport(kernel.steer, signal), sliders(kernel.steer, signal)];
  return {
    at: { status: buttons.root, below: controls.root },
    update() {
      buttons.update(model.get());
      controls.update(model.get());
    },
  };
}

function reviews({ model, view, kernel, review, bring, root, signal }: Here): Feature {
  return reviewFeature(model, view, review, reviewing(review, bring), kernel, root, signal);
}

const join: Join = (map) => {
  const { notebook, model, kernel, signal } = map;
  const { frame } = model.get();
  if (frame) remember(model, frame);
  shelve(model, signal);
  playing(model, signal);
  mixing(model, signal);
  refill(model, kernel.ask, signal);
  syncEpoch(notebook, model, signal);
  const pages = pagesOf(model, kernel.ask, signal);
  const inReview = reviewed(model, kernel.ask, signal);
  return {
    join(one) {
      for (const feature of features) one.add(feature({ ...map, ...one, ...inReview, pages }));
    },
    keep: (frame) => remember(model, frame),
  };
};

export default join;
