"""The search normaliser: what meets what."""

import pytest

from hub.core.text import Query, distinct_tokens, fold, keep_rarest, parse_query, stem, tokens


def test_han_runs_become_characters_and_pairs() -> None:
    assert tokens("退款申请") == ["退", "款", "申", "请", "退款", "款申", "申请"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("開立發票", "开立发票"),
        ("ＡＢＣ１２３", "abc123"),
        ("Café MÜNCHEN", "cafe munchen"),
        ("Straße", "STRASSE"),
        ("ﾊﾟｿｺﾝ", "パソコン"),
        ("order #1,024", "order 1 024"),
        ("invoices", "Invoicing"),
        ("订单SF1024号", "订单 sf 1024 号"),
    ],
)
def test_ways_of_writing_the_same_meet(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)


@pytest.mark.parametrize(
    "family",
    [
        "invoice invoices invoiced invoicing",
        "bill bills billing billed",
        "cancel cancels cancelled cancelling canceled",
        "install installs installed installing",
        "delivery deliveries",
        "ship shipped shipping ships",
        "box boxes boxed",
    ],
)
def test_word_forms_meet(family: str) -> None:
    assert len({stem(word) for word in family.split()}) == 1


@pytest.mark.parametrize(
    "word", ["need", "status", "string", "address", "bus", "e5", "1024", "чай"]
)
def test_words_that_only_look_inflected_stay(word: str) -> None:
    assert stem(word) == word


def test_a_single_han_character_can_be_searched() -> None:
    assert parse_query("税") == Query(("税",), match_all=True)


def test_short_queries_need_all_their_terms() -> None:
    assert parse_query("退款 发票") == Query(("退款", "发票"), match_all=True)


def test_a_whole_question_matches_on_any_term() -> None:
    query = parse_query("你好，我上周买的空气净化器到现在还没有收到货，请问什么时候可以发货？")
    assert not query.match_all
    assert "净化" in query.terms


def test_an_unfinished_last_word_is_a_prefix_only_when_asked() -> None:
    assert parse_query("Maria Ross", prefix=True).prefix
    assert not parse_query("Maria Ross").prefix
    assert not parse_query("Maria 陈", prefix=True).prefix


def test_the_word_being_typed_is_last_even_if_it_was_typed_before() -> None:
    assert parse_query("ann joan ann", prefix=True).terms == ("joan", "ann")


def test_the_eight_rarest_known_terms_are_kept() -> None:
    words = [f"t{n}" for n in range(12)]
    query = Query(tuple(words), match_all=False)
    kept = keep_rarest(query, {word: n for n, word in enumerate(words)})
    assert kept.terms == tuple(words[1:9])


def test_punctuation_alone_is_no_query() -> None:
    assert not parse_query(" ，。!? -- ")
    assert distinct_tokens("…") == []


def test_endless_words_are_cut() -> None:
    assert [len(token) for token in tokens("x" * 500)] == [48]


def test_folding_keeps_what_is_simple() -> None:
    assert fold("简体 abc") == "简体 abc"
