"""Mail: how many are read and filed in a second, and how long the page of a fax takes to show.

Reading is `hub.vendors.mail.parse` on the bytes, beside Python's own `email.policy.default` on the
same mails in the same run. Filing is the whole way of `hub serve` on SQLite (synchronous FULL):
handed over by LMTP, stored, read, made a contact, and only then told 250. Each mail has a sender of
its own. `benchmarks.mail_to_console` measures until a mail is on an agent's screen.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import io
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click
from PIL import Image

from hub.channels.fax.pages import PageMaker
from hub.testing.center import open_center
from hub.vendors.mail.model import Limits, ParsedMail
from hub.vendors.mail.parse import parse_mail

from .figures import Figure, percentile, progress, show
from .house import a_folder
from .machine import HUB_CORE, LOAD_CORE, pin, unpin
from .mails import a_customers_mail
from .served import a_served_hub, prepared, write_settings

_PARSE_GOAL = 700.0
_RATIO_GOAL = 3.0
_FILED_GOAL = 200.0
_PREVIEW_GOAL_MS = 100.0
_ROUNDS = 5
_LIMITS = Limits(size_bytes=50 << 20)
_FAX = Path(__file__).parent.parent / "tests" / "fixtures" / "fax" / "hylafax_captured_received.eml"


# ---- reading --------------------------------------------------------------------------------


def parse_figures(mails: Sequence[bytes]) -> list[Figure]:
    """Parse all of them on one core, by turns with `email.policy.default`; the median counts."""
    pin(HUB_CORE)
    own, theirs = [], []
    for _ in range(_ROUNDS):
        own.append(_per_s(_parse_all, mails))
        theirs.append(_per_s(_default_all, mails))
    unpin()
    ours, default = percentile(own, 50), percentile(theirs, 50)
    size = sum(map(len, mails)) / len(mails) / 1000
    return [
        Figure("mails parsed", ours, "1/s", at_least=_PARSE_GOAL,
               note=f"{len(mails)} of {size:.1f} KB on average, one core"),
        Figure("… beside email.policy.default", ours / default, "×", at_least=_RATIO_GOAL,
               note=f"{default:,.0f} /s, headers and every part's content read"),
    ]  # fmt: skip


def _per_s(work: Callable[[Sequence[bytes]], None], mails: Sequence[bytes]) -> float:
    began = time.process_time()
    work(mails)
    return len(mails) / (time.process_time() - began)


def _parse_all(mails: Sequence[bytes]) -> None:
    for raw in mails:
        if not isinstance(parse_mail(raw, _LIMITS), ParsedMail):
            raise TypeError("a mail of the benchmark was refused")


def _default_all(mails: Sequence[bytes]) -> None:
    """Read what our parser reads: the headers a contact needs, every text and every file."""
    for raw in mails:
        message = email.message_from_bytes(raw, policy=email.policy.default)
        for name in ("from", "to", "cc", "reply-to", "subject", "date", "message-id", "references"):
            message[name]
        for part in message.walk():
            if not part.is_multipart():
                part.get_filename()
                part.get_content()


# ---- filing ---------------------------------------------------------------------------------


async def filed_figures(folder: Path, count: int, at_once: int) -> list[Figure]:
    """Hand over `count` mails on `at_once` LMTP connections."""
    await prepared(folder, open_center, lambda _tx, _: [])
    settings = write_settings(folder, {"limits": {"mails_per_minute": 0}}, "[mail]\npoll_s = 60\n")
    mails = [a_customers_mail(number) for number in range(count + 20)]
    async with a_served_hub(settings) as hub:
        port = hub.addresses.mail_port
        await hand_over(port, mails[count:], [])  # what is made at the first mail is made
        took_ms: list[float] = []
        began, cpu_s = time.perf_counter(), hub.cpu_s()
        await asyncio.gather(
            *(hand_over(port, mails[first:count:at_once], took_ms) for first in range(at_once))
        )
        all_s = time.perf_counter() - began
        cpu_ms = 1000 * (hub.cpu_s() - cpu_s) / count
    return [
        Figure("mails filed by LMTP", count / all_s, "1/s", at_least=_FILED_GOAL,
               note=f"{count} on {at_once} connections, SQLite FULL; told 250 after "
                    f"{percentile(took_ms, 50):.0f} ms (p95 {percentile(took_ms, 95):.0f})"),
        Figure("… CPU of the hub for a mail", cpu_ms, "ms",
               note=f"all its threads: {1000 / cpu_ms:.0f} /s where it has one core for itself"),
    ]  # fmt: skip


async def hand_over(port: int, mails: Iterable[bytes], took_ms: list[float]) -> None:
    """Hand mails over on one LMTP connection; note how long each took, in ms."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await _told(reader, b"220")
    await _say(reader, writer, b"LHLO benchmark", b"250")
    for raw in mails:
        began = time.perf_counter()
        await _say(reader, writer, b"MAIL FROM:<a@customer.test>", b"250")
        await _say(reader, writer, b"RCPT TO:<support@example.test>", b"250")
        await _say(reader, writer, b"DATA", b"354")
        await _say(reader, writer, raw.replace(b"\r\n.", b"\r\n..") + b"\r\n.", b"250")
        took_ms.append(1000 * (time.perf_counter() - began))
    writer.close()


async def _say(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes, answer: bytes
) -> None:
    writer.write(line + b"\r\n")
    await _told(reader, answer)


async def _told(reader: asyncio.StreamReader, answer: bytes) -> None:
    while True:
        line = await reader.readline()
        if line[3:4] == b"-":
            continue
        if not line.startswith(answer):
            raise RuntimeError(f"the hub answered {line!r}")
        return


# ---- pages of a fax -------------------------------------------------------------------------


async def page_figures(pages: int) -> list[Figure]:
    """Make the previews of a fax of so many pages and of one of one page, in a new child process
    each time as the hub does: the difference is what a page costs, the rest the child's start.
    """
    maker = PageMaker(ocr=False)
    sheet = _a_sheet()
    one_ms, many_ms = [], []
    for _ in range(_ROUNDS):
        one_ms.append(await _preview_ms(maker, sheet, 1))
        many_ms.append(await _preview_ms(maker, sheet, pages))
    one, many = percentile(one_ms, 50), percentile(many_ms, 50)
    return [
        Figure("fax page preview", (many - one) / (pages - 1), "ms", at_most=_PREVIEW_GOAL_MS,
               note=f"a page of {pages}; {one:.0f} ms for a fax of one, with the child's start"),
    ]  # fmt: skip


def _a_sheet() -> Image.Image:
    """Return the first page of a real fax."""
    parsed = parse_mail(_FAX.read_bytes(), _LIMITS)
    if not isinstance(parsed, ParsedMail):
        raise TypeError("the fax of the benchmark was refused")
    with Image.open(io.BytesIO(parsed.files[0].data)) as document:
        return document.convert("1")


async def _preview_ms(maker: PageMaker, sheet: Image.Image, pages: int) -> float:
    document = io.BytesIO()
    sheet.save(document, "TIFF", compression="group4", save_all=True,
               append_images=[sheet] * (pages - 1), dpi=(204, 196))  # fmt: skip
    began = time.perf_counter()
    made = await maker.read(document.getvalue())
    took_ms = 1000 * (time.perf_counter() - began)
    if len(made.images) != pages:
        raise RuntimeError(f"{len(made.images)} previews of {pages} pages: {made.error}")
    return took_ms


@click.command()
@click.option("--mails", default=2_000, help="How many are filed; a tenth of them is parsed.")
@click.option("--at-once", default=20, help="LMTP connections (as many as Postfix opens).")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(mails: int, at_once: int, *, quick: bool) -> None:
    """Mail, beside its limits."""
    if quick:
        mails, at_once = 30, 2
    with a_folder() as folder, progress(3) as step, asyncio.Runner() as runner:
        step("parse")
        rows = parse_figures([a_customers_mail(number) for number in range(max(10, mails // 10))])
        step(f"file {mails} mails by LMTP")
        pin(LOAD_CORE)
        rows += runner.run(filed_figures(folder, mails, at_once))
        unpin()
        step("pages of a fax")
        rows += runner.run(page_figures(3 if quick else 20))
    show("Mail, SQLite", rows)


if __name__ == "__main__":
    main()
