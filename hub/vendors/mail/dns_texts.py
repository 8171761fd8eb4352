"""TXT records by the resolver of the machine (dnspython), for threads; each within a time limit."""

from __future__ import annotations

import dns.exception
import dns.rdatatype
import dns.resolver

from .own_check import LookupFailed


def text_record(name: str, limit_s: float = 2.0) -> bytes | None:
    """Return the TXT record of `name`, its strings joined, or None. Raises LookupFailed."""
    try:
        answer = dns.resolver.resolve(name, dns.rdatatype.TXT, lifetime=limit_s)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return None
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise LookupFailed(f"{name}: {type(error).__name__}") from error
    texts = [b"".join(record.strings) for record in answer]
    return texts[0] if texts else None
