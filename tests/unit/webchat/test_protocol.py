"""Frames: read strictly by direction, never a crash on hostile input."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from hub.channels.webchat import protocol as p


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"type":"ack","client_id":"aaaaaaaa","seq":1}',
        b'{"type":"send","client_id":"short"}',
        b'{"type":"send","client_id":"has spaces in it"}',
        b'{"type":"hello","entry_point":""}',
        b'{"type":"hello","entry_point":"web","token":"too short"}',
        b'{"type":"read","seq":-1}',
        b'{"type":"survey","contact":"c","score":6}',
        b'{"type":"older","before_seq":0}',
        b"\xff\xfe",
        b"[" * 10_000,
        b'{"type":"send","client_id":"aaaaaaaa","text":"' + b"x" * p.MAX_FRAME_BYTES + b'"}',
    ],
)
def test_what_is_no_frame_of_the_customer_is_refused_as_a_value(raw: bytes) -> None:
    assert isinstance(p.parse_client_frame(raw), p.BadFrame)


def test_fields_of_a_newer_widget_are_ignored() -> None:
    frame = p.parse_client_frame(b'{"type":"typing","on":true,"mood":"good"}')
    assert frame == p.Typing(on=True)


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    bad = p.parse_client_frame(b'{"type":"typing","on":"my secret"}')
    assert isinstance(bad, p.BadFrame)
    assert "my secret" not in str(bad)


def test_the_server_decoder_refuses_frames_of_the_customer() -> None:
    with pytest.raises(msgspec.ValidationError):
        p.parse_server_frame(p.encode(p.End()))


def test_times_travel_with_their_zone() -> None:
    at = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
    frame = p.parse_server_frame(p.encode(p.Ack(client_id="aaaaaaaa", seq=3, at=at)))
    assert frame == p.Ack(client_id="aaaaaaaa", seq=3, at=at)
