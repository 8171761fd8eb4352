"""How a contact's end is described: reasons, outcomes, what they ask for, what was said."""

from __future__ import annotations

import msgspec

from .shape import Shape


class Label(Shape, frozen=True):
    id: str
    zh: str
    en: str


class AskView(Shape, frozen=True):
    """`field`: note, next_action, product, commitment, or the key of a closing field."""

    field: str
    required: bool


class ReasonView(Label, frozen=True):
    """`asks`: with those of the reasons above. `words`: its name in Latin letters."""

    parent_id: str | None
    queues: list[str]
    asks: list[AskView] = msgspec.field(default_factory=list)
    words: list[str] = msgspec.field(default_factory=list)


class OutcomeView(Label, frozen=True):
    asks: list[AskView] = msgspec.field(default_factory=list)


class ClosingFieldView(Label, frozen=True):
    """`kind`: text, number, date, choice. `unit` stands behind a number."""

    kind: str
    unit: str
    longest: int
    least: float | None
    most: float | None
    choices: list[Label]


class DispositionView(Shape, frozen=True):
    """`fields`: what its reason and outcome asked for besides, by key."""

    reason_id: str | None
    outcome_id: str | None
    next_action: str | None
    note: str | None
    fields: dict[str, str | float] = msgspec.field(default_factory=dict)
