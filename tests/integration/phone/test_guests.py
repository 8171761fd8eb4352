"""Guests of a call, on the mixed sound: who listens, whispers, is asked, takes the call over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.contacts.effects import (
    Connect,
    Done,
    DropGuest,
    Effect,
    Hangup,
    Invite,
    InviteOutside,
    LeaveTo,
    Outcome,
    Permanent,
    SetGuestMode,
    Unhold,
)
from hub.contacts.guests.model import GuestEnd, GuestMode, GuestMoment, GuestRole
from hub.contacts.inbound import CallMoment
from hub.testing.twilio_simulator import Phone, SimulatedCaller
from tests.integration.phone.conftest import CHEN, SOFTPHONE, Office

BOSS = "+8613700137000"
COLLEAGUE = "+8613600136000"
PLUMBER = "+8613500135000"


class Talk:
    """A caller and an agent who talk, on a line in service."""

    def __init__(self, office: Office, caller: SimulatedCaller, agent: SimulatedCaller) -> None:
        self.office = office
        self.caller = caller
        self.agent = agent
        self.contact_id = office.door.contact_of(CHEN)

    async def do(self, effect: Effect) -> Outcome:
        return await self.office.channel.perform("hotline", effect)

    async def supervised(self, mode: GuestMode = GuestMode.LISTEN) -> SimulatedCaller:
        await self.do(self.invite("boss", "guest-1", GuestRole.SUPERVISOR, mode, BOSS))
        return await self.joined("guest-1", BOSS)

    async def asked(self) -> SimulatedCaller:
        """A colleague is asked while the customer is on hold."""
        order = self.invite("colleague", "guest-2", GuestRole.CONSULT, GuestMode.NORMAL, COLLEAGUE)
        assert isinstance(await self.do(order), Done)
        return await self.joined("guest-2", COLLEAGUE)

    def invite(
        self, user_id: str, guest_id: str, role: GuestRole, mode: GuestMode, address: str
    ) -> Invite:
        return Invite(
            contact_id=self.contact_id,
            guest_id=guest_id,
            user_id=user_id,
            role=role,
            mode=mode,
            address=address,
        )

    def outside(self, *, blind: bool = False) -> InviteOutside:
        return InviteOutside(
            contact_id=self.contact_id, guest_id="guest-3", address=PLUMBER, blind=blind
        )

    async def joined(self, guest_id: str, address: str) -> SimulatedCaller:
        await self.office.door.hears_of_guest(guest_id, GuestMoment.JOINED)
        return await self.office.provider.agent_leg(address)

    async def pause(self, *, paused: bool) -> None:
        """The hub says that the recording pauses, or goes on, and orders what follows of it."""
        door = self.office.door
        door.standing_now = replace(door.standing_now, silenced=paused)
        await self.do(SetGuestMode(contact_id=self.contact_id, guest_id="guest-1"))

    async def set_mode(self, mode: GuestMode) -> None:
        """Set the supervisor's mode, and wait until the provider has it."""
        order = SetGuestMode(contact_id=self.contact_id, guest_id="guest-1", mode=mode)
        assert await self.do(order) == Done()


@pytest.fixture
async def talk(office: Office) -> Talk:
    caller = await office.call()
    await office.connect()
    await office.door.hears_of(CallMoment.AGENT_JOINED)
    return Talk(office, caller, await office.provider.agent_leg(SOFTPHONE))


async def test_who_listens_joins_muted_and_is_heard_by_nobody(talk: Talk) -> None:
    boss = await talk.supervised()
    assert boss.hears_now() == {CHEN, SOFTPHONE}
    assert talk.caller.hears_now() == {SOFTPHONE}
    assert talk.agent.hears_now() == {CHEN}


async def test_a_whisper_reaches_the_agent_and_never_the_customer(talk: Talk) -> None:
    boss = await talk.supervised(GuestMode.WHISPER)
    await talk.agent.until_hears({CHEN, BOSS})
    assert talk.caller.hears_now() == {SOFTPHONE}
    await boss.say("offer them a refund")
    await talk.agent.hears("refund")
    assert "offer them a refund" not in [caption.text for caption in talk.caller.heard]


async def test_a_supervisor_changes_between_the_modes(talk: Talk) -> None:
    boss = await talk.supervised()
    await talk.set_mode(GuestMode.BARGE)
    await talk.caller.until_hears({SOFTPHONE, BOSS})
    await talk.set_mode(GuestMode.WHISPER)
    await talk.caller.until_hears({SOFTPHONE})
    assert talk.agent.hears_now() == {CHEN, BOSS}
    await talk.set_mode(GuestMode.LISTEN)
    await talk.agent.until_hears({CHEN})
    assert boss.hears_now() == {CHEN, SOFTPHONE}


@pytest.mark.parametrize("mode", [GuestMode.LISTEN, GuestMode.WHISPER, GuestMode.BARGE])
async def test_no_supervisor_hears_or_is_heard_while_the_recording_pauses(
    talk: Talk, mode: GuestMode
) -> None:
    boss = await talk.supervised(mode)
    heard_by_agent = {CHEN} if mode is GuestMode.LISTEN else {CHEN, BOSS}
    await talk.agent.until_hears(heard_by_agent)
    await talk.pause(paused=True)
    await boss.until_hears({"music"})
    assert talk.agent.hears_now() == {CHEN}
    assert talk.caller.hears_now() == {SOFTPHONE}
    if mode is GuestMode.WHISPER:  # who is heard when it goes on may be chosen meanwhile
        await talk.set_mode(GuestMode.LISTEN)
        heard_by_agent = {CHEN}
    await talk.pause(paused=False)
    await boss.until_hears({CHEN, SOFTPHONE})
    assert talk.agent.hears_now() == heard_by_agent


async def test_who_is_rung_before_a_pause_waits_on_the_line_until_it_is_over(talk: Talk) -> None:
    door = talk.office.door
    door.standing_now = replace(door.standing_now, silenced=True)
    before = door.standings_asked
    await talk.do(talk.invite("boss", "guest-1", GuestRole.SUPERVISOR, GuestMode.LISTEN, BOSS))
    boss = await talk.office.provider.agent_leg(BOSS)
    await door.until(lambda: door.standings_asked > before)  # as they have answered
    assert boss.where == "line"
    await talk.pause(paused=False)
    await boss.until_hears({CHEN, SOFTPHONE})


async def test_who_takes_the_call_over_in_a_pause_hears_the_customer(talk: Talk) -> None:
    boss = await talk.supervised()
    await talk.pause(paused=True)
    await boss.until_hears({"music"})
    talk.office.door.states[talk.contact_id] = "connecting"
    await talk.do(
        Connect(contact_id=talk.contact_id, agent_id="boss", agent_address=BOSS, contact_key="")
    )
    await talk.caller.until_hears({BOSS})
    assert boss.hears_now() == {CHEN}


async def test_a_supervisor_goes_with_the_call_and_when_let_go(talk: Talk) -> None:
    boss = await talk.supervised()
    await talk.do(DropGuest(contact_id=talk.contact_id, guest_id="guest-1"))
    await boss.until("ended")
    told = await talk.office.door.hears_of_guest("guest-1", GuestMoment.ENDED)
    assert told.end is GuestEnd.LEFT
    assert talk.caller.where == "room"
    again = talk.invite("boss", "guest-9", GuestRole.SUPERVISOR, GuestMode.LISTEN, BOSS)
    await talk.do(again)
    boss = await talk.joined("guest-9", BOSS)
    await talk.do(Hangup(contact_id=talk.contact_id))
    await boss.until("ended")
    assert talk.office.provider.alerts == []


async def test_a_supervisor_takes_the_call_over_in_the_room(talk: Talk) -> None:
    boss = await talk.supervised()
    talk.office.door.states[talk.contact_id] = "connecting"  # the hub has given it to them
    taken = await talk.do(
        Connect(contact_id=talk.contact_id, agent_id="boss", agent_address=BOSS, contact_key="")
    )
    assert isinstance(taken, Done)
    await talk.agent.until("ended")
    await talk.caller.until_hears({BOSS})
    assert boss.hears_now() == {CHEN}
    await talk.office.door.until(
        lambda: talk.office.door.moments.count(CallMoment.AGENT_JOINED) == 2
    )
    assert talk.office.dialled(BOSS) == 1
    await boss.hang_up()  # they are the call's agent now
    await talk.office.door.hears_of(CallMoment.AGENT_LEFT)
    await talk.caller.until("queue")


async def test_a_held_customer_hears_music_alone_while_somebody_is_asked(talk: Talk) -> None:
    colleague = await talk.asked()
    assert talk.caller.hears_now() == {"music"}
    assert talk.agent.hears_now() == {COLLEAGUE}
    assert colleague.hears_now() == {SOFTPHONE}
    await talk.do(Unhold(contact_id=talk.contact_id))  # a conference of three
    await talk.caller.until_hears({SOFTPHONE, COLLEAGUE})
    assert colleague.hears_now() == {SOFTPHONE, CHEN}


async def test_who_was_asked_takes_the_call_and_the_customer_comes_off_hold(talk: Talk) -> None:
    colleague = await talk.asked()
    talk.office.door.states[talk.contact_id] = "connecting"  # the hub has given it to them
    await talk.do(
        Connect(
            contact_id=talk.contact_id,
            agent_id="colleague",
            agent_address=COLLEAGUE,
            contact_key="",
        )
    )
    await talk.agent.until("ended")
    await talk.caller.until_hears({COLLEAGUE})
    assert colleague.hears_now() == {CHEN}
    assert CallMoment.AGENT_LEFT not in talk.office.door.moments
    await talk.caller.hang_up()
    await talk.office.door.hears_of(CallMoment.CUSTOMER_LEFT)
    await colleague.until("ended")


@pytest.mark.parametrize(
    ("answers", "end"), [("busy", GuestEnd.BUSY), ("no_answer", GuestEnd.NO_ANSWER)]
)
async def test_who_is_asked_and_not_reached_leaves_the_customer_on_hold(
    talk: Talk, answers: str, end: GuestEnd
) -> None:
    talk.office.provider.set_phone(PLUMBER, Phone(answers))
    await talk.do(talk.outside())
    told = await talk.office.door.hears_of_guest("guest-3", GuestMoment.ENDED)
    assert told.end is end
    assert talk.caller.hears_now() == {"music"}


async def test_a_transfer_outside_leaves_the_two_alone_and_ends_with_them(talk: Talk) -> None:
    await talk.do(talk.outside(blind=True))
    plumber = await talk.joined("guest-3", PLUMBER)
    await talk.office.door.hears_of_guest("guest-3", GuestMoment.TOOK_OVER)
    await talk.agent.until("ended")
    await talk.caller.until_hears({PLUMBER})
    assert CallMoment.AGENT_LEFT not in talk.office.door.moments
    await plumber.hang_up()
    await talk.caller.until("ended")
    await talk.office.door.hears_of(CallMoment.CUSTOMER_LEFT)


async def test_a_transfer_outside_that_is_not_answered_brings_the_customer_back(
    talk: Talk,
) -> None:
    talk.office.provider.set_phone(PLUMBER, Phone("no_answer"))
    await talk.do(talk.outside(blind=True))
    await talk.office.door.hears_of_guest("guest-3", GuestMoment.ENDED)
    await talk.caller.until_hears({SOFTPHONE})
    assert talk.agent.hears_now() == {CHEN}


async def test_the_agent_leaves_the_customer_to_whom_they_have_asked(talk: Talk) -> None:
    await talk.do(talk.outside())
    await talk.joined("guest-3", PLUMBER)
    await talk.do(LeaveTo(contact_id=talk.contact_id, guest_id="guest-3"))
    await talk.office.door.hears_of_guest("guest-3", GuestMoment.TOOK_OVER)
    await talk.agent.until("ended")
    await talk.caller.until_hears({PLUMBER})


async def test_an_agent_who_hangs_up_while_asking_leaves_the_customer_in_the_queue(
    talk: Talk,
) -> None:
    colleague = await talk.asked()
    await talk.agent.hang_up()
    await talk.office.door.hears_of(CallMoment.AGENT_LEFT)
    await talk.caller.until("queue")
    await colleague.until("ended")


async def test_nobody_is_invited_where_nobody_talks(office: Office) -> None:
    await office.call()
    order = Invite(
        contact_id=office.door.contact_of(CHEN),
        guest_id="guest-1",
        user_id="boss",
        role=GuestRole.SUPERVISOR,
        mode=GuestMode.LISTEN,
        address=BOSS,
    )
    assert isinstance(await office.channel.perform("hotline", order), Permanent)
    told = await office.door.hears_of_guest("guest-1", GuestMoment.ENDED)
    assert told.end is GuestEnd.FAILED
    assert office.dialled(BOSS) == 0
