"""What takes the place of websockets' queue of frames: order, pauses, the end."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from websockets.asyncio.messages import MAX_FRAGMENTS
from websockets.exceptions import TooManyFragments
from websockets.frames import Frame, Opcode

from hub.channels.webchat.connection import Inbox


class Wire:
    """A transport that only knows whether it is read."""

    reads = True

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True


def an_inbox(high: int = 2) -> tuple[Inbox, Wire]:
    wire = Wire()
    return Inbox(high, cast(asyncio.Transport, wire)), wire


def whole(text: bytes) -> Frame:
    return Frame(Opcode.TEXT, text)


async def test_messages_come_in_order_whoever_waits_first() -> None:
    inbox, _ = an_inbox()
    waited_for = inbox.get()
    for text in (b"1", b"2", b"3"):
        inbox.put(whole(text))
    assert [await waited_for, await inbox.get(), await inbox.get()] == [b"1", b"2", b"3"]


async def test_nothing_is_read_while_too_many_wait_and_everything_is_once_they_are_taken() -> None:
    inbox, wire = an_inbox()
    inbox.put(whole(b"1"))
    assert wire.reads
    inbox.put(whole(b"2"))
    assert not wire.reads
    await inbox.get()
    assert not wire.reads
    await inbox.get()
    assert wire.reads


async def test_who_no_longer_waits_loses_no_message() -> None:
    inbox, _ = an_inbox()
    inbox.get().cancel()
    inbox.put(whole(b"1"))
    assert await inbox.get() == b"1"


async def test_a_message_in_parts_is_one_and_one_without_end_is_refused() -> None:
    inbox, _ = an_inbox()
    inbox.put(Frame(Opcode.TEXT, b"a", fin=False))
    inbox.put(Frame(Opcode.CONT, b"", fin=False))
    inbox.put(Frame(Opcode.CONT, b"b"))
    assert await inbox.get() == b"ab"
    inbox.put(whole(b"before"))
    for _ in range(MAX_FRAGMENTS):
        inbox.put(Frame(Opcode.CONT, b"x", fin=False))
    assert await inbox.get() == b"before"
    with pytest.raises(TooManyFragments):
        await inbox.get()


async def test_what_came_before_the_end_is_taken_then_the_end_is_told() -> None:
    inbox, _ = an_inbox()
    inbox.put(whole(b"1"))
    inbox.close()
    inbox.put(whole(b"too late"))
    assert await inbox.get() == b"1"
    for _ in range(2):
        with pytest.raises(EOFError):
            await inbox.get()


async def test_who_waits_is_told_the_end() -> None:
    inbox, _ = an_inbox()
    waits = inbox.get()
    inbox.close()
    with pytest.raises(EOFError):
        await waits
