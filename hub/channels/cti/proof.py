"""How a request proves that it comes from the PBX. Pure.

A signature is HMAC-SHA256 (RFC 2104) with a key of the entry point. With a time in it a request is
good for five minutes; a PBX that cannot sign sends the key itself, which is weaker: who reads one
request can send others.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .profiles import Signature
from .settings import PbxSettings

WINDOW = timedelta(minutes=5)
TOKEN = "token"  # noqa: S105 - the name of the parameter
_TIMED = re.compile(r"t=([0-9]{1,12}),\s?v1=([0-9a-f]{64})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


def sign(key: str, body: bytes, at: datetime) -> str:
    """Return the signature of a body as the hub's own profiles have it."""
    moment = int(at.timestamp())
    return f"t={moment},v1={_mac(key, f'{moment}.'.encode() + body).hex()}"


def is_proven(settings: PbxSettings, where: Signature, request: Request, now: datetime) -> bool:
    """Whether the request is the PBX's, by the way that the entry point asks for."""
    keys = settings.signing_keys
    match settings.proof:
        case "signature":
            return _is_signed(keys, where, request, now)
        case "bearer":
            scheme, _, given = request.headers.get("Authorization", "").partition(" ")
            return scheme.lower() == "bearer" and _is_one(given.strip(), keys)
        case "basic":
            return _is_one(_password(request.headers.get("Authorization", "")), keys)
        case "query":
            return _is_one(request.query.get(TOKEN, ""), keys)


def _is_signed(keys: Sequence[str], where: Signature, request: Request, now: datetime) -> bool:
    given = request.headers.get(where.header, "")[:200].strip()
    if where.form == "base64":
        macs = [base64.b64encode(_mac(key, request.body)).decode() for key in keys]
        return _is_one(given, macs)
    found = _TIMED.fullmatch(given)
    if found is None or abs(now.timestamp() - int(found[1])) > WINDOW.total_seconds():
        return False
    signed = f"{int(found[1])}.".encode() + request.body
    return _is_one(found[2].lower(), [_mac(key, signed).hex() for key in keys])


def _password(header: str) -> str:
    scheme, _, given = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
    except ValueError:  # no base64, or no text
        return ""


def _mac(key: str, text: bytes) -> bytes:
    return hmac.digest(key.encode(), text, "sha256")


def _is_one(given: str, known: Sequence[str]) -> bool:
    """Compare with each in constant time; nothing is right where nothing is known."""
    right = False
    for one in known:
        right |= hmac.compare_digest(given.encode(errors="replace"), one.encode())
    return right and bool(given)
