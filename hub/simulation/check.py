"""From the words of the scenario file to a checked Scenario: types first, then what refers to what.

Every refusal names the place in the file and how to mend it.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec import Struct

from hub.core.errors import Invalid

from .channels import CHANNELS
from .scenario import (
    BEST_GRADE,
    DISTRIBUTIONS,
    LONGEST_S,
    RULES,
    Agents,
    Arrivals,
    Distribution,
    Interval,
    Run,
    Scenario,
    Shift,
    Tier,
    is_length,
)

_MOST_CONTACTS = 100_000_000
_MOST_AGENTS = 100_000
_WIDEST = 3.0  # sigma: one in a thousand would take a hundred times the mean
_LONGEST_RUN_S = 1e11  # three thousand years; dates end with the year 9999


class BadScenario(Invalid):
    """The scenario cannot be simulated; the message lists what is wrong and where."""

    code = "scenario.bad"


def check_scenario(text: str, *, contacts: int | None = None, seed: int | None = None) -> Scenario:
    """Read a scenario; `contacts` and `seed` stand for those of the file.

    Raises BadScenario with every problem found.
    """
    try:
        scenario = msgspec.convert(tomllib.loads(text), Scenario)
    except tomllib.TOMLDecodeError as error:
        raise BadScenario(f"The scenario is no valid TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise BadScenario(f"The scenario has a mistake:\n  {_in_words(str(error))}") from None
    changes: dict[str, int] = {}
    if contacts is not None:
        changes["contacts"] = contacts
    if seed is not None:
        changes["seed"] = seed
    scenario = msgspec.structs.replace(
        scenario, run=msgspec.structs.replace(scenario.run, **changes)
    )
    problems = list(_problems(scenario)) or list(_too_long(scenario))
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise BadScenario(f"The scenario has {len(problems)} mistake(s):\n{listed}")
    return scenario


def warnings_of(scenario: Scenario) -> Iterator[str]:
    """Yield what can be simulated, but says little."""
    load = _load(scenario)
    if load >= 1:
        yield (
            f"those who never give up bring {load:.2f} times the work that the agents can do: "
            "their waits grow for as long as the simulation runs"
        )


def _load(scenario: Scenario) -> float:
    """Return the work of those who never give up ÷ what all agents together can do."""
    there = capacity = 0.0
    for agents in scenario.agents:
        shift = agents.shift
        share = ((shift.to_s - shift.from_s) / scenario.period_s) % 1 or 1 if shift else 1.0
        there += agents.count * share
        capacity += agents.count * share * agents.capacity
    work = 0.0  # in agents
    for arrivals in scenario.arrivals:
        if arrivals.patience is None:
            rules = CHANNELS[arrivals.channel]
            part = max(rules.cost * there / capacity, 1 / rules.maximum)
            work += arrivals.mean_rate_per_s * arrivals.handle.mean_s * part
    return work / there


_TABLES: Mapping[str, type[Struct]] = {
    "": Scenario,
    "run": Run,
    "tiers": Tier,
    "arrivals": Arrivals,
    "agents": Agents,
    "handle": Distribution,
    "patience": Distribution,
    "rate_per_s": Interval,
    "shift": Shift,
}


def _in_words(error: str) -> str:
    """Return msgspec's message with the path first, as the file has it, and the keys it knows."""
    message, _, path = error.partition(" - at `")
    path = path.rstrip("`").removeprefix("$").removeprefix(".")
    table = _TABLES.get(re.sub(r"\[\d*\]", "", path).rpartition(".")[2])
    known = ", ".join(_keys(table)) if table else ""
    where = path or "top level"
    if found := re.search(r"unknown field `(.*)`", message):
        return f"{where}: there is no key {found[1]!r}; known: {known}"
    if found := re.search(r"missing required field `(.*)`", message):
        hint = _HINTS.get(found[1], "")
        return f"{where}: the key {found[1]!r} is missing; add it{hint}"
    return f"{where}: {message[:1].lower()}{message[1:]}; write it as docs/simulation.md shows"


_HINTS: Mapping[str, str] = {
    "target_s": ", the answer time promised to this tier, in seconds: target_s = 20",
    "rate_per_s": ", the contacts that arrive a second: rate_per_s = 0.05",
    "handle": ': handle = { distribution = "exponential", mean_s = 180 }',
    "mean_s": ", the mean in seconds",
    "count": ", the number of agents: count = 10",
    "tiers": ': [[tiers]] with name = "gold" and target_s = 20',
    "arrivals": ": [[arrivals]] with tier, channel, rate_per_s and handle",
    "agents": ": [[agents]] with count = 10",
}


def _keys(table: type[Struct]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(table)]


def _problems(scenario: Scenario) -> Iterator[str]:
    """Yield every problem of the scenario."""
    yield from _run(scenario)
    yield from _tiers(scenario)
    for index, arrivals in enumerate(scenario.arrivals):
        yield from _arrivals(scenario, f"arrivals[{index}]", arrivals)
    if not scenario.arrivals:
        yield "arrivals: nobody comes; add an [[arrivals]] with tier, channel, rate_per_s, handle"
    for index, agents in enumerate(scenario.agents):
        yield from _agents(scenario, f"agents[{index}]", agents)
    if not any(agents.count > 0 for agents in scenario.agents):
        yield "agents: nobody is there; add an [[agents]] with count = 10"
    if sum(agents.count for agents in scenario.agents) > _MOST_AGENTS:
        yield f"agents: are more than {_MOST_AGENTS} together; lower a count"


def _too_long(scenario: Scenario) -> Iterator[str]:
    """Yield whether the calendar is too short for it: of a scenario without any other problem."""
    rate_per_s = sum(arrivals.mean_rate_per_s for arrivals in scenario.arrivals)
    handle_s = max(arrivals.handle.mean_s for arrivals in scenario.arrivals)
    longest_s = scenario.run.contacts * (1 / rate_per_s + handle_s)
    if longest_s > _LONGEST_RUN_S:
        yield (
            f"run.contacts: {scenario.run.contacts} contacts may take {longest_s / 3e7:.0f} years "
            "of simulated time to come and be served; lower it, or raise the rates"
        )


def _run(scenario: Scenario) -> Iterator[str]:
    run = scenario.run
    if not 1 <= run.contacts <= _MOST_CONTACTS:
        yield f"run.contacts: is {run.contacts}; simulate 1 to {_MOST_CONTACTS} contacts"
    elif run.left_out >= run.contacts:
        yield (
            f"run.warmup: leaves out the first {run.left_out} of {run.contacts} contacts, so that "
            "none is left to measure; raise run.contacts (--contacts) or lower run.warmup"
        )
    if run.warmup is not None and run.warmup < 0:
        yield f"run.warmup: is {run.warmup}; write 0 to leave nothing out"
    if run.rule not in RULES:
        yield _unknown("run.rule", "rule", run.rule, RULES)
    if run.cap_s is not None and not is_length(run.cap_s):
        yield _not_a_length("run.cap_s", run.cap_s)


def _tiers(scenario: Scenario) -> Iterator[str]:
    names = [tier.name for tier in scenario.tiers]
    if not names:
        yield 'tiers: there is none; add [[tiers]] with name = "standard" and target_s = 40'
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"tiers: the name {name!r} is used more than once; give each tier its own"
    for index, tier in enumerate(scenario.tiers):
        if not is_length(tier.target_s):
            yield _not_a_length(f"tiers[{index}].target_s", tier.target_s)
        if not tier.name:
            yield f"tiers[{index}].name: is empty; give the tier a name"


def _arrivals(scenario: Scenario, path: str, arrivals: Arrivals) -> Iterator[str]:
    before = 0
    tiers = scenario.targets_s
    if arrivals.tier not in tiers:
        before += 1
        yield _unknown(f"{path}.tier", "tier", arrivals.tier, tiers)
    if arrivals.channel not in CHANNELS:
        before += 1
        yield _unknown(f"{path}.channel", "channel", arrivals.channel, CHANNELS)
    yield from _rate(scenario, path, arrivals)
    yield from _distribution(f"{path}.handle", arrivals.handle)
    if arrivals.patience is not None:
        yield from _distribution(f"{path}.patience", arrivals.patience)
    if arrivals.target_s is not None and not is_length(arrivals.target_s):
        yield _not_a_length(f"{path}.target_s", arrivals.target_s)
    had = {skill for agents in scenario.agents for skill in agents.proficiency}
    for skill, grade in arrivals.demands.items():
        yield from _grade(f"{path}.skills.{skill}", grade)
        if skill not in had:
            before += 1
            yield (
                f"{_unknown(f'{path}.skills', 'skill', skill, had)} (those that some [[agents]] "
                "have); give it to some agents, or ask for another"
            )
    if not before and not any(_lacks(arrivals, agents) is None for agents in scenario.agents):
        lacks = [f"agents[{i}] {_lacks(arrivals, one)}" for i, one in enumerate(scenario.agents)]
        yield (
            f"{path}: nobody can serve it: {'; '.join(lacks) or 'there are no agents'}. Give one "
            "group of agents all that it asks for"
        )


def _rate(scenario: Scenario, path: str, arrivals: Arrivals) -> Iterator[str]:
    rate = arrivals.rate_per_s
    if not isinstance(rate, list):
        if not math.isfinite(rate) or rate < 0:
            yield _not_a_rate(f"{path}.rate_per_s", rate)
        elif not any(_is_positive(one) for one in scenario.arrivals):
            yield f"{path}.rate_per_s: is {rate:g} like all others, so nobody comes; raise one"
        return
    if not rate:
        yield f"{path}.rate_per_s: the list is empty; add {{ for_s = 3600, rate_per_s = 0.05 }}"
    for index, interval in enumerate(rate):
        here = f"{path}.rate_per_s[{index}]"
        if not is_length(interval.for_s):
            yield _not_a_length(f"{here}.for_s", interval.for_s)
        if not math.isfinite(interval.rate_per_s) or interval.rate_per_s < 0:
            yield _not_a_rate(f"{here}.rate_per_s", interval.rate_per_s)
    total_s = sum(interval.for_s for interval in rate)
    if rate and total_s != scenario.period_s:
        yield (
            f"{path}.rate_per_s: its intervals last {total_s:g} s together, others "
            f"{scenario.period_s:g} s; they begin anew together, so make them equally long"
        )
    if rate and not any(_is_positive(one) for one in scenario.arrivals):
        yield f"{path}.rate_per_s: is 0 like all others, so nobody comes; raise one"


def _is_positive(arrivals: Arrivals) -> bool:
    return any(interval.rate_per_s != 0 for interval in arrivals.intervals)


def _distribution(path: str, chosen: Distribution) -> Iterator[str]:
    if chosen.distribution not in DISTRIBUTIONS:
        yield _unknown(f"{path}.distribution", "distribution", chosen.distribution, DISTRIBUTIONS)
        return
    if not is_length(chosen.mean_s):
        yield _not_a_length(f"{path}.mean_s", chosen.mean_s)
    if chosen.distribution != "lognormal":
        if chosen.sigma is not None:
            yield f"{path}.sigma: only lognormal has one; remove it"
    elif chosen.sigma is None:
        yield (
            f"{path}.sigma: is missing; add it, the standard deviation of the logarithm "
            "(0.5 is narrow, 1.2 wide)"
        )
    elif not 0 < chosen.sigma <= _WIDEST:
        yield f"{path}.sigma: is {chosen.sigma:g}; write a number above 0, {_WIDEST:g} at most"


def _agents(scenario: Scenario, path: str, agents: Agents) -> Iterator[str]:
    if agents.count < 0:
        yield f"{path}.count: is {agents.count}; write 0 or more"
    if agents.capacity < 1:
        yield f"{path}.capacity: is {agents.capacity}; write units above 0 (a call costs 100)"
    for skill, grade in agents.proficiency.items():
        yield from _grade(f"{path}.skills.{skill}", grade)
    for word, named, known in (
        ("queue", agents.queues, scenario.queues),
        ("tier", agents.tiers, list(scenario.targets_s)),
    ):
        for name in named or ():
            if name not in known:
                yield _unknown(f"{path}.{word}s", word, name, known)
        if named == []:
            yield f"{path}.{word}s: is empty; remove it for all of them, or name some"
    shift = agents.shift
    if shift is None:
        return
    for name, value in (("from_s", shift.from_s), ("to_s", shift.to_s)):
        if not 0 <= value <= scenario.period_s:
            yield (
                f"{path}.shift.{name}: is {value:g}; write 0 to {scenario.period_s:g}, the seconds "
                "after which rates and shifts begin anew"
            )
    if shift.from_s == shift.to_s:
        yield f"{path}.shift: ends as it begins; remove it for agents who are always there"


def _lacks(arrivals: Arrivals, agents: Agents) -> str | None:
    """Say what these agents lack to serve this stream; None: nothing."""
    if agents.count < 1:
        return "are none"
    if agents.queues is not None and arrivals.queue not in agents.queues:
        return f"lack the queue {arrivals.queue!r}"
    if agents.tiers is not None and arrivals.tier not in agents.tiers:
        return f"are kept for the tiers {', '.join(agents.tiers)}"
    for skill, least in arrivals.demands.items():
        if agents.proficiency.get(skill, 0) < least:
            return f"lack {skill} >= {least}"
    cost = CHANNELS[arrivals.channel].cost
    if agents.capacity < cost:
        return f"have a capacity below {cost}, the cost of a {arrivals.channel} contact"
    return None


def _grade(path: str, grade: int) -> Iterator[str]:
    if not 1 <= grade <= BEST_GRADE:
        yield f"{path}: is {grade}; a proficiency is 1 to {BEST_GRADE}"


def _not_a_length(path: str, value: float) -> str:
    return f"{path}: is {value:g}; write seconds above 0, {LONGEST_S:g} at most"


def _not_a_rate(path: str, value: float) -> str:
    return f"{path}: is {value:g}; write contacts a second, 0 or more"


def _unknown(path: str, word: str, name: str, known: Iterable[str]) -> str:
    return f"{path}: there is no {word} {name!r}; known: {', '.join(sorted(known)) or 'none'}"
