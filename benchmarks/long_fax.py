"""A fax of 200 pages: accepted, shown, and its words read to the last page by the real tesseract.

The hub is one of `hub serve` with SQLite, the fax a TIFF as gateways send it (204 × 196 dots an
inch, group 4), by SMTP. Each page has lines of its own: it counts as read where four of five of its
words stand under its number on the entry. Memory is looked at all the time, of the hub and of the
programs that make its pages and read them. The words of page 11 and on are read by a program that
gives way (nice 10), a page at a time: how long they take is also a figure of what else the machine
does.
"""

from __future__ import annotations

import asyncio
import io
import os
import random
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import click
import msgspec
from PIL import Image, ImageDraw, ImageFont

from hub.channels.fax.page_maker import MEMORY_BYTES
from hub.testing.center import open_center

from .figures import Figure, progress, show
from .house import a_folder
from .served import Served, a_served_hub, prepared, write_settings

_SIZE = (1728, 2156)  # a page of group 4 in fine resolution
_LINES = 14
_LOOK_S = 0.25
_CHILDREN = {"page_maker": "page_maker.py", "tesseract": "tesseract"}
_TEXT = (
    "please deliver the pump and the valve to our house in the first week of next month and "
    "send the invoice with the order number to the accounts department before the year ends"
)
_MARK = re.compile(r"^— (\d+) —$", re.MULTILINE)


def a_long_fax(pages: int) -> bytes:
    """Return a TIFF of so many pages, each with some lines and its number."""
    font = ImageFont.load_default(36)
    made = []
    for number in range(1, pages + 1):
        page = Image.new("1", _SIZE, 1)
        draw = ImageDraw.Draw(page)
        draw.fontmode = "1"
        for place, line in enumerate(lines_of(number)):
            draw.text((140, 160 + 64 * place), line, font=font, fill=0)
        made.append(page)
    written = io.BytesIO()
    made[0].save(
        written, "TIFF", save_all=True, append_images=made[1:], compression="group4",
        dpi=(204, 196),
    )  # fmt: skip
    return written.getvalue()


def lines_of(page: int) -> list[str]:
    """Return what stands on a page, the same each time."""
    chance = random.Random(page)  # noqa: S311 - words, no secret
    words = _TEXT.split()
    written = [" ".join(chance.choices(words, k=9)) for _ in range(_LINES)]
    return [f"Page {page} of our order", *written]


def pages_in(text: str, pages: int) -> int:
    """Return of how many pages four words of five stand in what was read of them."""
    first, *others = _MARK.split(text)
    read = {1: first} | {int(a): b for a, b in zip(others[::2], others[1::2], strict=True)}
    return sum(_is_read(page, read.get(page, "")) for page in range(1, pages + 1))


def _is_read(page: int, text: str) -> bool:
    wanted, found = Counter(" ".join(lines_of(page)).split()), Counter(text.split())
    return (wanted & found).total() >= 0.8 * wanted.total()


def a_mail(document: bytes) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Fax gateway <gateway@gw.shop.example>"
    mail["To"] = "fax@example.test"
    mail["Subject"] = "Fax received from +862161234567"
    mail["Message-ID"] = "<a-long-fax@gw.shop.example>"
    mail.set_content("Caller ID: +862161234567")
    mail.add_attachment(document, maintype="image", subtype="tiff", filename="fax.tif")
    return mail


@dataclass
class Watched:
    """What is seen while the fax is read. Bytes are the most that were seen at once."""

    shown_s: float = 0.0
    all_s: float = 0.0
    ended: bool = False
    text: str = ""
    pages: int = 0
    hub_bytes: int = 0
    bytes_of: dict[str, int] = field(default_factory=dict)

    def look_at_memory(self, hub: Served) -> None:
        self.hub_bytes = max(self.hub_bytes, hub.memory().pss_bytes)
        for kind, size_bytes in _children().items():
            self.bytes_of[kind] = max(self.bytes_of.get(kind, 0), size_bytes)


def _children() -> dict[str, int]:
    """Return the resident bytes of all programs of these kinds on this machine, together."""
    found: dict[str, int] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):
            command = (process / "cmdline").read_bytes().split(b"\0")
            names = {Path(word.decode("utf-8", "replace")).name for word in command[:4]}
            for kind, name in _CHILDREN.items():
                if name in names:
                    pages = int((process / "statm").read_text().split()[1])
                    found[kind] = found.get(kind, 0) + pages * os.sysconf("SC_PAGE_SIZE")
    return found


async def measure(
    folder: Path, pages: int, limit_s: float, step: Callable[[str], None]
) -> list[Figure]:
    """Send one fax of `pages` pages and watch it until its words are read."""
    step("the fax is drawn")
    document = await asyncio.to_thread(a_long_fax, pages)
    await prepared(folder, open_center, lambda _tx, _: [])
    async with a_served_hub(write_settings(folder, {})) as hub:
        step(f"a fax of {pages} pages is read")
        before = hub.memory().pss_bytes
        began = time.perf_counter()
        await aiosmtplib.send(
            a_mail(document), sender="fax@gw.shop.example", recipients=["fax@example.test"],
            hostname="127.0.0.1", port=hub.addresses.mail_port, start_tls=False,
        )  # fmt: skip
        accepted_s = time.perf_counter() - began
        seen = await _watch(hub, folder / "hub.sqlite", began, limit_s)
        await hub.trim()
        after = hub.memory().pss_bytes
    mib = 1 << 20
    a_page_s = (seen.all_s - seen.shown_s) / max(1, seen.pages - 10)
    return [
        Figure("accepted (told 250)", accepted_s, "s", note=f"{len(document) / mib:.1f} MiB"),
        Figure("its pages are shown", seen.shown_s, "s", at_most=75.0,
               note=f"{seen.pages} of {pages}, with the words of the first ones"),
        Figure("words of all pages are read", seen.all_s, "s",
               note=f"{a_page_s:.1f} s a page behind them" if seen.ended else "cut off there"),
        Figure("pages whose words are found", pages_in(seen.text, pages), "", at_least=pages),
        Figure("memory that the hub takes for it", (seen.hub_bytes - before) / mib, "MiB",
               note=f"before {before / mib:.0f}, at the most {seen.hub_bytes / mib:.0f}, "
               f"after it {after / mib:.0f}"),
        Figure("memory of the program that makes pages", seen.bytes_of.get("page_maker", 0) / mib,
               "MiB", at_most=MEMORY_BYTES / mib),
        Figure("memory of tesseract", seen.bytes_of.get("tesseract", 0) / mib, "MiB"),
    ]  # fmt: skip


async def _watch(hub: Served, database: Path, began: float, limit_s: float) -> Watched:
    seen = Watched()
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as store:
        while time.perf_counter() - began < limit_s:
            seen.look_at_memory(hub)
            rows = store.execute("SELECT text, meta FROM interactions WHERE kind <> 'system'")
            entry = rows.fetchone()
            if entry is not None:
                text, meta = entry[0], msgspec.json.decode(entry[1])
                if not meta.get("reading") and not seen.shown_s:
                    seen.shown_s = time.perf_counter() - began
                    counted = "SELECT COUNT(*) FROM attachments WHERE content_id LIKE 'page:%'"
                    seen.pages = store.execute(counted).fetchone()[0]
                seen.text = text
                if seen.shown_s and not meta.get("reading_on"):
                    seen.all_s, seen.ended = time.perf_counter() - began, True
                    return seen
            await asyncio.sleep(_LOOK_S)
    seen.all_s = time.perf_counter() - began
    return seen


@click.command()
@click.option("--pages", default=200, help="Of the fax.")
@click.option("--limit-s", default=3_000.0, help="Watched for so long at the most.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(pages: int, limit_s: float, *, quick: bool) -> None:
    """A fax of 200 pages, read to its end."""
    if quick:
        pages, limit_s = 2, 120.0
    load = os.getloadavg()[0]
    with a_folder() as folder, progress(2) as step, asyncio.Runner() as runner:
        rows = runner.run(measure(folder, pages, limit_s, step))
    show(
        f"A fax of {pages} pages, tesseract, SQLite; load {load:.0f} before, "
        f"{os.getloadavg()[0]:.0f} after",
        rows,
    )


if __name__ == "__main__":
    main()
