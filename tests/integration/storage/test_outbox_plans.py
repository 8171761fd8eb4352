"""However many effects went out, those that are due or taken back are found by an index of them."""

from __future__ import annotations

from typing import cast

import pytest

from hub.storage import Store, Tx, in_words
from hub.storage.outbox import Claim, Recall, claim_effects, outbox, recall_effects
from tests.integration.sla.house import Planning


def _claim(tx: Tx) -> None:
    claim_effects(tx, Claim("me", 10, 60.0))


def _recall(tx: Tx) -> None:
    recall_effects(tx, Recall(["somebody"], ["marketing"], "opted_out"))


@pytest.mark.parametrize(
    ("ask", "index"), [(_claim, "ix_outbox_due"), (_recall, "ix_outbox_recallable")]
)
async def test_what_waits_in_the_outbox_is_found_without_what_went_out(
    sqlite_store: Store, ask: object, index: str
) -> None:
    def plan(tx: Tx, plans: list[str]) -> str:
        assert callable(ask)
        ask(cast(Tx, Planning(tx, plans)))
        return "\n".join(plans)

    said = await sqlite_store.write(plan, [])
    assert "SCAN outbox" not in said
    assert index in said


def test_only_our_own_words_are_sent_as_they_are() -> None:
    assert str(in_words(outbox.c.state, ["sent"])) == "outbox.state IN ('sent')"
    for word in ("it's", "", "two words", "é"):
        with pytest.raises(ValueError, match="words of ours"):
            in_words(outbox.c.state, ["sent", word])
