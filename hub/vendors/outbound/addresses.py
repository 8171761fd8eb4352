"""Which addresses of the outside may be asked: public ones, on the ports of the web. Pure.

A customer writes the link, so it may name the machine itself, the router beside it or the
metadata service of a cloud (reliability.md §4). IPv6 is allowed only where IANA hands it out to
networks (2000::/3); what carries an IPv4 address inside (mapped, 6to4, Teredo, NAT64) is read as
that address or refused.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

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

_OWN = (
    IPv4Network("10.0.0.0/8"),
    IPv4Network("172.16.0.0/12"),
    IPv4Network("192.168.0.0/16"),
    IPv6Network("fc00::/7"),
)


def is_public(address: Address, port: int) -> bool:
    """Say whether this is somebody's web server on the public internet."""
    return port in WEB_PORTS and _is_public_address(address)


def is_on_the_network(address: Address, _port: int) -> bool:
    """Say whether this is a server of the public internet or of a network of one's own (RFC 1918,
    RFC 4193), on any port: for addresses that an admin has set. Never this machine, nor what is
    reached on the wire beside it (where clouds keep their metadata).
    """
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return is_on_the_network(address.ipv4_mapped, _port)
    if address.is_loopback or address.is_link_local or address.is_unspecified:
        return False
    own = any(address in network for network in _OWN if network.version == address.version)
    return own or _is_public_address(address)


def _is_public_address(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public_address(address.ipv4_mapped)
        if address.scope_id is not None or address not in _HANDED_OUT:
            return False
        if any(address in network for network in _NOT_OF_NETWORKS):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
