"""Who calls while they are to be called back: what they are told, and what their keys end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.callbacks.tables import callbacks
from hub.contacts.inbound import Awaited, Caller, IdentityKind, SenderIdentity
from hub.intake.recognising import Calling, cancel_callback, recognise_caller

from .build import CHEN, LI, Centre
from .test_callbacks import schedule


def calling(number: str = CHEN) -> Calling:
    return Calling("hotline", SenderIdentity(IdentityKind.PHONE, number))


async def told(centre: Centre, number: str = CHEN) -> Caller:
    return await centre.store.read(recognise_caller, calling(number))


async def test_a_caller_is_told_at_which_place_their_callback_waits(centre: Centre) -> None:
    first = await centre.call(LI)
    await centre.wish(first, LI)
    await centre.wish(await centre.call())
    assert (await told(centre, LI)).callback == Awaited(position=1)
    assert (await told(centre)).callback == Awaited(position=2)
    assert (await told(centre, "+8613700137000")).callback is None


async def test_a_callback_that_waits_for_its_time_is_told_by_it(centre: Centre) -> None:
    await centre.hangs_up(await centre.call())
    at = centre.clock.now() + timedelta(hours=2)
    await schedule(centre, at)
    assert (await told(centre)).callback == Awaited(at=at, zone="Asia/Shanghai")


async def test_a_call_back_that_was_our_own_idea_is_not_spoken_of(centre: Centre) -> None:
    call = await centre.call()
    centre.clock.advance(60)
    await centre.hangs_up(call)
    [abandoned] = await centre.rows(callbacks)
    assert (abandoned.kind, abandoned.state) == ("abandoned", "queued")
    assert (await told(centre)).callback is None
    await centre.store.write(cancel_callback, calling())
    assert (await centre.callback()).state == "queued"


async def test_a_caller_cancels_their_callback_and_the_timeline_says_who_did(
    centre: Centre,
) -> None:
    await centre.wish(await centre.call())
    for _ in range(2):  # a key that is told twice changes nothing more
        await centre.store.write(cancel_callback, calling())
    cancelled = await centre.callback()
    assert (cancelled.state, cancelled.contact_id) == ("cancelled", None)
    assert (await centre.codes()).count("callback_cancelled") == 1
    assert (await told(centre)).callback is None


@pytest.mark.parametrize("number", [LI, ""])
async def test_nobody_cancels_the_callback_of_somebody_else(centre: Centre, number: str) -> None:
    await centre.wish(await centre.call())
    await centre.store.write(cancel_callback, calling(number))
    assert (await centre.callback()).state == "queued"


async def test_who_withheld_their_number_is_known_by_the_one_they_keyed_in(centre: Centre) -> None:
    await centre.wish(await centre.withheld(), LI)
    assert (await told(centre, LI)).callback == Awaited(position=1)
    await centre.store.write(cancel_callback, calling(LI))
    assert (await centre.callback()).state == "cancelled"
