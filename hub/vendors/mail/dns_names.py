"""Names by the resolver of the machine (dnspython), for threads; each within a time limit."""

from __future__ import annotations

import time
from typing import Any

import dns.exception
import dns.rdatatype
import dns.resolver

from .own_check import LookupFailed
from .spf import Names

_LIMIT_S = 2.0


class SystemNames:
    """Implements `hub.vendors.mail.spf.Names`."""

    def texts(self, name: str) -> list[bytes]:
        return [b"".join(record.strings) for record in _records(name, dns.rdatatype.TXT)]

    def addresses(self, name: str, version: int) -> list[str]:
        kind = dns.rdatatype.A if version == 4 else dns.rdatatype.AAAA
        return [record.address for record in _records(name, kind)]

    def exchanges(self, name: str) -> list[str]:
        found = sorted(_records(name, dns.rdatatype.MX), key=lambda record: record.preference)
        return [record.exchange.to_text() for record in found]


class WithinTime:
    """Names that cannot be known any more `limit_s` seconds from now, however many are asked for:
    a stranger's record never holds a thread for longer.
    """

    def __init__(self, names: Names, limit_s: float) -> None:
        self._names = names
        self._until = time.monotonic() + limit_s

    def texts(self, name: str) -> list[bytes]:
        self._check(name)
        return self._names.texts(name)

    def addresses(self, name: str, version: int) -> list[str]:
        self._check(name)
        return self._names.addresses(name, version)

    def exchanges(self, name: str) -> list[str]:
        self._check(name)
        return self._names.exchanges(name)

    def _check(self, name: str) -> None:
        if time.monotonic() >= self._until:
            raise LookupFailed(f"{name}: no time is left")


def _records(name: str, kind: dns.rdatatype.RdataType) -> list[Any]:  # Any: dnspython's own
    try:
        return list(dns.resolver.resolve(name, kind, lifetime=_LIMIT_S))
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise LookupFailed(f"{name}: {type(error).__name__}") from error


SYSTEM_NAMES = SystemNames()
