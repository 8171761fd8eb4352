"""Child program: a hostile picture on stdin, the same picture written anew on stdout.

What is not pixels (place and camera in a photo, comments, what stands behind the end) is left out.
Run as a file in a process of its own, with limits on memory and CPU time that it sets for itself
before it opens anything. It imports nothing of the hub. First a line of JSON, then the bytes; a
refusal is the line alone, its reason in `error`.
"""

from __future__ import annotations

import io
import json
import resource
import sys

from PIL import Image, ImageOps, ImageSequence

MEMORY_BYTES = 1_024 * 1024 * 1024
CPU_S = 20
MAX_PIXELS = 40_000_000
MAX_MOVING_PIXELS = 120_000_000  # of all pictures of a moving one
LONGEST = 1_600  # pixels of a side; wider than any page that shows it
FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}


class Refused(Exception):
    """`args[0]`: broken, pixels, moving, type."""


def limit() -> None:
    """Give up rights to more memory and time than any honest picture needs."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cleaned(data: bytes) -> tuple[dict[str, object], bytes]:
    """Return what the picture is, and the picture written anew. Raises Refused."""
    with Image.open(io.BytesIO(data), formats=list(FORMATS)) as picture:
        # A JPEG of many phones holds further pictures (MPO); the first one is the photo.
        kind = "JPEG" if picture.format == "MPO" else str(picture.format)
        if picture.width * picture.height > MAX_PIXELS:
            raise Refused("pixels")
        if kind != "JPEG" and getattr(picture, "is_animated", False):
            out, size = _moving(picture, kind)
        else:
            out, size = _still(picture, kind)
    return {"media_type": FORMATS[kind], "width": size[0], "height": size[1]}, out


def _still(picture: Image.Image, kind: str) -> tuple[bytes, tuple[int, int]]:
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    if kind == "JPEG":
        upright = upright.convert("RGB")
    elif kind != "GIF" and upright.mode not in ("RGB", "RGBA", "L", "LA", "P"):
        upright = upright.convert("RGBA" if "A" in upright.getbands() else "RGB")
    upright.info = {name: upright.info[name] for name in ("transparency",) if name in upright.info}
    out = io.BytesIO()
    upright.save(out, kind, **({"quality": 85} if kind in ("JPEG", "WEBP") else {}))
    return out.getvalue(), upright.size


def _moving(picture: Image.Image, kind: str) -> tuple[bytes, tuple[int, int]]:
    frames: list[Image.Image] = []
    waits: list[int] = []
    for frame in ImageSequence.Iterator(picture):
        if (len(frames) + 1) * picture.width * picture.height > MAX_MOVING_PIXELS:
            raise Refused("moving")
        waits.append(int(frame.info.get("duration", 100)))
        frames.append(frame.convert("RGBA"))
        frames[-1].info = {}
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=waits, loop=0)
    return out.getvalue(), picture.size


def main() -> None:
    """Read, clean, write."""
    limit()
    data = sys.stdin.buffer.read()
    try:
        told, out = cleaned(data)
    except Refused as refused:
        told, out = {"error": refused.args[0]}, b""
    except Exception:  # whatever a broken picture does to the library
        told, out = {"error": "broken"}, b""
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + out)


if __name__ == "__main__":
    main()
