"""What is blocked, and by what a sender is blocked."""

from __future__ import annotations

import pytest

from hub.contacts.blocks.model import BlockKind, candidates_of, check_block, networks_of
from hub.core.errors import Invalid
from hub.customers.model import IdentityKind, SenderIdentity


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        (BlockKind.EMAIL, " Spam@Example.COM ", "spam@example.com"),
        (BlockKind.DOMAIN, "@Bad.Example.com", "bad.example.com"),
        (BlockKind.DOMAIN, "*.例子.cn", "xn--fsqu00a.cn"),
        (BlockKind.PHONE, "138 0013 8000", "+8613800138000"),
        (BlockKind.NETWORK, "203.0.113.7", "203.0.113.7/32"),
        (BlockKind.NETWORK, "203.0.113.7/24", "203.0.113.0/24"),
        (BlockKind.NETWORK, "2001:db8::1/64", "2001:db8::/64"),
    ],
)
def test_what_is_written_is_kept_in_one_form(kind: BlockKind, written: str, kept: str) -> None:
    assert check_block(kind, written, "CN") == kept


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (BlockKind.EMAIL, "example.com"),
        (BlockKind.EMAIL, ""),
        (BlockKind.DOMAIN, "com"),
        (BlockKind.DOMAIN, "a@b"),
        (BlockKind.PHONE, "anonymous"),
        (BlockKind.NETWORK, "0.0.0.0/0"),
        (BlockKind.NETWORK, "10.0.0.0/8"),
        (BlockKind.NETWORK, "somewhere"),
        (BlockKind.VISITOR, ""),
    ],
)
def test_what_would_block_nobody_or_everybody_is_refused(kind: BlockKind, written: str) -> None:
    with pytest.raises(Invalid):
        check_block(kind, written, "CN")


def test_a_mail_is_blocked_by_its_address_and_by_every_domain_above_it() -> None:
    sender = SenderIdentity(IdentityKind.EMAIL, "Li@a.b.example.com")
    assert candidates_of([sender], "CN") == [
        ("email", "li@a.b.example.com"),
        ("domain", "a.b.example.com"),
        ("domain", "b.example.com"),
        ("domain", "example.com"),
    ]


def test_an_anonymous_caller_is_blocked_by_nothing() -> None:
    assert candidates_of([SenderIdentity(IdentityKind.PHONE, "anonymous")], "CN") == []


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.7/32"),
        ("2001:db8:0:1:2::3", "2001:db8::/48"),
    ],
)
def test_an_internet_address_is_blocked_by_its_networks(address: str, network: str) -> None:
    assert ("network", network) in networks_of(address)


@pytest.mark.parametrize("address", ["", "unix:", "1.2.3"])
def test_what_is_no_internet_address_is_blocked_by_nothing(address: str) -> None:
    assert networks_of(address) == []
