"""What a hub takes of a core while nothing happens: its timers, leases and looks.

The hub has a process and a database of its own, and a contact center without anybody. Counted is
the CPU time of all its threads, which other programs lengthen by what they push out of the caches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import click

from hub.storage import Tx
from hub.testing.center import open_center

from .figures import Figure, progress, show
from .house import a_folder
from .served import a_served_hub, prepared, write_settings

_SETTLE_S = 8.0  # what is done once after the start is done by then
_MOST_PERCENT = 3.0


def _no_agents(_tx: Tx, _: None) -> list[str]:
    return []


async def measure(
    folder: Path, settle_s: float, seconds: float, step: Callable[[str], None]
) -> Figure:
    """Return the share of a core in per cent, over `seconds`."""
    await prepared(folder, open_center, _no_agents)
    async with a_served_hub(write_settings(folder, {})) as hub:
        step("the hub settles")
        await asyncio.sleep(settle_s)
        before_s, began = hub.cpu_s(), asyncio.get_running_loop().time()
        step(f"nothing happens for {seconds:.0f} s")
        await asyncio.sleep(seconds)
        took_s = asyncio.get_running_loop().time() - began
        share = 100 * (hub.cpu_s() - before_s) / took_s
    return Figure("CPU while nothing happens, of a core", share, "%", at_most=_MOST_PERCENT)


@click.command()
@click.option("--seconds", default=60.0)
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(seconds: float, *, quick: bool) -> None:
    """Print what an idle hub takes."""
    with a_folder() as folder, progress(2) as step:
        settle_s = 0.5 if quick else _SETTLE_S
        figure = asyncio.run(measure(folder, settle_s, 1.0 if quick else seconds, step))
    show("A hub where nothing happens", [figure])


if __name__ == "__main__":
    main()
