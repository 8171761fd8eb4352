"""Words of consent, hashes of addresses, and links to opt out. Pure: no I/O, no clock.

Consent hangs on the address, not on the record of a customer: by a keyed hash, so that it outlives
the record, an import, a merge and an erasure without anybody remembering it. What one person says
at an address that several share counts for all who use it: the stricter reading.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

ANY = "any"  # a channel: every one
_HASH_BYTES = 16
_MAC_BYTES = 16
_ID_BYTES = 16
_PERSON = b"hub.opt_out.v1"


class Purpose(StrEnum):
    """Why somebody is written to or called. What they asked for themselves is always `service`."""

    SERVICE = "service"  # about what they have with us: a notice, a call back to who gave up
    MARKETING = "marketing"
    SURVEY = "survey"
    RECORDING = "recording"  # of calls; asks nobody to be contacted


class Basis(StrEnum):
    """Why we may, or may not."""

    CONSENT = "consent"  # the customer said yes
    WITHDRAWN = "withdrawn"  # the customer said no
    CONTRACT = "contract"
    LEGITIMATE = "legitimate"  # interest (GDPR art. 6 (1) f), as the organisation has weighed it


# Who says stop to selling does not want to be asked how it was, either.
STOP_SELLING: tuple[Purpose, ...] = (Purpose.MARKETING, Purpose.SURVEY)
# And who wants to hear nothing at all: what they ask for themselves is answered all the same.
STOP_ALL: tuple[Purpose, ...] = (Purpose.MARKETING, Purpose.SURVEY, Purpose.SERVICE)


class AddressKey(NamedTuple):
    """An address as consent knows it."""

    kind: str
    hash: str


@dataclass(frozen=True, slots=True)
class NewConsent:
    """One thing that was said of an address. `channel` ANY: on every way.

    `evidence`: how it is known ("link", a contact, the line of an import). `own_word`: it is the
    customer's own, which alone undoes their no. `person`: a no that counts at their
    other addresses, too.
    """

    address: AddressKey
    purpose: Purpose
    allowed: bool
    basis: Basis
    source: str
    channel: str = ANY
    evidence: dict[str, Any] = field(default_factory=dict)
    by: str | None = None
    own_word: bool = False
    person: bool = False


class State(NamedTuple):
    """What counts now of an address, on a channel, for a purpose."""

    address: AddressKey
    channel: str
    purpose: str
    allowed: bool
    own_word: bool
    person: bool


def hash_address(key: bytes, kind: str, value_norm: str) -> AddressKey:
    """Return the key of an address in its normal form. `key`: secrets.ADDRESS_HASH."""
    text = f"{kind}\0{value_norm}".encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(text, key=key, digest_size=_HASH_BYTES)
    return AddressKey(str(kind), digest.hexdigest())


class OptOutLink(NamedTuple):
    """Whom a link speaks for: the address it was sent to, and its row, if there is one."""

    address: AddressKey
    identity_id: str


def sign_link(key: bytes, link: OptOutLink) -> str:
    """Return the token of a link. It holds no address, and cannot be made without the key.

    `key`: secrets.OPT_OUT_LINK.
    """
    kind = link.address.kind.encode()
    body = bytes([len(kind)]) + kind + bytes.fromhex(link.address.hash) + _packed(link.identity_id)
    return base64.urlsafe_b64encode(body + _mac(key, body)).decode().rstrip("=")


def parse_link(key: bytes, token: str) -> OptOutLink | None:
    """Return whom a token speaks for; None for what we did not make."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (ValueError, binascii.Error, UnicodeEncodeError):
        return None
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    if len(body) < 1 + _HASH_BYTES + _ID_BYTES or not hmac.compare_digest(_mac(key, body), mac):
        return None
    kind_ends = 1 + body[0]
    hash_ends = kind_ends + _HASH_BYTES
    address = AddressKey(body[1:kind_ends].decode(), body[kind_ends:hash_ends].hex())
    return OptOutLink(address, _unpacked(body[hash_ends:]))


def _mac(key: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(body, key=key, digest_size=_MAC_BYTES, person=_PERSON).digest()


def _packed(identity_id: str) -> bytes:
    return bytes.fromhex(identity_id.replace("-", ""))


def _unpacked(raw: bytes) -> str:
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
