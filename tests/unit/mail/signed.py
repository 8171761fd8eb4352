"""Mails signed with a key of our own, and what their made-up domain publishes."""

from __future__ import annotations

from pathlib import Path

import dkim

from hub.vendors.mail.own_check import Lookup, LookupFailed

KEYS = Path(__file__).parents[2] / "fixtures" / "mail_key"
PUBLIC = b"v=DKIM1; k=rsa; p=" + (KEYS / "public.b64").read_bytes().strip()


def a_raw(sender: str, body: str = "It leaks.", **headers: str) -> bytes:
    lines = {"From": sender, "To": "support@shop.example", "Subject": "Washing machine", **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return f"{head}\r\n{body}\r\n".encode()


def signed(raw: bytes, domain: str, **options: object) -> bytes:
    """Return the mail with a signature of `domain`."""
    key = (KEYS / "private.pem").read_bytes()
    signature: bytes = dkim.sign(raw, b"s1", domain.encode(), key, **options)
    return signature + raw


def zone(**records: bytes) -> Lookup:
    """Return a lookup of these records; `__` stands for a dot, a leading `dmarc__` for _dmarc."""
    names = {name.replace("__", "."): value for name, value in records.items()}

    def lookup(name: str) -> bytes | None:
        return names.get(name.replace("_dmarc.", "dmarc.").replace("._domainkey.", ".key."))

    return lookup


KEY = {"s1__key__customer__cn": PUBLIC}
STRICT = {"dmarc__customer__cn": b"v=DMARC1; p=reject"}


def unreachable(name: str) -> bytes | None:
    raise LookupFailed(name)
