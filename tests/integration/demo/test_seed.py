"""The demo's beginning: what a newcomer's first minutes rest on is in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import Select, func, select, text

from hub.accounts.accounts import Accounts
from hub.accounts.model import Actor
from hub.accounts.passwords import Passwords
from hub.accounts.tables import users
from hub.campaigns.reads import count_reach, get_campaign
from hub.contacts.commitments.tables import commitment_conflicts, commitments
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.research.tables import customer_satisfaction
from hub.contacts.tables import contacts, conversations, segments
from hub.customers.groups.tables import customer_groups
from hub.customers.tables import customer_facts, customers, identities
from hub.demo.evidence import find_verdict, race
from hub.demo.seed import Login, demo_setup, seed
from hub.demo.world import Person, read_world
from hub.intake import receive
from hub.phone_lists.reads import count_reach as count_list
from hub.phone_lists.reads import get_list
from hub.settings import Security
from hub.setup.service import ChangeSetup, change_setup, get_setup
from hub.simulation.replay import Question, read_from, replay_period, span_of
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock

WORLD = read_world()
GOLD = WORLD.person("gold", "zh-CN")


@dataclass(frozen=True, slots=True)
class Seeded:
    store: Store
    logins: list[Login]
    database: Path
    clock: ManualClock

    @property
    def you(self) -> Login:
        return next(one for one in self.logins if one.role == "agent" and not one.works)


@pytest.fixture
async def demo(sqlite_store: Store, clock: ManualClock) -> AsyncIterator[Seeded]:
    passwords = Passwords()
    try:
        accounts = Accounts(sqlite_store, passwords, Security())
        setup = demo_setup("http://127.0.0.1:1", "k" * 32)
        logins = await seed(sqlite_store, accounts, WORLD, setup)
        yield Seeded(sqlite_store, logins, await sqlite_store.read(_file, None), clock)
    finally:
        passwords.close()


def of_customer(person: Person) -> Select[tuple[str]]:
    return select(identities.c.id).where(
        identities.c.customer_id
        == select(identities.c.customer_id)
        .where(identities.c.kind == "email", identities.c.value_norm == person.email)
        .scalar_subquery()
    )


async def test_what_was_changed_in_the_pages_stays_at_a_later_start(demo: Seeded) -> None:
    store = demo.store
    first, setup = await store.read(get_setup, {})
    assert setup.agents[demo.you.email].skills["repair"] == 5
    changed = {**msgspec.to_builtins(setup), "organisation": "Mine"}
    admin = Actor(demo.you.id, "Admin", "session")
    await change_setup(store, ChangeSetup(changed, first.id, admin))
    passwords = Passwords()
    try:
        accounts = Accounts(store, passwords, Security())
        fresh = demo_setup("http://127.0.0.1:2", "n" * 32)
        await seed(store, accounts, WORLD, fresh)
    finally:
        passwords.close()
    _, now = await store.read(get_setup, {})
    assert now.organisation == "Mine"
    widgets = [point.settings for point in now.entry_points if point.channel == "webchat"]
    assert widgets
    for settings in widgets:
        assert settings["identity_keys"] == ["n" * 32]
        assert "http://127.0.0.1:2" in settings["origins"]


async def test_a_gold_customer_waits_for_an_answer_since_a_month(demo: Seeded) -> None:
    def read(tx: Tx, _: None) -> list[Any]:
        asked = select(contacts.c.channel, contacts.c.unanswered_since).where(
            contacts.c.identity_id.in_(of_customer(GOLD)), contacts.c.unanswered_since.is_not(None)
        )
        return list(tx.execute(asked).all())

    [(channel, since)] = await demo.store.read(read, None)
    assert channel == "email"
    assert demo.clock.now() - since == timedelta(days=31)


@pytest.mark.parametrize("point", ["hotline", "repair-line"])
async def test_you_served_the_gold_caller_last(demo: Seeded, point: str) -> None:
    def read(tx: Tx, _: None) -> Any:
        newest = (
            select(conversations.c.last_agent_id)
            .where(
                conversations.c.identity_id.in_(of_customer(GOLD)),
                conversations.c.entry_point_id == point,
            )
            .order_by(conversations.c.last_at.desc())
            .limit(1)
        )
        return tx.execute(newest).scalar_one()

    assert await demo.store.read(read, None) == demo.you.id


async def test_something_is_promised_to_the_gold_customers_today(demo: Seeded) -> None:
    def read(tx: Tx, _: None) -> list[Any]:
        gold = (
            select(identities.c.id)
            .join(customers, customers.c.id == identities.c.customer_id)
            .where(customers.c.tier == "gold")
        )
        found = select(commitments.c.due_at, commitments.c.owner_id)
        return list(tx.execute(found.where(commitments.c.identity_id.in_(gold))).all())

    promised = await demo.store.read(read, None)
    assert len(promised) == 2
    for due_at, owner_id in promised:
        assert timedelta(hours=1) <= due_at - demo.clock.now() <= timedelta(days=1)
        assert owner_id == demo.you.id


async def test_the_technician_has_a_past_and_a_repair_to_come(demo: Seeded) -> None:
    def read(tx: Tx, _: None) -> tuple[list[Any], int]:
        technician = next(one.id for one in demo.logins if one.role == "specialist")
        own = select(commitments.c.state).where(commitments.c.owner_id == technician)
        pairs = select(func.count()).select_from(commitment_conflicts)
        return list(tx.execute(own).scalars()), tx.execute(pairs).scalar_one()

    states, pairs = await demo.store.read(read, None)
    assert (states.count("open"), states.count("kept"), pairs) == (1, 12, 1)


async def test_a_phone_list_waits_to_be_started(demo: Seeded) -> None:
    """On a morning of the working week most of its people could be called."""
    row = await demo.store.read(get_list, "service-check")
    counts = await demo.store.read(count_list, row)
    assert (row.state, row.next_at, row.mode) == ("draft", None, "preview")
    assert row.script_zh
    assert row.script_en
    assert counts.people == counts.reach + counts.held_out + sum(counts.later.values())
    assert counts.people >= 5


async def test_a_campaign_waits_to_be_started(demo: Seeded) -> None:
    """With a part left out to compare, and nothing sent."""
    campaign = await demo.store.read(get_campaign, "spring-service")
    counts = await demo.store.read(count_reach, campaign)
    assert (campaign.state, campaign.next_at) == ("draft", None)
    assert counts.reach + sum(counts.later.values()) > 0
    assert counts.suppressed["opted_out"] == 1


async def test_two_groups_have_a_rule_and_an_owner_who_steers(demo: Seeded) -> None:
    def groups(tx: Tx, _: None) -> list[tuple[str, str]]:
        of = select(customer_groups.c.key, users.c.role).join(
            users, users.c.id == customer_groups.c.owner_id
        )
        return [(row.key, row.role) for row in tx.execute(of.order_by(customer_groups.c.key))]

    assert await demo.store.read(groups, None) == [
        ("came-back", "supervisor"),
        ("gold", "supervisor"),
    ]


async def test_the_shop_s_word_brings_a_chat_to_the_customer_who_is_known(demo: Seeded) -> None:
    before = await demo.store.read(_customers, None)
    await demo.store.write(receive, a_chat(GOLD))
    assert await demo.store.read(_customers, None) == before

    def tier(tx: Tx, _: None) -> Any:
        return tx.execute(select(contacts.c.tier).where(contacts.c.state == "queued")).scalar_one()

    assert await demo.store.read(tier, None) == "gold"


async def test_the_race_says_who_was_taken_first(demo: Seeded) -> None:
    began = demo.clock.now()
    standard = WORLD.person("standard", "zh-CN")
    await demo.store.write(receive, a_mail(standard, "<1@mail.example>"))
    receipt = await demo.store.write(receive, a_chat(GOLD))
    demo.clock.advance(seconds=8)

    def take(tx: Tx, contact_id: str | None) -> None:
        row = tx.execute(select(segments).where(segments.c.contact_id == contact_id)).one()
        handling = {
            **row._mapping,
            "id": "s",
            "kind": "handling",
            "started_at": tx.now,
            "ended_at": tx.now,
        }
        tx.execute(segments.insert().values(handling))

    await demo.store.write(take, receipt.contact_id)
    entrants = [("email", standard), ("webchat", GOLD), ("phone", GOLD)]
    mail, chat = race(demo.database, entrants, began, demo.clock.now())
    assert (mail.place, mail.tier, mail.waited_s) == (None, "standard", 8.0)
    assert (chat.place, chat.tier, chat.waited_s) == (1, "gold", 8.0)


async def test_the_verdict_on_a_second_mail_says_why_it_is_not_acknowledged(demo: Seeded) -> None:
    standard = WORLD.person("standard", "en")
    assert find_verdict(demo.database, "<1@mail.example>") is None
    await demo.store.write(receive, a_mail(standard, "<1@mail.example>"))
    first = find_verdict(demo.database, "<1@mail.example>")
    assert first is not None
    assert (first.acknowledged, first.reason) == (True, None)
    await demo.store.write(receive, a_mail(standard, "<2@mail.example>", "<1@mail.example>"))
    second = find_verdict(demo.database, "<2@mail.example>")
    assert second is not None
    assert (second.acknowledged, second.reason) == (False, "once_per_conversation")


def _customers(tx: Tx, _: None) -> int:
    return int(tx.execute(select(func.count()).select_from(customers)).scalar_one())


def _file(tx: Tx, _: None) -> Path:
    return Path(tx.execute(text("PRAGMA database_list")).one().file)


def a_chat(person: Person) -> Inbound:
    return Inbound(
        entry_point_id="shop-chat",
        channel=Channel.WEBCHAT,
        dedupe_key="c1",
        senders=(
            SenderIdentity(IdentityKind.VISITOR, "v1", person.name, verified=True),
            SenderIdentity(IdentityKind.EXTERNAL, person.shop_account, person.name, verified=True),
        ),
        received_at=ManualClock().now(),
        text="Hello",
        continues_latest=True,
    )


async def test_a_customer_is_to_be_won_back_and_a_register_knows_of_a_competitor(
    demo: Seeded,
) -> None:
    def read(tx: Tx, _: None) -> tuple[list[Any], list[Any], list[Any]]:
        jobs = (
            select(users.c.role)
            .select_from(commitments)
            .join(users, users.c.id == commitments.c.owner_id)
            .where(commitments.c.kind == "recovery", commitments.c.state == "open")
        )
        sums = select(customer_satisfaction.c.n).where(customer_satisfaction.c.n > 1)
        known = select(customer_facts.c.licence, customer_facts.c.competitor_id).where(
            customer_facts.c.kind == "contract", customer_facts.c.source == "register"
        )
        return (
            list(tx.execute(jobs).scalars()),
            list(tx.execute(sums).scalars()),
            list(tx.execute(known).all()),
        )

    jobs, sums, known = await demo.store.read(read, None)
    assert set(jobs) == {"supervisor"}
    assert len(sums) >= 10
    assert known
    assert {tuple(row) for row in known} == {("CC BY 4.0", "borealis")}


def a_mail(person: Person, message_id: str, answers: str = "") -> Inbound:
    return Inbound(
        entry_point_id="support-mail",
        channel=Channel.EMAIL,
        dedupe_key=message_id,
        senders=(SenderIdentity(IdentityKind.EMAIL, person.email, person.en, verified=True),),
        received_at=ManualClock().now(),
        subject="Washer",
        text="It leaks.",
        external_id=message_id,
        references=(answers,) if answers else (),
    )


async def test_yesterday_and_the_weekday_of_tomorrow_had_a_rush_that_the_model_plays_again(
    demo: Seeded,
) -> None:
    """What a newcomer's first what-if rests on: waits that the hub's own engine made."""
    zone = ZoneInfo("Asia/Shanghai")
    today = demo.clock.now().astimezone(zone).date()
    for ago in (1, 6, 13, 20, 27):
        day = datetime.combine(today - timedelta(days=ago), time(), zone)
        begins_s = day.timestamp()
        question = Question(from_s=begins_s, to_s=begins_s + 86_400, runs=1)
        period = read_from(demo.store.url, span_of(question, demo.clock.now().timestamp()))
        calls = [one for one in period.measured if one.kind.channel == "phone"]
        assert 60 < len(calls) < 140
        answer = replay_period(period, question)
        was, model = (
            side.figures.groups["channels"]["phone"].figures["mean_wait_s"].value or 0
            for side in (answer.recorded, answer.in_force)
        )
        assert was > 10
        assert model == pytest.approx(was, rel=0.5)
