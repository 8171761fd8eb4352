"""From the command to a console that can be used: the demo, and a hub with many contacts.

The clock stops when the ready file is written (the demo) or the hub says it is ready, and the
console's page and its script have been served.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import text

from hub.core.bus import Bus
from hub.intake import receive
from hub.schema import upgrade
from hub.storage import Store
from hub.testing.center import open_center

from .figures import Figure, percentile, progress, show
from .house import a_folder
from .inbox_page import fill, first_mail
from .served import write_settings

_ROOT = Path(__file__).parents[1]
_GOAL_S = 5.0
_GIVE_UP_S = 60.0
_STOP_S = 20.0
_LOOK_S = 0.01
_SCRIPT = re.compile(r'<script[^>]*\bsrc="([^"]+)"')
_FREE_PORTS = "--port 0 --chat-port 0 --mail-port 0 --site-port 0"


@contextmanager
def _started(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command with its children; tell all of them to stop in the end."""
    with (
        log.open("ab") as output,
        subprocess.Popen(  # noqa: S603 - our own commands
            command, stdout=output, stderr=output, cwd=_ROOT, start_new_session=True
        ) as process,
    ):
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGINT)
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _wait(process: subprocess.Popen[bytes], log: Path, look: Callable[[], bool]) -> None:
    """Look until it is there. Raises RuntimeError when the process ended or takes too long."""
    give_up = time.monotonic() + _GIVE_UP_S
    while not look():
        if process.poll() is not None or time.monotonic() > give_up:
            raise RuntimeError(f"it did not start:\n{log.read_text()[-2000:]}")
        time.sleep(_LOOK_S)


def _get(url: str) -> str | None:
    """Return what is served there; None while nobody answers with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - http on loopback
            return str(answer.read().decode()) if answer.status == 200 else None
    except OSError:
        return None


def _has_console(base_url: str) -> bool:
    """Say whether the console's page and its script are served. Raises where it is not built."""
    page = _get(f"{base_url}/")
    if page is None:
        return False
    script = _SCRIPT.search(page)
    if script is None:
        raise RuntimeError("the console is not built: run `make web`")
    return _get(f"{base_url}{script.group(1)}") is not None


def demo_s(command: Callable[[str], list[str]], folder: Path, data: str) -> float:
    """Return the seconds from a command to a demo with its console.

    `command` is given the options and returns the words; the data is kept in `folder / data`.
    """
    ready, log = folder / "ready.json", folder / "demo.log"
    ready.unlink(missing_ok=True)
    options = f"{_FREE_PORTS} --data {folder / data} --ready-file {ready}"
    began = time.perf_counter()
    with _started(command(options), log) as process:
        _wait(process, log, ready.exists)
        url = json.loads(ready.read_text())["console_url"]
        _wait(process, log, lambda: _has_console(url))
        return time.perf_counter() - began


def _hub_demo(options: str) -> list[str]:
    return [sys.executable, "-m", "hub", "demo", *options.split()]


def _make_run(options: str) -> list[str]:
    return ["make", "--no-print-directory", "run", f"ARGS={options}"]


def serve_s(settings_file: Path, port: int) -> float:
    """Return the seconds from `hub serve` to a hub that is ready, with its console."""
    log = settings_file.parent / "serve.log"
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "hub", "serve", "--config", str(settings_file)]
    began = time.perf_counter()
    with _started(command, log) as process:
        _wait(process, log, lambda: _get(f"{url}/readyz") is not None)
        _wait(process, log, lambda: _has_console(url))
        return time.perf_counter() - began


async def _fill(folder: Path, count: int) -> None:
    """Make a database with `count` contacts, one in two hundred waiting."""
    url = f"sqlite:///{folder / 'hub.sqlite'}"
    await asyncio.to_thread(upgrade, url)
    async with Store(url, Bus()) as store:
        await store.write(open_center, None)
        await store.write(receive, first_mail())
        await store.write(fill, count)
        await store.write(lambda tx, _: tx.execute(text("ANALYZE")), None)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _figure(name: str, took: Sequence[float]) -> Figure:
    return Figure(
        f"{name}, slowest of {len(took)}",
        max(took),
        "s",
        at_most=_GOAL_S,
        note=f"median {percentile(took, 50):.2f} s",
    )


def measure(
    folder: Path, runs: int, contacts: int, step: Callable[[str], None], *, by_make: bool
) -> list[Figure]:
    """Start everything `runs` times and return the rows."""
    folders = [folder / f"run{number}" for number in range(runs)]
    for one in folders:
        one.mkdir()
    step("demo, new data")
    rows = [_figure("hub demo, new data", [demo_s(_hub_demo, one, "data") for one in folders])]
    step("demo, existing data")
    again = [demo_s(_hub_demo, one, "data") for one in folders]
    rows.append(_figure("hub demo, existing data", again))
    if by_make:
        step("make run, new data")
        made = [demo_s(_make_run, one, "made") for one in folders]
        rows.append(_figure("make run when built, new data", made))
    step(f"hub serve, {contacts:,} contacts")
    full = folder / "full"
    full.mkdir()
    asyncio.run(_fill(full, contacts))
    port = _free_port()
    settings = write_settings(full, {"server": {"port": port, "chat_port": 0, "mail_port": 0}})
    served = [serve_s(settings, port) for _ in folders]
    return [*rows, _figure(f"hub serve with {contacts:,} contacts", served)]


@click.command()
@click.option("--runs", default=5, help="How often each is started.")
@click.option("--contacts", default=100_000, help="Contacts of the hub that is served.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(runs: int, contacts: int, *, quick: bool) -> None:
    """Start-up, beside its limit."""
    if quick:
        runs, contacts = 1, 400
    with a_folder() as folder, progress(4) as step:
        rows = measure(folder, runs, contacts, step, by_make=not quick)
    show("Start-up, SQLite", rows)


if __name__ == "__main__":
    main()
