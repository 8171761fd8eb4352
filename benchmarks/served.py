"""A hub in a process of its own, so that its memory and its time are its own.

`a_served_hub` is the parent's end. Run as `python -m benchmarks.served SETTINGS` it is the child:
the hub of `hub serve`, which answers one word a line on standard input with one JSON line on
standard output, and stops when the pipe is closed.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from hub.accounts.accounts import Accounts
from hub.accounts.model import SYSTEM
from hub.accounts.passwords import Passwords
from hub.app import Hub, serve
from hub.core import log
from hub.core.bus import Bus
from hub.schema import upgrade
from hub.settings import Security, load_settings
from hub.storage import Store, Tx

from .house import ENTRY_POINT
from .machine import HUB_CORE, memory_of, pin

_DATABASE = "hub.sqlite"
_STOP_S = 30.0


class Addresses(msgspec.Struct, frozen=True):
    """Where the hub listens."""

    base_url: str
    chat_port: int
    mail_port: int

    @property
    def chat_url(self) -> str:
        return f"ws://127.0.0.1:{self.chat_port}/channels/{ENTRY_POINT}/chat"


class Memory(msgspec.Struct, frozen=True):
    """Memory of the hub's process: resident, and its share of what is mapped by several."""

    rss_bytes: int
    pss_bytes: int


class Served:
    """Questions to the child; each waits for its answer. Raises RuntimeError when it has ended."""

    def __init__(self, process: asyncio.subprocess.Process, addresses: Addresses) -> None:
        self._process = process
        self.addresses = addresses

    def memory(self) -> Memory:
        """Return the memory of the process as it is."""
        return Memory(*memory_of(self._process.pid))

    def cpu_s(self) -> float:
        """Return the CPU seconds of the process so far, all its threads."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    async def trim(self) -> None:
        """Have the process collect its garbage and hand free memory back (malloc_trim)."""
        if self._process.stdin is None:
            raise RuntimeError("the hub has no pipe")
        self._process.stdin.write(b"trim\n")
        await _answer(self._process)


async def _answer(process: asyncio.subprocess.Process) -> Any:
    line = await process.stdout.readline() if process.stdout is not None else b""
    if not line:
        raise RuntimeError("the hub's process has ended; its log is above")
    return msgspec.json.decode(line)


async def prepared(
    folder: Path, seed: Callable[[Tx, None], Any], agents: Callable[[Tx, None], list[str]]
) -> list[str]:
    """Make the database of a hub in `folder`; return an API key of each of `agents`."""
    url = f"sqlite:///{folder / _DATABASE}"
    await asyncio.to_thread(upgrade, url)
    passwords = Passwords()
    try:
        async with Store(url, Bus()) as store:
            await store.write(seed, None)
            accounts = Accounts(store, passwords, Security())
            hired = await store.write(agents, None)
            added = [await accounts.add_api_key(SYSTEM, one, "benchmark") for one in hired]
    finally:
        passwords.close()
    return [one.key for one in added]


def write_settings(folder: Path, tables: Mapping[str, Mapping[str, int]], more: str = "") -> Path:
    """Write the settings of a hub with its data in `folder` and return the file.

    `tables` are added to the few it always has; `more` is TOML that follows them.
    """
    always = {"server": {"port": 0, "chat_port": 0, "mail_port": 0}, "backup": {"keep": 0}}
    text = f"data_dir = {json.dumps(str(folder))}\n"
    for name, keys in {**always, **tables}.items():
        text += f"\n[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items())
    path = folder / "benchmark.toml"
    path.write_text(f"{text}\n{more}", encoding="utf-8")
    return path


@asynccontextmanager
async def a_served_hub(settings_file: Path) -> AsyncIterator[Served]:
    """Run a hub on its core until the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.served",
        str(settings_file),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Served(process, msgspec.convert(await _answer(process), Addresses))
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


# ---- the child ------------------------------------------------------------------------------


def _trim() -> None:
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # only glibc has it
    if trim is not None:
        trim(0)


async def _main(settings_file: Path) -> None:
    settings = load_settings(settings_file)
    log.configure("error", "auto")
    stop = asyncio.Event()
    words = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(words), sys.stdin
    )

    async def answer() -> None:
        while await words.readline():
            await asyncio.to_thread(_trim)
            _say(True)
        stop.set()

    def ready(hub: Hub) -> None:
        server = hub.settings.server
        _say({"base_url": hub.base_url, "chat_port": server.chat_port,
              "mail_port": server.mail_port})  # fmt: skip

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(answer())
        await serve(settings, stop, ready)


def _say(value: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    pin(HUB_CORE)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(Path(sys.argv[1])))
