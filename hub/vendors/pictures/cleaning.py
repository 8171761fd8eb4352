"""Running the child that writes pictures anew."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from hub.vendors.outbound import sniff_image

_CHILD = Path(__file__).with_name("maker.py")
_CHILD_S = 30.0  # wall clock; its CPU limit is 20 s
_AT_ONCE = asyncio.Semaphore(2)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """`width` and `height` are pixels."""

    data: bytes
    media_type: str
    width: int
    height: int


class PictureRefused(Exception):
    """`reason`: type (no PNG, JPEG, GIF or WebP: an SVG is none), broken, pixels, moving."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Told(msgspec.Struct):
    media_type: str = ""
    width: int = 0
    height: int = 0
    error: str | None = None


async def clean_picture(data: bytes) -> Cleaned:
    """Return the picture written anew, turned upright, no side above 1,600 pixels.

    Nothing but its pixels is kept. Raises PictureRefused.
    """
    if sniff_image(data) is None:
        raise PictureRefused("type")
    async with _AT_ONCE:
        answer = await run_child(_CHILD, data, _CHILD_S)
    head, _, out = answer.partition(b"\n")
    try:
        told = msgspec.json.decode(head, type=_Told)
    except msgspec.DecodeError:
        raise PictureRefused("broken") from None
    if told.error is not None or not out:
        raise PictureRefused(told.error or "broken")
    return Cleaned(out, told.media_type, told.width, told.height)


async def run_child(program: Path, data: bytes, limit_s: float, *arguments: str) -> bytes:
    """Return what a child program makes of `data`; b"" where it takes more than `limit_s`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(program),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    try:
        async with asyncio.timeout(limit_s):
            out, _ = await process.communicate(data)
    except TimeoutError:
        return b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return out
