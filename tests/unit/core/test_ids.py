from __future__ import annotations

import uuid

from hub.core.ids import is_id, new_id


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = uuid.UUID(new_id())
    assert made.version == 7
    assert made.variant == uuid.RFC_4122


def test_later_ids_sort_later() -> None:
    made = [new_id() for _ in range(2000)]
    assert sorted(made, key=lambda one: one[:18]) == made
    assert len(set(made)) == 2000


def test_only_lower_case_ids_in_their_form_are_ids() -> None:
    good = new_id()
    assert is_id(good)
    for bad in (good.upper(), good[:-1], good.replace("-", "_"), good + "0", "g" + good[1:], ""):
        assert not is_id(bad) or bad == good
