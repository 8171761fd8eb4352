"""What the API shows of the set-up and its versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub.web import View
from hub.web.problems import ProblemFault, faults_of

from .agents import Person
from .changes import Changes
from .differences import Difference
from .model import Setup
from .service import Changed, Checked
from .versions import Source, Version

_MOST_IN_A_LINE = 50


class MadeBy(View, frozen=True):
    id: str
    name: str


class SetupVersionView(View, frozen=True):
    """`made_by` null: `hub apply` on the command line."""

    id: int
    made_at: datetime
    made_by: MadeBy | None
    source: Source
    note: str
    restored_from: int | None


class DocumentView(View, frozen=True):
    """The set-up of a version. A secret has a stand-in, which sent back means "as it is"."""

    version: SetupVersionView
    setup: Setup


class StoredDocumentView(View, frozen=True):
    """The set-up of an earlier version as it was written: this hub may not know all its keys.

    `changes`: all that it changed.
    """

    version: SetupVersionView
    setup: dict[str, Any]
    changes: ChangesView


class ChangesView(View, frozen=True):
    """Lines as `hub apply --dry-run` says them; `details`: the places that differ, with values.

    `more`: how many places are left out of `details`.
    """

    added: list[str]
    changed: list[str]
    retired: list[str]
    warnings: list[str]
    details: list[Difference]
    more: int


class CheckedView(View, frozen=True):
    """`changes` null: there are problems. `version`: the one in force now, which may be newer."""

    problems: list[ProblemFault]
    changes: ChangesView | None
    version: SetupVersionView


class ChangedView(View, frozen=True):
    """`version`: in force now; the one before where nothing changed."""

    version: SetupVersionView
    changes: ChangesView


class SetupVersionLine(SetupVersionView, frozen=True):
    """`changes`: the first 50 places; the others are with the version itself."""

    changes: ChangesView


class SetupAgentView(View, frozen=True):
    """An active user who takes contacts. `in_setup`: the set-up names them.

    `profile` "" is the usual one; `skills`: grade by skill, as they are in force.
    """

    id: str
    email: str
    name: str
    teams: list[str]
    profile: str
    skills: dict[str, int]
    in_setup: bool


def version_view(version: Version) -> SetupVersionView:
    return SetupVersionView(**_fields(version))


def version_line(version: Version, changes: Changes) -> SetupVersionLine:
    return SetupVersionLine(**_fields(version), changes=_changes_view(changes, _MOST_IN_A_LINE))


def stored_view(version: Version, document: dict[str, Any], changes: Changes) -> StoredDocumentView:
    return StoredDocumentView(
        version=version_view(version), setup=document, changes=_changes_view(changes)
    )


def _fields(version: Version) -> dict[str, Any]:
    by = version.made_by
    return {
        "id": version.id,
        "made_at": version.made_at,
        "made_by": None if by is None else MadeBy(id=by, name=version.made_by_name),
        "source": version.source,
        "note": version.note,
        "restored_from": version.restored_from,
    }


def _changes_view(changes: Changes, most: int | None = None) -> ChangesView:
    """`most`: of the places that differ, which may be thousands; None: all."""
    details = changes.details[:most]
    return ChangesView(
        added=changes.added,
        changed=changes.changed,
        retired=changes.retired,
        warnings=changes.warnings,
        details=details,
        more=len(changes.details) - len(details),
    )


def checked_view(checked: Checked) -> CheckedView:
    return CheckedView(
        problems=faults_of(checked.problems),
        changes=None if checked.changes is None else _changes_view(checked.changes),
        version=version_view(checked.current),
    )


def changed_view(changed: Changed) -> ChangedView:
    return ChangedView(
        version=version_view(changed.version), changes=_changes_view(changed.changes)
    )


def agent_view(person: Person, *, in_setup: bool) -> SetupAgentView:
    return SetupAgentView(
        id=person.id,
        email=person.email,
        name=person.name,
        teams=list(person.teams),
        profile=person.profile,
        skills=dict(person.skills),
        in_setup=in_setup,
    )
