"""Of which network an internet address is, for limits that count by network. Pure."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_OF_ONE_LINE = 64  # bits: what one customer of a provider gets at least (RFC 6177)


@lru_cache(maxsize=4_096)
def network_of(address: str) -> str:
    """Return by what a limit counts an address: an IPv4 address itself (also as IPv6 writes it),
    of IPv6 the network of 64 bits, in which one device has any address it likes. What is no address
    is counted as it is.
    """
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed), _OF_ONE_LINE), strict=False))
