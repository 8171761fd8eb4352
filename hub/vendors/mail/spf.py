"""Sender Policy Framework: may this server send mail of that domain (RFC 7208)? Pure but for the
names that are looked up, which are handed in; run it off the event loop.

Bounded whatever a stranger publishes: ten mechanisms that ask for names, two that find nothing, ten
mail servers of a domain. `ptr` never matches (§5.5 says not to use it), `exp` is not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple, Protocol
from urllib.parse import quote

from .own_check import LookupFailed

_MOST_LOOKUPS = 10  # §4.6.4
_MOST_VOID = 2
_MOST_EXCHANGES = 10
_MOST_CHARACTERS = 4_096  # of a record
_MOST_TERMS = 200
_LONGEST_NAME = 253
_LABEL = re.compile(r"^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$", re.ASCII)
_MACRO = re.compile(r"%(?:\{([slodivhp])(\d{0,3})(r?)([.\-+,/_=]*)\}|([%_-])|(.?))", re.I | re.S)
_TERM = re.compile(
    r"^([+?~-]?)([a-z][a-z0-9._-]*)(?:([:=])(.*?))?((?:/\d{1,3})?(?://\d{1,3})?)$", re.I
)
_ASKS = frozenset({"include", "a", "mx", "ptr", "exists"})
Ip = IPv4Address | IPv6Address


class Spf(StrEnum):
    """The results of RFC 7208 §2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - a result, not a password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


_QUALIFIED = {"+": Spf.PASS, "-": Spf.FAIL, "~": Spf.SOFTFAIL, "?": Spf.NEUTRAL}


class Names(Protocol):
    """What is looked up; nothing found is empty. Each raises LookupFailed where it cannot be known
    now.
    """

    def texts(self, name: str) -> list[bytes]: ...

    def addresses(self, name: str, version: int) -> list[str]:
        """`version`: 4 or 6."""

    def exchanges(self, name: str) -> list[str]: ...


class _Wrong(Exception):
    """The record cannot be read, or asks for too much: permerror."""


class _Term(NamedTuple):
    qualifier: str
    name: str
    value: str
    lengths: str  # "/24", "//64", "/24//64", ""


@dataclass(slots=True)
class _Look:
    """One check: who sends, and what may still be asked."""

    ip: Ip
    sender: str
    names: Names
    lookups: int = 0
    void: int = 0

    def ask(self) -> None:
        self.lookups += 1
        if self.lookups > _MOST_LOOKUPS:
            raise _Wrong("too many lookups")

    def found(self, records: list[str]) -> list[str]:
        if not records:
            self.void += 1
            if self.void > _MOST_VOID:
                raise _Wrong("too many names that are not there")
        return records


def check_spf(ip: str, sender: str, names: Names) -> Spf:
    """Return whether `ip` may send for the domain of `sender` (the envelope's address)."""
    domain = sender.rpartition("@")[2].lower().rstrip(".")
    if not _is_name(domain):
        return Spf.NONE
    try:
        parsed = ip_address(ip)
    except ValueError:
        return Spf.NONE
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    try:
        return _check(_Look(parsed, sender, names), domain)
    except LookupFailed:
        return Spf.TEMPERROR
    except _Wrong:
        return Spf.PERMERROR


def _check(look: _Look, domain: str) -> Spf:
    record = _record(look, domain)
    if record is None:
        return Spf.NONE
    terms = _terms(record)
    for term in terms:
        if term.name in _MECHANISMS and _matches(look, domain, term):
            return _QUALIFIED[term.qualifier or "+"]
    redirects = [term.value for term in terms if term.name == "redirect"]
    if not redirects or any(term.name == "all" for term in terms):
        return Spf.NEUTRAL
    look.ask()
    found = _check(look, _target(look, domain, redirects[0]))
    if found is Spf.NONE:
        raise _Wrong("it redirects to where there is none")
    return found


def _record(look: _Look, domain: str) -> str | None:
    """The one record of a domain; None: it has none."""
    found = [
        text.decode("ascii", "replace")
        for text in look.names.texts(domain)
        if text[:6].lower() == b"v=spf1" and text[6:7] in (b"", b" ")
    ]
    if len(found) > 1:
        raise _Wrong("more than one record")
    if found and len(found[0]) > _MOST_CHARACTERS:
        raise _Wrong("too long")  # cut, its last network would be another one
    return found[0] if found else None


def _terms(record: str) -> list[_Term]:
    """Read the whole record first: a fault anywhere in it is one of all of it (§4.6)."""
    terms = []
    for written in record.split()[1 : 1 + _MOST_TERMS]:
        found = _TERM.match(written)
        if found is None:
            raise _Wrong("no term")
        qualifier, name, mark, value, lengths = found.groups()
        name = name.lower()
        if mark == "=":
            terms.append(_Term("", name, (value or "") + lengths, ""))
            continue
        if name not in _MECHANISMS:
            raise _Wrong("no mechanism")
        value = value or ""
        if (name in ("ip4", "ip6", "include", "exists") and not value) or (
            mark == ":" and not value
        ):
            raise _Wrong("nothing behind the colon")
        terms.append(_Term(qualifier, name, value, lengths))
    if sum(term.name == "redirect" for term in terms) > 1:
        raise _Wrong("it redirects twice")
    return terms


def _matches(look: _Look, domain: str, term: _Term) -> bool:
    if term.name in _ASKS:
        look.ask()
    return _MECHANISMS[term.name](look, domain, term)


def _all(_look: _Look, _domain: str, _term: _Term) -> bool:
    return True


def _network(look: _Look, _domain: str, term: _Term) -> bool:
    try:
        network = ip_network(term.value + term.lengths, strict=False)
    except ValueError as error:
        raise _Wrong("no network") from error
    if network.version != int(term.name[-1]):
        raise _Wrong("no network of this kind")
    return look.ip in network


def _include(look: _Look, domain: str, term: _Term) -> bool:
    found = _check(look, _target(look, domain, term.value))
    if found is Spf.NONE:
        raise _Wrong("it includes where there is none")
    return found is Spf.PASS


def _address(look: _Look, domain: str, term: _Term) -> bool:
    name = _target(look, domain, term.value) if term.value else domain
    return _is_at(look, look.found(look.names.addresses(name, look.ip.version)), term)


def _exchange(look: _Look, domain: str, term: _Term) -> bool:
    name = _target(look, domain, term.value) if term.value else domain
    exchanges = look.found(look.names.exchanges(name))
    if len(exchanges) > _MOST_EXCHANGES:
        raise _Wrong("too many mail servers")
    return any(
        _is_at(look, look.names.addresses(exchange, look.ip.version), term)
        for exchange in exchanges
        if _is_name(exchange.rstrip("."))
    )


def _exists(look: _Look, domain: str, term: _Term) -> bool:
    name = _target(look, domain, term.value)
    return bool(look.found(look.names.addresses(name, 4)))


def _never(_look: _Look, _domain: str, _term: _Term) -> bool:
    return False


_MECHANISMS = {
    "all": _all,
    "include": _include,
    "a": _address,
    "mx": _exchange,
    "ptr": _never,
    "ip4": _network,
    "ip6": _network,
    "exists": _exists,
}


def _is_at(look: _Look, addresses: list[str], term: _Term) -> bool:
    first, _, second = term.lengths.partition("//")
    length = first.strip("/") if look.ip.version == 4 else second
    for address in addresses:
        try:
            network = ip_network(f"{address}/{length}" if length else address, strict=False)
        except ValueError as error:
            raise _Wrong("no length of a network") from error
        if network.version == look.ip.version and look.ip in network:
            return True
    return False


def _target(look: _Look, domain: str, written: str) -> str:
    """Return a name with its macros filled in (§7); what is too long loses labels in front."""

    def filled(found: re.Match[str]) -> str:
        letter, digits, reverse, marks, escape, _ = found.groups()
        if escape:
            return {"%": "%", "_": " ", "-": "%20"}[escape]
        if letter is None:
            raise _Wrong("no macro")
        parts = re.split(f"[{re.escape(marks or '.')}]", _value(look, domain, letter.lower()))
        parts = parts[::-1] if reverse else parts
        if digits and int(digits) == 0:
            raise _Wrong("no part of a macro")
        text = ".".join(parts[-int(digits) :] if digits else parts)
        return quote(text, safe="") if letter.isupper() else text

    name = _MACRO.sub(filled, written).rstrip(".")
    while len(name) > _LONGEST_NAME and "." in name:
        name = name.partition(".")[2]
    if not _is_name(name):
        raise _Wrong("no name")
    return name.lower()


def _value(look: _Look, domain: str, letter: str) -> str:
    local, _, of = look.sender.rpartition("@")
    if letter == "i":
        if look.ip.version == 4:
            return str(look.ip)
        return ".".join(look.ip.exploded.replace(":", ""))
    return {
        "s": look.sender,
        "l": local or "postmaster",
        "o": of,
        "d": domain,
        "v": "in-addr" if look.ip.version == 4 else "ip6",
        "h": of,
        "p": "unknown",
    }[letter]


def _is_name(name: str) -> bool:
    labels = name.split(".")
    return len(labels) > 1 and len(name) <= _LONGEST_NAME and all(map(_LABEL.match, labels))


__all__ = ["Names", "Spf", "check_spf"]
