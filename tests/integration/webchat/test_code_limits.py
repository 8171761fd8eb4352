"""How many codes a network and an entry point may ask for and guess: whoever types too many ends
their own, and nobody else's.
"""

from __future__ import annotations

import pytest

from hub.channels.webchat import protocol as p
from hub.channels.webchat import service
from hub.channels.webchat.settings import WebChatSettings
from hub.channels.webchat.visitors import Visitors
from hub.channels.webchat.wishes import OF_POINT, WRONG_OF_NETWORK, WRONG_OF_POINT, Wishes
from hub.core.budget import Budgets, Rate
from hub.core.errors import Invalid, TooMany
from hub.testing.clock import NOON
from hub.testing.fake_door import RIGHT_CODE, FakeDoor

HERS = "wang@example.test"


@pytest.fixture
def wishes(door: FakeDoor) -> Wishes:
    widgets = {"shop-chat": WebChatSettings(mail="mail")}
    return Wishes(door, Visitors(door, widgets, Budgets(Rate(1, 1))))


def a_visitor(number: int = 0) -> service.Visitor:
    return service.Visitor(
        id=f"visitor-{number}",
        entry_point_id="shop-chat",
        conversation_id=None,
        name="",
        email="",
        external_id=None,
        signed_email=None,
        language="en",
        survey_contact_id=None,
        last_seen_at=NOON,
        rotated_at=NOON,
    )


def host(number: int) -> str:
    """Another address of the same IPv6 line."""
    return f"2001:db8:1:1::{number:x}"


def line(number: int) -> str:
    """An address of another IPv6 line."""
    return f"2001:db8:1:{number:x}::1"


async def test_one_line_asks_for_so_many_however_many_addresses_it_has(wishes: Wishes) -> None:
    for number in range(20):
        await wishes.fulfil(a_visitor(number), p.AskCode(email=HERS), host(number))
    with pytest.raises(TooMany) as refused:
        await wishes.fulfil(a_visitor(20), p.AskCode(email=HERS), host(20))
    assert refused.value.reason == "code.too_many"
    await wishes.fulfil(a_visitor(20), p.AskCode(email=HERS), line(2))


async def test_asking_for_what_is_no_address_takes_nobodys_codes(wishes: Wishes) -> None:
    for number in range(int(OF_POINT.burst) + 1):
        with pytest.raises(Invalid):
            await wishes.fulfil(a_visitor(), p.AskCode(email="x"), line(number % 2))
    await wishes.fulfil(a_visitor(), p.AskCode(email=HERS), line(0))


async def test_guessing_over_many_visits_ends_for_that_network_alone(wishes: Wishes) -> None:
    for number in range(int(WRONG_OF_NETWORK.burst)):
        await asks_and_guesses(wishes, number, host(number), line(number))
    await wishes.fulfil(a_visitor(99), p.AskCode(email=HERS), line(99))
    with pytest.raises(TooMany):
        await wishes.fulfil(a_visitor(99), p.GiveCode(code=RIGHT_CODE), host(99))
    proved = await wishes.fulfil(a_visitor(99), p.GiveCode(code=RIGHT_CODE), line(99))
    assert proved == p.Proved(email=HERS)


async def test_guessing_from_many_networks_ends_at_an_entry_point(wishes: Wishes) -> None:
    for number in range(int(WRONG_OF_POINT.burst)):
        await asks_and_guesses(wishes, number, line(number), line(number))
    with pytest.raises(TooMany):
        await wishes.fulfil(a_visitor(0), p.GiveCode(code=RIGHT_CODE), line(999))


async def test_right_codes_and_codes_nobody_asked_for_are_no_guesses(wishes: Wishes) -> None:
    for _ in range(int(WRONG_OF_NETWORK.burst) + 1):
        await wishes.fulfil(a_visitor(1), p.GiveCode(code="123456"), line(1))
    await wishes.fulfil(a_visitor(), p.AskCode(email=HERS), line(2))
    for _ in range(int(WRONG_OF_NETWORK.burst) + 1):
        await wishes.fulfil(a_visitor(), p.GiveCode(code=RIGHT_CODE), line(1))


async def asks_and_guesses(wishes: Wishes, number: int, address: str, asked_from: str) -> None:
    """A new visit that types a wrong code."""
    await wishes.fulfil(a_visitor(number), p.AskCode(email=HERS), asked_from)
    wrong = await wishes.fulfil(a_visitor(number), p.GiveCode(code="123456"), address)
    assert isinstance(wrong, p.CodeWrong)
