"""Putting a set-up in force: one transaction, the same again changes nothing.

What is left out is retired, never deleted: contacts of the past still refer to it. Who waits keeps
the promise they came under; where a calendar changes, the time they have used is kept. Whatever
changes something makes a version of the set-up in the same transaction (versions.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Table, bindparam, delete, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import SYSTEM, Actor
from hub.accounts.tables import team_members, teams, users
from hub.contacts.model import ContactState
from hub.contacts.panel.service import load_panel, save_panel
from hub.contacts.tables import canned_responses, contacts, entry_points, outcomes, reasons
from hub.customers.settings import (
    find_home_zone,
    load_customer_settings,
    save_customer_settings,
    save_home_zone,
)
from hub.routing.recount import recount_loads
from hub.routing.settings import (
    RoutingSettings,
    clock_us,
    load_settings,
    save_settings,
    tell_of_setup,
)
from hub.routing.sla.service import keep_used_time
from hub.routing.staff import adopt_settings
from hub.routing.tables import queue_teams, queues, skills, tiers
from hub.storage import Tx

from .agents import sync_agents
from .changes import Changes
from .check import BadSetup
from .closing import outcome_rows
from .convert import customer_settings, routing_settings, still_kept
from .differences import differences, rule_lines
from .hidden import hide_secrets
from .leaving import leaving_queues, queues_in_use, tiers_in_use
from .model import Setup
from .panel import side_panel
from .reasons import reason_rows, unclosable_queues
from .serving import unserved_queues
from .versions import (
    NewVersion,
    Source,
    add_version,
    check_current,
    find_current,
    get_document,
    lock_versions,
    plain_document,
)

_WAITING = (ContactState.QUEUED, ContactState.OFFERED, ContactState.CONNECTING)


@dataclass(frozen=True, slots=True)
class ApplySetup:
    """`dry_run`: say what would change, and change nothing. `base`: the version that the set-up was
    made from, refused if another is in force; None: whichever is. The rest is kept with the version
    that this makes; `by`: who is answerable.
    """

    setup: Setup
    dry_run: bool = False
    base: int | None = None
    source: Source = "file"
    by: Actor = SYSTEM
    note: str = ""
    restored_from: int | None = None
    exported_from: int | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """One kind of thing: the rows wanted, by id. `word` is what a person calls it."""

    word: str
    table: Table
    rows: Mapping[str, Mapping[str, Any]]


def apply_setup(tx: Tx, cmd: ApplySetup) -> Changes:
    """Put a checked set-up in force and return what changed.

    Raises SetupMoved (see `base`), and BadSetup for a queue that would retire with contacts in it.
    """
    if not cmd.dry_run:
        lock_versions(tx)
    current = find_current(tx)
    if current is not None and cmd.base is not None:
        check_current(current, cmd.base)
    leaving = leaving_queues(tx, [queue.key for queue in cmd.setup.queues])
    _check_empty(tx, leaving)
    before = None if current is None else plain_document(get_document(tx, current.id))
    document = hide_secrets(cmd.setup)
    changes = _change(tx, cmd, before, document)
    if not cmd.dry_run and (before != document or not changes.is_empty):
        _check_empty(tx, leaving)  # again: no contact comes by an entry point that is changed now
        _keep(tx, cmd, document, changes)
    return changes


def _check_empty(tx: Tx, leaving: Collection[str]) -> None:
    if in_use := queues_in_use(tx, leaving):
        raise BadSetup.of(in_use)


def _change(
    tx: Tx, cmd: ApplySetup, before: Mapping[str, Any] | None, document: Mapping[str, Any]
) -> Changes:
    """Bring every table to the set-up (or only look, in a dry run)."""
    found = [] if before is None else differences(before, document)
    changes = Changes(added=[], changed=[], retired=[], warnings=[], details=found)
    kept = [tier.key for tier in cmd.setup.tiers]
    changes.warnings.extend(tiers_in_use(tx, kept, cmd.setup.default_tier))
    for part in _parts(cmd.setup):
        _sync(tx, part, changes, dry_run=cmd.dry_run)
    _sync_queue_teams(tx, cmd.setup, changes, dry_run=cmd.dry_run)
    _sync_rules(tx, cmd, changes)
    _sync_customer_rules(tx, cmd, changes)
    _sync_panel(tx, cmd, changes)
    named_before = frozenset() if before is None else frozenset(before["agents"])
    people = sync_agents(tx, cmd.setup, named_before, changes, dry_run=cmd.dry_run)
    if changes.is_empty and before not in (None, document):
        changes.changed.append("the writing, with the same meaning")
    changes.warnings.extend(_nobody_there(tx, cmd.setup))
    changes.warnings.extend(unserved_queues(cmd.setup, people))
    changes.warnings.extend(unclosable_queues(cmd.setup))
    return changes


def _sync_rules(tx: Tx, cmd: ApplySetup, changes: Changes) -> None:
    """Put the rules of the contact queue in force; who waits keeps the time they have used."""
    before, wanted = load_settings(tx), routing_settings(cmd.setup)
    _note_policies(before, wanted, changes)
    if wanted == before:
        return
    lines = list(rule_lines(changes.details))
    if lines:
        changes.changed.extend(lines)
    elif msgspec.structs.replace(wanted, sla_policies=before.sla_policies) != before:
        changes.changed.append("rules of the contact queue")
    if not cmd.dry_run:
        save_settings(tx, wanted)
        recount_loads(tx, before, wanted)
        adopt_settings(tx, wanted)
        _keep_used_time(tx, before, wanted)
        keep_used_time(tx, before, wanted)


def _sync_customer_rules(tx: Tx, cmd: ApplySetup, changes: Changes) -> None:
    """Put the rules about customers in force; each place that differs is told by its own line."""
    if not cmd.dry_run and find_home_zone(tx) != cmd.setup.timezone:
        save_home_zone(tx, cmd.setup.timezone)
    before = load_customer_settings(tx)
    wanted = still_kept(before, customer_settings(cmd.setup), cmd.setup)
    if wanted == before:
        return
    sections = wanted.__struct_fields__
    ours = [one for one in changes.details if one.path.partition(".")[0] in sections]
    lines = list(rule_lines(ours)) or ["rules about customers"]
    changes.changed.extend(line for line in lines if line not in changes.changed)
    if not cmd.dry_run:
        save_customer_settings(tx, wanted)


def _sync_panel(tx: Tx, cmd: ApplySetup, changes: Changes) -> None:
    """Put the side panel in force; each place that differs is told by its own line."""
    wanted = side_panel(cmd.setup)
    if wanted == load_panel(tx):
        return
    ours = [one for one in changes.details if one.path.startswith("side_panel.")]
    lines = list(rule_lines(ours)) or ["side panel"]
    changes.changed.extend(line for line in lines if line not in changes.changed)
    if not cmd.dry_run:
        save_panel(tx, wanted)


def _keep(tx: Tx, cmd: ApplySetup, document: dict[str, Any], changes: Changes) -> None:
    """Write the version and its line of the audit log, and tell every process."""
    version = NewVersion(
        document=document,
        changes=changes,
        source=cmd.source,
        made_by=cmd.by.id,
        note=cmd.note,
        restored_from=cmd.restored_from,
        exported_from=cmd.exported_from,
    )
    version_id = add_version(tx, version)
    verb = "setup.restore" if cmd.source == "restored" else "setup.apply"
    detail = {
        "source": cmd.source,
        "note": cmd.note,
        "restored_from": cmd.restored_from,
        "added": len(changes.added),
        "changed": len(changes.changed),
        "retired": len(changes.retired),
    }
    audit(tx, cmd.by, verb, "setup", str(version_id), detail)
    tell_of_setup(tx)


def _parts(setup: Setup) -> Iterator[_Part]:
    yield _Part("team", teams, _teams(setup))
    yield _Part(
        "tier",
        tiers,
        {
            tier.key: {
                "zh": tier.zh,
                "en": tier.en,
                "position": position,
                "chip": tier.chip,
                "agents_see": tier.agents_see or tier.key,
            }
            for position, tier in enumerate(setup.tiers)
        },
    )
    yield _Part("skill", skills, _named(setup.skills, positions=False))
    yield _Part("queue", queues, _named(setup.queues))
    yield _Part("entry point", entry_points, _entry_points(setup))
    yield _Part("reason", reasons, dict(reason_rows(setup.reasons)))
    yield _Part("outcome", outcomes, outcome_rows(setup))
    yield _Part(
        "canned response",
        canned_responses,
        {
            one.key: {
                "language": one.language,
                "title": one.title,
                "text": one.text,
                "queues": list(one.queues),
            }
            for one in setup.canned
        },
    )


def _teams(setup: Setup) -> dict[str, dict[str, Any]]:
    return {
        team.key: {
            "zh": team.zh,
            "en": team.en,
            "is_branch": team.branch,
            "region": team.region or None,
            "zone": team.zone or None,
            "sees_all": team.sees_all,
            "signature": team.signature or None,
        }
        for team in setup.teams
    }


def _named(things: Sequence[Any], *, positions: bool = True) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for position, thing in enumerate(things):
        rows[thing.key] = {"zh": thing.zh, "en": thing.en}
        if positions:
            rows[thing.key]["position"] = position
    return rows


def _entry_points(setup: Setup) -> dict[str, dict[str, Any]]:
    return {
        point.key: {
            "channel": point.channel,
            "address": point.address,
            "queue_id": point.queue,
            "language": point.language,
            "display_name": point.name,
            "region": point.region,
            "acknowledges": point.acknowledges,
            "settings": point.settings,
        }
        for point in setup.entry_points
    }


def _sync(tx: Tx, part: _Part, changes: Changes, *, dry_run: bool) -> None:
    """Make the rows of a table those of the set-up: added, changed, or retired."""
    table = part.table
    known = {row["id"]: dict(row) for row in tx.execute(select(table)).mappings()}
    for key, values in part.rows.items():
        before = known.get(key)
        row = {**values, "retired": False}
        if before is None:
            changes.added.append(f"{part.word} {key}")
            if not dry_run:
                tx.execute(insert(table).values(id=key, **row))
        elif any(before[name] != value for name, value in row.items()):
            changes.changed.append(f"{part.word} {key}")
            if not dry_run:
                tx.execute(update(table).where(table.c.id == key).values(**row))
    gone = [key for key, row in known.items() if key not in part.rows and not row["retired"]]
    changes.retired.extend(f"{part.word} {key}" for key in sorted(gone))
    if gone and not dry_run:
        tx.execute(update(table).where(table.c.id.in_(gone)).values(retired=True))


def _sync_queue_teams(tx: Tx, setup: Setup, changes: Changes, *, dry_run: bool) -> None:
    wanted = {(queue.key, team) for queue in setup.queues for team in queue.teams}
    known = {(row.queue_id, row.team_id) for row in tx.execute(select(queue_teams))}
    for queue_id in sorted({queue_id for queue_id, _ in wanted ^ known}):
        changes.changed.append(f"teams of queue {queue_id}")
    if dry_run or wanted == known:
        return
    for queue_id, team_id in known - wanted:
        tx.execute(
            delete(queue_teams).where(
                queue_teams.c.queue_id == queue_id, queue_teams.c.team_id == team_id
            )
        )
    added = [{"queue_id": queue, "team_id": team} for queue, team in sorted(wanted - known)]
    if added:
        tx.execute(insert(queue_teams), added)


def _note_policies(before: RoutingSettings, after: RoutingSettings, changes: Changes) -> None:
    """Name the SLA policies that come, go or are not as they were; their order is one of them."""
    old = {policy.key: policy for policy in before.sla_policies}
    new = {policy.key: policy for policy in after.sla_policies}
    changes.added.extend(f"sla policy {key}" for key in new if key not in old)
    changes.retired.extend(f"sla policy {key}" for key in old if key not in new)
    both = [key for key in new if key in old]
    changes.changed.extend(f"sla policy {key}" for key in both if new[key] != old[key])
    if both != [key for key in old if key in new]:
        changes.changed.append("order of the sla policies")


def _keep_used_time(tx: Tx, before: RoutingSettings, after: RoutingSettings) -> None:
    """Contacts that wait on a calendar that changed go on with the time they have used."""
    moved = [
        key
        for key in {*before.calendars, *after.calendars}
        if before.calendars.get(key) != after.calendars.get(key)
    ]
    for key in moved:
        shift = clock_us(after, key, tx.now) - clock_us(before, key, tx.now)
        tx.execute(
            update(contacts)
            .where(contacts.c.calendar_id == key, contacts.c.state.in_(_WAITING))
            .values(virtual_start_us=contacts.c.virtual_start_us + bindparam("b_shift", shift))
        )


def _nobody_there(tx: Tx, setup: Setup) -> Iterator[str]:
    """Yield which escalations would find nobody: users and teams are filled after the set-up."""
    named = [(policy.key, one) for policy in setup.sla_policies for one in policy.escalations]
    emails = {one.to.lower() for _, one in named if "@" in one.to}
    known = set(tx.execute(select(users.c.email).where(users.c.email.in_(emails))).scalars())
    for key, one in named:
        if "@" in one.to and one.to.lower() not in known:
            yield f"sla policy {key}: {one.to} is no user yet, `hub user add` makes one"
    targets = {one.to for _, one in named if one.action == "move"}
    staffed = {queue.key: queue.teams for queue in setup.queues if queue.key in targets}
    filled = set(tx.execute(select(team_members.c.team_id).distinct()).scalars())
    for queue_id, of_queue in sorted(staffed.items()):
        if not filled & set(of_queue):
            yield f"queue {queue_id}: SLA policies move contacts to it, and its teams have nobody"
