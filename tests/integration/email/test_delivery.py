"""One mail to several: who got it, who is tried again, who never does, and what a person does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select, update

from hub.channels.email import EmailChannel
from hub.channels.registry import Registry
from hub.channels.sender import Sender, fire_lost_effects
from hub.contacts import service as contact_service
from hub.contacts.effects import Send
from hub.contacts.inbound import DeliveryReport, IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel, DeliveryState, Direction, InteractionKind
from hub.contacts.service import NewInteraction
from hub.contacts.tables import interactions
from hub.contacts.undeliverable import find_undeliverable
from hub.core.bus import Bus, Hint
from hub.core.errors import Conflict, NotFound
from hub.core.ids import new_id
from hub.customers.tables import identities
from hub.desk.resending import Resend, resend, say_arrived
from hub.intake.receive import receive
from hub.intake.report import report
from hub.storage import Store, Tx
from hub.storage.outbox import NewEffect, add_effects, outbox
from hub.testing.center import open_center
from hub.testing.clock import ManualClock
from hub.testing.fake_door import FakeDoor
from hub.testing.mail import SmtpSink

from .conftest import POINT, mail_settings

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CHEN, LI, BOSS = "chen@customer.test", "li@customer.test", "boss@customer.test"


async def write(store: Store, cc: tuple[str, ...], at: datetime | None = None) -> str:
    """Chen writes in, and is answered with copies, at once or at a time; return the answer's id."""
    inbound = Inbound(
        "mail", Channel.EMAIL, new_id(), (SenderIdentity(IdentityKind.EMAIL, CHEN),),
        NOW, text="Where is my order?", acknowledge=False,
    )  # fmt: skip
    await store.write(receive, inbound)
    return await store.write(answer_it, (cc, at))


def answer_it(tx: Tx, cmd: tuple[tuple[str, ...], datetime | None]) -> str:
    cc, at = cmd
    asked = tx.execute(select(interactions)).one()
    answer = NewInteraction(
        id=new_id(), conversation_id=asked.conversation_id, contact_id=asked.contact_id,
        identity_id=asked.identity_id, channel=Channel.EMAIL, kind=InteractionKind.MESSAGE,
        direction=Direction.OUTBOUND, text="On its way.", at=tx.now, author_id="li",
        delivery=DeliveryState.PENDING, meta={"to": [CHEN], "cc": list(cc)},
    )  # fmt: skip
    contact_service.append(tx, [answer], {asked.conversation_id: asked.seq})
    send = Send(
        interaction_id=answer.id, conversation_id=asked.conversation_id,
        contact_id=asked.contact_id, to=(CHEN,), cc=cc, text="On its way.", language="en",
    )  # fmt: skip
    effect = msgspec.json.encode(send).decode()
    row = NewEffect("email", POINT.id, effect, answer.id, asked.contact_id, not_before=at)
    add_effects(tx, [row])
    return answer.id


def shown(tx: Tx, interaction_id: str) -> Row[Any]:
    return tx.execute(select(interactions).where(interactions.c.id == interaction_id)).one()


def states(tx: Tx, _: None) -> list[str]:
    return list(tx.execute(select(outbox.c.state)).scalars())


def how(row: Row[Any]) -> dict[str, str]:
    return {fate["address"]: fate["state"] for fate in row.meta.get("recipients", [])}


Until = Callable[[str], Awaitable[None]]


@pytest.fixture
async def until(store: Store, bus: Bus, door: FakeDoor, sink: SmtpSink) -> AsyncIterator[Until]:
    """The outbox at work, with a way to wait until its one effect is in a state."""
    await store.write(lambda tx, _: open_center(tx), None)
    channel = EmailChannel(door, [POINT], mail_settings(sink), None, max_bytes=1_000_000)
    worker = asyncio.create_task(Sender(store, bus, Registry([channel])).run())

    async def wait(state: str) -> None:
        async with asyncio.timeout(30):
            while await store.read(states, None) != [state]:  # noqa: ASYNC110 - a row has no event
                await asyncio.sleep(0.01)

    yield wait
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)


async def test_only_who_was_turned_away_for_now_gets_it_by_another_try(
    store: Store, bus: Bus, clock: ManualClock, sink: SmtpSink, until: Until
) -> None:
    sink.answers["RCPT"] = ["451 4.7.1 greylisted", "550 5.1.1 no such user"]
    answer = await write(store, (BOSS, LI))
    await until("retry")
    row = await store.read(shown, answer)
    assert row.delivery == "sent"
    assert how(row) == {CHEN: "waiting", BOSS: "failed", LI: "sent"}
    assert "greylisted" in row.meta["recipients"][0]["detail"]
    assert row.meta["retry_at"] > clock.now().isoformat()
    clock.advance(60)
    bus.publish(Hint("outbox.ready", "email"))
    await until("sent")
    row = await store.read(shown, answer)
    assert how(row) == {CHEN: "sent", BOSS: "failed", LI: "sent"}
    assert "retry_at" not in row.meta
    assert [mail.recipients for mail in sink.mails] == [(LI,), (CHEN,)]
    first, second = (mail.raw.split(b"Message-ID: ")[1].split(b"\r\n")[0] for mail in sink.mails)
    assert first == second
    await store.write(resend, Resend(answer))
    await until("sent")
    assert sink.mails[-1].recipients == (BOSS,)
    assert how(await store.read(shown, answer))[BOSS] == "sent"
    with pytest.raises(Conflict, match="gone out"):
        await store.write(resend, Resend(answer))


async def test_nobody_who_has_it_gets_it_again_by_a_report_of_somebody_else(
    store: Store, clock: ManualClock, sink: SmtpSink, until: Until
) -> None:
    answer = await write(store, (LI,))
    await until("sent")
    gone = DeliveryReport(
        new_id(), POINT.id, clock.now(), DeliveryState.FAILED, interaction_id=answer,
        detail="5.1.1", recipient="chens-old@elsewhere.test",
    )  # fmt: skip
    await store.write(report, gone)
    with pytest.raises(Conflict, match="did not go to that address"):
        await store.write(resend, Resend(answer))
    await store.write(report, replace(gone, key=new_id(), recipient=LI.upper()))
    await store.write(resend, Resend(answer, (LI.upper(),)))
    await until("sent")
    assert [mail.recipients for mail in sink.mails] == [(CHEN, LI), (LI,)]


async def test_a_report_marks_nobody_it_did_not_go_to(
    store: Store, clock: ManualClock, until: Until
) -> None:
    answer = await write(store, ())
    await until("sent")
    await store.write(to_nobody_chosen, answer)
    moved = DeliveryReport(
        new_id(), POINT.id, clock.now(), DeliveryState.FAILED, interaction_id=answer,
        detail="5.1.1 no such user", recipient="somebody@elsewhere.test", bad_address=True,
    )  # fmt: skip
    await store.write(report, moved)
    row = await store.read(shown, answer)
    assert (row.delivery, how(row)) == ("failed", {CHEN: "failed"})
    assert [bad.address for bad in await store.read(undeliverable, None)] == [CHEN]


def to_nobody_chosen(tx: Tx, answer: str) -> None:
    tx.execute(update(interactions).where(interactions.c.id == answer).values(meta={}))


async def test_a_bounce_by_the_return_path_is_of_the_newest_that_went_out(
    store: Store, clock: ManualClock, until: Until
) -> None:
    answer = await write(store, ())
    await until("sent")
    conversation = (await store.read(shown, answer)).conversation_id
    renamed = DeliveryReport(
        new_id(), POINT.id, clock.now(), DeliveryState.FAILED, external_id="<renamed@relay.test>",
        conversation_id=conversation, detail="5.1.1 user unknown", recipient=CHEN,
    )  # fmt: skip
    with pytest.raises(NotFound):
        await store.write(report, replace(renamed, conversation_id=new_id()))
    await store.write(report, renamed)
    row = await store.read(shown, answer)
    assert (row.delivery, how(row)) == ("failed", {CHEN: "failed"})


async def test_a_bounce_by_the_return_path_is_not_of_what_went_to_somebody_else_since(
    store: Store, clock: ManualClock, until: Until
) -> None:
    answer = await write(store, ())
    await until("sent")
    conversation = (await store.read(shown, answer)).conversation_id
    forwarded = await store.write(forward_it, LI)
    returned = DeliveryReport(
        new_id(), POINT.id, clock.now(), DeliveryState.FAILED, conversation_id=conversation,
        detail="5.1.1 user unknown", recipient=CHEN.upper(), bad_address=True,
    )  # fmt: skip
    await store.write(report, returned)
    assert (await store.read(shown, answer)).delivery == "failed"
    assert (await store.read(shown, forwarded)).delivery == "sent"
    await store.write(report, replace(returned, recipient="li@moved.test", bad_address=False))
    assert (await store.read(shown, forwarded)).delivery == "failed"


def forward_it(tx: Tx, to: str) -> str:
    """It went to somebody else, too."""
    last = tx.execute(select(interactions).order_by(interactions.c.seq.desc()).limit(1)).one()
    aside = NewInteraction(
        id=new_id(), conversation_id=last.conversation_id, contact_id=last.contact_id,
        identity_id=last.identity_id, channel=Channel.EMAIL, kind=InteractionKind.ASIDE,
        direction=Direction.INTERNAL, text="Look at this.", at=tx.now, author_id="li",
        delivery=DeliveryState.SENT, meta={"to": [to]}, external_id="<aside@hub.test>",
    )  # fmt: skip
    contact_service.append(tx, [aside], {last.conversation_id: last.seq})
    return aside.id


async def test_what_has_not_gone_out_for_an_hour_is_told_once(
    store: Store, bus: Bus, clock: ManualClock, sink: SmtpSink, until: Until
) -> None:
    sink.answers["RCPT"] = ["451 4.7.1 later"] * 4
    told = []
    with bus.subscribe(["delivery.late"]) as hints:
        answer = await write(store, ())
        for tries, minutes in ((1, 50), (2, 11), (3, 60), (4, 0)):
            async with asyncio.timeout(30):
                while await store.read(tried, None) != [("retry", tries)]:  # noqa: ASYNC110 - a row
                    await asyncio.sleep(0.01)
            told.append([hint.key for hint in await hints.next(0.01)])
            clock.advance(minutes * 60)
            bus.publish(Hint("outbox.ready", "email"))
    assert told == [[], [], [answer], []]
    assert (await store.read(shown, answer)).delivery == "pending"


async def test_what_was_to_wait_for_the_morning_is_not_late_then(
    store: Store, bus: Bus, clock: ManualClock, sink: SmtpSink, until: Until
) -> None:
    sink.answers["RCPT"] = ["451 4.7.1 later"] * 2
    told = []
    with bus.subscribe(["delivery.late"]) as hints:
        answer = await write(store, (), clock.now() + timedelta(hours=10))
        for tries, minutes in ((0, 600), (1, 61), (2, 0)):
            async with asyncio.timeout(30):
                state = "retry" if tries else "pending"
                while await store.read(tried, None) != [(state, tries)]:  # noqa: ASYNC110 - a row
                    await asyncio.sleep(0.01)
            told.append([hint.key for hint in await hints.next(0.01)])
            clock.advance(minutes * 60)
            bus.publish(Hint("outbox.ready", "email"))
    assert told == [[], [], [answer]]


async def test_what_is_sent_again_is_told_again_where_it_is_late(
    store: Store, bus: Bus, clock: ManualClock, sink: SmtpSink, until: Until
) -> None:
    later = "451 4.7.1 later"
    sink.answers["RCPT"] = [later, later, "550 5.7.1 refused", later, later]

    async def reached(state: str, tries: int) -> None:
        async with asyncio.timeout(30):
            while await store.read(tried, None) != [(state, tries)]:  # noqa: ASYNC110 - a row
                await asyncio.sleep(0.01)

    with bus.subscribe(["delivery.late"]) as hints:
        answer = await write(store, ())
        for state, tries in (("retry", 1), ("retry", 2), ("failed", 3)):
            await reached(state, tries)
            clock.advance(3660)
            bus.publish(Hint("outbox.ready", "email"))
        await store.write(resend, Resend(answer))
        await reached("retry", 1)
        assert [hint.key for hint in await hints.next(0.01)] == [answer]
        clock.advance(3660)
        bus.publish(Hint("outbox.ready", "email"))
        await reached("retry", 2)
        assert [hint.key for hint in await hints.next(0.01)] == [answer]


def tried(tx: Tx, _: None) -> list[tuple[str, int]]:
    return [(row.state, row.attempts) for row in tx.execute(select(outbox))]


async def test_who_is_tried_no_more_waits_no_more(
    store: Store, bus: Bus, clock: ManualClock, sink: SmtpSink, until: Until
) -> None:
    sink.answers["RCPT"] = ["451 4.7.1 greylisted"]
    answer = await write(store, (LI,))
    await until("retry")
    assert how(await store.read(shown, answer)) == {CHEN: "waiting", LI: "sent"}
    sink.answers["MAIL"] = ["550 5.7.1 not you any more"]
    clock.advance(60)
    bus.publish(Hint("outbox.ready", "email"))
    await until("failed")
    assert how(await store.read(shown, answer)) == {CHEN: "failed", LI: "sent"}


async def test_a_lost_answer_is_not_sent_twice_unseen(
    store: Store, sink: SmtpSink, until: Until
) -> None:
    sink.drop_after_data = 1
    answer = await write(store, ())
    await until("unknown")
    assert (await store.read(shown, answer)).delivery == "unknown"
    assert len(sink.mails) == 1
    await store.write(resend, Resend(answer))
    await until("sent")
    row = await store.read(shown, answer)
    assert (row.delivery, row.delivery_detail) == ("sent", "may_be_duplicate")
    assert len(sink.mails) == 2


async def test_an_agent_says_that_it_arrived(store: Store, sink: SmtpSink, until: Until) -> None:
    sink.drop_after_data = 1
    answer = await write(store, ())
    await until("unknown")
    await store.write(say_arrived, answer)
    assert (await store.read(shown, answer)).delivery == "sent"
    with pytest.raises(Conflict):
        await store.write(say_arrived, answer)
    assert len(sink.mails) == 1


async def test_a_bounce_of_one_is_not_the_loss_of_all_and_marks_the_address(
    store: Store, clock: ManualClock, until: Until
) -> None:
    answer = await write(store, (LI,))
    await until("sent")

    def news(
        state: DeliveryState, recipient: str, *, bad: bool = False, delayed: bool = False
    ) -> DeliveryReport:
        return DeliveryReport(
            new_id(), POINT.id, clock.now(), state, interaction_id=answer,
            detail="5.1.1 no such user", recipient=recipient, bad_address=bad, delayed=delayed,
        )  # fmt: skip

    await store.write(report, news(DeliveryState.SENT, LI, delayed=True))
    assert how(await store.read(shown, answer))[LI] == "delayed"
    await store.write(report, news(DeliveryState.FAILED, CHEN.upper(), bad=True))
    row = await store.read(shown, answer)
    assert row.delivery == "sent"
    assert how(row) == {CHEN: "failed", LI: "delayed"}
    [bad] = await store.read(undeliverable, None)
    assert (bad.address, bad.why) == (CHEN, "5.1.1 no such user")
    await store.write(report, news(DeliveryState.FAILED, LI))
    assert (await store.read(shown, answer)).delivery == "failed"
    clock.advance(60)
    await store.write(writes_again, None)
    assert await store.read(undeliverable, None) == []


def undeliverable(tx: Tx, _: None) -> list[Any]:
    ids = tx.execute(select(identities.c.id)).scalars()
    return list(find_undeliverable(tx, list(ids)))


def writes_again(tx: Tx, _: None) -> None:
    tx.execute(update(interactions).where(interactions.c.direction == "in").values(at=tx.now))


async def test_who_dies_after_the_message_went_out_may_have_sent_it_and_says_so(
    store: Store, bus: Bus, clock: ManualClock, sink: SmtpSink, until: Until
) -> None:
    """Killed between the 250 and the commit: it goes out again, and the agent is told."""
    answer = await write(store, ())
    await until("sent")
    await store.write(as_if_killed, clock.now())
    clock.advance(60)
    await store.write(lambda tx, _: fire_lost_effects(tx, tx.now, 10), None)
    bus.publish(Hint("outbox.ready", "email"))
    await until("sent")
    assert (await store.read(shown, answer)).delivery_detail == "may_be_duplicate"
    assert len(sink.mails) == 2


def as_if_killed(tx: Tx, now: Any) -> None:
    tx.execute(update(outbox).values(state="sending", lease_until=now, lease_holder="dead"))
