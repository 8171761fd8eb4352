"""Running the child that measures how loud a file is."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import msgspec

_CHILD = Path(__file__).with_name("peak_child.py")
_CHILD_S = 30.0  # wall clock; its CPU limit is 20 s
_AT_ONCE = asyncio.Semaphore(1)


async def make_peaks(path: Path) -> list[list[int]]:
    """Return 0–100 along a WAV file, a list for each channel; [] for what cannot be read."""
    async with _AT_ONCE:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(_CHILD),
            str(path),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        )
        try:
            async with asyncio.timeout(_CHILD_S):
                out, _ = await process.communicate()
        except TimeoutError:
            return []
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    try:
        return msgspec.json.decode(out, type=list[list[int]])
    except msgspec.DecodeError:
        return []
