"""Card numbers are masked before what is said is stored, unless the set-up says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hub.customers.card_numbers import hide_card_numbers, hide_card_numbers_in_html
from hub.storage import Tx

from .model import Direction

if TYPE_CHECKING:
    from .service import NewInteraction

HIDDEN = "card_hidden"
"""In an interaction's meta where a card number of it was masked."""


def storable(tx: Tx, entries: Sequence[NewInteraction]) -> list[NewInteraction]:
    """Return entries as they may be stored; of what came in `intake.receive` has seen to that."""
    return [
        entry if entry.direction == Direction.INBOUND else _storable(tx, entry) for entry in entries
    ]


def _storable(tx: Tx, entry: NewInteraction) -> NewInteraction:
    words = storable_words(tx, entry.text, entry.html, entry.subject)
    same = all(getattr(entry, name) == said for name, said in words.items())
    return entry if same else entry._replace(**words)


def storable_words(tx: Tx, text: str, html: str | None, subject: str | None) -> dict[str, Any]:
    """Return what is written, by its name, as it may be stored."""
    return {
        "text": hide_card_numbers(tx, text) if text else text,
        "html": hide_card_numbers_in_html(tx, html) if html else html,
        "subject": hide_card_numbers(tx, subject) if subject else subject,
    }
