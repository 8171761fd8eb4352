"""Reading requests: every refusal names the field and says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict

from hub.core.errors import HubError, Invalid, NotFound, TooLarge
from hub.web import Body, Key, Query, decode_cursor, encode_cursor
from hub.web.decode import NotJson, check_json_type, decode_body, decode_path, decode_query


class Part(Body, frozen=True):
    name: str


class Whole(Body, frozen=True):
    count: Annotated[int, msgspec.Meta(ge=1)]
    parts: list[Part] = msgspec.field(default_factory=list)


class Search(Query, frozen=True):
    q: str = ""
    limit: int = 10
    tag: list[str] = msgspec.field(default_factory=list)


class Position(msgspec.Struct, frozen=True, array_like=True):
    name: str
    number: int


def refusal(read: Callable[[], object]) -> str | None:
    try:
        read()
    except HubError as error:
        return error.reason
    return None


DECODER = msgspec.json.Decoder(Whole)


def test_a_wrong_field_is_named_with_its_path() -> None:
    with pytest.raises(Invalid) as refused:
        decode_body(b'{"count": 1, "parts": [{"name": 5}]}', DECODER, 1000)
    assert refused.value.details["field"] == "parts[0].name"
    assert "Expected `str`, got `int`" in refused.value.message


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(Invalid, match="unknown field `colour`"):
        decode_body(b'{"count": 1, "colour": "red"}', DECODER, 1000)


def test_text_that_is_not_json_is_malformed() -> None:
    for raw in (b"", b"{", b"\xff\xfe", b"[" * 100_000):
        with pytest.raises(HubError):
            decode_body(raw, DECODER, 1_000_000)


def test_a_body_over_the_limit_is_too_large() -> None:
    with pytest.raises(TooLarge):
        decode_body(b" " * 11, DECODER, 10)


def test_only_json_is_taken() -> None:
    check_json_type("application/json")
    for other in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        with pytest.raises(NotJson):
            check_json_type(other)


def test_a_query_is_read_in_its_types_and_a_repeated_name_becomes_a_list() -> None:
    found = decode_query(MultiDict([("tag", "a"), ("tag", "b"), ("limit", "3")]), Search)
    assert found == Search(limit=3, tag=["a", "b"])


def test_a_single_value_of_a_list_is_a_list_of_one() -> None:
    assert decode_query(MultiDict([("tag", "a")]), Search).tag == ["a"]


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(Invalid, match="given 2 times"):
        decode_query(MultiDict([("q", "a"), ("q", "b")]), Search)


def test_an_unknown_name_in_the_query_is_refused() -> None:
    with pytest.raises(Invalid, match="unknown field `sort`"):
        decode_query(MultiDict([("sort", "name")]), Search)


def test_what_cannot_be_an_id_names_nothing() -> None:
    for text in ("", "../etc", "a" * 65, "a b", "é"):
        with pytest.raises(NotFound):
            decode_path({"key": text}, {"key": Key})


def test_a_cursor_comes_back_as_it_was() -> None:
    position = Position("李 ü/+", -5)
    assert decode_cursor(encode_cursor(position), Position) == position


def test_no_cursor_is_the_first_page() -> None:
    assert decode_cursor("", Position) is None


@given(st.text(max_size=60))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    assert refusal(lambda: decode_cursor(text, Position)) in (None, "bad_cursor")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_body_or_refused(raw: bytes) -> None:
    refused = refusal(lambda: decode_body(raw, DECODER, 1000))
    assert refused in (None, "invalid", "bad_json")
