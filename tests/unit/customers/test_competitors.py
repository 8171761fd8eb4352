"""Which competitors a message names, and which it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.customers import competitors
from hub.customers.competitors import Names, find_competitor, find_mentions

RIVALS: Names = (
    ("acme", ("Acme", "ACME Pro", "艾克米")),
    ("arc", ("Arc",)),
    ("yuanda", ("远大", "遠大集團")),
    ("c3", ("C3+",)),
)


def named(text: str) -> list[tuple[str, str]]:
    return [(one.competitor_id, one.sentence) for one in find_mentions(text, RIVALS)]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("At acme it is cheaper.", ["acme"]),
        ("ＡＣＭＥ has it", ["acme"]),
        ("I have an acme  pro at home", ["acme"]),
        ("艾克米比你们便宜", ["acme"]),
        ("我在远大买过。ACME也有", ["yuanda", "acme"]),
        ("遠大集團的價格", ["yuanda"]),
        ("用Arc的人很多", ["arc"]),
        ("a C3+ costs less", ["c3"]),
        ("C3+是什么", ["c3"]),
        ("acme's price", ["acme"]),
        ("我search了一下", []),
        ("a search, an acmeist, ACME2 and arcs", []),
        ("远 大", []),
        ("", []),
        ("> Acme is better\nNo, thank you", []),
        ("Hello\nOn Monday, Li wrote:\nAcme is better", []),
        ("您好\n在 2026年，客服 写道：\n艾克米", []),
    ],
)
def test_names_are_found_as_words(text: str, keys: list[str]) -> None:
    assert [key for key, _ in named(text)] == keys


def test_the_sentence_is_the_customers_own() -> None:
    text = "Hello.\nYour price is high.  At Acme I pay 20 less!\nBye"
    assert named(text) == [("acme", "At Acme I pay 20 less!")]


def test_each_is_named_once_where_it_is_named_first() -> None:
    assert named("Acme. And acme again.") == [("acme", "Acme.")]


def test_a_name_that_two_share_means_both() -> None:
    both: Names = (("one", ("Same",)), ("other", ("same",)))
    assert [one.competitor_id for one in find_mentions("the same!", both)] == ["one", "other"]


@pytest.mark.parametrize(
    ("said", "key"),
    [("acme", "acme"), (" Acme pro ", "acme"), ("远大", "yuanda"), ("ac", None), ("", None)],
)
def test_a_feed_calls_it_by_key_or_name(said: str, key: str | None) -> None:
    assert find_competitor(said, RIVALS) == key


def test_who_names_nobody_costs_no_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    names = RIVALS
    _, meant = competitors._pattern(names)
    monkeypatch.setattr(competitors, "_pattern", lambda _names: (_Costly(), meant))
    assert find_mentions("洗衣机又坏了，第三次。" * 1000, names) == []
    with pytest.raises(AssertionError, match="slow"):
        find_mentions("acme", names)


class _Costly:
    def search(self, _text: str) -> None:
        raise AssertionError("slow")


def test_without_competitors_nobody_is_named() -> None:
    assert find_mentions("Acme", ()) == []
    assert find_mentions("Acme", (("x", (" ",)),)) == []


@given(st.text(max_size=300))
def test_whatever_people_write_is_no_error(text: str) -> None:
    for one in find_mentions(text, RIVALS):
        assert one.sentence
