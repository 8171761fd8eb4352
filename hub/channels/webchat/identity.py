"""Identities signed by the site: JWTs with HS256 (RFC 7519, RFC 7515). Pure; `now` is given."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

MAX_LIFE_S = 300.0  # console.md section 6, decision 4
_SKEW_S = 30.0


@dataclass(frozen=True, slots=True)
class SiteIdentity:
    """Who the site says its visitor is. `subject` is the site's own id of the customer."""

    subject: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class RefusedIdentity:
    reason: str


class _Header(msgspec.Struct):
    alg: str


class _Claims(msgspec.Struct):
    sub: str
    exp: float
    iat: float | None = None
    name: str = ""
    email: str = ""


def parse_identity(jwt: str, keys: Sequence[str], now: datetime) -> SiteIdentity | RefusedIdentity:
    """Check a signed identity with any of `keys` (two while one is rotated out)."""
    parts = jwt.split(".")
    if len(parts) != 3 or not keys:
        return RefusedIdentity("It is not a signed identity this entry point accepts.")
    try:
        header = msgspec.json.decode(_decoded(parts[0]), type=_Header)
        claims = msgspec.json.decode(_decoded(parts[1]), type=_Claims)
        signature = _decoded(parts[2])
    except (msgspec.DecodeError, binascii.Error, ValueError):
        return RefusedIdentity("The identity cannot be read.")
    if header.alg != "HS256":
        return RefusedIdentity("The identity must be signed with HS256.")
    signed = f"{parts[0]}.{parts[1]}".encode()
    if not any(_matches(signed, signature, key) for key in keys):
        return RefusedIdentity("The identity's signature is wrong.")
    now_s = now.timestamp()
    if not now_s - _SKEW_S < claims.exp <= now_s + MAX_LIFE_S + _SKEW_S:
        return RefusedIdentity("The identity has expired, or lives longer than five minutes.")
    if not 0 < len(claims.sub) <= 200:
        return RefusedIdentity("The identity names nobody.")
    return SiteIdentity(claims.sub, claims.name[:200], claims.email[:254])


def _matches(signed: bytes, signature: bytes, key: str) -> bool:
    return hmac.compare_digest(hmac.new(key.encode(), signed, hashlib.sha256).digest(), signature)


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
