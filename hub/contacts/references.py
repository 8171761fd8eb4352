"""References: what people say on the phone and read in a mail instead of an id."""

from __future__ import annotations

import re
import secrets

# Crockford's base 32: no I, L, O, U, so that nothing is misread or misheard.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_IN_TEXT = re.compile(rf"(?<![0-9A-Z-])([{_ALPHABET}]{{4}})-([{_ALPHABET}]{{4}})(?![0-9A-Z-])")
_MOST = 3


def find_references(text: str) -> tuple[str, ...]:
    """Return what looks like our references in a subject, at most three, in order."""
    found = (f"{first}-{second}" for first, second in _IN_TEXT.findall(text.upper()))
    return tuple(dict.fromkeys(found))[:_MOST]


def new_reference() -> str:
    """Return a random reference such as "7KQ2-M4XD" (40 bits; the column is unique)."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"
