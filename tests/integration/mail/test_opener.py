"""Large mails are opened in a child process: what comes back, what it costs, what if it dies."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from base64 import encodebytes
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from hub.core.errors import Unavailable
from hub.core.text import index_words
from hub.vendors.mail.model import Limits, Refusal, RefusalCode
from hub.vendors.mail.opened import Opened, open_mail
from hub.vendors.mail.opener import CHILD_BYTES, ENCODED_BYTES, THREAD_BYTES, MailOpener

MIB = 1024 * 1024
HEAD = b"From: a@b.example\nSubject: large\nDate: Tue, 10 Mar 2026 11:58:00 +0800\n"
PARTS = HEAD + b"Content-Type: multipart/mixed; boundary=bb\n\n--bb\n\nsee file\n--bb\n"
PDF = b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n"
LARGE = {
    "a file": PARTS + PDF + encodebytes(b"%PDF-" + bytes(range(256)) * (18 * MIB // 256)),
    "text": HEAD + b"\n" + "你好，世界。\n".encode("gb18030") * (25 * MIB // 13),
    "HTML": HEAD + b"Content-Type: text/html\n\n" + b"<div><p>hello</p>\n" * (25 * MIB // 18),
    "angles": HEAD + b"Content-Type: text/html\n\n" + b"<" * 25 * MIB,
    "delimiters": PARTS + b"--bbb\n" * (25 * MIB // 6),
}


@pytest.fixture
async def opener() -> AsyncIterator[MailOpener]:
    opener = MailOpener(Limits())
    yield opener
    await opener.close()


def children() -> list[Path]:
    """The /proc folders of this process's children that open mails."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    folders = [Path(f"/proc/{pid}") for pid in listed]
    return [one for one in folders if b"vendors.mail.child" in (one / "cmdline").read_bytes()]


async def until_it_works(opening: asyncio.Task[object]) -> None:
    """Wait until a child works at it; it cannot tell, so we look."""
    async with asyncio.timeout(30):
        while not children():
            assert not opening.done()
            await asyncio.sleep(0.01)


def used(child: Path) -> tuple[float, int]:
    """CPU seconds and the peak of the memory in MiB."""
    stat = (child / "stat").read_text().rpartition(")")[2].split()
    status = (child / "status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK"), peak


@pytest.mark.parametrize("size", [10, THREAD_BYTES, CHILD_BYTES, 2 * MIB])
async def test_the_same_is_read_wherever_it_is_opened(opener: MailOpener, size: int) -> None:
    raw = PARTS + PDF + encodebytes(b"x" * size)
    opened = await opener.open(raw)
    here = open_mail(raw)
    assert not isinstance(here, Refusal)
    by_child = len(raw) >= ENCODED_BYTES
    words = index_words(here.mail.subject, here.folded.text) if by_child else None
    looked_for = False if by_child else None  # card numbers: there are none
    assert opened == replace(here, words=words, card_numbers=looked_for)
    assert bool(children()) == by_child


@pytest.mark.parametrize("angle", [b"<", b"=3C"])
async def test_many_tags_are_read_in_the_child_whatever_the_size(
    opener: MailOpener, angle: bytes
) -> None:
    raw = HEAD + b"Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n"
    assert not isinstance(await opener.open(raw + (angle + b"b><p>") * 100), Refusal)
    assert not children()
    assert not isinstance(await opener.open(raw + (angle + b"b><p>") * 301), Refusal)
    assert children()


@pytest.mark.parametrize("kind", LARGE)
async def test_25_mib_take_2_s_200_mib_and_no_stall(opener: MailOpener, kind: str) -> None:
    """Figures are CPU time of the process or thread: other load of the machine counts nothing."""
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            longest = max(longest, time.thread_time() - before)

    ticking = asyncio.create_task(tick())
    opened = await opener.open(LARGE[kind])
    ticking.cancel()
    assert not isinstance(opened, Refusal)
    seconds, peak = used(children()[0])
    assert seconds <= 2.0
    assert peak <= 200
    assert longest <= 0.05


async def test_a_refusal_comes_back_too(opener: MailOpener) -> None:
    refused = await opener.open(b"Subject: nobody\n\n" + b"x" * CHILD_BYTES)
    assert isinstance(refused, Refusal)
    assert refused.code is RefusalCode.NO_SENDER


async def test_a_child_that_dies_costs_one_mail_and_the_next_is_opened(opener: MailOpener) -> None:
    raw = LARGE["angles"]
    opening = asyncio.create_task(opener.open(raw))
    await until_it_works(opening)
    os.kill(int(children()[0].name), 9)
    refused = await opening
    assert isinstance(refused, Refusal)
    assert refused.code is RefusalCode.UNREADABLE
    assert not isinstance(await opener.open(HEAD + b"\n" + b"x" * CHILD_BYTES), Refusal)


async def test_small_ones_go_to_the_child_together_and_none_is_lost_with_it(
    opener: MailOpener,
) -> None:
    heavy = [HEAD + b"\n" + b"<" * 400 + str(number).encode() for number in range(20)]
    await opener.open(heavy[0])
    child = int(children()[0].name)
    os.kill(child, signal.SIGSTOP)
    under_way = [asyncio.create_task(opener.open(one)) for one in heavy]
    await asyncio.sleep(0.01)
    under_way[3].cancel()
    os.kill(child, signal.SIGKILL)
    read = await asyncio.gather(*under_way, return_exceptions=True)
    assert isinstance(read.pop(3), asyncio.CancelledError)
    texts = [one.mail.text for one in read if isinstance(one, Opened)]
    assert texts == ["<" * 400 + str(number) for number in range(20) if number != 3]


async def test_a_child_that_was_ended_before_costs_no_mail(opener: MailOpener) -> None:
    small = HEAD + b"\n" + b"x" * CHILD_BYTES
    await opener.open(small)
    opening = asyncio.create_task(opener.open(small))
    os.kill(int(children()[0].name), 9)
    assert not isinstance(await opening, Refusal)


async def test_who_stops_the_hub_amid_a_mail_puts_none_into_quarantine(opener: MailOpener) -> None:
    small = HEAD + b"\n" + b"x" * CHILD_BYTES
    await opener.open(small)
    child = int(children()[0].name)
    for number in (signal.SIGINT, signal.SIGTERM):  # to the whole group: Ctrl-C, systemd
        os.kill(child, number)
    await opener.open(small)
    assert int(children()[0].name) == child
    os.kill(child, signal.SIGSTOP)
    under_way = [asyncio.create_task(opener.open(small)) for _ in range(2)]
    await asyncio.sleep(0.01)
    await opener.close()
    for one in under_way:
        with pytest.raises(Unavailable):
            await one
    assert not children()


async def test_a_machine_out_of_processes_says_nothing_of_the_mail(
    opener: MailOpener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Unavailable):
        await opener.open(LARGE["text"])


async def test_one_that_gives_up_leaves_no_answer_for_the_next(opener: MailOpener) -> None:
    opening = asyncio.create_task(opener.open(LARGE["angles"]))
    await until_it_works(opening)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    opened = await opener.open(HEAD + b"\n" + b"x" * CHILD_BYTES)
    assert not isinstance(opened, Refusal)
    assert opened.mail.text.startswith("xxx")
