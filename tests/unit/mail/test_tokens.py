from __future__ import annotations

import pytest

from hub.core.ids import new_id
from hub.vendors.mail.tokens import ConversationTokens

TOKENS = ConversationTokens(b"k" * 32)


def test_a_message_id_of_ours_proves_its_conversation() -> None:
    conversation, interaction = new_id(), new_id()
    message_id = TOKENS.message_id(conversation, interaction, "shop.example")
    assert TOKENS.find_in_ids(["<other@x>", message_id]) == (conversation, interaction)


def test_the_same_interaction_has_the_same_id_at_every_try() -> None:
    pair = new_id(), new_id()
    assert TOKENS.message_id(*pair, "a.b") == TOKENS.message_id(*pair, "a.b")


def test_a_plus_address_survives_a_server_that_folds_case() -> None:
    conversation = new_id()
    address = TOKENS.plus_address("support@shop.example", conversation)
    assert TOKENS.find_in_addresses([address.upper()]) == conversation


def test_a_foreign_key_proves_nothing() -> None:
    forged = ConversationTokens(b"x" * 32)
    assert TOKENS.find_in_ids([forged.message_id(new_id(), new_id(), "a.b")]) is None
    assert TOKENS.find_in_addresses([forged.plus_address("a@b.c", new_id())]) is None


def test_a_changed_conversation_breaks_the_signature() -> None:
    message_id = TOKENS.message_id(new_id(), new_id(), "a.b")
    other = TOKENS.message_id(new_id(), new_id(), "a.b")
    mixed = other[:28] + message_id[28:]
    assert TOKENS.find_in_ids([mixed]) is None


def test_the_key_shows_nowhere() -> None:
    assert "kkkk" not in repr(TOKENS)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        ConversationTokens(b"short")
