"""Which addresses of the outside may be asked: public ones, on the ports of the web. Pure.

A customer writes the link, so it may name the machine itself, the router beside it or the
metadata service of a cloud (reliability.md §4). IPv6 is allowed only where IANA hands it out to
networks (2000::/3); what carries an IPv4 address inside (mapped, 6to4, Teredo, NAT64) is read as
that address or refused.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

# Says of a resolved address and a port whether the hub may connect there.
Allow = Callable[[Address, int], bool]

WEB_PORTS = frozenset({80, 443})

_HANDED_OUT = IPv6Network("2000::/3")
_NOT_OF_NETWORKS = (
    IPv6Network("2001::/23"),  # IETF protocols, Teredo among them
    IPv6Network("2001:db8::/32"),  # documentation
    IPv6Network("2002::/16"),  # 6to4
    IPv6Network("3fff::/20"),  # documentation
)


def is_public(address: Address, port: int) -> bool:
    """Say whether this is somebody's web server on the public internet."""
    return port in WEB_PORTS and _is_public_address(address)


def _is_public_address(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public_address(address.ipv4_mapped)
        if address.scope_id is not None or address not in _HANDED_OUT:
            return False
        if any(address in network for network in _NOT_OF_NETWORKS):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
