"""The signature below an agent's answer: their own, their team's or the entry point's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from hub.accounts.tables import team_members, teams, users
from hub.contacts.signatures import Names, SignatureOf, Texts, choose_signature, said
from hub.contacts.tables import entry_points
from hub.routing.settings import load_settings
from hub.routing.tables import queue_teams
from hub.storage import Tx


class Signer(NamedTuple):
    """Who answers, in which queue, from which address and to a reader of which language."""

    agent_id: str
    agent_name: str
    queue_id: str
    entry_point_id: str
    language: str | None


class Signature(NamedTuple):
    """`text` "": there is none, and `of` None."""

    text: str = ""
    of: SignatureOf | None = None


def signatures_of(tx: Tx, signers: Sequence[Signer]) -> list[Signature]:
    """Return the signature of each answer. Four statements whatever their number."""
    if not signers:
        return []
    own = _own(tx, {one.agent_id for one in signers})
    member_of = _teams(tx, {one.agent_id for one in signers})
    serving = _serving(tx, {one.queue_id for one in signers})
    points = _points(tx, {one.entry_point_id for one in signers})
    organisation = load_settings(tx).organisation
    found = []
    for one in signers:
        # Those that serve the queue first, each by its key.
        mine = sorted(
            member_of[one.agent_id],
            key=lambda team: (team.id not in serving[one.queue_id], team.id),
        )
        point = points.get(one.entry_point_id)
        found.append(_signature(one, own.get(one.agent_id, {}), mine, point, organisation))
    return found


def _signature(
    signer: Signer, own: Texts, mine: Sequence[Row[Any]], point: Row[Any] | None, organisation: str
) -> Signature:
    usual = "" if point is None else point.language
    theirs = {} if point is None else _of_point(point)
    written = [own, *(team.signature or {} for team in mine), theirs]
    chosen = choose_signature(written, (signer.language or usual, usual))
    if chosen is None:
        return Signature()
    of, team = SignatureOf.TEAM, mine[0] if mine else None
    if chosen.place == 0:
        of = SignatureOf.AGENT
    elif chosen.place == len(written) - 1:
        of = SignatureOf.ENTRY_POINT
    else:
        team = mine[chosen.place - 1]
    zh, en = ("", "") if team is None else (team.zh, team.en)
    return Signature(said(chosen, Names(signer.agent_name, zh, en, organisation)), of)


def _of_point(point: Row[Any]) -> Texts:
    """A channel that signs keeps its own words under this name; others have none."""
    written = point.settings.get("signature")
    return written if isinstance(written, dict) else {}


def _own(tx: Tx, agent_ids: Collection[str]) -> dict[str, Texts]:
    rows = tx.execute(
        select(users.c.id, users.c.signature).where(users.c.id.in_(sorted(agent_ids)))
    )
    return {row.id: row.signature or {} for row in rows}


def _teams(tx: Tx, agent_ids: Collection[str]) -> Mapping[str, list[Row[Any]]]:
    rows = tx.execute(
        select(team_members.c.user_id, teams.c.id, teams.c.zh, teams.c.en, teams.c.signature)
        .join(teams, teams.c.id == team_members.c.team_id)
        .where(team_members.c.user_id.in_(sorted(agent_ids)), ~teams.c.retired)
    )
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.user_id].append(row)
    return found


def _serving(tx: Tx, queue_ids: Collection[str]) -> Mapping[str, set[str]]:
    rows = tx.execute(
        select(queue_teams.c.queue_id, queue_teams.c.team_id).where(
            queue_teams.c.queue_id.in_(sorted(queue_ids))
        )
    )
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[row.queue_id].add(row.team_id)
    return found


def _points(tx: Tx, entry_point_ids: Collection[str]) -> dict[str, Row[Any]]:
    rows = tx.execute(
        select(entry_points.c.id, entry_points.c.language, entry_points.c.settings).where(
            entry_points.c.id.in_(sorted(entry_point_ids))
        )
    )
    return {row.id: row for row in rows}
