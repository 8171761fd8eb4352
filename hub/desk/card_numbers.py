"""What an agent writes goes out as it is stored: without card numbers."""

from __future__ import annotations

from dataclasses import replace

from hub.contacts.card_numbers import storable_words
from hub.storage import Tx

from .commands import Reply


def storable(tx: Tx, item: Reply) -> Reply:
    """Return an answer as it is stored, and so as it is sent."""
    words = storable_words(tx, item.text, item.html, item.subject)
    same = all(getattr(item, name) == said for name, said in words.items())
    return item if same else replace(item, **words)
