"""The slow lane: who has a turn, and what is read of the pages behind the first ones."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable

import pytest

from hub.channels.fax.pages import PageMaker
from hub.channels.fax.recognising import LaterPages, PagesBusy
from hub.channels.fax.settings import FaxSettings
from hub.channels.fax.showing import read_on, show_fax
from hub.contacts.effects import Done, EffectFile, ReadFile, ReadPages, Transient
from hub.contacts.inbound import FileRead, PagesRead
from hub.core.ids import new_id
from hub.testing.fake_door import FakeDoor
from tests.conftest import skip_missing

from .conftest import POINT

PAGES_TEXT = "Purchase order\n" + "\n" * 60 + "Warranty\n" + "\n" * 60 + "Signature"


async def three_pages(door: FakeDoor) -> EffectFile:
    made = await PageMaker(ocr=False).compose(["Shop"], PAGES_TEXT, [], "")
    assert made.pages == 3
    blob = await door.blobs.put(made.pdf)
    return EffectFile(
        blob_id=blob.id, name="fax.pdf", media_type="application/pdf", size_bytes=blob.size_bytes
    )


async def first_read(door: FakeDoor, settings: FaxSettings, maker: PageMaker) -> FileRead:
    effect = ReadFile(interaction_id=new_id(), file=await three_pages(door))
    assert await show_fax(door, POINT, settings, maker, effect) == Done()
    told = door.reports[-1]
    assert isinstance(told, FileRead)
    return told


def behind(told: FileRead, page: int) -> ReadPages:
    """Return what the hub asks for once the first pages are told."""
    pages = [file for file in told.files if (file.content_id or "").startswith("page:")]
    files = tuple(
        EffectFile(
            blob_id=file.blob_id,
            name=file.name,
            media_type=file.media_type,
            size_bytes=file.size_bytes,
        )
        for file in pages[page - 1 :]
    )
    return ReadPages(interaction_id=told.interaction_id, page=page, files=files)


async def test_pages_behind_the_first_are_read_by_their_numbers(door: FakeDoor) -> None:
    if shutil.which("tesseract") is None:
        skip_missing("tesseract-ocr")
    told = await first_read(door, FaxSettings(read_first=1), PageMaker())
    assert "Purchase order" in told.text
    assert "Warranty" not in told.text
    assert (told.words_to, told.words_of) == (1, 3)
    text, page = "", 2
    while page <= 3:  # a busy machine takes a turn for each
        assert await read_on(door, POINT, LaterPages(), behind(told, page)) == Done()
        further = door.reports[-1]
        assert isinstance(further, PagesRead)
        assert further.first == page
        text, page = text + further.text, further.last + 1
    second, third = text.split("— 3 —\n")
    assert second.startswith("— 2 —\n")
    assert "Warranty" in second
    assert "Signature" in third


async def test_no_more_pages_are_read_than_the_number_says(door: FakeDoor) -> None:
    if shutil.which("tesseract") is None:
        skip_missing("tesseract-ocr")
    settings = FaxSettings(read_first=1, read_at_most=2)
    told = await first_read(door, settings, PageMaker())
    assert (told.words_to, told.words_of) == (1, 2)


async def test_the_first_pages_are_no_more_than_that_either(door: FakeDoor) -> None:
    if shutil.which("tesseract") is None:
        skip_missing("tesseract-ocr")
    told = await first_read(door, FaxSettings(read_first=3, read_at_most=1), PageMaker())
    assert "Purchase order" in told.text
    assert "Warranty" not in told.text
    assert (told.words_to, told.words_of) == (1, 1)


async def test_where_words_are_not_read_none_are_asked_for(door: FakeDoor) -> None:
    told = await first_read(door, FaxSettings(ocr=False), PageMaker(ocr=False))
    assert (told.words_to, told.words_of) == (0, 0)


async def test_a_page_that_is_gone_has_no_words(door: FakeDoor) -> None:
    gone = EffectFile(blob_id=new_id(), name="p.png", media_type="image/png", size_bytes=1)
    effect = ReadPages(interaction_id=new_id(), page=11, files=(gone,))
    assert await read_on(door, POINT, LaterPages(), effect) == Done()
    assert door.reports == [PagesRead(POINT.id, effect.interaction_id, 11, 11, "")]


class Turns:
    """Faxes that ask for a turn; each of their pages waits until it is let go."""

    def __init__(self) -> None:
        self.lane = LaterPages()
        self.begun: list[str] = []
        self.a_turn_began = asyncio.Event()
        self.go = asyncio.Event()

    def page(self, name: str) -> Callable[[], Awaitable[bytes | None]]:
        async def look() -> bytes | None:
            self.begun.append(name)
            self.a_turn_began.set()
            await self.go.wait()
            return None

        return look

    async def ask(self, name: str) -> asyncio.Task[list[str]]:
        turn = asyncio.ensure_future(self.lane.read([self.page(name)]))
        await asyncio.sleep(0)
        return turn


async def test_one_fax_is_read_at_a_time_and_turns_are_taken_in_order() -> None:
    turns = Turns()
    tasks = [await turns.ask(name) for name in ("long", "short", "other")]
    await turns.a_turn_began.wait()
    assert turns.begun == ["long"]
    turns.go.set()
    await tasks[0]
    tasks.append(await turns.ask("long again"))
    await asyncio.gather(*tasks)
    assert turns.begun == ["long", "short", "other", "long again"]


async def test_who_would_wait_behind_two_is_told_to_come_again(door: FakeDoor) -> None:
    turns = Turns()
    tasks = [await turns.ask(name) for name in ("one", "two", "three")]
    with pytest.raises(PagesBusy):
        await turns.lane.read([turns.page("four")])
    effect = ReadPages(interaction_id=new_id(), page=11, files=())
    outcome = await read_on(door, POINT, turns.lane, effect)
    assert isinstance(outcome, Transient)
    assert outcome.retry_after_s == 10
    turns.go.set()
    assert await asyncio.gather(*tasks) == [[""]] * 3
