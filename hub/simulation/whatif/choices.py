"""What the page offers to choose from: only what the asker sees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from hub.accounts.tables import teams, users
from hub.contacts.tables import segments
from hub.routing.tables import agent_skills, agents, queue_teams, queues, skills, tiers

from .asking import Asker
from .bodies import MOST_DAYS
from .shapes import AgentChoice, ChoicesView, NameView, QueueChoice

_MOST_AGENTS = 500


def read_choices(asker: Asker) -> ChoicesView:
    """Return the names, by a fixed number of statements beside one for each queue."""
    settings = asker.settings
    zone = ZoneInfo(settings.zone)
    labels = {one.id: one for one in _names(asker, queues)}
    offered = _agents(asker)
    return ChoicesView(
        zone=settings.zone,
        today=asker.tx.now.astimezone(zone).date(),
        first_day=_first_day(asker, zone),
        tiers=[one for one in _names(asker, tiers) if one.id in settings.tiers],
        queues=[
            QueueChoice(
                id=key,
                zh=labels[key].zh if key in labels else key,
                en=labels[key].en if key in labels else key,
                targets={
                    channel: by_tier
                    for channel, by_tier in settings.queues[key].target_s.items()
                    if channel in settings.channels
                },
            )
            for key in asker.seen
        ],
        teams=_teams(asker),
        skills=_names(asker, skills),
        agents=offered[:_MOST_AGENTS],
        more_agents=len(offered) > _MOST_AGENTS,
        live_channels=[
            name for name, rules in settings.channels.items() if not rules.business_time
        ],
        most_days=MOST_DAYS,
    )


def _names(asker: Asker, table: Any) -> list[NameView]:
    order = [table.c.position] if "position" in table.c else []
    found = select(table.c.id, table.c.zh, table.c.en).where(~table.c.retired)
    rows = asker.tx.execute(found.order_by(*order, table.c.id))
    return [NameView(id=row.id, zh=row.zh, en=row.en) for row in rows]


def _teams(asker: Asker) -> list[NameView]:
    """Return the teams that serve a queue the asker sees."""
    serving = select(queue_teams.c.team_id).where(queue_teams.c.queue_id.in_(asker.seen))
    known = set(asker.tx.execute(serving).scalars())
    if asker.agents() is not None:
        known &= asker.principal.team_ids
    return [one for one in _names(asker, teams) if one.id in known]


def _agents(asker: Asker) -> list[AgentChoice]:
    """Return who can be chosen by name, and one more where that are too many to offer."""
    found = (
        select(agents.c.id, users.c.name)
        .join(users, users.c.id == agents.c.id)
        .where(users.c.disabled_at.is_(None))
        .order_by(users.c.name, agents.c.id)
        .limit(_MOST_AGENTS + 1)
    )
    own = asker.agents()
    if own is not None:
        found = found.where(agents.c.id.in_(own))
    rows = asker.tx.execute(found).all()
    grades = _grades(asker, [row.id for row in rows])
    return [AgentChoice(id=row.id, name=row.name, skills=grades[row.id]) for row in rows]


def _grades(asker: Asker, agent_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    grades: defaultdict[str, dict[str, int]] = defaultdict(dict)
    found = select(agent_skills).where(agent_skills.c.agent_id.in_(agent_ids))
    for row in asker.tx.execute(found):
        grades[row.agent_id][row.skill_id] = row.proficiency
    return grades


def _first_day(asker: Asker, zone: ZoneInfo) -> date | None:
    """Return the day of the first contact; each queue's is the first entry of an index."""
    firsts = [
        asker.tx.execute(
            select(func.min(segments.c.started_at)).where(segments.c.queue_id == key)
        ).scalar()
        for key in asker.seen
    ]
    known = [at for at in firsts if at is not None]
    return min(known).astimezone(zone).date() if known else None
