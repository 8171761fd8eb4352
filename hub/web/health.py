"""Is the hub alive, is it ready, and its figures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from prometheus_client import generate_latest

from hub.core.errors import HubError, Unavailable

from .calls import TextAnswer
from .metrics import WebMetrics
from .principal import Access
from .routes import route
from .shapes import View

log = logging.getLogger(__name__)

_CHECK_S = 2.0


class ReadyCheck(Protocol):
    """One thing the hub cannot serve without."""

    @property
    def name(self) -> str: ...

    async def __call__(self) -> str | None:
        """Return None when it is well, else a sentence that says what is wrong."""


@dataclass(frozen=True, slots=True)
class Check:
    """A ReadyCheck made of a name and a function."""

    name: str
    ask: ReadyAsk

    async def __call__(self) -> str | None:
        return await self.ask()


class ReadyAsk(Protocol):
    async def __call__(self) -> str | None: ...


class Alive(View, frozen=True):
    status: Literal["ok"] = "ok"


class Ready(View, frozen=True):
    checks: list[str]
    status: Literal["ready"] = "ready"


class HealthRoutes:
    """`/healthz` (the process answers), `/readyz` (it can serve), `/metrics` (Prometheus)."""

    def __init__(self, checks: Sequence[ReadyCheck], metrics: WebMetrics) -> None:
        self._checks = list(checks)
        self._metrics = metrics

    @route("GET", "/healthz", access=Access.PUBLIC, summary="Is the process alive", tag="health")
    async def alive(self) -> Alive:
        return Alive()

    @route("GET", "/readyz", access=Access.PUBLIC, summary="Can it serve", tag="health")
    async def ready(self) -> Ready:
        wrong = [said for said in [await _ask(check) for check in self._checks] if said]
        if wrong:
            raise Unavailable("Not ready: " + "; ".join(wrong), code="not_ready")
        return Ready(checks=[check.name for check in self._checks])

    @route("GET", "/metrics", access=Access.PUBLIC, summary="Figures for Prometheus", tag="health")
    async def metrics(self) -> TextAnswer:
        return TextAnswer(generate_latest(self._metrics.registry).decode())


async def _ask(check: ReadyCheck) -> str | None:
    try:
        async with asyncio.timeout(_CHECK_S):
            said = await check()
    except TimeoutError:
        said = f"no answer within {_CHECK_S:g} s"
    except HubError as error:  # an expected fault, already in the log of what has it
        said = error.message
    except Exception:
        log.exception("ready check failed", extra={"check": check.name})
        said = "failed, see the log"
    return None if said is None else f"{check.name}: {said}"
