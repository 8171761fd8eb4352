"""Twilio's parameters as our events; nonsense gives nothing and never an exception."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.channels.phone.line import agent_address
from hub.channels.phone.model import Cause, LegState, Role, RoomMoment
from hub.channels.phone.twilio.parse import (
    parse_address,
    parse_caption,
    parse_leg,
    parse_message,
    parse_room,
    parse_time,
    webhook_key,
)

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
CALL = "CA" + "0" * 32
ROOM = "CF" + "0" * 32
RECORDING = "RE" + "0" * 32


def test_a_finished_call_is_read_with_its_cause_and_time() -> None:
    params = {
        "CallSid": CALL,
        "CallStatus": "no-answer",
        "Timestamp": "Tue, 10 Mar 2026 11:59:00 +0000",
        "SequenceNumber": "3",
    }
    event = parse_leg(params, None, NOW)
    assert event is not None
    assert (event.state, event.cause) == (LegState.ENDED, Cause.NO_ANSWER)
    assert event.at == datetime(2026, 3, 10, 11, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"CallSid": "CA1", "CallStatus": "completed"},
        {"CallSid": CALL, "CallStatus": "dancing"},
        {"CallSid": "CA" + "z" * 32, "CallStatus": "completed"},
    ],
)
def test_nonsense_about_a_call_is_nothing(params: dict[str, str]) -> None:
    assert parse_leg(params, None, NOW) is None


def test_a_participant_is_read_by_its_label() -> None:
    params = {
        "ConferenceSid": ROOM,
        "StatusCallbackEvent": "participant-hold",
        "ParticipantLabel": "customer",
        "SequenceNumber": "7",
    }
    event = parse_room(params, "c1", NOW)
    assert event is not None
    assert (event.role, event.moment, event.sequence) == (Role.CUSTOMER, RoomMoment.HELD, 7)
    assert event.room_sid == ROOM
    assert parse_room(params | {"ParticipantLabel": "nobody"}, "c1", NOW) is None
    assert parse_room(params | {"StatusCallbackEvent": "conference-start"}, "c1", NOW) is None


def test_a_recording_that_holds_nothing_has_no_length() -> None:
    params = {
        "RecordingSid": RECORDING,
        "RecordingStatus": "absent",
        "RecordingDuration": "12",
    }
    message = parse_message(params)
    assert message is not None
    assert message.duration_s == 0
    assert parse_message(params | {"RecordingStatus": "in-progress"}) is None
    assert parse_message(params | {"RecordingSid": "../secret"}) is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ('{"transcript": " hello there ", "confidence": 0.9}', "hello there"),
        ('{"transcript": 5}', ""),
        ("[]", ""),
        ("{", ""),
        ("", ""),
    ],
)
def test_captions_are_read_and_nonsense_is_silence(data: str, words: str) -> None:
    params = {"TranscriptionEvent": "transcription-content", "TranscriptionData": data}
    assert parse_caption(params) == words
    assert parse_caption(params | {"TranscriptionEvent": "transcription-started"}) == ""


@pytest.mark.parametrize("stamp", ["", "yesterday", "Tue, 10 Mar 2026 11:59:00", "9" * 10_000])
def test_an_unreadable_time_is_now(stamp: str) -> None:
    assert parse_time({"Timestamp": stamp}, NOW) == NOW


def test_a_clock_ahead_of_ours_does_not_date_the_future() -> None:
    assert parse_time({"Timestamp": "Tue, 10 Mar 2026 12:00:30 +0000"}, NOW) == NOW


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("+8613800138000", "+8613800138000"),
        (" Anonymous ", ""),
        ("+266696687", ""),
        ("", ""),
        ("9" * 10_000, "9" * 64),
    ],
)
def test_withheld_and_overlong_numbers(value: str, address: str) -> None:
    assert parse_address(value) == address


def test_the_key_is_the_sequence_number_or_else_the_token() -> None:
    numbered = {"CallSid": CALL, "CallStatus": "completed", "SequenceNumber": "0"}
    assert webhook_key(numbered, "status", "t1") == webhook_key(numbered, "status", "t2")
    plain = {"CallSid": CALL, "CallStatus": "in-progress"}
    assert webhook_key(plain, "wait", "t1") != webhook_key(plain, "wait", "t2")
    assert webhook_key(plain, "wait", None) is None


def test_a_clients_name_has_only_what_the_provider_allows() -> None:
    assert agent_address("client:018f-00.a", "018f-00.a") == "client:018f_00_a"
    assert agent_address("", "018f-00.a") == "client:018f_00_a"
    assert agent_address("+862155550000", "a") == "+862155550000"
    assert agent_address("sip:li@example.test", "a") == "sip:li@example.test"


def test_an_extension_of_our_own_phone_system_is_not_the_providers_to_ring() -> None:
    assert agent_address("801", "018f-00.a") == "client:018f_00_a"
    assert agent_address("+8621801", None) == "+8621801"  # whoever is asked from outside
