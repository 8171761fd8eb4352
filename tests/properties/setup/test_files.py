"""A set-up written as a file is read as the same, whatever names, texts and numbers it has."""

from __future__ import annotations

import tomllib
from datetime import date

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.contacts.panel.model import SECTIONS
from hub.setup.files import setup_text
from hub.setup.hidden import hide_secrets, is_hidden, keep_secrets, lost_secrets, reveal_secrets
from hub.setup.model import (
    AgentSetup,
    Callback,
    Canned,
    Capacity,
    EntryPointSetup,
    EscalationSetup,
    Level,
    OverflowRule,
    Queue,
    QueueCallback,
    Requires,
    Setup,
    SlaPolicySetup,
    Team,
    Tier,
)
from hub.setup.parts import HoursSetup, LinkSetup, Reason, ReserveRule, SidePanelSetup

keys = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}", fullmatch=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
names = texts.filter(bool)
languages = st.text(st.characters(exclude_categories=["Cs"]), min_size=2, max_size=16)
headings = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64)
channels = st.sampled_from(["phone", "webchat", "email", "fax"])
seconds = st.floats(0, 3e7) | st.integers(0, 3 * 10**7).map(float)
skills = st.dictionaries(keys, st.integers(1, 5), max_size=3)
by_channel = st.dictionaries(channels, seconds, max_size=2)
targets = st.dictionaries(channels, st.lists(st.integers(1, 10**6), max_size=3), max_size=2)
windows = texts.filter(bool)
scalars = st.booleans() | st.integers(-(2**63), 2**63 - 1)
numbers = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    texts | scalars | numbers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
settings_of_points = st.dictionaries(
    texts | st.sampled_from(["identity_keys", "token", "auth"]), values, max_size=3
)
callbacks = st.builds(
    QueueCallback,
    enabled=st.booleans(),
    attempts=st.none() | st.integers(1, 10),
    window=st.none() | windows,
    abandoned_for=st.none() | st.lists(keys, max_size=2),
)
queues = st.builds(
    Queue,
    key=keys,
    zh=names,
    en=names,
    teams=st.lists(keys, min_size=1, max_size=2),
    strict=st.booleans(),
    target_s=targets,
    service_level=st.dictionaries(
        channels, st.builds(Level, within_s=st.integers(1, 999), goal=st.floats(0, 1)), max_size=1
    ),
    cap_s=by_channel,
    reserve=st.lists(
        st.builds(ReserveRule, keep=st.integers(1, 9), tiers=st.lists(keys, max_size=2)), max_size=2
    ),
    requires=st.lists(
        st.builds(Requires, skills=skills, for_s=st.none() | st.floats(0.1, 1e6)), max_size=2
    ),
    overflow=st.lists(
        st.builds(OverflowRule, team=keys, after_s=seconds, own_first=st.booleans()), max_size=2
    ),
    survey=st.booleans(),
    listen_unseen=st.none() | st.booleans(),
    callback=st.none() | callbacks,
)
reasons = st.recursive(
    st.builds(Reason, key=keys, zh=names, en=names, queues=st.lists(keys, max_size=2)),
    lambda inner: st.builds(
        Reason, key=keys, zh=names, en=names, children=st.lists(inner, max_size=2)
    ),
    max_leaves=4,
)
points = st.builds(
    EntryPointSetup,
    key=keys,
    channel=channels,
    address=names,
    queue=keys,
    name=names,
    acknowledges=st.booleans(),
    settings=settings_of_points,
)
policies = st.builds(
    SlaPolicySetup,
    key=keys,
    zh=names,
    en=names,
    first_reply_s=st.none() | st.integers(1, 9999),
    warn_at=st.floats(0.01, 1),
    escalations=st.lists(
        st.builds(
            EscalationSetup,
            at=st.sampled_from(["warning", "breach"]) | st.integers(1, 9999),
            action=st.just("notify"),
            to=texts,
        ),
        max_size=2,
    ),
)
panels = st.builds(
    SidePanelSetup,
    order=st.lists(st.sampled_from(SECTIONS), max_size=3),
    links=st.lists(st.builds(LinkSetup, key=keys, zh=names, en=names, url=names), max_size=2),
)
setups = st.builds(
    Setup,
    organisation=names,
    timezone=texts,
    tiers=st.lists(
        st.builds(Tier, key=keys, zh=names, en=names, chip=st.booleans()), min_size=1, max_size=3
    ),
    default_tier=keys,
    target_s=targets,
    queues=st.lists(queues, min_size=1, max_size=2),
    teams=st.lists(st.builds(Team, key=keys, zh=names, en=names), min_size=1, max_size=2),
    hours=st.dictionaries(
        headings,
        texts | st.builds(HoursSetup, week=names, zone=texts, zh=texts, en=texts),
        max_size=3,
    ),
    profiles=st.dictionaries(
        headings, st.dictionaries(keys, st.integers(0, 9) | texts, max_size=3), max_size=2
    ),
    special_days=st.dictionaries(st.dates(date(1900, 1, 1), date(2200, 1, 1)), texts, max_size=2),
    capacity=st.builds(Capacity, interruptible=st.lists(channels, max_size=2)),
    callback=st.none() | st.builds(Callback, window=windows, gap_s=st.floats(60, 9999)),
    entry_points=st.lists(points, max_size=2, unique_by=lambda point: point.key),
    reasons=st.lists(reasons, max_size=2),
    canned=st.lists(
        st.builds(Canned, key=keys, language=languages, title=names, text=names), max_size=2
    ),
    sla_policies=st.lists(policies, max_size=1),
    agents=st.dictionaries(texts, st.builds(AgentSetup, profile=texts, skills=skills), max_size=3),
    side_panel=panels,
)


LARGE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # a whole set-up takes its time on a busy machine
SMALL = Setup(
    organisation="Lake",
    timezone="UTC",
    tiers=[Tier(key="gold", zh="金", en="Gold")],
    default_tier="gold",
    target_s={"phone": [10]},
    queues=[Queue(key="a", zh="a", en="a", teams=["t"])],
    teams=[Team(key="t", zh="t", en="t")],
)
with_points = st.lists(points, max_size=2, unique_by=lambda point: point.key).map(
    lambda made: msgspec.structs.replace(SMALL, entry_points=made)
)


@LARGE
@given(setups)
def test_what_is_written_is_read_as_the_same(setup: Setup) -> None:
    assert msgspec.convert(tomllib.loads(setup_text(setup)), Setup) == setup


@LARGE
@given(with_points.filter(lambda setup: not is_hidden(msgspec.to_builtins(setup))))
def test_secrets_are_hidden_and_come_back(setup: Setup) -> None:
    shown = hide_secrets(setup)
    kept = {point.key: point.settings for point in setup.entry_points}
    plain = msgspec.to_builtins(setup)
    assert reveal_secrets(shown, kept) == plain
    assert keep_secrets(shown, kept) == plain
    assert list(lost_secrets(shown)) == list(lost_secrets(reveal_secrets(shown, {})))
    assert bool(list(lost_secrets(shown))) == is_hidden(shown)
    assert hide_secrets(msgspec.convert(shown, Setup)) == shown
