"""The set-up about customers: branches, and the rules that later parts read."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from hub.accounts.tables import teams
from hub.customers.settings import CustomerSettings, QueueKeep, load_customer_settings
from hub.customers.tables import customers
from hub.intake import receive
from hub.setup import ApplySetup, BadSetup, apply_setup, check_setup
from hub.setup.files import setup_text
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock

from .build import edited, letter

FRONT = 'key = "front"\n'
BRANCH = f'{FRONT}branch = true\nregion = "CN"\nzone = "Asia/Shanghai"\n'
TOP = "timezone ="
SECTIONS = """competitors = [{ key = "acme", names = ["Acme", "艾克米"] }]
outreach = { per_week = 2 }
cost = { rates = [{ channel = "phone", per_minute = 120 }] }
timezone ="""


NAMES = 'key = "a", zh = "甲", en = "A"'


def a_rule(words: str) -> str:
    return f"allocation = {{ rules = [{{ {NAMES}, {words} }}] }}"


def a_plan(words: str) -> str:
    return f"plans = [{{ {NAMES}, steps = [{{ {NAMES} }}], {words} }}]"


def _load(tx: Tx, _: None) -> CustomerSettings:
    return load_customer_settings(tx)


def _all(tx: Tx, table: Any) -> list[Any]:
    return list(tx.execute(select(table)).all())


async def test_who_is_new_belongs_to_the_branch_that_serves_the_queue(
    store: Store, clock: ManualClock
) -> None:
    await store.write(apply_setup, ApplySetup(check_setup(edited((FRONT, BRANCH)))))
    rows = {row.id: row for row in await store.read(_all, teams)}
    front = rows.pop("front")
    assert (front.is_branch, front.region, front.zone, front.sees_all) == (
        True,
        "CN",
        "Asia/Shanghai",
        False,
    )
    assert {row.is_branch for row in rows.values()} == {False}
    await store.write(receive, letter("support-mail", clock))
    assert [row.branch_id for row in await store.read(_all, customers)] == ["front"]


async def test_without_branches_who_is_new_is_everybodys(store: Store, clock: ManualClock) -> None:
    await store.write(apply_setup, ApplySetup(check_setup(edited())))
    await store.write(receive, letter("support-mail", clock))
    assert [row.branch_id for row in await store.read(_all, customers)] == [None]


async def test_rules_about_customers_are_put_in_force_and_told(store: Store) -> None:
    await store.write(apply_setup, ApplySetup(check_setup(edited())))
    assert await store.read(_load, None) == CustomerSettings(zone="Asia/Shanghai")
    setup = check_setup(edited((TOP, SECTIONS)))
    changes = await store.write(apply_setup, ApplySetup(setup))
    assert "outreach.per_week: 1 → 2" in changes.changed
    assert changes.added == changes.retired == []
    found = await store.read(_load, None)
    assert (found.outreach.per_week, found.cost.rates[0].per_minute) == (2, 120)
    assert found.competitors[0].names == ["Acme", "艾克米"]
    again = await store.write(apply_setup, ApplySetup(setup))
    assert again.is_empty


def test_what_is_exported_is_read_as_it_was() -> None:
    best = 'field = "tier", is = ["gold", "potential_gold"]'
    rule = a_rule(f'team = "front", when = {{ not = {{ {best} }} }}')
    setup = check_setup(
        edited((TOP, f"{rule}\n{a_plan('every_days = 3')}\n{SECTIONS}"), (FRONT, BRANCH))
    )
    assert setup.allocation.rules[0].team == "front"
    assert check_setup(setup_text(setup)) == setup
    assert "loyalty" not in setup_text(setup)  # what is as usual is left out


async def test_a_queue_that_is_named_no_more_keeps_its_days(store: Store) -> None:
    """What was said in it is still there: nobody decided that it goes sooner."""
    whole = check_setup(edited())
    contracts = msgspec.structs.replace(
        whole.queues[1], key="contracts", keep=QueueKeep(mails_days=3650)
    )
    named = msgspec.structs.replace(whole, queues=[*whole.queues, contracts])
    await store.write(apply_setup, ApplySetup(named))
    changes = await store.write(apply_setup, ApplySetup(whole))
    assert changes.retired == ["queue contracts"]
    found = await store.read(_load, None)
    assert found.queue_keep == {"contracts": QueueKeep(mails_days=3650)}
    assert (await store.write(apply_setup, ApplySetup(whole))).is_empty
    usual = msgspec.structs.replace(contracts, keep=QueueKeep())
    back = msgspec.structs.replace(whole, queues=[*whole.queues, usual])
    await store.write(apply_setup, ApplySetup(back))
    assert (await store.read(_load, None)).queue_keep == {}


async def test_a_dry_run_puts_no_rules_in_force(store: Store) -> None:
    setup = check_setup(edited((TOP, SECTIONS)))
    changes = await store.write(apply_setup, ApplySetup(setup, dry_run=True))
    assert "rules about customers" in changes.changed
    assert await store.read(_load, None) == CustomerSettings()


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ('outreach = { quiet_from = "25:00" }', "outreach.quiet_from"),
        ("outreach = { per_year = 1 }", "outreach"),
        ("lifecycle = { dormant_after_days = 400 }", "lifecycle.lost_after_days"),
        (
            'competitors = [{ key = "a", names = ["A"] }, { key = "a", names = ["B"] }]',
            "competitors",
        ),
        ("value = { margin = 1.5 }", "value.margin"),
        (a_rule('team = "nowhere"'), "allocation.rules[0].team"),
        (a_rule('by = "round_robin"'), "allocation.rules[0]"),
        (a_rule('team = "front", user = "a@b.cn"'), "allocation.rules[0]"),
        (a_rule('user = "Li"'), "allocation.rules[0].user"),
        (a_rule('team = "front", hours = "never"'), "allocation.rules[0].hours"),
        (
            a_rule('team = "front", when = { all = [{ field = "tiers", is = ["a"] }] }'),
            "allocation.rules[0].when.all[0].field",
        ),
        (a_plan("within_days = 6"), "plans[0].within_days"),
        (a_plan('when = { field = "tier" }'), "plans[0].when"),
        # agents read the names of both, and are not told
        (a_plan('when = { field = "standing", is = ["lost"] }'), "plans[0].when"),
        (a_plan('when = { not = { field = "loss_making", is = true } }'), "plans[0].when"),
        (
            a_rule('team = "front", when = { any = [{ field = "tier", is = ["low", "gold"] }] }'),
            "allocation.rules[0].when",
        ),
    ],
)
def test_wrong_rules_are_refused_with_their_place(given: str, path: str) -> None:
    with pytest.raises(BadSetup) as refused:
        check_setup(edited((TOP, f"{given}\n{TOP}")))
    assert any(fault.path.startswith(path) for fault in refused.value.faults)


def test_what_agents_are_shown_stands_beside_what_they_are_not_told() -> None:
    for when in ('field = "standing", is = ["lost", "dormant"]', 'field = "tier", is = ["gold"]'):
        check_setup(edited((TOP, f"{a_plan(f'when = {{ {when} }}')}\n{TOP}")))


def test_a_branch_in_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(BadSetup) as refused:
        check_setup(edited((FRONT, f'{FRONT}zone = "Mars/Base"\n')))
    assert [fault.path for fault in refused.value.faults] == ["teams[0].zone"]
