"""A check from the event loop: steps as they are made, off the loop, none for too long."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator

from hub.core.findings import Finding, fault
from hub.vendors.mail.oauth import AccessTokens, OAuthError

from . import check_mailbox
from .aim import Aim, TokenRefused
from .wire import ANSWER_S, Lines

_SLACK_S = 2.0  # a step ends itself after ANSWER_S; this is for one that trickles
_END = object()


async def check_live(
    aim: Aim, tokens: AccessTokens | None, *, step_s: float = ANSWER_S + _SLACK_S
) -> AsyncGenerator[Finding, None]:
    """Yield the steps as they are made. One that takes longer than `step_s` ends the check.

    Whoever stops listening ends it, too: every connection is cut.
    """
    if aim.test is not None:
        step_s += aim.test.seen_s
    loop = asyncio.get_running_loop()
    steps: asyncio.Queue[object] = asyncio.Queue()
    lines = Lines()

    def token() -> str:
        if tokens is None:
            raise TokenRefused("no token", ended=True)
        asked = asyncio.run_coroutine_threadsafe(tokens.get(), loop)
        try:
            return asked.result(ANSWER_S)
        except OAuthError as error:
            raise TokenRefused(str(error), ended=error.ended) from error
        except TimeoutError as error:  # it goes on: a token that is given anew has to be kept
            raise TokenRefused("the token server does not answer", ended=False) from error

    def tell(step: object) -> None:
        loop.call_soon_threadsafe(steps.put_nowait, step)

    def work() -> None:
        try:
            for finding in check_mailbox(aim, lines):
                tell(finding)
        finally:
            tell(_END)

    aim = dataclasses.replace(aim, token=None if tokens is None else token)
    running = loop.run_in_executor(None, work)
    try:
        while True:
            try:
                async with asyncio.timeout(step_s):
                    step = await steps.get()
            except TimeoutError:
                yield _too_slow(aim, step_s)
                return
            if not isinstance(step, Finding):
                break
            yield step
        await running
    finally:
        lines.cut()


def _too_slow(aim: Aim, step_s: float) -> Finding:
    what = f"{aim.prefix}a step was not done within {step_s:.0f} s, the check was ended"
    mend = "try again; if it stays so, the server or the way to it is overloaded"
    return fault("mail", what, mend, "mail.too_slow", wait=f"{step_s:.0f}")
