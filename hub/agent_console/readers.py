"""Who reads, and what that lets them see: sight, masks, the rules in force. One per transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import select

from hub.contacts.access import Sight
from hub.contacts.in_hand import in_hand
from hub.contacts.joining.consults import asked_of
from hub.customers.access import Scope, SeesMore
from hub.customers.model import IdentityKind
from hub.customers.normalise import mask
from hub.hours import is_open
from hub.routing.record import ContactLine
from hub.routing.settings import RoutingSettings, calendar_of, clock_us, load_settings
from hub.routing.tables import queue_teams
from hub.storage import Tx
from hub.storage.bulk import Statement
from hub.web import Principal, Role

_NUMBERS = frozenset({IdentityKind.PHONE, IdentityKind.FAX})


@dataclass(frozen=True, slots=True)
class Reader:
    """A principal in one transaction. `masks`: numbers are shown as 138****8000."""

    principal: Principal
    sight: Sight
    settings: RoutingSettings
    now: datetime
    masks: bool

    @property
    def steers(self) -> bool:
        return self.sight.steers

    def tier(self, tier: str) -> str:
        """Return a tier as this reader may know it: agents are not told the lowest."""
        return tier if self.steers else self.settings.shown_tier(tier)

    def hides(self, tier: str) -> bool:
        """Whether this reader is shown another tier instead."""
        return self.tier(tier) != tier

    def target_s(self, queue_id: str, channel: str, tier: str, target_s: int) -> int:
        """Return a promised answer time as this reader may know it: with the tier goes its target.

        `target_s` is the true one. It may be that of a promise of its own (voicemail).
        """
        targets = {} if not self.hides(tier) else self._targets(queue_id)
        own = (kind for kind in sorted(targets) if kind not in self.settings.channels)
        kinds = [kind for kind in (channel, *own) if targets.get(kind, {}).get(tier) == target_s]
        by_tier = targets.get(kinds[0] if kinds else channel)
        if by_tier is None:
            return target_s
        return by_tier.get(self.tier(tier)) or by_tier[self.settings.default_tier]

    def line(self, line: ContactLine) -> ContactLine:
        """Return a contact of a decision record as this reader may know it."""
        target_s = self.target_s(line.queue, line.channel, line.tier, round(line.target_s))
        if not self.hides(line.tier):
            return line
        return msgspec.structs.replace(
            line,
            tier=self.tier(line.tier),
            target_s=target_s,
            urgency=round(line.waited_s / max(1, target_s), 4),
        )

    def _targets(self, queue_id: str) -> dict[str, dict[str, int]]:
        queue = self.settings.queues.get(queue_id)
        return {} if queue is None else queue.target_s

    def address(self, kind: str, value: str) -> str:
        """Return an address as this reader may see it."""
        known = IdentityKind(kind)
        return mask(known, value) if self.masks and known in _NUMBERS else value

    def clock_us(self, calendar_id: str) -> int:
        return clock_us(self.settings, calendar_id, self.now)

    def is_running(self, calendar_id: str) -> bool:
        """Say whether a waiting contact on this calendar gets more urgent at this moment."""
        spec = self.settings.calendars.get(calendar_id)
        return spec is None or is_open(calendar_of(spec), self.now)


def visible_queues(tx: Tx, principal: Principal) -> frozenset[str] | None:
    """Return the queues that the principal's teams serve; None, all of them, for admins."""
    if principal.role is Role.ADMIN:
        return None
    found = select(queue_teams.c.queue_id).where(
        queue_teams.c.team_id.in_(sorted(principal.team_ids))
    )
    return frozenset(tx.execute(found).scalars())


def teams_of_queues(tx: Tx, queue_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Return, by queue, the teams whose users see it: `visible_queues` from the other side."""
    found = select(queue_teams).where(queue_teams.c.queue_id.in_(sorted(queue_ids)))
    teams: defaultdict[str, set[str]] = defaultdict(set)
    for row in tx.execute(found):
        teams[row.queue_id].add(row.team_id)
    return {queue_id: frozenset(teams[queue_id]) for queue_id in queue_ids}


def sight_of(tx: Tx, principal: Principal) -> Sight:
    return Sight.of(tx, principal, visible_queues)


sees_more: SeesMore = in_hand(visible_queues)
"""Customers of other branches, while they are in a user's hands."""


def scope_of(tx: Tx, principal: Principal) -> Scope:
    """Return whose customers the principal may see."""
    return Scope.of(tx, principal, sees_more)


def reader_of(tx: Tx, principal: Principal, *, mask_numbers: bool) -> Reader:
    """Return the reader for this principal in this transaction."""
    return readers_of(tx, [(principal, mask_numbers)])[0]


_QUEUES = Statement("""
SELECT q.team_id, q.queue_id FROM {rows} JOIN queue_teams q ON q.team_id = {text 0}
""")


def readers_of(tx: Tx, asked: Sequence[tuple[Principal, bool]]) -> list[Reader]:
    """Return the reader for each (principal, are numbers masked for agents): three statements."""
    settings = load_settings(tx)
    team_ids = sorted({team_id for principal, _ in asked for team_id in principal.team_ids})
    rows = _QUEUES(tx, [[team_id] for team_id in team_ids]) if team_ids else []
    sees: list[frozenset[str] | None] = [
        None
        if principal.role is Role.ADMIN
        else frozenset(row.queue_id for row in rows if row.team_id in principal.team_ids)
        for principal, _ in asked
    ]
    askers = [(one[0].user_id, queues) for one, queues in zip(asked, sees, strict=True)]
    about = asked_of(tx, askers)
    readers = []
    for (principal, mask_numbers), queues in zip(asked, sees, strict=True):
        steers = principal.role.at_least(Role.SUPERVISOR)
        sight = Sight(principal.user_id, queues, steers, about[principal.user_id])
        readers.append(Reader(principal, sight, settings, tx.now, mask_numbers and not steers))
    return readers
