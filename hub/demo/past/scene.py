"""What is there already when a past is written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from hub.demo.world import World
from hub.storage import Store


@dataclass(frozen=True, slots=True)
class Scene:
    """`customers`: ids by e-mail address; `you`: the visitor's agent; `colleagues`: the played."""

    world: World
    customers: Mapping[str, str]
    you: str
    colleagues: Sequence[str]


WritePast = Callable[[Store, Scene], Awaitable[None]]
