"""What an uploaded file is, told from its first bytes and not from its name. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

SNIFFED_BYTES = 512
MAX_NAME_CHARACTERS = 150
_ANYTHING = "application/octet-stream"

# (offset, bytes, media type): WHATWG MIME Sniffing §6, and the signatures of office files
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"%PDF-", "application/pdf"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "application/ogg"),
    (8, b"WAVE", "audio/wave"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
_OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_MARKUP = re.compile(rb"<\s*(!doctype|html|script|svg|body|head|iframe|\?xml)", re.IGNORECASE)

# What a computer would run: refused under whatever name (Windows, Linux, macOS, Java, scripts,
# Windows shortcuts).
_PROGRAMS = (
    b"MZ",
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"#!",
    b"L\x00\x00\x00\x01\x14\x02\x00",
)

# The only types that are ever shown in a page; everything else is a download.
SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def sniff_media_type(head: bytes, name: str) -> str:
    """Return the media type of a file that begins with `head`; never one a browser would run."""
    for offset, signature, media_type in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            if media_type == "application/zip":
                return _OFFICE.get(name.rpartition(".")[2].lower(), media_type)
            return media_type
    if _MARKUP.search(head) or b"\x00" in head:
        return _ANYTHING
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # The last character may be cut by the end of `head`.
        if error.start < len(head) - 3:
            return _ANYTHING
    return "text/plain" if head else _ANYTHING


def is_program(head: bytes) -> bool:
    """Say whether a file that begins with `head` is something a computer runs."""
    return head.startswith(_PROGRAMS)


def may_be_sent(media_type: str, allowed: Collection[str]) -> bool:
    """Say whether a type is on a list of types ("application/pdf") and kinds ("image/*"); an empty
    list allows all.
    """
    kind = f"{media_type.partition('/')[0]}/*"
    return not allowed or media_type in allowed or kind in allowed


def clean_file_name(name: str) -> str:
    """Return a name safe to show and to offer: no paths, controls or direction overrides."""
    normal = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in normal if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"})
    kept = kept.strip().strip(".") or "file"
    if len(kept) > MAX_NAME_CHARACTERS:
        stem, dot, extension = kept.rpartition(".")
        tail = dot + extension if dot and len(extension) <= 10 else ""
        kept = (stem or kept)[: MAX_NAME_CHARACTERS - len(tail)] + tail
    return kept
