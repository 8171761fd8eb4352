"""What every adapter of a telephony provider has to hold: the kit that its tests run.

An adapter brings a `Provider` (its port and how to break what is behind it) as the fixture
`provider_of_port`, imports the tests of this module into its own, and is done.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

import pytest

from hub.channels.phone.guests.model import Guest
from hub.channels.phone.model import Call, Connection, Leg
from hub.channels.phone.port import Failed, PhonePort, Trouble
from hub.contacts.guests.model import GuestMode, GuestRole

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


class Broken(StrEnum):
    """How the provider fails."""

    UNKNOWN_THING = "it knows no such leg, room or recording"
    TOO_MANY = "too many requests"
    REFUSED = "the request is refused"
    FAULT = "a fault of its own, done or not"
    NO_ANSWER = "it was done, and the answer was lost"
    AWAY = "nobody listens there"


class Provider(Protocol):
    """A provider under an adapter. `unknown_*`: well-formed names of what is not there."""

    unknown_leg: str
    unknown_room: str
    unknown_recording: str
    secrets: tuple[str, ...]

    @property
    def port(self) -> PhonePort: ...

    def break_down(self, how: Broken) -> None:
        """From now on fail like that."""

    def requests(self) -> int:
        """Count what the provider was asked."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What the verbs are tried on."""

    call: Call
    connection: Connection
    guest: Guest
    recording: str


Verb = Callable[[PhonePort, Thing], Awaitable[object]]

MAKES: Mapping[str, Verb] = {  # rings a telephone
    "ring_agent": lambda port, thing: port.ring_agent(thing.call, thing.connection, 10),
    "dial_customer": lambda port, thing: port.dial_customer(thing.call, thing.connection, 10),
    "call_first": lambda port, thing: port.call_first(thing.call, 10),
    "ring_guest": lambda port, thing: port.ring_guest(
        thing.call, thing.connection, thing.guest, 10
    ),
}
ACTS: Mapping[str, Verb] = {  # on what is there
    "bring_customer": lambda port, thing: port.bring_customer(thing.call, thing.connection),
    "start_captions": lambda port, thing: port.start_captions(thing.call),
    "stop_captions": lambda port, thing: port.stop_captions(thing.call),
    "to_waiting_room": lambda port, thing: port.to_waiting_room(thing.call),
    "hold": lambda port, thing: port.hold(thing.connection),
    "unhold": lambda port, thing: port.unhold(thing.connection),
    "set_guest": lambda port, thing: port.set_guest(thing.connection, thing.guest, silent=False),
    "silence_guest": lambda port, thing: port.set_guest(thing.connection, thing.guest, silent=True),
    "hang_up": lambda port, thing: port.hang_up(thing.call.sid or ""),
}
LOOKS: Mapping[str, Verb] = {  # and what is the same when it is done twice
    "snapshot": lambda port, thing: port.snapshot(thing.call.sid or ""),
    "delete_recording": lambda port, thing: port.delete_recording(thing.recording),
}
READS: Mapping[str, Verb] = {  # may be asked again whatever became of it
    "fetch_recording": lambda port, thing: port.fetch_recording(thing.recording),
}
FINDS: Mapping[str, Verb] = {
    "find_agent_leg": lambda port, thing: port.find_agent_leg(thing.connection),
    "find_customer_leg": lambda port, thing: port.find_customer_leg(thing.call),
}
VERBS = {**MAKES, **ACTS, **LOOKS, **READS, **FINDS}
MEANS = {
    Broken.TOO_MANY: Trouble.AGAIN,
    Broken.REFUSED: Trouble.NEVER,
    Broken.FAULT: Trouble.UNKNOWN,
    Broken.NO_ANSWER: Trouble.UNKNOWN,
    Broken.AWAY: Trouble.AGAIN,
}


def a_thing(provider: Provider) -> Thing:
    call = Call(
        *("k", "hotline", provider.unknown_leg, "+862158880000", "+8613800138000", "en", NOON),
        outbound=True,
        dialled_at=NOON,
    )
    leg = Leg(provider.unknown_leg)
    connection = Connection("c", "agent", "client:agent", NOON, leg, provider.unknown_room)
    guest = Guest("g", "k", "c", GuestRole.SUPERVISOR, GuestMode.LISTEN, "client:s", "s", NOON)
    return Thing(call, connection, guest, provider.unknown_recording)


async def outcome(provider: Provider, verb: str) -> object:
    return await VERBS[verb](provider.port, a_thing(provider))


@pytest.mark.parametrize("verb", VERBS)
async def test_each_way_to_fail_is_a_value_with_its_own_meaning(
    provider_of_port: Provider, verb: str
) -> None:
    for how, trouble in MEANS.items():
        provider_of_port.break_down(how)
        failed = await outcome(provider_of_port, verb)
        assert isinstance(failed, Failed), how
        again = verb in READS and trouble is Trouble.UNKNOWN
        assert failed.trouble is (Trouble.AGAIN if again else trouble), how
        assert failed.reason, how
        if how is Broken.TOO_MANY:
            assert failed.retry_after_s


@pytest.mark.parametrize("verb", [*ACTS, *LOOKS, *READS])
async def test_what_is_no_longer_there_is_gone(provider_of_port: Provider, verb: str) -> None:
    provider_of_port.break_down(Broken.UNKNOWN_THING)
    failed = await outcome(provider_of_port, verb)
    assert isinstance(failed, Failed)
    assert failed.trouble is Trouble.GONE


@pytest.mark.parametrize("verb", FINDS)
async def test_what_was_never_made_is_not_found(provider_of_port: Provider, verb: str) -> None:
    assert await outcome(provider_of_port, verb) is None


@pytest.mark.parametrize("verb", [*MAKES, *ACTS])
async def test_nothing_is_repeated_by_the_adapter(provider_of_port: Provider, verb: str) -> None:
    """Whoever asked decides: a second request may ring a telephone twice."""
    for how in (Broken.TOO_MANY, Broken.FAULT, Broken.NO_ANSWER):
        provider_of_port.break_down(how)
        before = provider_of_port.requests()
        await outcome(provider_of_port, verb)
        assert provider_of_port.requests() == before + 1, how


async def test_no_secret_is_told(
    provider_of_port: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = [repr(provider_of_port.port)]
    for how in MEANS:
        provider_of_port.break_down(how)
        told += [repr(await outcome(provider_of_port, verb)) for verb in VERBS]
    for secret in provider_of_port.secrets:
        assert secret not in caplog.text
        assert not [one for one in told if secret in one]
