"""Our own look at who a mail is from, where no server we trust has told us: DKIM and DMARC.

It gives evidence for two questions only: is the sender's domain proven (an aligned DKIM signature
holds, RFC 6376, RFC 7489 §3.1), and does the domain say that an unproven mail is not its own (a
DMARC policy of quarantine or reject). SPF is looked at where our own listener took the mail from a
stranger's server (spf.py). What cannot be found out now is `temperror` and blocks nothing. Lookups
are handed in; run it off the event loop.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from .authentication import Verdict

Lookup = Callable[[str], bytes | None]
"""Return the TXT record of a name, None if there is none. Raises LookupFailed when that cannot be
known now."""

_MOST_SIGNATURES = 5
_ENFORCED = frozenset({b"quarantine", b"reject"})
_SIGNATURE = b"dkim-signature"
_FROM = re.compile(rb"^from[ \t]*:", re.I | re.M)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_MAX_HEAD_BYTES = 1 << 20
# RFC 2606 and RFC 6761: names that never are anybody's.
_RESERVED = (".test", ".example", ".invalid", ".localhost", ".local", ".internal")
_RESERVED_NAMES = ("example.com", "example.net", "example.org", "localhost")
_log = logging.getLogger("hub.mail.dkim")


class LookupFailed(Exception):
    """The name could not be looked up now: a timeout, no server, no network."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`dkim`: of the best aligned signature; `why`: what was found, in a few words."""

    dmarc: Verdict
    dkim: Verdict
    why: str


def check_sender(raw: bytes, from_domain: str, lookup: Lookup) -> Evidence:
    """Judge the domain of a mail's From by the mail itself and what its domain publishes."""
    domain = from_domain.lower().rstrip(".")
    if not domain or is_reserved(domain):
        return Evidence(Verdict.NONE, Verdict.NONE, "a domain that cannot be looked up")
    try:
        found = _best_signature(raw, domain, lookup)
    except (dkim.DKIMException, InvalidTagValueList, ValueError, IndexError) as error:
        found = _Signature(Verdict.FAIL, f"unreadable signature: {type(error).__name__}")
    if found.verdict is Verdict.PASS:
        return Evidence(Verdict.PASS, Verdict.PASS, found.why)
    try:
        policy = _policy(domain, lookup)
    except LookupFailed:
        return Evidence(Verdict.TEMPERROR, found.verdict, f"{found.why}; policy not known now")
    if found.verdict is Verdict.TEMPERROR:
        return Evidence(Verdict.TEMPERROR, Verdict.TEMPERROR, found.why)
    if policy in _ENFORCED:
        why = f"{found.why}; {domain} publishes p={policy.decode('ascii', 'replace')}"
        return Evidence(Verdict.FAIL, found.verdict, why)
    return Evidence(Verdict.NONE, found.verdict, found.why)


def gather_records(raw: bytes, from_domain: str, lookup: Lookup) -> dict[str, bytes | None]:
    """Look up all that `check_sender` may ask for, which its head tells; the body may be checked
    elsewhere then. What cannot be known now is missing.
    """
    found: dict[str, bytes | None] = {}

    def record(name: str) -> bytes | None:
        found[name] = lookup(name)
        return found[name]

    end = _HEAD_END.search(raw, 0, _MAX_HEAD_BYTES)
    head = raw[: end.start() if end else _MAX_HEAD_BYTES]
    # A body that nobody has signed, so that no signature holds and ends the search.
    check_sender(head + b"\r\n\r\n" + secrets.token_bytes(16).hex().encode(), from_domain, record)
    return found


def known(records: Mapping[str, bytes | None]) -> Lookup:
    """Return a lookup that knows what was gathered."""

    def find(name: str) -> bytes | None:
        if name not in records:
            raise LookupFailed(name)
        return records[name]

    return find


def is_reserved(domain: str) -> bool:
    """Say whether a domain is set aside for tests and local use: nothing is to be looked up."""
    if "." not in domain or domain.endswith(_RESERVED):
        return True
    return any(domain == name or domain.endswith(f".{name}") for name in _RESERVED_NAMES)


def one_from(raw: bytes) -> bool:
    """Say whether the head has exactly one From: of two, programs show now one, now the other."""
    end = _HEAD_END.search(raw, 0, _MAX_HEAD_BYTES)
    head = raw[: end.start() if end else _MAX_HEAD_BYTES]
    return len(_FROM.findall(head)) == 1


@dataclass(frozen=True, slots=True)
class _Signature:
    verdict: Verdict
    why: str


def _best_signature(raw: bytes, domain: str, lookup: Lookup) -> _Signature:
    mail = dkim.DKIM(raw, logger=_log)
    names = [name.lower() for name, _ in mail.headers]
    if names.count(b"from") != 1:
        return _Signature(Verdict.FAIL, "not exactly one From")
    signatures = [value for name, value in mail.headers if name.lower() == _SIGNATURE]
    best = _Signature(Verdict.NONE, "no signature of its domain")
    for index, value in enumerate(signatures[:_MOST_SIGNATURES]):
        signed = _signed_by(value)
        if signed is None or not is_aligned(signed, domain):
            continue
        found = _verify(raw, index, signed, lookup)
        if found.verdict is Verdict.PASS:
            return found
        if best.verdict is not Verdict.TEMPERROR:
            best = found
    return best


def _signed_by(value: bytes) -> str | None:
    """The d= of a signature; None where it is no signature, or covers only part of the body."""
    try:
        tags = parse_tag_value(b"".join(value.splitlines()))
    except InvalidTagValueList:
        return None
    if b"l" in tags:
        return None  # anybody may have added to the rest (RFC 6376 §8.2)
    return tags.get(b"d", b"").decode("ascii", "replace").lower().rstrip(".") or None


def is_aligned(signed: str, domain: str) -> bool:
    """Relaxed alignment: one is the other, or lies below it; never a bare top-level name."""
    if "." not in signed:
        return False
    return signed == domain or domain.endswith(f".{signed}") or signed.endswith(f".{domain}")


def _verify(raw: bytes, index: int, signed: str, lookup: Lookup) -> _Signature:
    failed: list[str] = []

    def record(name: bytes, timeout: int = 0) -> bytes | None:
        try:
            return lookup(name.decode("ascii", "replace").rstrip("."))
        except LookupFailed as error:
            failed.append(str(error))
            raise dkim.DnsTimeoutError(str(error)) from error

    try:
        holds = dkim.DKIM(raw, logger=_log).verify(idx=index, dnsfunc=record)
    except Exception as error:
        _log.info("a signature of %s could not be checked: %r", signed, error)
        holds = False
    if failed:
        return _Signature(Verdict.TEMPERROR, f"the key of {signed} cannot be looked up now")
    if holds:
        return _Signature(Verdict.PASS, f"signed by {signed}")
    return _Signature(Verdict.FAIL, f"the signature of {signed} does not hold")


def _policy(domain: str, lookup: Lookup) -> bytes | None:
    """The DMARC policy of a domain or, without one of its own, of the nearest one above."""
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        record = lookup("_dmarc." + ".".join(labels[start:]))
        if record is None or not record.strip().lower().startswith(b"v=dmarc1"):
            continue
        try:
            tags = parse_tag_value(record)
        except InvalidTagValueList:
            return None
        own = tags.get(b"p", b"none")
        chosen: bytes = own if start == 0 else tags.get(b"sp", own)
        return chosen.lower()
    return None
