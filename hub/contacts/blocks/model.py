"""What can be blocked, and what a sender is blocked by. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import idna

from hub.core.errors import Invalid
from hub.customers.model import IdentityKind, SenderIdentity
from hub.customers.normalise import Address, accept_address, parse_email, parse_number

MAX_VALUE = 254
# Networks are looked for by these lengths only: a few candidates for each address.
_LENGTHS = {4: (32, 24, 16), 6: (128, 64, 56, 48)}


class BlockKind(StrEnum):
    """`NETWORK`: an address of the internet, or a whole network (CIDR)."""

    EMAIL = "email"
    DOMAIN = "domain"  # with all below it
    PHONE = "phone"  # also of a fax
    VISITOR = "visitor"  # one browser in a chat
    NETWORK = "network"


Blocked = tuple[str, str]
"""(kind, value) as it is stored."""

_BY_IDENTITY = {
    IdentityKind.EMAIL: BlockKind.EMAIL,
    IdentityKind.PHONE: BlockKind.PHONE,
    IdentityKind.FAX: BlockKind.PHONE,
    IdentityKind.VISITOR: BlockKind.VISITOR,
}


def check_block(kind: BlockKind, written: str, region: str) -> str:
    """Return what is to be blocked in the form it is compared in. Raises Invalid."""
    written = written.strip()
    match kind:
        case BlockKind.EMAIL:
            found = parse_email(written)
        case BlockKind.PHONE:
            found = parse_number(IdentityKind.PHONE, written, region)
        case BlockKind.DOMAIN:
            return _domain(written)
        case BlockKind.NETWORK:
            return _network(written)
        case BlockKind.VISITOR:
            return _visitor(written)
    if not isinstance(found, Address) or found.is_anonymous:
        raise Invalid(
            "This is no complete address: check what is to be blocked.",
            code="block.address",
            field="value",
        )
    return found.value


def kind_of(identity: IdentityKind) -> BlockKind | None:
    """Return as what an address of a customer is blocked; None for what nobody writes from."""
    return _BY_IDENTITY.get(identity)


def candidates_of(senders: Sequence[SenderIdentity], region: str) -> list[Blocked]:
    """Return every entry of the list that would block one of these senders."""
    found: list[Blocked] = []
    for sender in senders:
        kind = _BY_IDENTITY.get(sender.kind)
        value = accept_address(sender.kind, sender.value, region).value if kind else ""
        if kind is None or not value:
            continue
        found.append((kind.value, value))
        if kind is BlockKind.EMAIL:
            found += [(BlockKind.DOMAIN.value, one) for one in _domains_of(value)]
    return found


def networks_of(address: str) -> list[Blocked]:
    """Return every entry of the list that would block an internet address; none for "" and for
    what is no address.
    """
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return []
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return [
        (BlockKind.NETWORK.value, str(ip_network(f"{parsed}/{length}", strict=False)))
        for length in _LENGTHS[parsed.version]
    ]


def _domains_of(email: str) -> Iterable[str]:
    """The domain of an address and those above it, without the top level alone."""
    parts = email.rpartition("@")[2].split(".")
    return (".".join(parts[at:]) for at in range(max(0, len(parts) - 1)))


def _domain(written: str) -> str:
    name = written.lower().removeprefix("*.").lstrip("@.").rstrip(".")
    try:
        name = idna.encode(name, uts46=True).decode()
    except (idna.IDNAError, UnicodeError):
        name = ""
    if "." not in name or len(name) > MAX_VALUE:
        raise Invalid(
            "A domain looks like example.com: check what is to be blocked.",
            code="block.domain",
            field="value",
        )
    return name


def _network(written: str) -> str:
    try:
        network = ip_network(written, strict=False)
    except ValueError:
        network = None
    if network is None or network.prefixlen not in _LENGTHS[network.version]:
        raise Invalid(
            "Write an internet address (203.0.113.7) or a network of the lengths /24, /16 (IPv4), "
            "/64, /56, /48 (IPv6).",
            code="block.network",
            field="value",
        )
    return str(network)


def _visitor(written: str) -> str:
    if not 0 < len(written) <= 64 or not written.isascii():
        raise Invalid(
            "Block a visitor from their request: their id is long.",
            code="block.visitor",
            field="value",
        )
    return written
