"""What PBXs post, by profile; hostile bodies."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from hub.channels.cti.events import Direction, EventKind, PbxEvent
from hub.channels.cti.parse import parse_events
from hub.channels.cti.profiles import profile_of

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def parsed(profile: str, body: object, content_type: str = JSON) -> list[PbxEvent] | str:
    fields = body if isinstance(body, dict) else {}
    raw = urlencode(fields) if content_type == FORM else json.dumps(body)
    return parse_events(profile_of(profile), raw.encode(), content_type, NOW)


def one(profile: str, body: object, content_type: str = JSON) -> PbxEvent:
    found = parsed(profile, body, content_type)
    assert isinstance(found, list)
    [event] = found
    return event


@pytest.mark.parametrize("content_type", [JSON, FORM])
def test_the_hubs_own_words_are_read_from_json_and_from_forms(content_type: str) -> None:
    body = {"call_id": "a1", "event": "ringing", "from": "13800138000", "to": "62155501000",
            "extension": "801", "at": "2026-03-10T09:59:58+08:00"}  # fmt: skip
    body["at"] = "2026-03-10T01:59:58+00:00"
    event = one("generic", body, content_type)
    assert event.kind is EventKind.RINGING
    assert event.direction is Direction.IN
    assert (event.number, event.line, event.extension) == ("13800138000", "62155501000", "801")
    assert event.at == NOW - timedelta(seconds=2)
    assert event.timed


@pytest.mark.parametrize(
    ("caller", "called", "direction", "number", "extension"),
    [
        ("13800138000", "801", Direction.IN, "13800138000", "801"),
        ("801", "13800138000", Direction.OUT, "13800138000", "801"),
        ("801", "802", Direction.INTERNAL, "", "802"),
        ("anonymous", "801", Direction.IN, "", "801"),
        ("", "801", Direction.IN, "", "801"),
    ],
)
def test_who_calls_whom_is_told_by_short_numbers(
    caller: str, called: str, direction: Direction, number: str, extension: str
) -> None:
    body = {"call_id": "a1", "event": "ringing", "from": caller, "to": called}
    event = one("generic", body)
    assert (event.direction, event.number, event.extension) == (direction, number, extension)


def test_asterisks_events_are_read_as_the_manager_sends_them() -> None:
    begin = {"Event": "DialBegin", "Linkedid": "1710.5", "CallerIDNum": "13800138000",
             "Exten": "62155501000", "DestCallerIDNum": "801"}  # fmt: skip
    ringing = one("asterisk", begin, FORM)
    assert (ringing.call_id, ringing.kind, ringing.extension) == (
        "1710.5", EventKind.RINGING, "801"
    )  # fmt: skip
    answered = one("asterisk", {**begin, "Event": "DialEnd", "DialStatus": "ANSWER"}, FORM)
    assert answered.kind is EventKind.ANSWERED
    elsewhere = one("asterisk", {**begin, "Event": "DialEnd", "DialStatus": "CANCEL"}, FORM)
    assert elsewhere.kind is EventKind.STOPPED
    out = {**begin, "CallerIDNum": "801", "DestCallerIDNum": "13800138000", "Exten": "13800138000"}
    going = one("asterisk", out, FORM)
    assert (going.direction, going.number, going.extension) == (
        Direction.OUT, "13800138000", "801"
    )  # fmt: skip
    assert parsed("asterisk", {"Event": "PeerStatus"}, FORM) == []


def test_freeswitch_tells_legs_apart() -> None:
    leg = {"Channel-Call-UUID": "u1", "Caller-Caller-ID-Number": "13800138000",
           "Caller-Destination-Number": "62155501000", "variable_dialed_user": "801",
           "Event-Date-Timestamp": "1773108000000000"}  # fmt: skip
    answer = {**leg, "Event-Name": "CHANNEL_ANSWER", "Call-Direction": "outbound"}
    assert one("freeswitch", answer).kind is EventKind.ANSWERED
    assert one("freeswitch", answer).timed
    assert parsed("freeswitch", {**answer, "Call-Direction": "inbound"}) == []
    over = {**leg, "Event-Name": "CHANNEL_HANGUP_COMPLETE"}
    assert one("freeswitch", {**over, "Call-Direction": "outbound"}).kind is EventKind.STOPPED
    assert one("freeswitch", {**over, "Call-Direction": "inbound"}).kind is EventKind.ENDED


def test_yeastar_tells_of_all_members_of_a_call_at_once() -> None:
    outside = {"from": "13800138000", "to": "62155501000", "member_status": "ALERT"}
    members = [
        {"inbound": outside},
        {"extension": {"number": "801", "member_status": "RING"}},
        {"extension": {"number": "802", "member_status": "RING"}},
    ]
    msg = json.dumps({"call_id": "y1", "members": members})
    found = parsed("yeastar", {"type": 30011, "sn": "x", "msg": msg})
    assert isinstance(found, list)
    assert {(e.extension, e.kind, e.number) for e in found} == {
        ("801", EventKind.RINGING, "13800138000"),
        ("802", EventKind.RINGING, "13800138000"),
    }
    msg = json.dumps(
        {"call_id": "y1", "members": [{"inbound": {**outside, "member_status": "BYE"}}]}
    )
    assert one("yeastar", {"type": 30011, "msg": msg}).kind is EventKind.ENDED
    who = {"call_from_number": "13800138000", "call_to_number": "801"}
    msg = json.dumps({"call_id": "y1", **who, "talk_duration": 61, "status": "ANSWERED"})
    end = one("yeastar", {"type": 30012, "msg": msg})
    assert (end.kind, end.talked_s) == (EventKind.ENDED, 61)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"[" * 20_000,
        b'{"call_id": "a", "event": ' + b"[" * 20_000,
        json.dumps({f"f{n}": 1 for n in range(500)}).encode(),
    ],
)
def test_what_cannot_be_read_is_told(body: bytes) -> None:
    assert isinstance(parse_events(profile_of("generic"), body, JSON, NOW), str)


def test_a_form_of_too_many_fields_is_refused() -> None:
    body = "&".join(f"f{n}=1" for n in range(500)).encode()
    assert isinstance(parse_events(profile_of("generic"), body, FORM, NOW), str)


def test_long_and_odd_values_are_cut_or_left_out() -> None:
    body = {"call_id": "a" * 10_000, "event": "ringing", "from": "1" * 10_000, "to": "801",
            "at": "9" * 5_000, "recording_url": "javascript:alert(1)",
            "talked_s": "9" * 50}  # fmt: skip
    event = one("generic", body)
    assert len(event.call_id) == 190
    assert (event.number, event.recording_url, event.talked_s) == ("", "", None)
    assert event.at == NOW
    assert not event.timed


@pytest.mark.parametrize("at", ["2020-01-01T00:00:00Z", "2026-03-10T03:00:00Z", "2026-03-10T02:00"])
def test_a_time_that_cannot_be_right_is_when_it_came(at: str) -> None:
    event = one("generic", {"call_id": "a", "event": "ended", "at": at})
    assert (event.at, event.timed) == (NOW, False)


def test_an_event_of_no_call_is_told() -> None:
    assert isinstance(parsed("generic", {"event": "ringing"}), str)


def test_the_name_of_a_call_leaves_room_in_the_keys_that_are_made_of_it() -> None:
    event = one("generic", {"call_id": "x" * 300, "event": "ended"})
    assert len(f"pbx:{event.call_id}") <= 200
    members = [{"extension": {"number": "801", "member_status": "RING"}}]
    event = one("yeastar", {"type": 30011, "msg": {"call_id": "x" * 300, "members": members}})
    assert len(f"pbx:{event.call_id}") <= 200
