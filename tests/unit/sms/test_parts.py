"""How many parts a text has: the same cases as of the console's own count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hub.channels.sms.parts import BASIC, EXTENSION, count_parts

CASES = json.loads((Path(__file__).parents[2] / "fixtures/sms/parts.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_parts(case: dict[str, Any]) -> None:
    counted = count_parts(case["text"] * case["times"])
    assert (counted.alphabet, counted.parts, counted.left) == (
        case["alphabet"],
        case["parts"],
        case["left"],
    )


def test_the_alphabet_has_the_places_of_the_standard() -> None:
    """127 letters and signs, and the escape to the extension table (TS 23.038 §6.2.1)."""
    assert len(BASIC) == 127
    assert len(EXTENSION) == 10
    assert not BASIC & EXTENSION
