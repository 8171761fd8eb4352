"""How an ugly mail and what is expected of it are written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BASE = b"From: a@b.example\nTo: support@shop.example\n"


@dataclass(frozen=True)
class Ugly:
    """A mail and what of it is looked at: keys of `hub email parse`, or those of `SHORT`."""

    name: str
    raw: bytes
    expect: Mapping[str, Any]


def text_mail(name: str, head: bytes, body: bytes, text: str) -> Ugly:
    """A mail of one text part with fields `head` (each line ended) and what must be read."""
    return Ugly(name, BASE + head + b"\n" + body, {"text": text})


def labelled(charset: str, body: bytes, text: str, kind: str = "plain") -> Ugly:
    """A mail whose text is labelled `charset`, "" for no label."""
    label = f'; charset="{charset}"' if charset else ""
    head = f"Content-Type: text/{kind}{label}\nContent-Transfer-Encoding: 8bit\n".encode()
    return text_mail(f"{charset or 'no label'}: {text[:20]}", head, body, text)


def subject(raw: bytes, text: str, more: bytes = b"") -> Ugly:
    """A mail with this subject field and what must be read there."""
    return Ugly(
        f"subject {raw[:60]!r}",
        BASE + b"Subject: " + raw + b"\n" + more + b"\nhi",
        {"subject": text},
    )


def sender(raw: bytes, address: str, name: str | None = None, more: bytes = b"") -> Ugly:
    """A mail with this From field and whom it must be from."""
    expect = {"from": {"address": address, "name": name}}
    return Ugly(f"from {raw[:60]!r}", b"From: " + raw + b"\n" + more + b"\nhi", expect)


def recipients(raw: bytes, *addresses: str) -> Ugly:
    """A mail with this To field and the addresses in it."""
    return Ugly(
        f"to {raw[:60]!r}", b"From: a@b.example\nTo: " + raw + b"\n\nhi", {"to": list(addresses)}
    )


def attached(head: bytes, file_name: str, body: bytes = b"x") -> Ugly:
    """A mail with one attached part under `head` and the name that it must have."""
    raw = (
        BASE
        + b'Content-Type: multipart/mixed; boundary="bb"\n\n--bb\n\nsee file\n--bb\n'
        + head
        + b"\n"
        + body
        + b"\n--bb--\n"
    )
    return Ugly(f"file {head[:70]!r}", raw, {"text": "see file", "files": [file_name]})


def parts(name: str, kind: bytes, *pieces: bytes, boundary: bytes = b"bb", **expect: Any) -> Ugly:
    """A well formed multipart of `pieces` (each with its own head)."""
    raw = BASE + b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\n\n'
    for piece in pieces:
        raw += b"--" + boundary + b"\n" + piece + b"\n"
    return Ugly(name, raw + b"--" + boundary + b"--\n", expect)
