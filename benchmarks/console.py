"""The console in Chromium with much on the desk: frames, keys, first paint, memory over a shift.

A hub in this process, the built console in a browser of its own. Keys are timed by the browser
(Event Timing: from the press to the paint), memory by its inspector after the garbage is collected.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import uvloop
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from sqlalchemy import select

from hub.app import Hub
from hub.contacts.tables import contacts
from hub.core.memory import settle
from hub.intake import receive
from hub.storage import Tx
from hub.testing.center import give_to_agent
from hub.testing.hub import hub_settings, running_hub

from .figures import Figure, percentile, progress, show, slope
from .heap import compiled_kib, held, told
from .house import a_folder, hire
from .inbox_page import first_mail
from .long_desk import LongTimeline, add_closed, lengthen

PROGRAM = "chromium"
_ARGUMENTS = ["--no-sandbox", "--disable-background-networking"]
_SLOW_FRAME_MS = 50.0
_KEY_MS = 50.0
_PAINT_MS = 1_000.0
_KIB_A_CONTACT = 4.0  # what is kept by design (the last 50 details) is there after the warm-up
_LOAD_S = 180.0
_STEPS = 5
_TEXT = "The filter has to be changed twice a year. "

# Scrolls by so many pixels each frame, to and fro, and returns how long each frame took.
_SCROLL = """(box, [px, frames]) => new Promise((resolve) => {
  const taken = []
  let last = performance.now(), by = px
  const step = (now) => {
    taken.push(now - last)
    last = now
    if (taken.length >= frames) return resolve(taken.slice(1))
    const before = box.scrollTop
    box.scrollTop += by
    if (box.scrollTop === before) by = -by
    requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
})"""
# From the key to the next paint, in steps of 8 ms; what takes less than 16 ms is not told.
_LISTEN = """() => {
  window.keysTaken = []
  new PerformanceObserver((list) => {
    const keys = list.getEntries().filter((one) => one.name === 'keydown')
    window.keysTaken.push(...keys.map((one) => one.duration))
  }).observe({ type: 'event', durationThreshold: 16 })
}"""
_FOCUSED = "document.activeElement.dataset.contact"
_PAINTED = """() => new Promise((resolve) => {
  new PerformanceObserver((list) => {
    const [first] = list.getEntriesByName('first-contentful-paint')
    if (first) resolve(first.startTime)
  }).observe({ type: 'paint', buffered: true })
})"""


@dataclass(frozen=True, slots=True)
class Size:
    rows: int
    entries: int
    frames: int
    keys: int
    paints: int
    shift: int  # contacts that are opened one after the other


@dataclass(frozen=True, slots=True)
class Desk:
    """A hub and a signed-in agent's page, whose open contact has the long timeline."""

    hub: Hub
    browser: Browser
    context: BrowserContext
    page: Page
    contact_id: str


@asynccontextmanager
async def a_desk(folder: Path, size: Size) -> AsyncIterator[Desk]:
    """Fill a hub and sign an agent in."""
    async with running_hub(hub_settings(folder)) as hub, async_playwright() as playwright:
        settle()
        [(agent, _)] = await hire(hub, 1)
        await hub.store.write(receive, first_mail())
        contact_id, conversation_id = await hub.store.read(_the_contact, None)
        await hub.store.write(add_closed, max(size.rows, size.shift))
        await hub.store.write(give_to_agent, (contact_id, agent))
        await hub.store.write(lengthen, LongTimeline(conversation_id, size.entries))
        browser = await playwright.chromium.launch(
            executable_path=shutil.which(PROGRAM), args=_ARGUMENTS
        )
        try:
            context = await browser.new_context(viewport={"width": 1440, "height": 900})
            page = await context.new_page()
            await page.goto(f"{hub.base_url}/enter#{await hub.accounts.make_door(agent)}")
            await _is_live(page)
            yield Desk(hub, browser, context, page, contact_id)
        finally:
            await browser.close()


def _the_contact(tx: Tx, _: None) -> tuple[str, str]:
    row = tx.execute(select(contacts.c.id, contacts.c.conversation_id)).one()
    return row.id, row.conversation_id


async def _is_live(page: Page) -> None:
    await page.locator("[data-live]").wait_for(state="attached")


async def measure(folder: Path, size: Size, step: Callable[[str], None]) -> list[Figure]:
    """Run everything once."""
    step(f"hub: {size.rows:,} contacts, {size.entries:,} entries")
    async with a_desk(folder, size) as desk:
        step("first paint")
        rows = await first_paints(desk, size.paints)
        step("timeline: scrolled, typed into")
        rows += await timeline_figures(desk, size)
        step("list: scrolled, walked by keys")
        rows += await list_figures(desk, size)
        step(f"a shift of {size.shift:,} contacts")
        rows.append(await memory_figure(desk, size.shift))
    return rows


# ---- first paint


async def first_paints(desk: Desk, times: int) -> list[Figure]:
    """From the address to the first content, each time in a profile with nothing in its cache."""
    state = await desk.context.storage_state()
    sign_in = [await _first_paint(desk, "/sign-in", None) for _ in range(times)]
    at_desk = [await _first_paint(desk, "/desk", state) for _ in range(times)]
    return [
        Figure("first paint of sign-in, cold", percentile(sign_in, 50), "ms", at_most=_PAINT_MS,
               note=f"slowest of {times}: {max(sign_in):,.0f} ms"),
        Figure("first paint of the desk, cold", percentile(at_desk, 50), "ms", at_most=_PAINT_MS,
               note=f"slowest of {times}: {max(at_desk):,.0f} ms"),
    ]  # fmt: skip


async def _first_paint(desk: Desk, path: str, state: object) -> float:
    context = await desk.browser.new_context(storage_state=state)  # type: ignore[arg-type]  # what storage_state() gave
    try:
        page = await context.new_page()
        await page.goto(desk.hub.base_url + path)
        return float(await page.evaluate(_PAINTED))
    finally:
        await context.close()


# ---- frames and keys


async def timeline_figures(desk: Desk, size: Size) -> list[Figure]:
    """Go to the beginning of the long timeline, scroll it, write an answer."""
    page = desk.page
    await page.goto(f"{desk.hub.base_url}/desk/{desk.contact_id}?at=1")
    await page.locator('[role=log] [data-seq="1"]').wait_for()
    frames = await _scrolled(page, "[role=log]", size.frames)
    box = page.get_by_role("textbox", name="Reply")
    await box.click()
    await _beat(page)
    text = (_TEXT * (1 + size.keys // len(_TEXT)))[: size.keys]
    keys = await _typed(page, list(text))
    await page.keyboard.press("Escape")
    return [
        _frames(f"timeline of {size.entries:,} entries, frames over 50 ms", frames),
        _keys("a key in the composer → paint, p95", keys),
    ]


async def list_figures(desk: Desk, size: Size) -> list[Figure]:
    """Load all pages of the list, scroll it, walk it by `j`."""
    page = desk.page
    await page.goto(f"{desk.hub.base_url}/desk?view=closed")
    await _load_rows(page, size.rows)
    frames = await _scrolled(page, "div:has(> ul)", size.frames)
    await page.keyboard.press("Home")
    await _beat(page)
    keys = await _typed(page, ["j"] * size.keys)
    return [
        _frames(f"list of {size.rows:,} rows, frames over 50 ms", frames),
        _keys("`j` in the list → paint, p95", keys),
    ]


async def _load_rows(page: Page, least: int) -> None:
    """Go down the list, page after page, until so many rows are there."""
    async with asyncio.timeout(_LOAD_S):
        while int(((await page.evaluate(_FOCUSED)) or "k0")[1:]) < least:
            if await page.evaluate(_FOCUSED) is None:  # the list was not there yet, or was another
                await page.locator("[data-contact]").first.focus()
            await page.keyboard.press("End")
            await page.wait_for_timeout(50)


async def _scrolled(page: Page, selector: str, frames: int) -> list[float]:
    await _beat(page)
    taken: list[float] = await page.locator(selector).first.evaluate(_SCROLL, [120, frames])
    return taken


async def _typed(page: Page, keys: list[str]) -> list[float]:
    """Press the keys at the pace of a fast typist; return how long each took to be painted."""
    await page.evaluate(_LISTEN)
    for key in keys:
        await page.keyboard.press(key if key != " " else "Space")
        await page.wait_for_timeout(60)
    await _beat(page)
    told: list[float] = await page.evaluate("window.keysTaken")
    return [*told, *([16.0] * (len(keys) - len(told)))]


async def _beat(page: Page) -> None:
    """Let what was begun come to rest, so that it is not measured with what follows."""
    await page.wait_for_timeout(500)


def _frames(name: str, taken: list[float]) -> Figure:
    slow = sum(1 for one in taken if one > _SLOW_FRAME_MS)
    note = f"of {len(taken):,}; p50 {percentile(taken, 50):.0f}, worst {max(taken):.0f} ms"
    return Figure(name, slow, "", at_most=0, note=note)


def _keys(name: str, taken: list[float]) -> Figure:
    note = f"p50 {percentile(taken, 50):.0f} ms of {len(taken)} keys; 16: no more than that"
    return Figure(name, percentile(taken, 95), "ms", at_most=_KEY_MS, note=note)


# ---- memory


async def memory_figure(desk: Desk, count: int) -> Figure:
    """Open contacts one after the other; what each leaves behind after the garbage is collected."""
    page = desk.page
    inspector = await desk.context.new_cdp_session(page)
    await inspector.send("Performance.enable")
    await page.goto(f"{desk.hub.base_url}/desk?view=closed")
    await _load_rows(page, count)  # rows that are loaded meanwhile would count as left behind
    await page.keyboard.press("Home")
    heaps: list[tuple[int, float]] = []
    compiled: list[float] = []
    every = max(1, count // 20)
    numbers = [number for number in range(every, count + 1, every) if 4 * number >= count]
    for number in range(1, count + 1):
        await page.keyboard.press("j")
        opened = await page.evaluate(_FOCUSED)  # before it is opened: that may move the focus
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**/desk/{opened}*")
        await page.locator("[role=log] [data-seq]").first.wait_for()  # a handle would keep it
        if number in numbers:  # caches of a fixed size are full by then
            heaps.append((number, (await held(inspector)).scripts_kib))
        if number in (numbers[0], numbers[-1]):
            compiled.append(await compiled_kib(inspector))
    code = (compiled[-1] - compiled[0]) / max(1, numbers[-1] - numbers[0])
    note = told(code, heaps[0][1], heaps[-1][1], (numbers[0], numbers[-1]))
    return Figure(
        "memory a contact leaves behind", slope(heaps), "KiB", at_most=_KIB_A_CONTACT, note=note
    )


@click.command()
@click.option("--rows", default=5_000, help="Contacts in the list.")
@click.option("--entries", default=2_000, help="Entries of the timeline.")
@click.option("--shift", default=500, help="Contacts opened one after the other.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(rows: int, entries: int, shift: int, *, quick: bool) -> None:
    """The console in a browser: does it stay quick with much on the desk?"""
    if shutil.which(PROGRAM) is None:
        sys.exit("It needs Chromium: apt-get install chromium")
    size = Size(rows, entries, frames=600, keys=120, paints=5, shift=shift)
    if quick:
        size = Size(rows=120, entries=220, frames=20, keys=5, paints=1, shift=8)
    with (
        a_folder() as folder,
        progress(_STEPS) as step,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        figures = runner.run(measure(folder, size, step))
    show(f"Console in Chromium, {size.rows:,} rows, {size.entries:,} entries", figures)


if __name__ == "__main__":
    main()
