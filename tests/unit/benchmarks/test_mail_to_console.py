"""A measurement whose screens are gone ends at once instead of waiting for mails nobody sees."""

from __future__ import annotations

import asyncio

import pytest

from benchmarks.mail_to_console import Arrivals


async def _forever() -> None:
    await asyncio.Event().wait()


async def _breaks() -> None:
    await asyncio.sleep(0)
    raise ConnectionError("the console lost its socket")


async def test_a_reader_that_breaks_ends_the_wait_with_its_reason() -> None:
    arrivals = Arrivals()
    with pytest.raises(ConnectionError, match="lost its socket"):
        async with asyncio.timeout(30), arrivals.seen_by(_forever(), _breaks()):
            await arrivals.wait(1)


async def test_a_mail_that_was_seen_ends_the_wait() -> None:
    arrivals = Arrivals()

    async def sees() -> None:
        arrivals.seen("a mail")
        await _forever()

    async with asyncio.timeout(30), arrivals.seen_by(sees()):
        arrivals.sent("a mail", 0.0)
        await arrivals.wait(1)
    assert len(arrivals.took_ms()) == 1
