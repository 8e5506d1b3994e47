"""What a page holds: the heap by kinds of objects, its workers, the GPU, the document."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from page_driver import Map
from playwright.sync_api import CDPSession

# Counts what the GPU holds for us.
COUNT_GL = """() => {
  window.held = {};
  for (const what of ['Buffer', 'Texture', 'Framebuffer', 'VertexArray', 'Program', 'Shader'])
    for (const [verb, n] of [['create', 1], ['delete', -1]]) {
      const real = WebGL2RenderingContext.prototype[verb + what];
      WebGL2RenderingContext.prototype[verb + what] = function (...all) {
        window.held[what] = (window.held[what] ?? 0) + n;
        return real.apply(this, all);
      };
    } }"""
LOOKS = 8  # until nodes that stay are taken to be held for good
RESTS = 10_000  # bytes by which two looks at a worker at rest may differ
COMPILED = "code"  # by the engine, from code that it has met lately
WATCHED = ("LayoutShift", "Performance", "DOMRectReadOnly", "TaskAttribution", "ScriptTiming")


@dataclass
class Held:
    """Bytes of what was made, by kind, and counts of what the browser holds for it."""

    heap: Counter[str]
    gpu: dict[str, int]
    nodes: int
    listeners: int

    @property
    def n_bytes(self) -> int:
        """Of all kinds but the engine's own."""
        return self.heap.total()

    def more(self, before: Held) -> str:
        """The kinds that take more than before."""
        grown = (self.heap - before.heap).most_common(8)
        return ", ".join(f"{kind} {n:+,} B" for kind, n in grown)


def devtools(carto: Map) -> CDPSession:
    return carto.page.context.new_cdp_session(carto.page)


def kinds(tools: CDPSession) -> Counter[str]:
    """Bytes on the page's heap and in its array buffers, by kind."""
    chunks: list[str] = []
    tools.on("HeapProfiler.addHeapSnapshotChunk", lambda event: chunks.append(event["chunk"]))
    tools.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    taken = json.loads("".join(chunks))
    meta = taken["snapshot"]["meta"]
    fields, types = meta["node_fields"], meta["node_types"][0]
    numbers = [taken["nodes"][fields.index(name) :: len(fields)] for name in fields]
    of = dict(zip(fields, numbers, strict=True))
    found: Counter[str] = Counter()
    for kind, name, size in zip(of["type"], of["name"], of["self_size"], strict=True):
        text = taken["strings"][name] if types[kind] in ("object", "array", "native") else ""
        if types[kind] != COMPILED and not any(word in text for word in WATCHED):
            found[f"{types[kind]} {text[:40]}"] += size
    return found


def held(carto: Map, before: Held | None = None) -> Held:
    """What is left when all has come to rest and what can go has gone.

    The engine may hold a node that was replaced last until it has collected again: where there are
    more nodes than before, they are counted until there are not, or until they stay.
    """
    tools = devtools(carto)
    dom: dict[str, int] = {}
    for _ in range(LOOKS):
        carto.bare.wait("() => new Promise(done => setTimeout(() => done(true), 800))")
        for _ in range(2):
            tools.send("HeapProfiler.collectGarbage")
        dom = tools.send("Memory.getDOMCounters")
        if before is None or dom["nodes"] <= before.nodes:
            break
    heap = kinds(tools)
    tools.detach()
    gpu: dict[str, int] = carto.page.evaluate("() => window.held")
    return Held(heap, dict(gpu), dom["nodes"], dom["jsEventListeners"])


class WorkerHeap:
    """The heap and the array buffers of the page's worker."""

    def __init__(self, carto: Map) -> None:
        self._tools, self._carto = devtools(carto), carto
        self._session, self._answers = "", [dict[str, Any]()]
        self._tools.on("Target.attachedToTarget", self._attached)
        self._tools.on("Target.receivedMessageFromTarget", self._received)
        watched = {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False}
        self._tools.send("Target.setAutoAttach", watched)

    def _attached(self, event: dict[str, Any]) -> None:
        self._session = event["sessionId"]

    def _received(self, event: dict[str, Any]) -> None:
        self._answers.append(json.loads(event["message"]))

    def _ask(self, method: str) -> dict[str, Any]:
        number = len(self._answers) + 1
        message = json.dumps({"id": number, "method": method})
        self._tools.send(
            "Target.sendMessageToTarget", {"sessionId": self._session, "message": message}
        )
        self._carto.until(lambda: self._answers[-1].get("id") == number)
        found: dict[str, Any] = self._answers[-1].get("result", {})
        return found

    def _used(self) -> int:
        self._ask("HeapProfiler.collectGarbage")
        used = self._ask("Runtime.getHeapUsage")
        return int(used["usedSize"]) + int(used["backingStorageSize"])

    def n_bytes(self) -> int:
        """What it holds when it has come to rest."""
        self._carto.until(lambda: self._session != "")
        looks = [self._used()]

        def rests() -> bool:
            self._carto.page.wait_for_timeout(400)
            looks.append(self._used())
            return abs(looks[-1] - looks[-2]) < RESTS

        self._carto.until(rests, lambda: looks)
        return looks[-1]
