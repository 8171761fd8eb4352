"""Links by which a customer says stop: made by us alone, and holding no address."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from hub.core.ids import new_id
from hub.customers.consent.model import OptOutLink, hash_address, parse_link, sign_link

KEY, OTHER = b"k" * 32, b"o" * 32


def a_link(value: str = "chen@example.test") -> OptOutLink:
    return OptOutLink(hash_address(KEY, "email", value), new_id())


def test_a_link_gives_back_whom_it_speaks_for() -> None:
    link = a_link()
    assert parse_link(KEY, sign_link(KEY, link)) == link


def test_a_link_holds_no_address() -> None:
    token = sign_link(KEY, a_link("chen@example.test"))
    raw = base64.urlsafe_b64decode(token + "==")
    assert b"chen" not in raw
    assert b"example" not in raw
    assert len(token) < 100


def test_a_link_of_another_key_says_nothing() -> None:
    assert parse_link(OTHER, sign_link(KEY, a_link())) is None


@given(st.data())
def test_a_changed_link_says_nothing(data: st.DataObject) -> None:
    token = sign_link(KEY, a_link())
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    assert parse_link(KEY, base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")) is None


@given(st.text(max_size=200))
def test_no_token_breaks_it(token: str) -> None:
    assert parse_link(KEY, token) is None


@given(st.text(max_size=40), st.text(max_size=40))
def test_an_address_hashes_to_itself_alone(one: str, other: str) -> None:
    same = hash_address(KEY, "email", one) == hash_address(KEY, "email", other)
    assert same is (one == other)
    assert hash_address(KEY, "email", one).hash != hash_address(KEY, "phone", one).hash
    assert hash_address(KEY, "email", one) != hash_address(OTHER, "email", one)
