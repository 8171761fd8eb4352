"""`hub demo` as a child process on free ports: for tests in a browser and for the pictures."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

READY_S = 120.0
_PORTS = ("--port", "--chat-port", "--mail-port", "--site-port")


@asynccontextmanager
async def running_demo(folder: Path, *options: str) -> AsyncIterator[dict[str, Any]]:
    """Run the demo with its data in `folder`; give what its ready file says: addresses, users.

    Raises TimeoutError when it is not ready within `READY_S` seconds.
    """
    ready = folder / "ready.json"
    ports = [word for port in _PORTS for word in (port, "0")]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub", "demo", *ports, "--ready-file", str(ready), *options),
        stdout=asyncio.subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    try:
        async with asyncio.timeout(READY_S):
            while not ready.exists():  # noqa: ASYNC110 - a file has no event
                await asyncio.sleep(0.2)
        yield json.loads(ready.read_text("utf-8"))
    finally:
        process.terminate()
        await process.wait()
