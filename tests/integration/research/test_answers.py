"""What customers answer is kept and added up; a low score is somebody's job."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import event, update

from hub import care
from hub.accounts.model import SYSTEM
from hub.accounts.tables import users
from hub.contacts.commitments.commands import FinishCommitment
from hub.contacts.commitments.model import CommitmentState
from hub.contacts.commitments.service import finish_commitment
from hub.contacts.research.recovery import Low, open_recoveries
from hub.contacts.research.service import NewAnswer, keep_answers
from hub.contacts.research.tables import customer_satisfaction, survey_answers
from hub.customers.settings import CustomerSettings
from hub.customers.tables import dirty_customers
from hub.routing.recovery import recovery_aims
from hub.storage import Store, Tx
from tests.integration.customers.house import serve
from tests.integration.sla.house import Counting

from .build import Shop, Surveys, open_shop


async def test_an_answer_stands_with_its_contact_and_is_added_up(shop: Shop) -> None:
    contact_id = await shop.house.receive("hello")
    await shop.says(contact_id, 4, " quite good ")
    [answer] = await shop.rows(survey_answers)
    row = await shop.house.contact(contact_id)
    assert (answer.identity_id, answer.contact_id) == (row.identity_id, contact_id)
    assert (answer.score, answer.answer, answer.source) == (4, "quite good", "contact")
    [total] = await shop.rows(customer_satisfaction)
    assert (total.n, total.mean_ppm, total.last, total.zone) == (1, 4_000_000, 4, "indifferent")
    assert (total.trend, total.recent) == (0, [4])
    owner = await shop.house.customer_of(contact_id)
    assert owner in {row.customer_id for row in await shop.rows(dirty_customers)}


async def test_only_the_first_answer_about_a_contact_counts(shop: Shop) -> None:
    contact_id = await shop.house.receive("hello")
    await shop.says(contact_id, 5)
    await shop.says(contact_id, 1)
    assert [row.score for row in await shop.rows(survey_answers)] == [5]
    assert await shop.recoveries() == []


async def test_a_low_score_is_a_supervisors_job_at_once(shop: Shop) -> None:
    contact_id = await shop.house.receive("hello")
    await shop.says(contact_id, 1, "Nobody\ncalled me back")
    [job] = await shop.recoveries()
    assert (job.contact_id, job.owner_kind, job.owner_id) == (contact_id, "user", shop.boss)
    assert job.text == "1 / 5"  # what they said stands with the contact
    now = await shop.house.now()
    assert job.made_at == now
    assert now < job.remind_at < job.due_at
    assert job.state == "open"


async def test_what_was_said_of_a_contact_is_read_by_who_may_see_it(shop: Shop) -> None:
    contact_id = await shop.house.receive("hello")
    await shop.says(contact_id, 1, "Nobody called me back")
    customer_id = await shop.house.customer_of(contact_id)
    async with serve(shop.house) as client:
        texts = {}
        for who in ("agent", "supervisor", "outsider"):
            path = f"/customers/{customer_id}/commitments"
            status, page = await client.ask("GET", path, who=who)
            assert status == 200
            [job] = page["items"]
            source = job["source"] and job["source"]["text"]
            texts[who] = (job["text"], source)
            assert source or "called" not in json.dumps(page)
    assert texts == {
        "agent": ("1 / 5", "Nobody called me back"),
        "supervisor": ("1 / 5", "Nobody called me back"),
        "outsider": ("1 / 5", None),
    }


async def test_what_was_said_of_no_contact_stands_in_the_job(shop: Shop) -> None:
    identity_id = (await shop.house.contact(await shop.house.receive("hello"))).identity_id

    def told(tx: Tx, _: None) -> None:
        new = NewAnswer(identity_id, "s", "satisfaction", 1, "never\nagain", tx.now, "shop")
        keep_answers(tx, [new], recovery_aims)

    await shop.store.write(told, None)
    assert [job.text for job in await shop.recoveries()] == ["1 / 5: never again"]


async def test_whose_job_it_is_does_not_leave_meanwhile(shop: Shop) -> None:
    identity_id = (await shop.house.contact(await shop.house.receive("hello"))).identity_id

    def told(tx: Tx, _: None) -> list[str]:
        read: list[str] = []

        def note(_c: Any, _cu: Any, statement: str, *_: Any) -> None:
            read.append(statement)

        engine = tx._connection.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            recovery_aims(tx, [Low(identity_id, None, 1, "")])
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return [one for one in read if "FROM users" in one]

    [statement] = await shop.store.write(told, None)
    if shop.store.dialect == "postgresql":
        assert statement.endswith("FOR SHARE OF users")


async def test_the_threshold_is_the_set_ups(shop: Shop) -> None:
    for score in (3, 2):
        await shop.says(await shop.house.receive("hello", f"{score}@example.test"), score)
    assert len(await shop.recoveries()) == 1
    await shop.rules(surveys=Surveys(low_score=3, recovery_days=5))
    await shop.says(await shop.house.receive("hello", "x@example.test"), 3)
    first, second = await shop.recoveries()
    assert second.due_at - second.made_at > first.due_at - first.made_at


async def test_once_for_a_contact(shop: Shop) -> None:
    contact_id = await shop.house.receive("hello")
    await shop.says(contact_id, 1)
    [job] = await shop.recoveries()

    def done(tx: Tx, _: None) -> None:
        finish_commitment(tx, FinishCommitment(SYSTEM, job.id, CommitmentState.KEPT))

    await shop.store.write(done, None)
    answer = (await shop.rows(survey_answers))[0]

    def again(tx: Tx, _: None) -> list[str]:
        low = Low(answer.identity_id, contact_id, 1, "")
        return open_recoveries(tx, [low], recovery_aims, CustomerSettings())

    assert await shop.store.write(again, None) == []
    assert len(await shop.recoveries()) == 1


async def test_jobs_go_round_among_the_supervisors_of_the_team(shop: Shop) -> None:
    other = await shop.hire_boss("Zhou")
    elsewhere = await shop.hire_boss("Wu", None)
    for number in range(4):
        await shop.says(await shop.house.receive("hello", f"{number}@example.test"), 1)
    owners = [job.owner_id for job in await shop.recoveries()]
    assert sorted(owners) == sorted([shop.boss, other] * 2)
    assert elsewhere not in owners


async def test_nobody_who_left_gets_it(shop: Shop) -> None:
    elsewhere = await shop.hire_boss("Wu", None)

    def leave(tx: Tx, _: None) -> None:
        tx.execute(update(users).where(users.c.id == shop.boss).values(disabled_at=tx.now))

    await shop.store.write(leave, None)
    await shop.says(await shop.house.receive("hello"), 1)
    assert [job.owner_id for job in await shop.recoveries()] == [elsewhere]


async def test_it_is_reminded_of_and_escalated_like_every_promise(shop: Shop) -> None:
    await shop.says(await shop.house.receive("hello"), 2)

    def a_week_later(tx: Tx, _: None) -> int:
        return care.fire_due_commitments(tx, tx.now + timedelta(days=7), 100)

    assert await shop.store.write(a_week_later, None) > 0
    assert [job.state for job in await shop.recoveries()] == ["broken"]


async def test_history_that_is_told_late_is_no_job(shop: Shop) -> None:
    contact_id = await shop.house.receive("hello")
    identity_id = (await shop.house.contact(contact_id)).identity_id

    def told(tx: Tx, days: int) -> None:
        at = tx.now - timedelta(days=days)
        new = NewAnswer(identity_id, "s", "satisfaction", 1, None, at, "shop")
        keep_answers(tx, [new], recovery_aims)

    await shop.store.write(told, 30)
    assert await shop.recoveries() == []
    await shop.store.write(told, 1)
    await shop.store.write(told, 2)  # of one customer one at a time, without a contact
    assert len(await shop.recoveries()) == 1


async def test_other_questions_are_no_satisfaction(shop: Shop) -> None:
    contact_id = await shop.house.receive("hello")
    identity_id = (await shop.house.contact(contact_id)).identity_id

    def told(tx: Tx, _: None) -> None:
        new = NewAnswer(identity_id, "s", "recommend", 0, "no", tx.now, "shop")
        keep_answers(tx, [new], recovery_aims)

    await shop.store.write(told, None)
    assert await shop.rows(customer_satisfaction) == []
    assert await shop.recoveries() == []


async def test_many_answers_cost_the_same_statements_as_one(sqlite_store: Store) -> None:
    shop = await open_shop(sqlite_store)
    ids = []
    for number in range(8):
        contact_id = await shop.house.receive("hello", f"{number}@example.test")
        ids.append((await shop.house.contact(contact_id)).identity_id)

    async def cost(identity_ids: list[str]) -> int:
        def told(tx: Tx, _: None) -> int:
            counting = Counting(tx)
            new = [
                NewAnswer(one, "s", "satisfaction", 1, None, tx.now, "x") for one in identity_ids
            ]
            keep_answers(counting, new, recovery_aims)  # type: ignore[arg-type] # counts beside it
            return counting.count

        return await sqlite_store.write(told, None)

    assert await cost(ids[:1]) == await cost(ids[4:])


# ---- what is shown -------------------------------------------------------------------------------


async def test_a_page_shows_mean_trend_and_answers(shop: Shop) -> None:
    for score in (5, 4, 5, 1):
        await shop.says(await shop.house.receive("hello"), score, f"said {score}")
    customer_id = await shop.house.customer_of((await shop.rows(survey_answers))[0].contact_id)
    async with serve(shop.house) as client:
        _, seen = await client.ask("GET", f"/customers/{customer_id}/satisfaction")
        assert (seen["n"], seen["mean"], seen["last"], seen["trend"]) == (4, 3.75, 1, "falls")
        assert seen["recent"] == [1, 5, 4, 5]
        assert [one["text"] for one in seen["answers"]][:2] == ["said 1", "said 5"]
        assert seen["zone"] is None
        _, above = await client.ask(
            "GET", f"/customers/{customer_id}/satisfaction", who="supervisor"
        )
        assert above["zone"] == "at_risk"
        _, text = await client.ask("GET", f"/customers/{customer_id}/satisfaction", who="outsider")
        assert {(one["text"], one["contact_id"]) for one in text["answers"]} == {(None, None)}
        assert None not in {one["contact_id"] for one in seen["answers"]}


async def test_who_never_answered_is_neither_happy_nor_not(shop: Shop) -> None:
    contact_id = await shop.house.receive("hello")
    customer_id = await shop.house.customer_of(contact_id)
    async with serve(shop.house) as client:
        _, seen = await client.ask(
            "GET", f"/customers/{customer_id}/satisfaction", who="supervisor"
        )
    nothing = {"mean": None, "last": None, "last_at": None, "trend": None, "zone": None}
    assert seen == {"n": 0, "recent": [], "answers": [], **nothing}
