"""Agents as the queue knows them: made at first sight, their state, presence, profile and
skills.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, delete, insert, select, update

from hub.accounts.tables import users
from hub.contacts import service as contacts_service
from hub.core.errors import HubError, Invalid, NotFound
from hub.core.ids import new_id
from hub.storage import LIMIT, NOW, Look, Tx, batch

from .agent_loads import Loads
from .model import LOST_REASON, AgentState, OfferState
from .neglect import find_owed, return_owed
from .refused import send_back
from .settings import Profile, RoutingSettings, load_settings
from .tables import agent_channels, agent_intervals, agent_skills, agents, offers, skills

_UNATTENDED = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class SetAgentState:
    """`attended`: a console heartbeat will follow; False for a program that has no console.

    `after_contact`: take the state once the last contact in hand is done (ignored when idle).
    """

    agent_id: str
    state: AgentState
    reason: str | None = None
    attended: bool = True
    after_contact: bool = False


@dataclass(frozen=True, slots=True)
class SetAgentProfile:
    """`skills`: {skill: proficiency 1–5}, all of them. None leaves the profile or skills as is."""

    agent_id: str
    profile_id: str | None = None
    skills: Mapping[str, int] | None = field(default=None)


def ensure_agents(tx: Tx, agent_ids: Iterable[str]) -> None:
    """Make the rows of users who are not known to the queue yet: offline, default profile."""
    wanted = sorted(set(agent_ids))
    known = set(tx.execute(select(agents.c.id).where(agents.c.id.in_(wanted))).scalars())
    missing = [agent_id for agent_id in wanted if agent_id not in known]
    if not missing:
        return
    real = set(tx.execute(select(users.c.id).where(users.c.id.in_(missing))).scalars())
    unknown = sorted(set(missing) - real)
    if unknown:
        raise NotFound(f"There is no user {unknown[0]!r}.", code="agent.not_found")
    settings = load_settings(tx)
    tx.execute(insert(agents), [_new_agent(tx, settings, agent_id) for agent_id in missing])
    tx.execute(insert(agent_intervals), [_interval(tx, id_, AgentState.OFFLINE) for id_ in missing])
    set_channels(tx, settings, dict.fromkeys(missing))


def _new_agent(tx: Tx, settings: RoutingSettings, agent_id: str) -> dict[str, object]:
    return {
        "id": agent_id,
        "state": AgentState.OFFLINE,
        "state_since": tx.now,
        "present_until": tx.now,
        "capacity": settings.capacity,
        "live_load": 0,
        "deferred_load": 0,
        "missed": 0,
    }


def _interval(tx: Tx, agent_id: str, state: AgentState) -> dict[str, object]:
    return {"id": new_id(), "agent_id": agent_id, "state": state, "started_at": tx.now}


def set_channels(tx: Tx, settings: RoutingSettings, profiles: Mapping[str, str | None]) -> None:
    """Give agents (id -> profile) the maxima and costs of their profile; counts in hand stay."""
    ids = sorted(profiles)
    found = tx.execute(select(agent_channels).where(agent_channels.c.agent_id.in_(ids)))
    known = {(row.agent_id, row.channel): (row.maximum, row.cost) for row in found}
    new, changed = [], []
    for agent_id in ids:
        for channel, (maximum, cost) in _allowance(settings, profiles[agent_id]).items():
            before = known.get((agent_id, channel))
            row = {"agent_id": agent_id, "channel": channel, "maximum": maximum, "cost": cost}
            if before is None:
                new.append({**row, "open": 0})
            elif before != (maximum, cost):
                changed.append({f"b_{name}": value for name, value in row.items()})
    if new:
        tx.execute(insert(agent_channels), new)
    if changed:
        tx.execute(
            update(agent_channels)
            .where(
                agent_channels.c.agent_id == bindparam("b_agent_id"),
                agent_channels.c.channel == bindparam("b_channel"),
            )
            .values(maximum=bindparam("b_maximum"), cost=bindparam("b_cost")),
            changed,
        )
    for agent_id in ids:
        tx.hint("agent.changed", agent_id)


def _allowance(settings: RoutingSettings, profile_id: str | None) -> dict[str, tuple[int, int]]:
    profile: Profile = settings.profile(profile_id)
    return {
        channel: (
            profile.maxima.get(channel, rules.maximum),
            profile.costs.get(channel, rules.cost),
        )
        for channel, rules in settings.channels.items()
    }


def adopt_settings(tx: Tx, settings: RoutingSettings) -> None:
    """Bring every agent to new rules: capacity, maxima and costs. What is in hand stays in hand."""
    fits = and_(
        agents.c.live_load <= settings.capacity, agents.c.deferred_load <= settings.capacity
    )
    tx.execute(
        update(agents)
        .where(agents.c.capacity != settings.capacity, fits)
        .values(capacity=settings.capacity)
    )
    known = tx.execute(select(agents.c.id, agents.c.profile_id)).all()
    set_channels(tx, settings, {row.id: row.profile_id for row in known})


def set_agent_profile(tx: Tx, cmd: SetAgentProfile) -> None:
    """Set an agent's profile and skills. Raises NotFound, Invalid for what the set-up lacks."""
    set_agent_profiles(tx, [cmd])


def set_agent_profiles(tx: Tx, commands: Sequence[SetAgentProfile]) -> None:
    """Set the profiles and skills of many agents, each once, in as many statements as of one.

    Raises NotFound, Invalid for what the set-up lacks.
    """
    settings = load_settings(tx)
    ensure_agents(tx, [cmd.agent_id for cmd in commands])
    profiles = {cmd.agent_id: cmd.profile_id for cmd in commands if cmd.profile_id is not None}
    unknown = sorted(set(filter(None, profiles.values())) - set(settings.profiles))
    if unknown:
        raise Invalid(f"There is no profile {unknown[0]!r}.", code="profile.unknown")
    if profiles:
        tx.execute(
            update(agents)
            .where(agents.c.id == bindparam("b_id"))
            .values(profile_id=bindparam("b_profile")),
            [{"b_id": id_, "b_profile": name or None} for id_, name in sorted(profiles.items())],
        )
        set_channels(tx, settings, profiles)
    _set_skills(tx, {cmd.agent_id: cmd.skills for cmd in commands if cmd.skills is not None})
    for cmd in commands:
        tx.hint("agent.changed", cmd.agent_id)


def _set_skills(tx: Tx, wanted: Mapping[str, Mapping[str, int]]) -> None:
    """Give agents exactly these skills."""
    if not wanted:
        return
    known = set(tx.execute(select(skills.c.id).where(~skills.c.retired)).scalars())
    rows = []
    for agent_id, grades in sorted(wanted.items()):
        for skill, grade in sorted(grades.items()):
            if skill not in known:
                raise Invalid(f"There is no skill {skill!r}.", code="skill.unknown")
            if not 1 <= grade <= 5:
                raise Invalid(f"Proficiency in {skill!r} is from 1 to 5.", code="skill.grade")
            rows.append({"agent_id": agent_id, "skill_id": skill, "proficiency": grade})
    tx.execute(delete(agent_skills).where(agent_skills.c.agent_id.in_(sorted(wanted))))
    if rows:
        tx.execute(insert(agent_skills), rows)


def set_agent_state(tx: Tx, cmd: SetAgentState) -> None:
    """Change an agent's own choice; pending offers go back when they are ready no more.

    Who signs out gives back the unanswered mails and faxes in hand at once (routing.md 3.11).
    Raises NotFound for a user who does not exist.
    """
    ensure_agents(tx, [cmd.agent_id])
    settings = load_settings(tx)
    if cmd.state is not AgentState.READY and not cmd.after_contact:
        leaves = cmd.state is AgentState.OFFLINE
        owed = find_owed(tx, settings, cmd.agent_id) if leaves else []
        withdraw_offers(tx, settings, [cmd.agent_id], cmd.reason or cmd.state.value, owed)
        return_owed(tx, settings, cmd.agent_id, owed)
    loads = Loads(tx, settings, [cmd.agent_id])
    load = loads.get(cmd.agent_id)
    if load is None:
        raise NotFound(f"There is no agent {cmd.agent_id!r}.", code="agent.not_found")
    if cmd.after_contact and (load.live or load.deferred):
        load.next_state, load.next_reason, load.changed = cmd.state.value, cmd.reason, True
    else:
        loads.set_state(load, cmd.state, cmd.reason)
        if cmd.state is AgentState.OFFLINE:
            load.present_until = min(load.present_until, tx.now)
        else:
            lasts = timedelta(seconds=settings.lost_s) if cmd.attended else _UNATTENDED
            load.present_until = max(load.present_until, tx.now + lasts)
    loads.save()


def sign_out(tx: Tx, agent_id: str) -> None:
    """A user's session ends by their own choice: as an agent they are offline at once.

    Who is no agent, or offline already, changes nothing.
    """
    working = select(agents.c.id).where(agents.c.id == agent_id, agents.c.state != "offline")
    if tx.execute(working).first() is not None:
        set_agent_state(tx, SetAgentState(agent_id, AgentState.OFFLINE))


@batch
def renew_presence(tx: Tx, agent_ids: Sequence[str]) -> Sequence[HubError | None]:
    """A console is there: renew its agent's presence. One statement for all."""
    settings = load_settings(tx)
    until = tx.now + timedelta(seconds=settings.lost_s)
    absent = select(agents.c.id).where(
        agents.c.id.in_(agent_ids), agents.c.present_until <= tx.now, agents.c.state != "offline"
    )
    back = list(tx.execute(absent).scalars())
    tx.execute(
        update(agents)
        .where(agents.c.id.in_(agent_ids), agents.c.present_until < until)
        .values(present_until=until)
    )
    for agent_id in back:
        tx.hint("agent.changed", agent_id)
    return [None] * len(agent_ids)


def lose_presence(tx: Tx, agent_id: str) -> None:
    """An agent's last console closed: offers leave at once; state and contacts have a grace
    time.
    """
    settings = load_settings(tx)
    withdraw_offers(tx, settings, [agent_id], LOST_REASON)
    tx.execute(
        update(agents)
        .where(agents.c.id == agent_id, agents.c.present_until > tx.now)
        .values(present_until=tx.now)
    )
    tx.hint("agent.changed", agent_id)


def withdraw_offers(
    tx: Tx,
    settings: RoutingSettings,
    agent_ids: Sequence[str],
    why: str,
    also_lock: Sequence[str] = (),
    channels: Sequence[str] | None = None,
) -> None:
    """Send the pending offers of these agents back; nobody's fault, so nothing is counted.

    `also_lock`: contacts that the caller changes next; all are locked before any agent is.
    `channels`: only offers of these; None: of all.
    """
    theirs = and_(offers.c.agent_id.in_(agent_ids), offers.c.state == OfferState.PENDING)
    if channels is not None:
        theirs = and_(theirs, offers.c.channel.in_(channels))
    pending = select(offers.c.contact_id).where(theirs)
    contacts_service.lock_contacts(tx, [*tx.execute(pending).scalars(), *also_lock])
    rows = tx.execute(select(offers).where(theirs).order_by(offers.c.id).with_for_update()).all()
    if rows:
        send_back(tx, settings, rows, OfferState.WITHDRAWN, why, rests=False)


_ABSENT = Look(
    select(agents.c.id)
    .where(agents.c.state != "offline", agents.c.present_until <= NOW)
    .order_by(agents.c.present_until)
    .limit(LIMIT)
)


def fire_due_presence(tx: Tx, now: datetime, limit: int) -> int:
    """Sign out at most `limit` agents whose presence ran out `lost_s` ago; return how many.

    A closed or frozen console has lost its offers when the lease ended; the state follows later, so
    that a reload of the page changes nothing an agent chose (routing.md 3.11).
    """
    absent = _ABSENT.ids(tx, now, limit)
    if not absent:
        return 0
    settings = load_settings(tx)
    gone_since = now - timedelta(seconds=settings.lost_s)
    withdraw_offers(tx, settings, absent, LOST_REASON)
    loads = Loads(tx, settings, absent)
    count = 0
    for agent_id in absent:
        load = loads.get(agent_id)
        if load is not None and load.present_until <= gone_since:
            loads.set_state(load, AgentState.OFFLINE, LOST_REASON)
            count += 1
    loads.save()
    return count
