"""A worked shift in Chromium: what the console keeps of contacts that were answered and closed.

Every other contact is a mail with HTML, the others are chats. Each comes in, is opened, answered in
the composer (the formatted one for a mail) and finished with its reason. It takes longer than all
other benchmarks together, so it runs by itself.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import uvloop
from playwright.async_api import Page, expect
from sqlalchemy import select

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import contacts
from hub.intake import receive
from hub.storage import Tx
from hub.testing.center import give_to_agent

from .console import PROGRAM, Desk, Size, a_desk
from .figures import Figure, progress, show, slope
from .heap import Held, compiled_kib, held, told
from .house import a_folder

_KIB_A_CONTACT = 4.0
_STEPS = 2
_READINGS = 20
_AT_ONCE = "localStorage.setItem('hub.console.undoSeconds', '0')"  # no mail waits to be taken back
_SAID = "The pump runs, then it stops, and the display shows E4."
_TRIED = "<tr><td>step</td><td>what was tried, and what became of it</td></tr>" * 20
_HTML = f"<p>Hello,</p><p>the pump <b>runs</b>, then it stops:</p><table>{_TRIED}</table>"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was held after so many contacts, and how much of it is compiled code (0: not asked)."""

    contacts: int
    held: Held
    compiled_kib: float


async def measure(folder: Path, count: int, step: Callable[[str], None]) -> list[Figure]:
    """Work through `count` contacts and tell what they left behind."""
    step("hub")
    async with a_desk(folder, Size(1, 2, 0, 0, 0, 1)) as desk:
        step(f"a shift of {count:,} contacts")
        return _figures(await _worked(desk, count))


async def _worked(desk: Desk, count: int) -> list[Reading]:
    """Read at even distances, but for the first quarter: caches of a fixed size fill in it."""
    page = desk.page
    await page.evaluate(_AT_ONCE)
    await page.goto(f"{desk.hub.base_url}/desk")
    inspector = await desk.context.new_cdp_session(page)
    await inspector.send("Performance.enable")
    agent = await desk.hub.store.read(_agent, desk.contact_id)
    every = max(1, count // _READINGS)
    numbers = [number for number in range(every, count + 1, every) if 4 * number >= count]
    readings = []
    for number in range(1, count + 1):
        await _work(desk, number, agent)
        if number in numbers:
            compiled = await compiled_kib(inspector) if number in (numbers[0], numbers[-1]) else 0
            readings.append(Reading(number, await held(inspector), compiled))
    return readings


def _agent(tx: Tx, contact_id: str) -> str:
    return str(tx.execute(select(contacts.c.agent_id).where(contacts.c.id == contact_id)).scalar())


async def _work(desk: Desk, number: int, agent: str) -> None:
    """A customer writes; the agent opens it, answers and closes."""
    page = desk.page
    mail = number % 2 == 0
    contact_id = await _given(desk, a_mail(number) if mail else a_chat(number), agent)
    row = page.locator(f"[data-contact='{contact_id}']")
    await row.focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/desk/{contact_id}*")
    await page.locator("[role=log] [data-seq]").first.wait_for()
    if mail:
        await page.locator(".rich .tiptap").wait_for()
    await page.keyboard.press("r")
    await expect(page.get_by_role("textbox", name="Reply")).to_be_focused()
    await page.keyboard.insert_text(f"Answer {number}. Please open the lid and turn the wheel.")
    await page.keyboard.press("Control+Enter" if mail else "Enter")
    await page.locator("[role=log] [data-seq='2']").wait_for()
    await page.keyboard.press("Escape")  # out of the field
    await _finish(page)
    await row.wait_for(state="detached")


async def _given(desk: Desk, inbound: Inbound, agent: str) -> str:
    receipt = await desk.hub.store.write(receive, inbound)
    if receipt.contact_id is None:
        raise RuntimeError(f"{inbound.dedupe_key} made no contact")
    await desk.hub.store.write(give_to_agent, (receipt.contact_id, agent))
    return receipt.contact_id


async def _finish(page: Page) -> None:
    await page.keyboard.press("e")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.press("1")
    await dialog.get_by_role("combobox", name="Outcome").select_option("solved")
    await dialog.locator("button[type=submit]").click()


def a_mail(number: int) -> Inbound:
    """Somebody's first mail, in HTML."""
    return Inbound(
        entry_point_id="mail",
        channel=Channel.EMAIL,
        dedupe_key=f"mail{number}",
        senders=(SenderIdentity(IdentityKind.EMAIL, f"c{number}@example.test", f"Chen {number}"),),
        received_at=datetime.now(UTC),
        subject=f"Leak {number}",
        text=_SAID,
        html=_HTML,
    )


def a_chat(number: int) -> Inbound:
    """A visitor's first words."""
    return Inbound(
        entry_point_id="shop-chat",
        channel=Channel.WEBCHAT,
        dedupe_key=f"chat{number}",
        senders=(SenderIdentity(IdentityKind.VISITOR, f"visitor{number}", f"Visitor {number}"),),
        received_at=datetime.now(UTC),
        text=_SAID,
    )


def _figures(readings: Sequence[Reading]) -> list[Figure]:
    first, last = readings[0], readings[-1]
    between = max(1, last.contacts - first.contacts)
    left = slope([(one.contacts, one.held.scripts_kib) for one in readings])
    compiled = (last.compiled_kib - first.compiled_kib) / between
    note = told(
        compiled, first.held.scripts_kib, last.held.scripts_kib, (first.contacts, last.contacts)
    )
    counts = (
        ("elements of the page", first.held.elements, last.held.elements),
        ("listeners", first.held.listeners, last.held.listeners),
        ("documents", first.held.documents, last.held.documents),
    )
    return [
        Figure("memory an answered contact leaves behind", left, "KiB", at_most=_KIB_A_CONTACT,
               note=note),
        *(Figure(f"{name} more for each contact", (after - before) / between, "", at_most=0.1,
                 note=f"{before:,} → {after:,}") for name, before, after in counts),
    ]  # fmt: skip


@click.command()
@click.option("--contacts", "count", default=500, help="How many are answered and closed.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(count: int, *, quick: bool) -> None:
    """A worked shift in a browser: is its memory flat?"""
    if shutil.which(PROGRAM) is None:
        sys.exit("It needs Chromium: apt-get install chromium")
    count = 2 if quick else count
    with (
        a_folder() as folder,
        progress(_STEPS) as step,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        figures = runner.run(measure(folder, count, step))
    show(f"A shift of {count:,} contacts in Chromium", figures)


if __name__ == "__main__":
    main()
