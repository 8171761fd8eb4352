"""Lines of files: taken as they are, or refused with a reason; nothing breaks them."""

import json

import pytest

from hub.knowledge.lines import (
    MAX_BODY,
    ArticleLine,
    CaseLine,
    Refused,
    parse_line,
    parse_question,
)

ARTICLE = {"key": "refund", "title": "Refunds", "body": "In 30 days.", "lang": "en"}
CASE = {"text": "钱什么时候退", "article_key": "refund", "lang": "zh-CN"}


def line(**told: object) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()


def test_an_article_and_a_case_are_read() -> None:
    assert parse_line(1, line(article=ARTICLE)) == ArticleLine(
        1, "refund", "Refunds", "In 30 days.", "en"
    )
    assert parse_line(2, line(case=CASE)) == CaseLine(2, "钱什么时候退", "refund", "zh-CN")


def test_further_names_are_passed_over() -> None:
    told = line(article={**ARTICLE, "tags": ["x"], "x": {"y": 1}}, source="shop")
    assert isinstance(parse_line(1, told), ArticleLine)
    assert isinstance(parse_question(1, line(**CASE, id=7)), CaseLine)


def test_a_null_key_says_that_nothing_fits() -> None:
    told = parse_question(1, line(text="hello", article_key=None, lang="en"))
    assert isinstance(told, CaseLine)
    assert told.key is None


def test_keys_may_be_numbers_and_a_language_left_out_is_seen() -> None:
    told = parse_line(1, line(case={"text": "退款", "article_key": 12}))
    assert told == CaseLine(1, "退款", "12", "zh-CN")


@pytest.mark.parametrize("raw", [b"", b"  \r\n", b"\xef\xbb\xbf\n"])
def test_an_empty_line_is_none(raw: bytes) -> None:
    assert parse_line(1, raw) is None


def test_the_mark_at_the_beginning_of_a_file_is_no_part_of_it() -> None:
    assert isinstance(parse_line(1, b"\xef\xbb\xbf" + line(case=CASE)), CaseLine)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"{broken", "malformed"),
        (b"[]", "object"),
        (b'{"case": {"text": "\xff\xfe", "article_key": "k"}}', ""),
        (line(), "either"),
        (line(article=ARTICLE, case=CASE), "either"),
        (line(article={**ARTICLE, "title": " "}), "`title` is empty"),
        (line(article={**ARTICLE, "body": "x" * (MAX_BODY + 1)}), "at most"),
        (line(article={"key": "k", "title": "t"}), "body"),
        (line(case={"text": "x"}), "article_key"),
        (line(case={"text": 5, "article_key": "k"}), "str"),
        (line(case={**CASE, "lang": "<script>"}), "no language"),
        (b"[" * 100_000, ""),
    ],
)
def test_a_wrong_line_is_refused_with_its_number_and_reason(raw: bytes, why: str) -> None:
    told = parse_line(9, raw)
    assert isinstance(told, Refused)
    assert told.line == 9
    assert why in told.reason
