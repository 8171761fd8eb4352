"""The one thing to ask a customer for: what helps most of what we do not know. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .model import CustomerKind, IdentityKind


class Known(NamedTuple):
    """What a record says. `reached_by`: the kinds of addresses in use."""

    kind: str
    name: str | None
    language: str | None
    reached_by: frozenset[str]


class _Field(NamedTuple):
    """`weight`: how much it helps; `is_missing`: not known, and this customer has one."""

    name: str
    weight: int
    is_missing: Callable[[Known], bool]


# A name makes somebody of a visitor; a number lets us call back, a mail address lets us write when
# nobody is there; the language is told by what they write as a rule.
_FIELDS = (
    _Field("name", 100, lambda known: not known.name),
    _Field("phone", 80, lambda known: IdentityKind.PHONE not in known.reached_by),
    _Field("email", 70, lambda known: IdentityKind.EMAIL not in known.reached_by),
    _Field(
        "language",
        20,
        lambda known: known.language is None and known.kind == CustomerKind.PERSON,
    ),
)


def most_useful(known: Known) -> str | None:
    """Return the field to ask for: name, phone, email or language; None: nothing is missing."""
    missing = [field for field in _FIELDS if field.is_missing(known)]
    return max(missing, key=lambda field: field.weight).name if missing else None
