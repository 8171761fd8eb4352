"""A macro runs step by step: one answer, a refused step undoes itself and ends the run there."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from sqlalchemy import insert

from hub.contacts.later.model import Answer
from hub.contacts.later.service import list_of
from hub.contacts.tables import interactions
from hub.contacts.tags.tables import contact_tags, tags
from hub.core.errors import Invalid
from hub.desk.later import SendLater, send_later
from hub.desk.macros.model import (
    CloseStep,
    NoteStep,
    PriorityStep,
    ReplyStep,
    Step,
    TagStep,
    TransferStep,
    check_steps,
)
from hub.desk.macros.running import RunMacro, run_macro
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.clock import ManualClock

from .test_desk import Desk, a_desk
from .test_later import fire, sent


def a_tag(tx: Tx, key: str) -> None:
    tx.execute(insert(tags).values(id=key, zh=key, en=key, colour="blue", position=0))


@pytest.fixture
async def desk(store: Store) -> Desk:
    made = await a_desk(store)
    await store.write(a_tag, "refund")
    return made


def run(desk: Desk, *steps: Step, client_id: str = "x1", **changes: object) -> RunMacro:
    values = {"language": "en", "instant": False, "undo_s": 8.0, **changes}
    name = {"zh": "退款", "en": "Refund"}
    return RunMacro("m1", name, steps, desk.handle(), client_id, **values)  # type: ignore[arg-type]  # a builder


REPLY = ReplyStep(texts={"en": "Your refund is on its way.", "zh-CN": "退款已安排。"})
ALL = (
    REPLY,
    NoteStep(text="Refunded."),
    TagStep(add=["refund"]),
    PriorityStep(priority=2),
    CloseStep(reason_id="repair", outcome_id="solved"),
)


async def test_all_steps_are_done_and_the_reply_can_be_taken_back(
    desk: Desk, clock: ManualClock
) -> None:
    ran = await desk.store.write(run_macro, run(desk, *ALL))
    assert ran.done == ["reply", "note", "tag", "priority", "close"]
    assert ran.refused is None
    contact = await desk.contact()
    assert (contact.state, contact.priority, contact.tags) == ("active", 2, ["refund"])
    (waits,) = await desk.store.read(list_of, desk.contact_id)
    assert waits.id == ran.scheduled_id
    entries = await desk.rows(interactions)
    assert [row.text for row in entries if row.kind == "note"] == ["Refunded."]
    assert [row.meta["code"] for row in entries if row.kind == "system"].count("macro_ran") == 1
    clock.advance(8)
    await desk.store.write(fire, None)
    contact = await desk.contact()
    assert (contact.state, contact.reason_id) == ("closed", "repair")


@pytest.mark.parametrize("undo_s", [0.0, 8.0])
async def test_the_survey_is_asked_after_the_reply(
    desk: Desk, clock: ManualClock, undo_s: float
) -> None:
    known = {row.id for row in await desk.rows(outbox)}
    cmd = run(desk, REPLY, CloseStep(), undo_s=undo_s)
    cmd = replace(cmd, handle=replace(cmd.handle, survey=True))
    await desk.store.write(run_macro, cmd)
    clock.advance(undo_s)
    await desk.store.write(fire, None)
    effects = sorted((row.id, row.effect) for row in await desk.rows(outbox))
    types = [msgspec.json.decode(effect)["type"] for id_, effect in effects if id_ not in known]
    assert types == ["send", "ask_survey"]


async def test_what_waited_goes_out_before_it_closes(desk: Desk, clock: ManualClock) -> None:
    waiting = SendLater(
        desk.contact_id, desk.agent_id, "Li Na", "r1", Answer(text="First."), undo_s=8
    )
    await desk.store.write(send_later, waiting)
    ran = await desk.store.write(run_macro, run(desk, *ALL))
    waits = await desk.store.read(list_of, desk.contact_id)
    assert ran.scheduled_id in [row.id for row in waits]  # either can be taken back
    clock.advance(8)
    await desk.store.write(fire, None)
    assert await sent(desk) == ["First.", "Your refund is on its way."]
    assert (await desk.contact()).state == "closed"


async def test_a_refused_step_stops_there_and_what_was_done_stays(desk: Desk) -> None:
    steps = (TagStep(add=["refund"]), TransferStep(queue_id="nowhere"))
    ran = await desk.store.write(run_macro, run(desk, *steps))
    assert ran.done == ["tag"]
    assert ran.refused is not None
    assert (ran.refused.step, ran.refused.do) == (1, "transfer")
    contact = await desk.contact()
    assert (contact.state, contact.tags) == ("active", ["refund"])


async def test_what_a_refused_step_had_begun_is_undone(desk: Desk) -> None:
    """The wrong outcome is seen when the reason was taken: nothing of the step is left."""
    steps = (REPLY, CloseStep(reason_id="repair", outcome_id="no-such"))
    ran = await desk.store.write(run_macro, run(desk, *steps, undo_s=0.0))
    assert ran.done == ["reply"]
    assert ran.refused is not None
    assert ran.refused.code == "disposition.outcome"
    contact = await desk.contact()
    assert (contact.state, contact.reason_id) == ("active", None)
    said = [
        row.text
        for row in await desk.rows(interactions)
        if row.author_id and row.direction == "out"
    ]
    assert said == ["Your refund is on its way."]


async def test_the_same_run_again_is_the_same_answer(desk: Desk) -> None:
    one = await desk.store.write(run_macro, run(desk, *ALL))
    two = await desk.store.write(run_macro, run(desk, *ALL))
    assert one == two
    assert len(await desk.rows(contact_tags)) == 1


async def test_the_language_of_the_customer_is_spoken(desk: Desk) -> None:
    steps = (ReplyStep(texts=REPLY.texts, send=False),)
    ran = await desk.store.write(run_macro, run(desk, *steps, language="zh"))
    assert ran.insert == "退款已安排。"
    ran = await desk.store.write(run_macro, run(desk, *steps, client_id="x2", words={0: "Mine"}))
    assert ran.insert == "Mine"


@pytest.mark.parametrize("text", ["Dear {customer.name}", "On {?Date of visit}", "{{agent}}"])
async def test_nothing_unfilled_is_ever_sent(desk: Desk, text: str) -> None:
    ran = await desk.store.write(run_macro, run(desk, ReplyStep(texts={"en": text})))
    assert ran.done == []
    assert ran.refused is not None
    assert ran.refused.code == "macro.unfilled"
    assert await desk.store.read(list_of, desk.contact_id) == []


@pytest.mark.parametrize(
    "steps",
    [
        [CloseStep(), NoteStep(text="late")],
        [TransferStep()],
        [TransferStep(queue_id="a", agent_id="b")],
        [TagStep()],
        [REPLY, REPLY],
        [ReplyStep(texts={"en": "x"}, send=False), CloseStep()],
    ],
)
def test_steps_that_do_not_go_together_are_refused(steps: list[Step]) -> None:
    with pytest.raises(Invalid):
        check_steps(steps)
