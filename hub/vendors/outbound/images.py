"""Which bytes are a picture that a browser may show: known by their beginning, never by a name.

SVG is no picture here: it is a document that can carry scripts.
"""

from __future__ import annotations


def sniff_image(data: bytes) -> str | None:
    """Return image/png, image/jpeg, image/gif or image/webp; None for everything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return None
