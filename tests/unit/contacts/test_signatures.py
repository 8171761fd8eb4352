from __future__ import annotations

import msgspec
import pytest

from hub.contacts.signatures import (
    Chosen,
    Names,
    WrittenTexts,
    choose_signature,
    is_signed,
    said,
)

LI = Names("Li Na", "一线客服组", "Front desk", "Acme")


@pytest.mark.parametrize(
    ("language", "place", "text"),
    [
        ("en", 0, "own en"),
        ("en-GB", 0, "own en"),
        ("zh-CN", 1, "team zh"),  # in the customer's language before one's own in another
        ("de-AT", 2, "point de"),
        ("fr", 0, "own en"),  # nobody's: the entry point's language, and there one's own
    ],
)
def test_the_customers_language_comes_before_whose_it_is(
    language: str, place: int, text: str
) -> None:
    written = [
        {"en": "own en"},
        {"zh-CN": "team zh", "en": "team en"},
        {"zh-CN": "point zh", "en": "point en", "de-DE": "point de"},
    ]
    chosen = choose_signature(written, (language, "en"))
    assert chosen is not None
    assert (chosen.place, chosen.text) == (place, text)


def test_one_without_words_counts_for_nothing() -> None:
    assert choose_signature([{"en": "  "}, {"en": "team"}], ("en",)) == Chosen(1, "en", "team")
    assert choose_signature([{}, {"en": " "}], ("zh-CN", "en")) is None


def test_places_are_filled_in_the_signatures_language() -> None:
    assert said(Chosen(0, "en", "{name}\n{team}, {organisation}"), LI) == "Li Na\nFront desk, Acme"
    assert said(Chosen(0, "zh-TW", "{team} {name} {phone}"), LI) == "一线客服组 Li Na {phone}"


def test_a_line_for_which_there_is_nothing_is_left_out() -> None:
    nobody = Names("Li Na", "", "", "")
    assert said(Chosen(0, "en", "{name}\n{organisation}\n\nT 021"), nobody) == "Li Na\n\nT 021"


def test_a_name_never_stands_for_another_place() -> None:
    assert said(Chosen(0, "en", "{name}"), Names("{organisation}", "", "", "Acme")) == (
        "{organisation}"
    )


def test_what_is_signed_already_is_known_however_its_lines_break() -> None:
    assert is_signed("Soon.\n\n--\nLi Na\nAcme\n", "Li Na\nAcme")
    assert is_signed("Soon. Li Na   Acme", "Li Na\nAcme")
    assert not is_signed("Li Na\nAcme\n\nP.S. Soon.", "Li Na\nAcme")


@pytest.mark.parametrize(
    "texts",
    [{"en": "x" * 1001}, {"a language": "x"}, {f"{c}{d}": "x" for c in "ab" for d in "abcdef"}],
)
def test_too_long_too_many_or_no_language_is_refused(texts: dict[str, str]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(texts, WrittenTexts)
