"""How honest the estimated waits are: how often the range a customer is told holds.

Each contact that waits is told what the hub would tell it as it comes (routing.md 3.14), and then
waits as it does. Who gave up within the range they were told cannot be judged.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from hub.routing.engine import Engine
from hub.routing.estimates import RATE_WINDOW_S, Kind, WaitRange, wait_range
from hub.routing.model import WaitingContact
from hub.routing.moment import Moment
from hub.routing.places import rivals

from .run import BATCHES, Ran
from .statistics import Estimate, estimate
from .world import ANSWERED


class Told:
    """Looks on while a scenario is run, and notes what each contact is told: `ranges` by number,
    None where nothing honest could be said."""

    def __init__(self) -> None:
        self.ranges: dict[int, WaitRange | None] = {}
        self._taken: defaultdict[str, deque[tuple[float, Kind]]] = defaultdict(deque)

    def came(self, engine: Engine, number: int, now_s: float) -> None:
        entry = engine.entries.get(f"{number:09d}")
        if entry is None or entry.line is None:
            return  # taken at once
        queue = entry.line.key.queue
        lately = self._taken[queue]
        while lately and lately[0][0] < now_s - RATE_WINDOW_S:
            lately.popleft()
        self.ranges[number] = None
        if next(iter(engine.desks.ready_members(queue)), None) is not None:
            moment = Moment(engine.rules, datetime.fromtimestamp(now_s, UTC))
            taken = Counter(kind for _, kind in lately)
            self.ranges[number] = wait_range(rivals(engine, entry, entry.line, moment, taken))

    def taken(self, queue: str, contact: WaitingContact, now_s: float) -> None:
        self._taken[queue].append((now_s, Kind(contact.tier, contact.target_s)))


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of the contacts of a tier that waited: `waited` so many, `told` of them a range. Of those who
    can be judged, the shares `within` it, answered `sooner`, and who waited `longer`."""

    waited: int
    told: int
    within: Estimate
    sooner: Estimate
    longer: Estimate


def coverage_of(ran: Ran, told: Told) -> dict[str, Coverage]:
    """Return how the ranges held, by tier, and for all under "": without the warm-up."""
    log, kinds = ran.log, [source.kind for source in ran.streams]
    waited: defaultdict[str, int] = defaultdict(int)
    spoken: defaultdict[str, int] = defaultdict(int)
    judged: defaultdict[str, list[int]] = defaultdict(list)  # -1 sooner, 0 within, 1 longer
    for number, likely in told.ranges.items():
        if number < ran.scenario.run.left_out:
            continue
        tier = kinds[log.stream[number]].tier
        verdict = None
        if likely is not None:
            answered = log.outcome[number] == ANSWERED
            verdict = _verdict(likely, log.waited_s[number], answered=answered)
        for name in ("", tier):
            waited[name] += 1
            spoken[name] += likely is not None
            if verdict is not None:
                judged[name].append(verdict)
    return {
        name: Coverage(
            waited[name],
            spoken[name],
            *(_share(judged[name], verdict) for verdict in (0, -1, 1)),
        )
        for name in ("", *ran.scenario.targets_s)
    }


def _verdict(likely: WaitRange, waited_s: float, *, answered: bool) -> int | None:
    if waited_s > likely.high_s:
        return 1
    if not answered:
        return None
    return -1 if waited_s < likely.low_s else 0


def _share(verdicts: list[int], wanted: int) -> Estimate:
    count = len(verdicts)
    if not count:
        return Estimate(None)
    edges = [count * batch // BATCHES for batch in range(BATCHES + 1)]
    parts = []
    if count >= 2 * BATCHES:
        parts = [verdicts[a:b].count(wanted) / (b - a) for a, b in pairwise(edges)]
    return estimate(verdicts.count(wanted) / count, parts)
