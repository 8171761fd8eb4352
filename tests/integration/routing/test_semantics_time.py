"""Routing.md section 3, what time does: items 7, 9 and 11, each under its number."""

from __future__ import annotations

from datetime import datetime

import pytest

from hub.agent_console.desk_view import to_do_of
from hub.agent_console.readers import reader_of
from hub.contacts import drafts
from hub.contacts.inbound import CallMoment, IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, InteractionKind
from hub.core.errors import Conflict, Invalid
from hub.desk import handling
from hub.desk.dispositions import Disposition
from hub.desk.handling import Close
from hub.intake import receive
from hub.routing import service as routing
from hub.routing.queue_states import QueueState, SetQueueState, set_queue_state
from hub.routing.settings import CalendarSpec, WrapMode
from hub.storage import Store, Tx
from hub.testing.center import open_center
from hub.testing.clock import ManualClock
from hub.testing.standing import standing
from hub.web import Principal, Role
from hub.web.principal import Via
from tests.integration.sla.house import HOUR

from .scene import Scene, by, into_finance


@pytest.fixture
async def scene(store: Store, clock: ManualClock) -> Scene:
    await store.write(open_center, None)
    return Scene(store, clock)


def at(text: str, offset: str = "+08:00") -> datetime:
    return datetime.fromisoformat(text + offset)


# ---- 7 -----------------------------------------------------------------------------------------

SOLVED = Disposition("repair", "solved")


async def to_do(scene: Scene, agent: str) -> list[str]:
    """The contacts in the agent's to-do."""
    me = Principal(agent, "Li", Role.AGENT, frozenset({"team"}), Via.SESSION, "s")

    def read(tx: Tx, _: None) -> list[str]:
        return [row.id for row in to_do_of(tx, reader_of(tx, me, mask_numbers=False))]

    return await scene.store.read(read, None)


async def test_7_wrap_up_is_optional_where_nothing_is_asked_and_when_closed_at_once(
    scene: Scene,
) -> None:
    li = await scene.agent("Li")
    mail, chat = await scene.in_hand(li, Channel.EMAIL), await scene.in_hand(li)
    assert await scene.store.write(handling.end, by(mail, li)) == "closed"
    await scene.store.write(handling.close, Close(by(chat, li)))
    assert (await scene.state(chat)).state == "closed"
    row = await scene.row(li)
    assert (row.live_load, row.deferred_load) == (0, 0)


async def test_7_wrap_up_is_timed_its_extension_is_counted_and_its_end_frees_the_agent(
    scene: Scene,
) -> None:
    """Unclassified then, and in the agent's to-do until they say what it was."""
    li = await scene.agent("Li")
    call = await scene.in_hand(li, Channel.PHONE)
    await scene.store.write(handling.end, by(call, li, call=True))
    for _ in range(2):
        await scene.store.write(handling.extend_wrap_up, by(call, li))
    with pytest.raises(Conflict, match="cannot be extended"):
        await scene.store.write(handling.extend_wrap_up, by(call, li))
    await scene.pass_time(45 + 60 + 60 - 1, li)
    assert await scene.fire(routing.fire_due_wrap_up) == 0
    waits = await scene.contact(Channel.PHONE)
    assert await scene.matched() == []  # wrap-up uses capacity
    await scene.pass_time(1, li)
    assert [await scene.fire(routing.fire_due_wrap_up) for _ in range(2)] == [1, 0]
    row = await scene.state(call)
    assert (row.state, row.ended_as) == ("closed", "unclassified")
    assert await to_do(scene, li) == [call]
    assert await scene.matched() == [(waits, li)]
    await scene.store.write(handling.close, Close(by(call, li), SOLVED))
    row = await scene.state(call)
    assert (row.ended_as, row.reason_id, row.outcome_id) == ("handled", "repair", "solved")
    assert await to_do(scene, li) == []


async def test_7_wrap_up_lasts_until_closed_where_a_disposition_is_required_and_no_limit_set(
    scene: Scene,
) -> None:
    """The other queue requires none."""
    li = await scene.agent("Li")
    mail = await scene.contact(Channel.EMAIL)
    await scene.store.write(into_finance, mail)
    assert await scene.matched() == [(mail, li)]
    await scene.accept(mail)
    assert await scene.store.write(handling.end, by(mail, li)) == "wrap_up"
    await scene.pass_time(86_400, li)
    assert await scene.fire(routing.fire_due_wrap_up) == 0
    with pytest.raises(Invalid, match="Choose why"):
        await scene.store.write(handling.close, Close(by(mail, li)))
    await scene.store.write(handling.close, Close(by(mail, li), SOLVED))
    row = await scene.state(mail)
    assert (row.state, row.ended_as) == ("closed", "handled")


async def test_7_wrap_up_without_early_exit_lasts_its_time_and_keeps_what_was_said(
    scene: Scene,
) -> None:
    """Said at once or during it; who says nothing has it in their to-do, as when it is timed."""
    await scene.change_queue("support", wrap_up_mode={"phone": WrapMode.FULL})
    li, wang = await scene.agent("Li"), await scene.agent("Wang")
    mine, his = await scene.in_hand(li, Channel.PHONE), await scene.in_hand(wang, Channel.PHONE)
    with pytest.raises(Conflict, match="with Li now"):
        await scene.store.write(handling.close, Close(by(mine, wang), SOLVED))
    await scene.store.write(handling.close, Close(by(mine, li, call=True), SOLVED))
    await scene.store.write(handling.end, by(his, wang, call=True))
    await scene.pass_time(20, li, wang)
    said = Disposition("repair", "solved", note="later")
    await scene.store.write(handling.close, Close(by(mine, li), said))
    await scene.pass_time(24, li, wang)
    waits = await scene.contact(Channel.PHONE)
    assert await scene.fire(routing.fire_due_wrap_up) == 0
    row = await scene.state(mine)
    assert (row.state, row.ended_as, row.disposition_note) == ("wrap_up", "handled", "later")
    assert await scene.matched() == []
    await scene.pass_time(1, li, wang)
    assert await scene.fire(routing.fire_due_wrap_up) == 2
    row = await scene.state(mine)
    assert (row.state, row.ended_as, row.disposition_note) == ("closed", "handled", "later")
    assert await to_do(scene, li) == []
    assert await to_do(scene, wang) == [his]
    assert (await scene.state(his)).ended_as == "unclassified"
    assert [contact for contact, _ in await scene.matched()] == [waits]


async def test_7_wrap_up_lasts_until_closed_where_the_set_up_says_so_and_nothing_is_asked(
    scene: Scene,
) -> None:
    await scene.change_queue("support", wrap_up_mode={"phone": WrapMode.UNTIL_CLOSED})
    li = await scene.agent("Li")
    call = await scene.in_hand(li, Channel.PHONE)
    await scene.store.write(handling.end, by(call, li, call=True))
    await scene.pass_time(86_400, li)
    assert await scene.fire(routing.fire_due_wrap_up) == 0
    with pytest.raises(Conflict, match="cannot be extended"):
        await scene.store.write(handling.extend_wrap_up, by(call, li))
    await scene.store.write(handling.close, Close(by(call, li)))
    row = await scene.state(call)
    assert (row.state, row.ended_as) == ("closed", "handled")


async def test_7_without_wrap_up_the_end_of_the_talk_closes(scene: Scene) -> None:
    await scene.change_queue("support", wrap_up_mode={"phone": WrapMode.NONE})
    li = await scene.agent("Li")
    call = await scene.in_hand(li, Channel.PHONE)
    assert await scene.store.write(handling.end, by(call, li, call=True)) == "closed"
    again = await scene.in_hand(li, Channel.PHONE)
    await scene.on_the_line(again, CallMoment.CUSTOMER_LEFT)
    assert (await scene.state(again)).state == "closed"


# ---- 9 -----------------------------------------------------------------------------------------

ROME = CalendarSpec(hours="Mon-Fri 09:00-13:00,14:00-18:00", zone="Europe/Rome")
NIGHT = CalendarSpec(hours="Fri 22:00-06:00", zone="Europe/Rome")
CHINA = CalendarSpec(hours="Mon-Fri 09:00-18:00", days="CN+workdays", zone="Asia/Shanghai")


@pytest.mark.parametrize(
    ("spec", "moment", "is_open"),
    [
        (ROME, at("2026-03-10T12:59:59", "+01:00"), True),
        (ROME, at("2026-03-10T13:30:00", "+01:00"), False),  # a split day
        (ROME, at("2026-03-10T14:00:00", "+01:00"), True),
        (ROME, at("2026-03-10T10:00:00"), False),  # ten o'clock in Shanghai is not ten in Rome
        (CHINA, at("2026-03-10T10:00:00"), True),
        (NIGHT, at("2026-03-14T05:59:00", "+01:00"), True),  # Saturday, opened on Friday
        (NIGHT, at("2026-03-13T05:59:00", "+01:00"), False),
        (CHINA, at("2026-02-17T10:00:00"), False),  # Spring Festival
        (CHINA, at("2026-02-14T10:00:00"), True),  # a Saturday worked for it (调休)
    ],
)
async def test_9_hours_are_of_the_queue_in_its_own_zone(
    scene: Scene, spec: CalendarSpec, moment: datetime, is_open: bool
) -> None:
    """What a caller is told, for every kind of day; the other queue goes by its own."""
    await scene.change(calendars={"own": spec, "always": CalendarSpec(), "office": CHINA})
    await scene.change_queue(calendar_id="own")
    await scene.change_queue("finance", calendar_id="always")
    scene.clock.set(moment)
    call, other = await scene.contact(Channel.PHONE), await scene.contact(Channel.PHONE)
    await scene.store.write(into_finance, other)
    assert (await scene.store.read(standing, call)).open_now is is_open
    assert (await scene.store.read(standing, other)).open_now


async def test_9_hours_decide_what_a_mail_and_a_voicemail_have_waited(scene: Scene) -> None:
    """Of 17:50 it is as urgent at 09:00 as ten minutes after it came; what comes at night begins
    at the next opening. A caller waits on the wall, and a closed queue is outside hours.
    """
    await scene.change_queue(calendar_id="office")  # 09:00 to 18:00 in Shanghai
    scene.clock.set(at("2026-03-10T17:50:00"))
    evening = await scene.contact(Channel.EMAIL)
    scene.clock.set(at("2026-03-10T23:00:00"))
    night, call = await scene.contact(Channel.EMAIL), await scene.contact(Channel.PHONE)
    spoken = await voicemail(scene)
    scene.clock.set(at("2026-03-11T09:00:00"))
    waited = [await scene.waited_s(one) for one in (evening, night, spoken, call)]
    assert waited == pytest.approx([600, 0, 0, 10 * HOUR])
    await scene.pass_time(60)
    waited = [await scene.waited_s(one) for one in (evening, night, spoken)]
    assert waited == pytest.approx([660, 60, 60])
    assert (await scene.state(spoken)).target_s == 3600
    closed = SetQueueState("support", QueueState.CLOSED, "boss")
    await scene.store.write(set_queue_state, closed)
    assert not (await scene.store.read(standing, call)).open_now


async def voicemail(scene: Scene) -> str:
    receipt = await scene.store.write(
        receive,
        Inbound(
            entry_point_id="hotline",
            channel=Channel.PHONE,
            dedupe_key="spoken",
            kind=InteractionKind.VOICEMAIL,
            senders=(SenderIdentity(IdentityKind.PHONE, "+8613800001234"),),
            received_at=scene.clock.now(),
        ),
    )
    assert receipt.contact_id is not None
    return receipt.contact_id


# ---- 11 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["closed", "frozen"])
async def test_11_presence_is_a_lease_and_who_is_gone_loses_offers_at_once(
    scene: Scene, how: str
) -> None:
    li = await scene.agent("Li")
    contact = await scene.contact()
    assert await scene.matched() == [(contact, li)]
    wang = await scene.agent("Wang")
    if how == "closed":
        await scene.store.write(routing.lose_presence, li)
    else:
        await scene.pass_time(19, wang)
        await scene.fire(routing.fire_due_presence)
        assert await scene.offered() == [(contact, li)]
        await scene.pass_time(1, wang)
        await scene.fire(routing.fire_due_presence)
    offer = await scene.offer_of(contact)
    assert (offer.state, offer.reason) == ("withdrawn", "lost")
    assert await scene.matched() == [(contact, wang)]
    row = await scene.row(li)
    assert (row.state, row.missed) == ("ready", 0)  # nobody's fault
    await scene.store.write(routing.renew_presence, li)
    await scene.store.write(routing.sign_out, wang)
    assert await scene.matched() == [(contact, li)]


async def test_11_presence_lost_sends_chats_back_with_priority_and_leaves_a_call_alone(
    scene: Scene,
) -> None:
    """After the grace time, with the time they had waited, before what is more urgent; the call
    follows its line.
    """
    await scene.change(return_s={"webchat": 60.0, "email": 900.0})
    li, wu = await scene.agent("Li"), await scene.agent("Wu")
    call = await scene.in_hand(wu, Channel.PHONE)
    chat = await scene.contact()
    await scene.pass_time(12, li, wu)
    await scene.made(chat, li)
    await scene.accept(chat)
    urgent = await scene.contact()
    for agent in (li, wu):
        await scene.store.write(routing.lose_presence, agent)
    await scene.pass_time(59)
    await scene.fire(routing.fire_due_presence)
    assert await scene.fire(routing.fire_due_returns) == 0
    await scene.pass_time(1)
    assert [await scene.fire(routing.fire_due_returns) for _ in range(2)] == [1, 0]
    assert await scene.waited_s(chat) == pytest.approx(12)
    await scene.pass_time(3)
    wang = await scene.agent("Wang")
    for _ in range(2):
        await scene.in_hand(wang)
    assert await scene.matched() == [(chat, wang)]
    assert (await scene.state(urgent)).state == "queued"
    assert (await scene.state(call)).state == "active"
    await scene.on_the_line(call, CallMoment.AGENT_LEFT)
    row = await scene.state(call)
    assert (row.state, row.agent_id) == ("queued", None)


@pytest.mark.parametrize("how", ["signs out", "15 minutes offline", "60 minutes untouched"])
async def test_11_presence_ended_returns_unanswered_mails_with_waited_time_and_draft(
    scene: Scene, how: str
) -> None:
    """And so does an open one untouched for 60 business minutes; an answered one stays."""
    await scene.change(return_s={"webchat": 60.0, "email": 900.0})
    li = await scene.agent("Li")
    mail = await scene.contact(Channel.EMAIL)
    await scene.pass_time(40, li)
    await scene.made(mail, li, "email")
    await scene.accept(mail)
    answered = await scene.in_hand(li, Channel.EMAIL)
    await scene.answered(answered, li)
    draft = drafts.SaveDraft(mail, li, "Li", 0, drafts.Words(text="Dear"))
    await scene.store.write(drafts.save_draft, draft)
    if how == "signs out":
        await scene.store.write(routing.sign_out, li)
    elif how == "15 minutes offline":
        await scene.store.write(routing.lose_presence, li)
        await scene.pass_time(899)
        await scene.fire(routing.fire_due_presence)
        assert await scene.fire(routing.fire_due_returns) == 0
        await scene.pass_time(1)
        assert [await scene.fire(routing.fire_due_returns) for _ in range(2)] == [1, 0]
    else:
        await scene.fire(routing.fire_due_untouched)  # its time begins
        await scene.pass_time(HOUR - 1, li)
        assert await scene.fire(routing.fire_due_untouched) == 0
        await scene.pass_time(1, li)
        assert [await scene.fire(routing.fire_due_untouched) for _ in range(2)] == [1, 0]
    row = await scene.state(mail)
    assert (row.state, row.agent_id, row.priority) == ("queued", None, 0)
    assert await scene.waited_s(mail) == pytest.approx(40)
    kept = await scene.store.read(drafts.find_draft, mail)
    assert kept is not None
    assert kept.words.text == "Dear"
    assert (await scene.state(answered)).state == "active"
