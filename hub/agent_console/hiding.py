"""Numbers that an entry names beside its words, as those see them from whom numbers are hidden."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from hub.customers.model import IdentityKind
from hub.customers.normalise import mask

from .shapes import InteractionView

# Where channels and use cases keep whom something came from, or went to.
_NAMING = frozenset(
    ("from", "to", "caller", "station", "number", "address", "recipient", "recipients", "sent_on")
)
_NUMBER = re.compile(r"[+(]?\d[\d\s()./-]{5,40}")


def without_numbers(entry: InteractionView) -> InteractionView:
    """Return the entry with its numbers as 138****8000; itself where it names none."""
    named = _NAMING & entry.meta.keys()
    meta = {**entry.meta, **{key: _hidden(entry.meta[key]) for key in named}} if named else {}
    author = entry.author_name
    if author is not None and entry.author_id is None:  # a machine that goes by its number
        author = _in_text(author)
    if author == entry.author_name and (not named or meta == entry.meta):
        return entry
    return msgspec.structs.replace(entry, author_name=author, meta=meta or entry.meta)


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return ", ".join(_in_text(part) for part in value.split(", "))
    if isinstance(value, list):
        return [_hidden(one) for one in value]
    if isinstance(value, dict):
        return {key: _hidden(one) if key in _NAMING else one for key, one in value.items()}
    return value


def _in_text(text: str) -> str:
    return mask(IdentityKind.PHONE, text) if _NUMBER.fullmatch(text) else text
