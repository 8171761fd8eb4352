"""Names and types of files that strangers send. Pure."""

from __future__ import annotations

import mimetypes
import re
import unicodedata

MAX_NAME_CHARACTERS = 120

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (4, b"ftyp", "video/mp4"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-elf"),
)
# A container whose signature says less than a name that fits it.
_REFINES = {
    "application/zip": (
        "application/vnd.openxmlformats",
        "application/vnd.oasis",
        "application/epub+zip",
    ),
    "application/x-ole-storage": (
        "application/msword",
        "application/vnd.ms-",
        "application/vnd.visio",
    ),
    "image/bmp": (),
}
_MARKUP = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*|<!doctype\s[^>]*>\s*)*<(svg|html|head|body|script)\b",
    re.I | re.S,
)
_RESERVED = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]'
)
_DEVICE = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.I)


def sniff_media_type(data: bytes, name: str, declared: str) -> str:
    """Return the media type by content, refined by name; the sender's word counts last.

    Markup that a browser would run is always called by its name (text/html, image/svg+xml),
    whatever was declared, so that nothing shows it inline.
    """
    head = data[:4096]
    by_name = (mimetypes.guess_type(name)[0] or "").lower()
    for offset, signature, media_type in _SIGNATURES:
        if head.startswith(signature, offset):
            if by_name.startswith(_REFINES.get(media_type, ("\0",)) or ("\0",)):
                return by_name
            return media_type
    markup = _MARKUP.match(head)
    if markup is not None:
        return "image/svg+xml" if markup.group(1).lower() == b"svg" else "text/html"
    claimed = by_name or declared.lower()
    if (
        claimed.startswith(("image/", "audio/", "video/", "application/pdf"))
        and b"\x00" not in head
    ):
        # Says picture, has no signature and reads as text: do not let a browser decide.
        return claimed if claimed in ("image/svg+xml",) else "application/octet-stream"
    if claimed and re.fullmatch(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,100}", claimed):
        return claimed
    return "application/octet-stream"


def clean_file_name(name: str | None, media_type: str, number: int) -> str:
    """Return a name safe to show and to save: no path, controls, bidi tricks or device names.

    At most 120 characters, the ending kept; `attachment-<number>` with a fitting ending if none is
    left.
    """
    text = unicodedata.normalize("NFC", name or "")
    text = re.split(r"[/\\]", text)[-1]
    text = _RESERVED.sub("", text).strip(" .")
    if _DEVICE.match(text):
        text = f"_{text}"
    if not text:
        ending = mimetypes.guess_extension(media_type.partition(";")[0].strip()) or ".bin"
        return f"attachment-{number}{ending}"
    if len(text) > MAX_NAME_CHARACTERS:
        stem, dot, ending = text.rpartition(".")
        if dot and len(ending) <= 10:
            return f"{stem[: MAX_NAME_CHARACTERS - len(ending) - 1]}.{ending}"
        return text[:MAX_NAME_CHARACTERS]
    return text
