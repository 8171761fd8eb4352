"""What the provider told nobody, or too early, is found; nothing else is taken for lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.channels.sms import sweeping
from hub.contacts.effects import Done
from hub.contacts.inbound import DeliveryReport
from hub.testing.twilio_simulator import Trouble

from .conftest import CHEN, OURS, Desk

PICTURE = b"\x89PNG\r\n\x1a\n" + b"0" * 64


async def test_a_text_whose_callback_came_before_its_answer_was_lost_is_out(desk: Desk) -> None:
    desk.channel.take_up_account(desk.account())
    desk.provider.set_trouble(Trouble(lose_answer=True, path="/Messages.json"))
    sent = await desk.send("We come tomorrow.")
    (text,) = [one for one in desk.provider.texts.all.values() if one.direction != "inbound"]
    assert sent == Done(external_id=text.sid)


async def test_a_text_is_kept_whose_pictures_the_provider_has_no_more(desk: Desk) -> None:
    await desk.provider.texts.receive(
        CHEN, OURS, "See here", media=[(PICTURE, "image/png")], quietly=True
    )
    desk.provider.set_trouble(Trouble(status=404, path="/Media.json"))
    desk.channel.take_up_account(desk.account())
    await desk.has("See here")
    assert desk.door.inbounds[0].meta["lost_files"] == 1


async def test_those_of_which_no_end_is_told_do_not_hide_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "_ASKED", 1)
    monkeypatch.setattr(sweeping, "_PATIENCE", timedelta(seconds=-60))
    desk.provider.texts.holds.add(CHEN)
    desk.channel.take_up_account(desk.account())
    await desk.send("One", "one")
    await desk.send("Two", "two")
    (second,) = [one for one in desk.provider.texts.all.values() if one.body == "Two"]
    second.status = "delivered"  # and nobody is told
    for _ in range(3):
        await desk.channel.sweep()
    told = [one for one in desk.door.reports if isinstance(one, DeliveryReport)]
    assert [(one.interaction_id, one.state) for one in told] == [("two", "delivered")]


async def test_a_list_that_the_provider_does_not_give_is_asked_for_later(desk: Desk) -> None:
    desk.channel.take_up_account(desk.account())
    await desk.provider.texts.receive(CHEN, OURS, "Hello?", quietly=True)
    desk.provider.set_trouble(Trouble(status=500, path="/Messages.json"))
    await desk.channel.sweep()
    await desk.channel.sweep()
    await desk.has("Hello?")
