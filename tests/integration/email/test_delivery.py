"""One mail to several: who got it, who is tried again, who never does, and what a person does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
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
from hub.core.errors import Conflict
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


async def write(store: Store, cc: tuple[str, ...]) -> str:
    """Chen writes in, and is answered with copies; return the answer's id."""
    inbound = Inbound(
        "mail", Channel.EMAIL, new_id(), (SenderIdentity(IdentityKind.EMAIL, CHEN),),
        NOW, text="Where is my order?", acknowledge=False,
    )  # fmt: skip
    await store.write(receive, inbound)
    return await store.write(answer_it, cc)


def answer_it(tx: Tx, cc: tuple[str, ...]) -> str:
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
    add_effects(tx, [NewEffect("email", POINT.id, effect, answer.id, asked.contact_id)])
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
        async with asyncio.timeout(20):
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
