"""Numbers that an entry names beside its words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hub.agent_console.hiding import without_numbers
from hub.agent_console.shapes import InteractionView


def an_entry(meta: dict[str, Any]) -> InteractionView:
    return InteractionView(
        id="e1", conversation_id="c1", seq=1, contact_id=None, channel="fax", kind="message",
        direction="out", author_id="u1", author_name="13800138000", client_id=None, text="",
        quoted=None, html=None, subject=None, delivery=None, delivery_detail=None,
        at=datetime(2026, 3, 2, tzinfo=UTC), files=[], meta=meta, has_original=False,
    )  # fmt: skip


def test_numbers_are_hidden_wherever_a_message_names_them() -> None:
    meta = {
        "to": ["+862161234567"],
        "sent_on": [{"id": "0123456789", "to": "+862161239999"}],
        "address": "+862161234567, chen@example.test",
        "code": "answer_lost",
    }
    assert without_numbers(an_entry(meta)).meta == {
        "to": ["+8621****4567"],
        "sent_on": [{"id": "0123456789", "to": "+8621****9999"}],
        "address": "+8621****4567, chen@example.test",
        "code": "answer_lost",
    }


def test_what_names_no_number_stays_the_same_object() -> None:
    for meta in ({}, {"to": ["chen@example.test"]}, {"pages": 12345678}):
        entry = an_entry(meta)
        assert without_numbers(entry) is entry  # the name of a colleague is theirs
