"""Child program: some pages of a hostile PDF or TIFF on stdin, as pictures on stdout.

Run as a file in a process of its own, with limits on memory and CPU time that it sets for itself
before it opens anything. It imports nothing of the hub. Usage: page_child.py FIRST COUNT. First a
line of JSON with the number of pages and the sizes of the pictures, then the pictures (JPEG).
"""

from __future__ import annotations

import io
import json
import resource
import sys

import pypdfium2
from PIL import Image

MEMORY_BYTES = 1_536 * 1024 * 1024
CPU_S = 20
WIDTH = 1_240  # pixels: A4 at 150 dpi
MAX_HEIGHT = 6_000
MAX_PIXELS = 80_000_000
FORMATS = ("TIFF", "BMP")


def limit() -> None:
    """Give up rights to more memory and time than any honest document needs."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def pages_of(data: bytes, first: int, count: int) -> tuple[int, list[bytes]]:
    """Return how many pages there are, and pictures of those from `first` (0 is the first) on."""
    if data[:1024].lstrip().startswith(b"%PDF-"):
        document = pypdfium2.PdfDocument(data)
        total = len(document)
        wanted = range(first, min(first + count, total))
        return total, [_saved(_drawn(document[index])) for index in wanted]
    with Image.open(io.BytesIO(data), formats=list(FORMATS)) as picture:
        total = getattr(picture, "n_frames", 1)
        pictures = []
        for index in range(first, min(first + count, total)):
            picture.seek(index)
            pictures.append(_saved(_fitted(picture)))
        return total, pictures


def _drawn(page: pypdfium2.PdfPage) -> Image.Image:
    width, height = page.get_size()
    scale = min(WIDTH / max(width, 1), MAX_HEIGHT / max(height, 1), 10)
    drawn: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil()
    return drawn


def _fitted(picture: Image.Image) -> Image.Image:
    shown = picture.convert("RGB")
    across, down = map(float, picture.info.get("dpi", (1, 1)))
    ratio = across / down if down else 1.0
    if 0.2 < ratio < 5 and not 0.9 < ratio < 1.1:  # a fax's pixels; no number says nothing
        height = max(1, int(shown.height * ratio))
        shown = shown.resize((shown.width, min(height, MAX_HEIGHT * 2)), Image.Resampling.BOX)
    shown.thumbnail((WIDTH, MAX_HEIGHT), Image.Resampling.LANCZOS)
    return shown


def _saved(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=82)
    return out.getvalue()


def main(arguments: list[str]) -> None:
    """Read, draw, write."""
    limit()
    data = sys.stdin.buffer.read()
    told: dict[str, object]
    pictures: list[bytes] = []
    try:
        total, pictures = pages_of(data, int(arguments[0]), int(arguments[1]))
        told = {"pages": total, "sizes": [len(one) for one in pictures]}
    except pypdfium2.PdfiumError as error:
        told = {"error": "locked" if "password" in str(error).lower() else "broken"}
    except Exception:  # whatever a broken document does to the libraries
        told = {"error": "broken"}
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + b"".join(pictures))


if __name__ == "__main__":
    main(sys.argv[1:])
