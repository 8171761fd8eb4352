"""What a page in Chromium holds, told by its inspector after the garbage is collected."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playwright.async_api import CDPSession

_COMPILED = "code"


@dataclass(frozen=True, slots=True)
class Held:
    """`scripts_kib`: what scripts have, compiled code too; the rest are counts of the browser's."""

    scripts_kib: float
    elements: int
    listeners: int
    documents: int


async def held(inspector: CDPSession) -> Held:
    """Collect the garbage and look. The session has `Performance.enable` behind it."""
    await inspector.send("HeapProfiler.collectGarbage")
    usage = await inspector.send("Runtime.getHeapUsage")
    told = (await inspector.send("Performance.getMetrics"))["metrics"]
    of = {one["name"]: int(one["value"]) for one in told}
    return Held(usage["usedSize"] / 1024, of["Nodes"], of["JSEventListeners"], of["Documents"])


async def compiled_kib(inspector: CDPSession) -> float:
    """Return the KiB of code that the browser made of the scripts, by a snapshot of the heap.

    It grows with what is used often, whatever is held of a contact, and stops when all of it is
    compiled.
    """
    pieces: list[str] = []

    def take(event: dict[str, Any]) -> None:
        pieces.append(event["chunk"])

    inspector.on("HeapProfiler.addHeapSnapshotChunk", take)
    await inspector.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    inspector.remove_listener("HeapProfiler.addHeapSnapshotChunk", take)
    return await asyncio.to_thread(_compiled, json.loads("".join(pieces)))


def _compiled(snapshot: Mapping[str, Any]) -> float:
    meta, nodes = snapshot["snapshot"]["meta"], snapshot["nodes"]
    fields = meta["node_fields"]
    wanted = meta["node_types"][0].index(_COMPILED)
    size = fields.index("self_size")
    step = len(fields)
    sizes = (nodes[at + size] for at in range(0, len(nodes), step) if nodes[at] == wanted)
    return float(sum(sizes)) / 1024


def told(compiled: float, before_kib: float, after_kib: float, between: tuple[int, int]) -> str:
    """Say what stands beside the memory that a contact leaves behind, in one line."""
    first, last = between
    return (
        f"{compiled:.1f} of it compiled code; {before_kib / 1024:.1f} → {after_kib / 1024:.1f} MiB,"
        f" contact {first:,} to {last:,}"
    )
