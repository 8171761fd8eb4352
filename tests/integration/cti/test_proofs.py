"""Who may tell of calls: signed, bounded, and what is refused is seen."""

from __future__ import annotations

import json

import pytest

from hub.channels.cti import service
from hub.channels.cti.proof import sign
from hub.channels.cti.service import purge, read_state
from hub.core.budget import Rate
from tests.integration.cti.conftest import CHEN, KEY, OURS, House

CALL = {"call_id": "a1", "event": "ringing", "from": CHEN, "to": OURS, "extension": "801"}


async def test_a_forged_request_is_refused_and_shown_to_the_admin(house: House) -> None:
    assert await house.post(CALL, key="the key of somebody else") == 403
    async with house.session.post(house.url, json=CALL) as answer:
        assert answer.status == 403
    assert await house.entries() == []
    state = await house.store.read(read_state, "house")
    assert (state.refused, state.why, state.last) == (2, "signature", [])


async def test_a_request_is_good_for_five_minutes_and_counts_once(house: House) -> None:
    raw = json.dumps(CALL).encode()
    headers = {"X-Hub-Signature": sign(KEY, raw, house.clock.now())}
    statuses = []
    for seconds in (0, 200, 200):
        house.clock.advance(seconds)
        async with house.session.post(house.url, data=raw, headers=headers) as answer:
            statuses.append(answer.status)
    assert statuses == [200, 200, 403]
    state = await house.store.read(read_state, "house")
    assert len(state.last) == 1
    assert len(await house.entries()) == 1


async def test_a_key_is_changed_without_a_gap(house: House) -> None:
    await house.set_pbx(signing_keys=["the new key of the PBX", KEY])
    assert await house.post(CALL) == 200
    assert await house.post(CALL, key="the new key of the PBX") == 200
    await house.set_pbx(signing_keys=["the new key of the PBX"])
    assert await house.post(CALL) == 403


async def test_a_pbx_that_cannot_sign_shows_its_key(house: House) -> None:
    await house.set_pbx(proof="query")
    async with house.session.post(house.url, params={"token": KEY}, json=CALL) as answer:
        assert answer.status == 200
    async with house.session.post(house.url, params={"token": "x"}, json=CALL) as answer:
        assert answer.status == 403
    assert len(await house.rings(house.ann)) == 1


async def test_what_cannot_be_read_or_is_too_long_changes_nothing(house: House) -> None:
    assert await house.post({"event": "ringing"}) == 400
    assert await house.post({**CALL, "event": "registered"}) == 200
    assert await house.post({**CALL, "padding": "x" * 70_000}) == 413
    assert await house.entries() == []


async def test_an_entry_point_without_a_pbx_takes_none(house: House) -> None:
    for key in ("hotline", "shop-chat", "nothing"):
        url = house.url.replace("/house/", f"/{key}/")
        async with house.session.post(url, json=CALL) as answer:
            assert answer.status == 404


async def test_more_than_a_pbx_can_have_to_say_is_put_off(house: House) -> None:
    house.channel._budgets.rate = Rate(per_s=0.01, burst=2)
    assert [await house.post(CALL) for _ in range(3)] == [200, 200, 429]


async def test_a_call_that_never_stops_telling_ends_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_TOLD", 4)
    await house.tell("answered", extension="801")
    for number in range(6):
        await house.tell("ringing", extension=str(1_000 + number))
    state = await house.store.read(read_state, "house")
    assert len(state.last) == 4
    await house.tell("ended")
    assert (await house.contact()).state == "wrap_up"


async def test_what_was_told_is_forgotten_after_a_month(house: House) -> None:
    await house.tell("answered", extension="801")
    await house.tell("ended")
    house.clock.advance(29 * 86_400)
    await house.tell("ringing", "a2", extension="801")
    house.clock.advance(2 * 86_400)
    assert await house.store.write(purge, None) == 2
    assert [event.call_id for _, event in (await house.store.read(read_state, "house")).last] == [
        "a2"
    ]
    assert len(await house.entries()) == 2
