"""The business set-up: read, refused with its paths, put in force, and again without a change."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select

from hub.accounts.tables import teams
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import contacts, entry_points, reasons
from hub.core.errors import Invalid
from hub.intake import receive
from hub.routing import service as routing
from hub.routing.model import Overflow
from hub.routing.placement import Arrival, place
from hub.routing.promise import promises
from hub.routing.settings import load_settings
from hub.routing.tables import agent_channels, agent_skills, agents, queue_teams, queues
from hub.setup import ApplySetup, BadSetup, Changes, Setup, apply_setup, check_setup
from hub.setup.convert import routing_settings
from hub.storage import Store, Tx
from hub.testing.center import add_agent
from hub.testing.clock import ManualClock

from .build import edited

TWICE = '[agents."li@hub.test"]\n[agents."LI@hub.test"]\n# ---- how'
SALES_HOURS = 'sales = "Mon-Sun 09:00-21:00"'
LATE = 'key = "late", zh = "延误", en = "Late"'
REASON = "reasons[0].children[2].children[0]"


def helped(rule: str) -> tuple[str, str]:
    """The edit that gives the first queue an overflow rule."""
    return 'teams = ["front"]', f'teams = ["front"]\noverflow = [{{ {rule} }}]'


def wrapped(modes: str) -> tuple[str, str]:
    """The edit that says how wrap-up ends."""
    return "extensions = 2", f"extensions = 2\nmode = {{ {modes} }}"


@pytest.fixture
def setup() -> Setup:
    return check_setup(edited())


async def rows(store: Store, table: Any) -> list[Row[Any]]:
    return await store.read(lambda tx, _: list(tx.execute(select(table)).all()), None)


async def test_the_sample_is_applied_and_the_same_again_changes_nothing(
    store: Store, setup: Setup
) -> None:
    first = await store.write(apply_setup, ApplySetup(setup))
    assert "queue finance" in first.added
    assert "reason order/delivery/late" in first.added
    again = await store.write(apply_setup, ApplySetup(setup))
    assert again == Changes(added=[], changed=[], retired=[], warnings=[])
    settings = await store.read(lambda tx, _: load_settings(tx), None)
    assert settings.target_s("finance", "gold", "email") == 3600
    assert settings.shown_tier("low") == "standard"


async def test_a_dry_run_says_what_would_change_and_changes_nothing(
    store: Store, setup: Setup
) -> None:
    would = await store.write(apply_setup, ApplySetup(setup, dry_run=True))
    assert "entry point support-mail" in would.added
    assert await rows(store, queues) == []
    assert await rows(store, entry_points) == []
    did = await store.write(apply_setup, ApplySetup(setup))
    assert did.added == would.added


async def test_what_is_left_out_is_retired_and_comes_back(store: Store, setup: Setup) -> None:
    await store.write(apply_setup, ApplySetup(setup))
    without = msgspec.structs.replace(
        setup, entry_points=setup.entry_points[1:], reasons=setup.reasons[1:]
    )
    changes = await store.write(apply_setup, ApplySetup(without))
    assert changes.retired == [
        "entry point support-mail",
        "reason order",
        "reason order/change",
        "reason order/delivery",
        "reason order/delivery/damaged",
        "reason order/delivery/late",
        "reason order/status",
    ]
    retired = {row.id for row in await rows(store, reasons) if row.retired}
    assert "order/delivery/late" in retired
    back = await store.write(apply_setup, ApplySetup(setup))
    assert "entry point support-mail" in back.changed
    assert not any(row.retired for row in await rows(store, entry_points))


async def test_a_queue_goes_to_other_teams(store: Store, setup: Setup) -> None:
    await store.write(apply_setup, ApplySetup(setup))
    moved = check_setup(
        edited(('en = "Finance"\nteams = ["back"]', 'en = "Finance"\nteams = ["front"]'))
    )
    changes = await store.write(apply_setup, ApplySetup(moved))
    assert changes.changed == ["teams of queue finance"]
    found = {row.team_id for row in await rows(store, queue_teams) if row.queue_id == "finance"}
    assert found == {"front"}


async def test_agents_get_their_profile_and_skills(store: Store, setup: Setup) -> None:
    await store.write(apply_setup, ApplySetup(setup))
    known = '\n[agents."li@hub.test"]\nprofile = "chat_expert"\nskills = { repair = 4 }\n'
    unknown = '[agents."nobody@hub.test"]\nprofile = "trainee"\n'

    def hire(tx: Tx, _: None) -> str:
        tx.execute(teams.insert().values(id="team", zh="一组", en="Team", retired=False))
        return add_agent(tx, "Li")

    agent = await store.write(hire, None)
    named = check_setup(edited() + known + unknown)
    changes = await store.write(apply_setup, ApplySetup(named))
    assert "agent li@hub.test" in changes.changed
    assert [warning.split(":")[0] for warning in changes.warnings] == ["agent nobody@hub.test"]
    chat = {row.channel: row for row in await rows(store, agent_channels)}["webchat"]
    assert (chat.agent_id, chat.maximum, chat.cost) == (agent, 5, 20)
    (skill,) = await rows(store, agent_skills)
    assert (skill.skill_id, skill.proficiency) == ("repair", 4)
    again = await store.write(apply_setup, ApplySetup(named))
    assert again.is_empty


async def test_lower_capacity_leaves_what_is_in_hand(store: Store, setup: Setup) -> None:
    await store.write(apply_setup, ApplySetup(setup))

    def hire(tx: Tx, _: None) -> None:
        tx.execute(teams.insert().values(id="team", zh="一组", en="Team", retired=False))
        add_agent(tx, "Li")
        tx.execute(agents.update().values(live_load=99))

    await store.write(hire, None)
    smaller = check_setup(
        edited(("total = 100", "total = 50"), ("cost = { phone = 100,", "cost = { phone = 50,"))
    )
    await store.write(apply_setup, ApplySetup(smaller))
    (row,) = await rows(store, agents)
    assert (row.capacity, row.live_load) == (100, 99)


async def test_who_waits_keeps_used_time_when_the_hours_change(
    store: Store, clock: ManualClock, setup: Setup
) -> None:
    await store.write(apply_setup, ApplySetup(setup))
    # Tuesday 10:00 in Shanghai
    clock.set(clock.now().replace(hour=2))
    mail = Inbound(
        entry_point_id="finance-mail",
        channel=Channel.EMAIL,
        dedupe_key="m1",
        senders=(SenderIdentity(IdentityKind.EMAIL, "chen@example.test"),),
        received_at=clock.now(),
        text="Invoice?",
    )
    await store.write(receive, mail)
    clock.advance(3600)
    before = await store.read(_waited_s, None)
    longer = check_setup(
        edited(('finance = "Mon-Fri 09:00-12:00,13:30-18:00"', 'finance = "Mon-Sun 08:00-20:00"'))
    )
    await store.write(apply_setup, ApplySetup(longer))
    assert before == 3600
    assert await store.read(_waited_s, None) == 3600


def _waited_s(tx: Tx, _: None) -> float:
    settings = load_settings(tx)
    row = tx.execute(select(contacts)).one()
    return routing.waited_now_us(settings, row, tx.now) / 1_000_000


async def test_a_mail_in_the_evening_is_promised_for_the_next_day(
    sqlite_store: Store, clock: ManualClock, setup: Setup
) -> None:
    await sqlite_store.write(apply_setup, ApplySetup(setup))
    clock.set(clock.now().replace(hour=9, minute=30))  # Tuesday 17:30 in Shanghai
    (promise,) = await sqlite_store.read(promises, [("finance", "email")])
    # half an hour today, 3 hours tomorrow morning, half an hour after lunch
    assert (promise.at.day, promise.at.hour, promise.at.minute) == (11, 6, 0)
    assert promise.zone == "Asia/Shanghai"


async def test_an_urgent_queue_promises_all_tiers_the_same(
    sqlite_store: Store, setup: Setup
) -> None:
    await sqlite_store.write(apply_setup, ApplySetup(setup))
    arrivals = [Arrival("emergency", tier, "phone") for tier in ("gold", "low", "no such tier")]
    placed = await sqlite_store.read(place, arrivals)
    assert [columns["target_s"] for columns in placed] == [10, 10, 10]


async def test_a_returning_customer_prefers_the_last_agent_within_the_window(
    sqlite_store: Store, clock: ManualClock, setup: Setup
) -> None:
    await sqlite_store.write(apply_setup, ApplySetup(setup))
    now = clock.now()
    day_before = now.replace(day=now.day - 1)
    week_before = now.replace(day=now.day - 7)
    placed = await sqlite_store.read(
        place,
        [
            Arrival("support", "gold", "webchat", last_agent_id="li", last_agent_at=day_before),
            Arrival("support", "gold", "webchat", last_agent_id="li", last_agent_at=week_before),
            Arrival("support", "gold", "email", last_agent_id="li", last_agent_at=week_before),
            Arrival("support", "gold", "webchat", last_agent_id="li", waits_for_agent=True),
        ],
    )
    assert [columns["preferred_agent_id"] for columns in placed] == ["li", None, "li", "li"]
    held = [columns["preferred_until"] for columns in placed]
    assert [None if at is None else (at - now).total_seconds() for at in held] == [
        None,
        None,
        1800,
        3.75,
    ]


async def test_an_unknown_queue_is_refused_by_name(sqlite_store: Store, setup: Setup) -> None:
    await sqlite_store.write(apply_setup, ApplySetup(setup))
    with pytest.raises(Invalid, match="no queue 'nowhere'"):
        await sqlite_store.read(place, [Arrival("nowhere", "gold", "email")])


@pytest.mark.parametrize(
    ("edit", "path"),
    [
        (('zh = "金牌"', 'zh = "金牌", colour = "red"'), "tiers[0]"),
        (('default_tier = "standard"', 'default_tier = "silver"'), "default_tier"),
        (("phone = [10, 20, 40, 60]", "phone = [10, 20, 40]"), "target_s.phone"),
        (('teams = ["front"]', 'teams = ["nobody"]'), "queues[0].teams"),
        (('hours = "sales"', 'hours = "whenever"'), "queues[1].hours"),
        (('sales = "Mon-Sun 09:00-21:00"', 'sales = "9 to 9"'), "hours.sales"),
        (('calendar = "CN+workdays"', 'calendar = "ZZ"'), "hours."),
        (('queue = "support"', 'queue = "suport"'), "entry_points[0].queue"),
        (('channel = "fax"', 'channel = "telex"'), "entry_points[5].channel"),
        (('timezone = "Asia/Shanghai"', 'timezone = "Mars"'), "timezone: The time zone 'Mars'"),
        ((SALES_HOURS, 'wall = "24x7"\nsales = "24x7"'), "hours.wall: stands for the time"),
        ((SALES_HOURS, 'sales = ""'), "hours.sales: "),
        ((SALES_HOURS, f'"{"x" * 65}" = "24x7"'), f"hours.{'x' * 65}: expected `str` of length <="),
        (('2026-12-31 = "09:00-15:00"', '2026-12-31 = "noon"'), "special_days.2026-12-31: "),
        (("phone = [10, 20, 40, 60]", "phone = [10, 20, 40]"), "target_s.phone: has 3 values"),
        (("phone = [10, 20, 40, 60]", "phone = [10, 20, 0, 60]"), "target_s.phone[2]: expected"),
        (("phone = [10, 20, 40, 60]", "phone = [1, 2, 3, 99999999]"), "target_s.phone[3]"),
        (("phone = [10, 20, 40, 60]\n", ""), "target_s.phone: is missing, every channel needs it"),
        (("phone = 180", "phone = inf"), "cap_s.phone: expected `float` <= 31536000"),
        (("phone = 180", "phone = nan"), "cap_s.phone: expected `float`"),
        (('key = "gold"', f'key = "{"g" * 33}"'), "tiers[0].key: has more than 32 characters"),
        ((LATE, LATE.replace("late", "l" * 60)), f"{REASON}.key: with those above it has more"),
        (("# ---- how", TWICE), 'agents."LI@hub.test": is the address of an agent who is named'),
        (("repair = 3 }", "welding = 3 }"), "queues[3].requires[0].skills"),
        (("for_s = 60", "for_s = -1"), "queues[3].requires[0].for_s"),
        ((LATE, LATE.replace("late", "damaged")), "reasons[0].children[2].children[0].key"),
        ((LATE, LATE + ", children = [{ " + LATE + " }]"), f"{REASON}.children"),
        (("goal = 0.80", "goal = 80"), "service_level"),
        (("cost = { phone = 100,", "cost = { phone = 101,"), "capacity.cost.phone"),
        (wrapped('phone = "full", fax = "timed"'), "wrap_up.mode.fax: 'timed' needs a time"),
        (wrapped('phone = "none"'), "wrap_up.mode.phone: queue support requires a disposition"),
        (wrapped('phone = "soon"'), "wrap_up.mode"),
        (wrapped('telex = "full"'), "wrap_up.mode.telex: there is no channel"),
        (("cap_every = 3", "cap_every = 1"), "cap_every"),
        (("trainee = { webchat = 1,", "trainee = { chat = 1,"), "profiles.trainee.chat"),
        (('finance = "Mon-Fri 09:00-12:00,13:30-18:00"', 'finance = "closed"'), "hours.finance"),
        ((SALES_HOURS, 'sales = { week = "24x7", zone = "Mars" }'), "hours.sales"),
        (('calendar = "CN+workdays"', 'calendar = { week = "24x7" }'), "hours.calendar"),
        (('key = "hotline"', 'key = "hotline"\nhours = "night"'), "entry_points[3].hours"),
        (('{ mail = "support-mail" }', '{ calls_from = "shop-chat" }'), "settings.calls_from"),
        (helped('team = "night", after_s = 60'), "queues[0].overflow[0].team: there is no team"),
        (helped('queue = "x", after_s = 60'), "queues[0].overflow[0].queue: there is no queue"),
        (helped('queue = "support", after_s = 60'), "queues[0].overflow[0].queue: a queue cannot"),
        (helped('after_s = 60'), "queues[0].overflow[0]: name a team or a queue"),
        (helped('queue = "sales", team = "back"'), "queues[0].overflow[0]: name a team or a queue"),
        (helped('queue = "sales"'), "queues[0].overflow[0]: says not when"),
        (helped('queue = "sales", after_s = -1'), "queues[0].overflow[0].after_s"),
        (helped('queue = "sales", when_closed = true'), "queues[0].overflow[0].when_closed"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_by_the_path_of_its_key(edit: tuple[str, str], path: str) -> None:
    with pytest.raises(BadSetup) as refused:
        check_setup(edited(edit) if edit[0] != "cap_every = 3" else "cap_every = 1\n" + edited())
    assert path in str(refused.value)


def test_hours_have_their_own_zone_and_holidays_where_they_say_so() -> None:
    roman = 'sales = { week = "Mon-Fri 09:00-17:00", zone = "Europe/Rome", calendar = "IT" }'
    rules = routing_settings(
        check_setup(
            edited(
                ('sales = "Mon-Sun 09:00-21:00"', roman),
                ('key = "hotline"', 'key = "hotline"\nhours = "sales"'),
            )
        )
    )
    sales, finance = rules.calendars["sales"], rules.calendars["finance"]
    assert (sales.zone, sales.days) == ("Europe/Rome", "IT")
    assert (finance.zone, finance.days) == ("Asia/Shanghai", "CN+workdays")
    assert rules.entry_hours == {"hotline": "sales"}


def test_queues_that_help_each_other_in_a_circle_are_refused_once() -> None:
    circle = edited(
        helped('queue = "sales", after_s = 60'),
        ('hours = "sales"', 'hours = "sales"\noverflow = [{ queue = "repair", after_s = 9 }]'),
        ('hours = "repair"', 'hours = "repair"\noverflow = [{ queue = "support", after_s = 9 }]'),
    )
    with pytest.raises(BadSetup) as refused:
        check_setup(circle)
    assert str(refused.value).count("in a circle") == 1
    assert "support → sales → repair → support help each other" in str(refused.value)


def test_a_chain_of_help_is_no_circle() -> None:
    chain = edited(
        helped('queue = "sales", over_waiting = 5, own_first = true'),
        ('hours = "sales"', 'hours = "sales"\noverflow = [{ team = "back", when_closed = true }]'),
    )
    rules = routing_settings(check_setup(chain))
    assert rules.queues["support"].overflow == (Overflow("sales", over_waiting=5),)
    assert rules.queues["sales"].overflow == (Overflow("team:back", when_closed=True),)


def test_a_channel_checks_its_own_part_of_an_entry_point() -> None:
    def refuse(entry_point: str, _: object) -> None:
        raise Invalid(f"{entry_point} has no mailbox")

    with pytest.raises(BadSetup, match=r"entry_points\[0\].settings: support-mail has no mailbox"):
        check_setup(edited(), {"email": refuse})


def test_broken_toml_is_refused_with_its_line() -> None:
    with pytest.raises(BadSetup, match="line 1"):
        check_setup("organisation = \nzone")


async def test_a_queue_changes_what_it_needs_of_the_callbacks(store: Store) -> None:
    text = edited(
        ('key = "sales"', 'key = "sales"\ncallback = { attempts = 5, window = "10:00-12:00" }'),
        (
            'key = "finance"\nzh = "财务"',
            'key = "finance"\ncallback = { enabled = false }\nzh = "财务"',
        ),
    )
    await store.write(apply_setup, ApplySetup(check_setup(text)))
    settings = await store.read(lambda tx, _: load_settings(tx), None)
    support, sales = settings.queues["support"].callback, settings.queues["sales"].callback
    assert support is not None
    assert sales is not None
    assert (support.attempts, support.gap_s, support.window) == (3, 900, "09:00-20:00")
    assert (sales.attempts, sales.gap_s, sales.window) == (5, 900, "10:00-12:00")
    assert sales.abandoned_for == ("gold", "potential_gold")
    assert settings.queues["finance"].callback is None
    assert settings.callback_offer_s == 30


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (
            ('window = "09:00-20:00"', 'window = "nine"'),
            "callback.window: 'nine' is no span of the day; write for example window",
        ),
        (
            ('abandoned_for = ["gold", ', 'abandoned_for = ["silver", '),
            "callback.abandoned_for: there is no tier 'silver'; known: gold",
        ),
        (
            ('window = "09:00-20:00"', 'window = "05:00-06:00"'),
            "queues[1].callback.window: '05:00-06:00' never meets the hours 'sales'",
        ),
        (("attempts = 3", "attempts = 0"), "callback.attempts: expected `int` >= 1"),
        (("gap_s = 900", "gap_s = 5"), "callback.gap_s: expected `float` >= 60"),
        (("offer_over_s = 90", "offer_over = 90"), "offer_over"),
    ],
)
def test_wrong_rules_of_callbacks_are_refused_by_their_path(
    edit: tuple[str, str], told: str
) -> None:
    with pytest.raises(BadSetup) as refused:
        check_setup(edited(edit))
    assert told in str(refused.value)


def test_without_the_table_nobody_is_called_back() -> None:
    text = edited(("[callback]\n", "[unused]\n"))
    text = text[: text.index("[unused]")] + text[text.index("# ---- teams, skills") :]
    assert check_setup(text).callback is None
