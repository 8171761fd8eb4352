"""Numbers and the account change while the hub runs: what is new holds, and nothing is lost."""

from __future__ import annotations

import pytest

from hub.contacts.effects import Done, Permanent
from hub.core.errors import NotFound
from hub.settings import Twilio

from .conftest import Desk, a_number


async def test_an_account_that_is_connected_later_texts_at_once(desk: Desk) -> None:
    assert await desk.text("Anybody there?") == 404
    assert await desk.send("Hello") == Permanent("sms_no_account")
    desk.channel.take_up_account(desk.account())
    await desk.has("Anybody there?")  # what came before is looked for
    assert await desk.text("Hello?") == 200
    await desk.has("Anybody there?", "Hello?")
    assert isinstance(await desk.send("Good day"), Done)


async def test_another_account_holds_for_the_next_webhook(desk: Desk) -> None:
    desk.channel.take_up_account(desk.account())
    assert await desk.text("One") == 200
    desk.channel.take_up_account(desk.account("another token"))
    assert await desk.text("Two") == 403
    desk.channel.take_up_account(desk.account())
    await desk.has("One", "Two")


async def test_without_the_account_nothing_goes_in_or_out(desk: Desk) -> None:
    desk.channel.take_up_account(desk.account())
    assert await desk.text("One") == 200
    desk.channel.take_up_account(Twilio())
    assert await desk.text("Two") == 404
    assert await desk.send("Hello") == Permanent("sms_no_account")
    await desk.has("One")


async def test_a_number_that_is_gone_takes_nothing_and_one_that_comes_does(desk: Desk) -> None:
    desk.channel.take_up_account(desk.account())
    desk.channel.take_up([a_number("others", "+862155501010")])
    assert await desk.text("One") == 404
    with pytest.raises(NotFound):
        await desk.send("Hello")
    desk.channel.take_up([a_number()])
    assert await desk.text("Two") == 200
