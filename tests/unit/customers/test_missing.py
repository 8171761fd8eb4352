"""What to ask a customer for: the one thing that helps most."""

from __future__ import annotations

import pytest

from hub.customers.missing import Known, most_useful

ALL = frozenset({"phone", "email"})


@pytest.mark.parametrize(
    ("known", "field"),
    [
        (Known("person", None, None, frozenset()), "name"),
        (Known("person", "Chen", None, frozenset({"email"})), "phone"),
        (Known("person", "Chen", None, frozenset({"phone"})), "email"),
        (Known("person", "Chen", None, ALL), "language"),
        (Known("organisation", "Acme", None, ALL), None),
        (Known("person", "Chen", "zh-CN", ALL), None),
        (Known("person", " ".strip(), "en", ALL), "name"),
    ],
)
def test_the_most_useful_field_is_asked_for(known: Known, field: str | None) -> None:
    assert most_useful(known) == field
