"""SLA policies in the set-up file: read, refused with place and remedy, put in force."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import contacts
from hub.intake import receive
from hub.routing.settings import load_settings
from hub.routing.sla.policies import Act, DeadlineKind, Escalation, StepName
from hub.routing.sla.service import fire_due_stale
from hub.routing.sla.tables import deadlines
from hub.setup import ApplySetup, BadSetup, apply_setup, check_setup
from hub.storage import Store
from hub.testing.center import add_agent
from hub.testing.clock import ManualClock

from .build import edited

HEAD = "# ---- SLA policies "
POLICY = 'key = "p"\nzh = "常规"\nen = "Usual"\nchannels = ["email"]\nfirst_reply_s = 3600'
STEP = 'at = "breach"\naction = "notify"\nto = "owner"'


def with_policies(*policies: str) -> str:
    """The sample with these policies and no others."""
    text = edited()
    start, end = text.index(HEAD), text.index("# ---- how agents work")
    tables = "\n".join(f"[[sla_policies]]\n{policy}" for policy in policies)
    return text[:start] + tables + "\n" + text[end:]


def stepping(step: str, policy: str = POLICY) -> str:
    return with_policies(f"{policy}\n[[sla_policies.escalations]]\n{step}")


def problems(text: str) -> str:
    with pytest.raises(BadSetup) as refused:
        check_setup(text)
    return refused.value.message


async def test_a_policy_is_put_in_force_with_its_escalations(store: Store) -> None:
    text = stepping('at = 600\non = "first_reply"\naction = "move"\nto = "finance"')
    await store.write(apply_setup, ApplySetup(check_setup(text)))
    settings = await store.read(lambda tx, _: load_settings(tx), None)
    [policy] = settings.sla_policies
    assert (policy.key, policy.channels, policy.warn_at) == ("p", ("email",), 0.75)
    assert policy.target_s == {DeadlineKind.FIRST_REPLY: 3600}
    assert policy.escalations == (
        Escalation(
            at=StepName.LATE,
            after_s=600,
            on=DeadlineKind.FIRST_REPLY,
            action=Act.MOVE,
            to="finance",
        ),
    )
    again = await store.write(apply_setup, ApplySetup(check_setup(text)))
    assert again.is_empty


def test_a_tier_that_agents_are_shown_as_it_is_may_have_a_deadline() -> None:
    text = with_policies(POLICY + '\ntiers = ["gold"]')
    own = text.replace('key = "gold"', 'key = "gold", agents_see = "gold"')
    assert own != text
    assert check_setup(own).sla_policies[0].tiers == ["gold"]


async def test_what_changes_is_named(store: Store) -> None:
    one = POLICY + '\nqueues = ["finance"]'
    other = POLICY.replace('"p"', '"q"') + '\nqueues = ["support"]'
    first = await store.write(apply_setup, ApplySetup(check_setup(with_policies(one, other))))
    assert [line for line in first.added if "policy" in line] == ["sla policy p", "sla policy q"]
    text = with_policies(other, one.replace("3600", "7200"))
    second = await store.write(apply_setup, ApplySetup(check_setup(text)))
    assert second.changed == ["sla policy p", "order of the sla policies"]
    third = await store.write(apply_setup, ApplySetup(check_setup(with_policies(one))))
    assert (third.retired, third.added) == (["sla policy q"], [])


@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        (with_policies(POLICY.replace('["email"]', '["letter"]')), "channels", "known: email"),
        (with_policies(POLICY + '\nqueues = ["x"]'), "queues", "known: .*finance"),
        (with_policies(POLICY + '\ntiers = ["x"]'), "tiers", "known: gold"),
        (with_policies(POLICY + '\ntiers = ["low"]'), "tiers", "name 'standard'"),
        (with_policies(POLICY + '\nhours = "night"'), "hours", "known: default"),
        (with_policies(POLICY + '\nhours = "calendar"'), "hours", "known: default"),
        (with_policies(POLICY.replace("3600", "-1")), r"first_reply_s", ">= 1"),
        (with_policies(POLICY + "\nwarn_at = 1.5"), "warn_at", "<= 1"),
        (with_policies(POLICY + "\nwarn_at = 0"), "warn_at", "> 0"),
        (with_policies(POLICY.rpartition("\n")[0]), r"sla_policies\[0\]", "give first_reply_s"),
        (with_policies(POLICY, POLICY.replace('"p"', '"q"')), r"\[1\]", "put it first"),
        (with_policies(POLICY, POLICY), r"sla_policies\[1\].key: the key 'p'", "more than once"),
        (stepping(STEP + '\non = "resolution"'), "on", "give resolution_s"),
        (stepping(STEP.replace("owner", "somebody")), "to", "e-mail address"),
        (stepping(STEP.replace("notify", "move")), "to", "known: .*finance"),
        (stepping(STEP.replace("notify", "assign")), "to", "e-mail address"),
        (stepping(STEP.replace("notify", "raise_priority")), "to", "priority = 1 to 9"),
        (stepping(STEP.replace("notify", "shout")), r"action", "shout"),
        (stepping('at = 0\naction = "notify"\nto = "owner"'), "at", ">= 1"),
        (
            stepping(
                STEP.replace("notify", "move").replace("owner", "finance"),
                POLICY + '\nqueues = ["finance"]',
            ),
            "to",
            "already",
        ),
        (
            stepping(STEP.replace("breach", "warning"), POLICY + "\nwarn_at = 1.0"),
            "at",
            "lower it",
        ),
    ],
)
def test_what_is_wrong_is_refused_with_its_place_and_a_remedy(
    text: str, place: str, remedy: str
) -> None:
    said = problems(text)
    assert "sla_policies" in said
    assert re.search(place, said), said
    assert re.search(remedy, said), said


def test_hours_that_hardly_ever_open_have_no_long_deadline() -> None:
    text = with_policies(POLICY.replace("3600", "7776000") + '\nhours = "rare"')
    said = problems(text.replace("[hours]\n", '[hours]\nrare = "Mon 09:00-09:01"\n', 1))
    assert "sla_policies[0]" in said
    assert "shorter deadline" in said


async def test_escalations_that_would_find_nobody_are_warned_of(store: Store) -> None:
    steps = (
        POLICY
        + '\n[[sla_policies.escalations]]\nat = "breach"\naction = "assign"\nto = "Li@hub.test"'
        + '\n[[sla_policies.escalations]]\nat = "breach"\naction = "move"\nto = "finance"'
    )
    text = with_policies(steps).replace('"front"', '"team"')
    changes = await store.write(apply_setup, ApplySetup(check_setup(text)))
    assert any("Li@hub.test is no user yet" in one for one in changes.warnings)
    assert any(one.startswith("queue finance:") for one in changes.warnings)
    await store.write(add_agent, "Li")
    changes = await store.write(apply_setup, ApplySetup(check_setup(text)))
    assert not any("Li@hub.test" in one for one in changes.warnings)


async def test_contacts_that_are_open_get_the_new_policy_and_lose_an_old_one(
    store: Store, clock: ManualClock
) -> None:
    await store.write(apply_setup, ApplySetup(check_setup(with_policies())))
    mail = Inbound(
        entry_point_id="support-mail",
        channel=Channel.EMAIL,
        dedupe_key="m1",
        senders=(SenderIdentity(IdentityKind.EMAIL, "liu@example.test"),),
        received_at=clock.now(),
        text="Where is it?",
        acknowledge=False,  # no time is promised, so that the policy alone has deadlines
        no_acknowledge_reason="they were told by voice",
    )
    await store.write(receive, mail)

    async def state() -> tuple[str | None, list[bool]]:
        policy = await store.read(
            lambda tx, _: tx.execute(select(contacts.c.sla_policy_id)).scalar_one(), None
        )
        rows = await store.read(
            lambda tx, _: list(tx.execute(select(deadlines.c.ended_at)).scalars()), None
        )
        return policy, [row is None for row in rows]

    assert await state() == (None, [])
    clock.advance(60)
    await store.write(apply_setup, ApplySetup(check_setup(with_policies(POLICY))))
    fired = [
        await store.write(lambda tx, _: fire_due_stale(tx, tx.now, 10), None) for _ in range(2)
    ]
    assert fired == [1, 0]
    assert await state() == ("p", [True])
    await store.write(apply_setup, ApplySetup(check_setup(with_policies())))
    await store.write(lambda tx, _: fire_due_stale(tx, tx.now, 10), None)
    assert await state() == (None, [False])
