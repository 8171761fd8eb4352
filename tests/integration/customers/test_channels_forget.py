"""Channels forget what they keep of a person themselves: visits, files, with whom a call was."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from hub.channels.phone.tables import calls
from hub.channels.webchat.tables import webchat_uploads, webchat_visitors
from hub.contacts.forgetting import Whose
from hub.storage import Tx
from hub.wiring.consent import FORGET
from tests.integration.outreach.build import CHEN, House
from tests.integration.outreach.conftest import house as house

from .test_erasing import CANARY, left


async def test_the_channels_forget_what_they_keep_themselves(house: House) -> None:
    def run(tx: Tx, _: None) -> list[str]:
        visits = [
            _visit(tx, "v1"),
            _visit(tx, "v2", speaks_as="v1"),  # came back by a link
            _visit(tx, "v3", conversation_id="c1"),  # another device, which never wrote
            _visit(tx, "v4", external_id="c-17"),  # signed in on another, which never wrote
            {**_visit(tx, "v5", external_id="c-18", conversation_id="c2"), "name": "Liu"},
        ]
        for visit in visits:
            tx.execute(insert(webchat_visitors).values(**visit))
            name = "a.jpg" if visit["id"] == "v5" else f"{CANARY}.jpg"
            tx.execute(insert(webchat_uploads).values(**_upload(tx, visit["id"], name)))
        tx.execute(insert(calls).values(**_call(tx)))
        addresses = [("visitor", "v1"), ("external", "c-17"), ("email", "c-18")]
        whose = Whose(["k1"], ["c1"], addresses, ["b9"])
        return [blob_id for forget in FORGET for blob_id in forget(tx, whose)]

    gone = await house.store.write(run, None)
    assert sorted(gone) == ["of v1", "of v2", "of v3", "of v4"]
    assert [row.id for row in await house.rows(webchat_visitors)] == ["v5"]
    assert [row.visitor_id for row in await house.rows(webchat_uploads)] == ["v5"]
    assert await left(house, CANARY) == []
    [call] = await house.rows(calls)  # that there was a call, and not with whom
    assert (call.from_address, call.to_address) == ("", "")


def _visit(tx: Tx, id_: str, **more: str) -> dict[str, Any]:
    at = dict.fromkeys(("created_at", "last_seen_at", "rotated_at"), tx.now)
    return {
        "id": id_,
        "entry_point_id": "shop-chat",
        "token_hash": f"hash of {id_}",
        "name": CANARY,
        "email": "",
        "language": "zh-CN",
        **at,
        **more,
    }


def _upload(tx: Tx, visitor_id: str, name: str) -> dict[str, Any]:
    return {
        "id": f"by {visitor_id}",
        "visitor_id": visitor_id,
        "blob_id": f"of {visitor_id}",
        "name": name,
        "media_type": "image/jpeg",
        "size_bytes": 3,
        "created_at": tx.now,
    }


def _call(tx: Tx) -> dict[str, Any]:
    return {
        "id": "p1",
        "entry_point_id": "hotline",
        "direction": "in",
        "from_address": CHEN,
        "to_address": "+862155501000",
        "language": "zh-CN",
        "started_at": tx.now,
        "contact_id": "k1",
        "leg_state": "ended",
        "voicemail": False,
        "callback_offered": False,
        "ended_by_us": False,
        "checked_at": tx.now,
    }
