"""Texts with placeholders. Pure.

`{customer.name}` is filled in from the contact, `{?Date of visit}` is asked for at insertion,
`{?Model|A|B}` with a choice. `{{name}}` means the same as `{name}`. Braces around anything else
(`{ "json": 1 }`) are braces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

import msgspec

from hub.core.errors import Fault, Invalid

Language = Annotated[str, msgspec.Meta(min_length=2, max_length=16)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
MAX_TEXT = 10_000
MAX_FILES = 10

# What the hub fills in, and the short names that texts of old have.
NAMES = (
    "customer.name",
    "customer.organisation",
    "agent.name",
    "contact.reference",
    "contact.subject",
    "queue.name",
    "organisation",
    "commitment.date",
    "commitment.text",
    "today",
)
ALIASES = {
    "customer": "customer.name",
    "customer_name": "customer.name",
    "agent": "agent.name",
    "agent_name": "agent.name",
    "reference": "contact.reference",
    "subject": "contact.subject",
    "queue": "queue.name",
    "company": "organisation",
}
_PLACEHOLDER = re.compile(r"\{\{\s*([\w.]+)\s*\}\}|\{\s*([\w.]+)\s*\}|\{\{?\s*\?([^{}]*)\}\}?")
_LONGEST_TOLD = 200  # characters of placeholders that a refusal names
_MAX_QUESTION = 120
_TAG = re.compile(r"<[^<>]*>")
_LINE_TAG = re.compile(r"</?(?:p|li|ul|ol|blockquote|br)\b[^<>]*>")


class Text(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One language of a response. With `html` the text is made of it, as in an answer."""

    title: Title
    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)] = ""
    html: Annotated[str, msgspec.Meta(max_length=4 * MAX_TEXT)] | None = None


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file that goes along: its own copy, in the blob store."""

    blob_id: str
    name: str
    media_type: str
    size_bytes: int


def names_in(text: str) -> list[str]:
    """Return the names of the placeholders of a text that are filled in, in their order."""
    found = (match[1] or match[2] for match in _PLACEHOLDER.finditer(text))
    return list(dict.fromkeys(name for name in found if name))


def questions_in(text: str) -> list[str]:
    """Return what a text asks for, in its order, without the choices."""
    found = (match[3] for match in _PLACEHOLDER.finditer(text) if match[3] is not None)
    return list(dict.fromkeys(one.split("|")[0].strip() for one in found))


def unknown_in(text: str) -> list[str]:
    """Return the placeholders nobody fills in: they would be sent as they stand."""
    return [name for name in names_in(text) if name not in NAMES and name not in ALIASES]


def broken_in(html: str) -> list[str]:
    """Return the placeholders in which the formatting changes midway, as their text has them: who
    fills them in would not find them.
    """
    broken: list[str] = []
    for line in _LINE_TAG.split(html):
        whole = {found[0] for piece in _TAG.split(line) for found in _PLACEHOLDER.finditer(piece)}
        broken += [
            found[0] for found in _PLACEHOLDER.finditer(_TAG.sub("", line)) if found[0] not in whole
        ]
    return broken


def is_unfilled(text: str) -> bool:
    """Say whether a text still has a placeholder or a question in it."""
    names = any(name in NAMES or name in ALIASES for name in names_in(text))
    return names or bool(questions_in(text))


def check_formatting(texts: Sequence[tuple[str, str]]) -> None:
    """Raise Invalid naming each placeholder whose formatting changes inside: (where, HTML) each."""
    broken = [(path, name) for path, html in texts for name in broken_in(html)]
    faults = [
        Fault(path, f"the formatting changes inside {name}: mark it whole, or not at all")
        for path, name in broken
    ]
    if faults:
        raise _unfillable(faults, [name for _, name in broken])


def check_placeholders(texts: Sequence[tuple[str, str]]) -> None:
    """Raise Invalid naming each placeholder that is not known: (where it stands, text) each."""
    unknown = [(path, name) for path, text in texts for name in unknown_in(text)]
    asked = [
        (path, question)
        for path, text in texts
        for question in questions_in(text)
        if not 1 <= len(question) <= _MAX_QUESTION
    ]
    faults = [
        Fault(path, f"there is no placeholder {{{name}}}; ask for it by {{?{name}}}")
        for path, name in unknown
    ]
    faults += [
        Fault(path, "a question needs 1 to 120 characters: {?Date of visit}") for path, _ in asked
    ]
    if faults:
        named = [f"{{{name}}}" for _, name in unknown] + [f"{{?{one[:20]}}}" for _, one in asked]
        raise _unfillable(faults, named)


def _unfillable(faults: Sequence[Fault], named: Sequence[str]) -> Invalid:
    """`named`: the placeholders as they are written, each is told once."""
    return Invalid(
        "; ".join(map(str, faults)),
        code="words.placeholder",
        faults=faults,
        what=", ".join(dict.fromkeys(named))[:_LONGEST_TOLD],
    )
