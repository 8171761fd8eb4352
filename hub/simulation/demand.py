"""Who comes in each half hour, for the staffing helper: from a scenario, or from what was recorded.
Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from hub.core.errors import Invalid
from hub.routing.model import ChannelRules
from hub.routing.settings import rules_of

from .channels import CHANNELS
from .half_hours import HalfHours
from .patience import patience_by_group
from .period import Period, Visit, nobody_answered
from .recorded import Line, place_of
from .scenario import Arrivals, Distribution, Scenario, Tier
from .world import ABANDONED, ANSWERED, BIN_S

_LEAST_TIMES = 10  # fewer handling times: they are taken as exponential
_WIDEST = 3.0
_LEAST_SIGMA = 0.01


@dataclass(frozen=True, slots=True)
class Stream:
    """Customers of one kind. `rates_per_s`: of each half hour. `spec.rate_per_s` counts nothing."""

    spec: Arrivals
    target_s: float
    rates_per_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """`starts_s`: when each half hour begins, the first time. `rule`: urgency or strict.
    `not_staffed`: channels that wait for a letter, and the seconds of work they bring."""

    tiers: tuple[Tier, ...]
    streams: tuple[Stream, ...]
    channels: Mapping[str, ChannelRules]
    starts_s: tuple[float, ...]
    capacity: int = 100
    rule: str = "urgency"
    not_staffed: Mapping[str, float] | None = None

    @property
    def bins(self) -> int:
        return len(self.starts_s)

    def rates(self, place: int) -> tuple[float, ...]:
        """Return the contacts a second of each stream in a half hour."""
        return tuple(stream.rates_per_s[place] for stream in self.streams)

    def load(self, place: int) -> float:
        """Return how many agents' time comes in a half hour, were they busy all the time."""
        return sum(
            stream.rates_per_s[place]
            * stream.spec.handle.mean_s
            * self.share_of_agent(stream.spec.channel)
            for stream in self.streams
        )

    def target_s(self, place: int) -> float:
        """Return the mean target of who comes in a half hour."""
        rates = self.rates(place)
        promised = (one.target_s for one in self.streams)
        return sum(map(math.prod, zip(rates, promised, strict=True))) / sum(rates)

    def share_of_agent(self, channel: str) -> float:
        """Return how much of an agent one contact in hand takes."""
        rules = self.channels[channel]
        return max(rules.cost / self.capacity, 1 / max(rules.maximum, 1))


def demand_of_scenario(scenario: Scenario, queues: Collection[str] = ()) -> Demand:
    """Return the demand of a scenario's period; of these queues, if some are named. Rates that are
    the same all the time are one half hour, which stands for all. Raises Invalid."""
    _check_queues(queues, scenario.queues)
    chosen = [one for one in scenario.arrivals if not queues or one.queue in queues]
    constant = all(len({part.rate_per_s for part in one.intervals}) == 1 for one in chosen)
    bins = 1 if constant else math.ceil(scenario.period_s / BIN_S)
    live = [one for one in chosen if not CHANNELS[one.channel].interruptible]
    streams = [
        Stream(one, scenario.target_of(one), tuple(_rate(one, bin_) for bin_ in range(bins)))
        for one in live
    ]
    return _checked(
        Demand(
            tuple(scenario.tiers),
            tuple(streams),
            CHANNELS,
            starts_s=tuple(bin_ * BIN_S for bin_ in range(bins)),
            rule=scenario.run.rule,
            not_staffed=_work_s(
                (one.channel, one.mean_rate_per_s * bins * BIN_S * one.handle.mean_s)
                for one in chosen
                if one not in live
            ),
        )
    )


def _rate(arrivals: Arrivals, bin_: int) -> float:
    """Return the mean rate of a half hour."""
    begin, end = bin_ * BIN_S, (bin_ + 1) * BIN_S
    came = at_s = 0.0
    while at_s < end:
        for part in arrivals.intervals:
            inside_s = max(min(at_s + part.for_s, end) - max(at_s, begin), 0.0)
            came += inside_s * part.rate_per_s
            at_s += part.for_s
    return came / BIN_S


def demand_of_period(period: Period, queues: Collection[str] = ()) -> Demand:
    """Return the demand of a period that was; several days are one mean day. Handling times are
    fitted by a lognormal distribution (the ring is part of them, and its mean is taken from the
    target), patience by an exponential one. Raises Invalid."""
    settings = period.conditions.settings
    _check_queues(queues, list(settings.queues))
    chosen = [v for v in period.measured if not queues or v.kind.queue in queues]
    live: list[Visit] = []
    written: list[tuple[str, float]] = []
    for visit in chosen:
        if settings.channels[visit.kind.channel].business_time or visit.promise is not None:
            written.append((visit.kind.channel, visit.handle_s))
        else:
            live.append(visit)
    halves = half_hours_of(period)
    streams = _streams(period, halves, chosen, live)
    seen = {one.spec.tier for one in streams}
    tiers = [*settings.tiers, *sorted(seen - set(settings.tiers))]
    return _checked(
        Demand(
            tuple(Tier(name=tier, target_s=1.0) for tier in tiers),
            tuple(streams),
            settings.channels,
            starts_s=halves.starts_s,
            capacity=settings.capacity,
            not_staffed={name: s / halves.days for name, s in _work_s(written).items()},
        )
    )


def half_hours_of(period: Period) -> HalfHours:
    """Return the half hours of what is measured, in the organisation's zone."""
    return HalfHours(period.from_s, period.to_s, period.conditions.settings.zone)


def _streams(
    period: Period, halves: HalfHours, chosen: Sequence[Visit], live: Sequence[Visit]
) -> list[Stream]:
    """Return the streams of the calls and chats among the chosen."""
    settings = period.conditions.settings
    by_line: defaultdict[Line, list[Visit]] = defaultdict(list)
    for visit in live:
        by_line[Line(visit.kind, None)].append(visit)
    patience = patience_by_group(
        [(v.kind.queue, v.kind.channel, v.wait_s, v.outcome == ABANDONED) for v in chosen]
    )
    rules = rules_of(settings)
    fits = _Fits(chosen)
    streams = []
    for line, visits in sorted(by_line.items()):
        group = patience[line.kind.queue, line.kind.channel]
        ring_s, handle = fits.of(line)
        target_s = max(place_of(settings, rules, line).target_s - ring_s, 1.0)
        spec = Arrivals(
            tier=line.kind.tier,
            queue=line.kind.queue,
            channel=line.kind.channel,
            rate_per_s=0.0,
            handle=handle,
            patience=_exponential(group.mean_s) if group.left else None,
        )
        streams.append(Stream(spec, target_s, _rates(halves, visits)))
    return streams


class _Fits:
    """Handling times of a line; where few were seen, those of its channel."""

    def __init__(self, visits: Sequence[Visit]) -> None:
        self._answered = [visit for visit in visits if visit.outcome == ANSWERED]

    def of(self, line: Line) -> tuple[float, Distribution]:
        """Return (mean ring, how long an agent is taken)."""
        own = [visit for visit in self._answered if visit.kind == line.kind]
        if len(own) < _LEAST_TIMES:
            own = [visit for visit in self._answered if visit.kind.channel == line.kind.channel]
        times = [max(visit.handle_s + visit.ring_s, 1.0) for visit in own]
        if not times:
            raise nobody_answered([line.kind.channel])
        ring_s, mean_s = fmean(visit.ring_s for visit in own), fmean(times)
        sigma = stdev(map(math.log, times)) if len(times) >= _LEAST_TIMES else 0.0
        if sigma < _LEAST_SIGMA:
            return ring_s, _exponential(mean_s)
        fitted = Distribution(distribution="lognormal", mean_s=mean_s, sigma=min(sigma, _WIDEST))
        return ring_s, fitted


def _exponential(mean_s: float) -> Distribution:
    return Distribution(distribution="exponential", mean_s=max(mean_s, 0.001))


def _rates(halves: HalfHours, visits: Sequence[Visit]) -> tuple[float, ...]:
    """Return the contacts a second of each half hour."""
    counts = [0] * len(halves)
    for visit in visits:
        if (place := halves.place_of(visit.at_s)) is not None:
            counts[place] += 1
    return tuple(count / seen for count, seen in zip(counts, halves.seen_s, strict=True))


def _work_s(parts: Iterable[tuple[str, float]]) -> dict[str, float]:
    found: defaultdict[str, float] = defaultdict(float)
    for channel, work_s in parts:
        found[channel] += work_s
    return dict(found)


def _check_queues(asked: Collection[str], known: Sequence[str]) -> None:
    for name in asked:
        if name not in known:
            raise Invalid(
                f"--queue {name}: there is no such queue; known: {', '.join(sorted(known))}.",
                code="staff.unknown_queue",
            )


def _checked(demand: Demand) -> Demand:
    if not any(any(stream.rates_per_s) for stream in demand.streams):
        raise Invalid(
            "No calls or chats come, and only those can be staffed by the half hour.",
            code="staff.nobody",
        )
    return demand
