"""A scenario that cannot work is refused: the message names the place and how to mend it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.simulation.check import BadScenario, check_scenario, warnings_of

GOOD = """
[run]
contacts = 1000
warmup = 100
seed = 7
rule = "strict"
cap_s = 90

[[tiers]]
name = "gold"
target_s = 20

[[tiers]]
name = "low"
target_s = 60

[[arrivals]]
tier = "gold"
channel = "phone"
queue = "support"
skills = { french = 3 }
rate_per_s = 0.01
handle = { distribution = "exponential", mean_s = 180 }
patience = { distribution = "lognormal", mean_s = 90, sigma = 0.7 }

[[arrivals]]
tier = "low"
channel = "webchat"
queue = "sales"
rate_per_s = [{ for_s = 3600, rate_per_s = 0.01 }, { for_s = 1800, rate_per_s = 0 }]
handle = { distribution = "fixed", mean_s = 60 }

[[agents]]
count = 4
queues = ["support", "sales"]
skills = { french = 4 }
tiers = ["gold", "low"]
capacity = 100
shift = { from_s = 0, to_s = 3600 }

[[agents]]
count = 2
skills = ["german"]
"""


def refusal(*changes: tuple[str, str], text: str = GOOD, **more: int) -> str:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(BadScenario) as refused:
        check_scenario(text, **more)
    return refused.value.message


def test_a_scenario_with_every_key_is_read() -> None:
    scenario = check_scenario(GOOD, contacts=500, seed=3)
    assert (scenario.run.contacts, scenario.run.seed, scenario.run.left_out) == (500, 3, 100)
    assert scenario.period_s == 5400
    assert scenario.queues == ["support", "sales"]
    assert scenario.agents[1].proficiency == {"german": 5}
    assert list(warnings_of(scenario)) == []


def test_the_sample_scenario_is_right() -> None:
    sample = Path(__file__).parents[3] / "config" / "scenario.example.toml"
    assert list(warnings_of(check_scenario(sample.read_text("utf-8")))) == []


@pytest.mark.parametrize(
    ("old", "new", "place", "mend"),
    [
        ("target_s = 20", "", "tiers[0]: the key 'target_s' is missing", "target_s = 20"),
        ("target_s = 20", "target_s = 0", "tiers[0].target_s: is 0", "above 0"),
        ("target_s = 20", "target_s = nan", "tiers[0].target_s: is nan", "above 0"),
        ('name = "low"', 'name = "gold"', "tiers: the name 'gold'", "give each tier its own"),
        ("rate_per_s = 0.01", "rate_per_s = -1", "arrivals[0].rate_per_s: is -1", "0 or more"),
        ("rate_per_s = 0 ", "rate_per_s = -1 ", "arrivals[1].rate_per_s[1].rate_per_s", "0 or"),
        ("for_s = 1800", "for_s = 0", "arrivals[1].rate_per_s[1].for_s: is 0", "above 0"),
        ("rate_per_s = 0.01", 'rate_per_s = "1"', "arrivals[0].rate_per_s: expected", "docs/"),
        ('tier = "gold"', 'tier = "god"', "arrivals[0].tier: there is no tier 'god'", "gold, low"),
        ('channel = "phone"', 'channel = "post"', "arrivals[0].channel", "fax, phone, sms"),
        ("french = 3", "greek = 3", "arrivals[0].skills: there is no skill 'greek'", "french"),
        ("french = 3", "french = 9", "arrivals[0].skills.french: is 9", "1 to 5"),
        ('["support", "sales"]', '["sport"]', "agents[0].queues: there is no queue", "support"),
        ('["gold", "low"]', '["silver"]', "agents[0].tiers: there is no tier 'silver'", "gold"),
        ('["gold", "low"]', "[]", "agents[0].tiers: is empty", "name some"),
        ('"exponential"', '"weibull"', "arrivals[0].handle.distribution", "exponential, fixed"),
        (", sigma = 0.7", "", "arrivals[0].patience.sigma: is missing", "add it"),
        ("mean_s = 60", "mean_s = 60, sigma = 1", "arrivals[1].handle.sigma", "remove it"),
        ("mean_s = 180", "mean_s = -3", "arrivals[0].handle.mean_s: is -3", "above 0"),
        ('rule = "strict"', 'rule = "fifo"', "run.rule: there is no rule 'fifo'", "strict, urgen"),
        ("cap_s = 90", "cap_s = 0", "run.cap_s: is 0", "above 0"),
        ("warmup = 100", "warmup = 1000", "run.warmup: leaves out the first 1000 of 1000", "raise"),
        ("warmup = 100", "warmup = -1", "run.warmup: is -1", "write 0"),
        ("contacts = 1000", "contacts = 0", "run.contacts: is 0", "simulate 1 to"),
        ("rate_per_s = 0.01\n", "rate_per_s = inf\n", "arrivals[0].rate_per_s: is inf", "0 or"),
        ("mean_s = 180", "mean_s = 1e300", "arrivals[0].handle.mean_s: is 1e+300", "at most"),
        ("sigma = 0.7", "sigma = 50", "arrivals[0].patience.sigma: is 50", "3 at most"),
        ("seed = 7", "sed = 7", "run: there is no key 'sed'", "seed"),
        ("mean_s = 180", "mean_s = 180, x = 1", "arrivals[0].handle: there is no key 'x'", "sigma"),
        ("[run]", "x = 1\n[run]", "top level: there is no key 'x'", "arrivals, agents, run"),
        ("to_s = 3600", "to_s = 9000", "agents[0].shift.to_s: is 9000", "write 0 to 5400"),
        ("to_s = 3600", "to_s = 0", "agents[0].shift: ends as it begins", "remove it"),
        ("count = 4", "count = -4", "agents[0].count: is -4", "0 or more"),
        ("capacity = 100", "capacity = 0", "agents[0].capacity: is 0", "above 0"),
        ("[[tiers]]", "[[tiers]", "no valid TOML", "line"),
    ],
)
def test_a_mistake_is_named_with_its_place(old: str, new: str, place: str, mend: str) -> None:
    message = refusal((old, new))
    assert place in message
    assert mend in message


@pytest.mark.parametrize(
    ("old", "new", "lack"),
    [
        ("french = 4", "french = 2", "agents[0] lack french >= 3; agents[1] lack french >= 3"),
        ('["gold", "low"]', '["low"]', "agents[0] are kept for the tiers low"),
        ('["support", "sales"]', '["sales"]', "agents[0] lack the queue 'support'"),
        ("capacity = 100", "capacity = 99", "agents[0] have a capacity below 100"),
        ("count = 4", "count = 0", "agents[0] are none"),
    ],
)
def test_a_stream_that_nobody_can_serve_is_refused(old: str, new: str, lack: str) -> None:
    message = refusal((old, new))
    assert "arrivals[0]: nobody can serve it" in message
    assert lack in message


def test_fewer_contacts_than_none_are_one_mistake() -> None:
    message = refusal(("warmup = 100\n", ""), contacts=-5)
    assert "run.contacts: is -5" in message
    assert "run.warmup" not in message


def test_nobody_comes_or_nobody_is_there() -> None:
    empty = "arrivals = []\nagents = []\n" + GOOD[: GOOD.index("[[arrivals]]")]
    message = refusal(text=empty)
    assert "arrivals: nobody comes; add" in message
    assert "agents: nobody is there; add" in message
    assert "so nobody comes; raise one" in refusal(
        ("rate_per_s = 0.01", "rate_per_s = 0"), ("rate_per_s = 0.01 }", "rate_per_s = 0 }")
    )


def test_a_run_longer_than_the_calendar_is_refused() -> None:
    slow = ("rate_per_s = 0.01", "rate_per_s = 1e-10"), ("rate_per_s = 0.01 }", "rate_per_s = 0 }")
    assert "years of simulated time" in refusal(*slow)


def test_intervals_of_unequal_length_are_refused() -> None:
    intervals = "rate_per_s = [{ for_s = 60, rate_per_s = 0.1 }]"
    message = refusal(("rate_per_s = 0.01\n", f"{intervals}\n"))
    assert "arrivals[0].rate_per_s: its intervals last 60 s together, others 5400 s" in message


def test_every_problem_is_told_at_once() -> None:
    message = refusal(("target_s = 20", "target_s = -1"), ("count = 4", "count = -1"))
    assert "2 mistake(s)" not in message  # the first stream has nobody any more, too
    assert "tiers[0].target_s" in message
    assert "agents[0].count" in message


def test_more_work_than_agents_is_a_warning() -> None:
    [warning] = warnings_of(check_scenario(GOOD.replace("mean_s = 60 }", "mean_s = 6000 }")))
    assert "times the work" in warning
