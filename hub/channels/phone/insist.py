"""Asking the provider again, within a few seconds and only where that is harmless."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from .port import Failed, Trouble

T = TypeVar("T")

_PAUSES_S = (0.5, 1.5)
_LONGEST_PAUSE_S = 3.0


async def insist(
    ask: Callable[[], Awaitable[T | Failed]], *, lost_is_harmless: bool = False
) -> T | Failed:
    """Ask the provider up to three times within a few seconds: later it would come too late.

    A lost answer is asked again only where doing it twice changes nothing.
    """
    answer = await ask()
    for pause_s in _PAUSES_S:
        if not isinstance(answer, Failed):
            return answer
        if answer.trouble is not Trouble.AGAIN and not (
            lost_is_harmless and answer.trouble is Trouble.UNKNOWN
        ):
            return answer
        await asyncio.sleep(min(answer.retry_after_s or pause_s, _LONGEST_PAUSE_S))
        answer = await ask()
    return answer
