"""Use cases of the set-up in the pages: check it, change it, bring an earlier one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import structs
from sqlalchemy import select

from hub.accounts.model import Actor
from hub.contacts.tables import entry_points
from hub.core.errors import Fault
from hub.storage import Store, Tx

from .apply import ApplySetup, apply_setup
from .changes import Changes
from .check import BadSetup, CheckSettings, check_document
from .hidden import Kept, keep_secrets, left_secrets, reveal_secrets
from .model import Setup
from .versions import Version, check_current, get_current, get_document, get_version


@dataclass(frozen=True, slots=True)
class CheckSetup:
    """`raw`: a whole set-up as plain values; `checks`: how channels check their part."""

    raw: object
    checks: Mapping[str, CheckSettings] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """`changes` None: there are problems. `current`: the version that is in force."""

    problems: tuple[Fault, ...]
    changes: Changes | None
    current: Version


@dataclass(frozen=True, slots=True)
class ChangeSetup:
    """Put `raw` in force, if `base` is still the version that is."""

    raw: object
    base: int
    by: Actor
    note: str = ""
    checks: Mapping[str, CheckSettings] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RestoreSetup:
    """Bring the set-up of a version back. `base` None: whichever version is in force."""

    version_id: int
    base: int | None
    by: Actor
    note: str = ""
    checks: Mapping[str, CheckSettings] = field(default_factory=dict)
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """The version in force afterwards (the one before where nothing changed) and what changed."""

    version: Version
    changes: Changes


def check_change(tx: Tx, query: CheckSetup) -> Checked:
    """Say what is wrong with a set-up, or what it would change. Raises NoSetup."""
    current = get_current(tx)
    try:
        setup = _read(tx, query.raw, query.checks)
        would = apply_setup(tx, ApplySetup(setup, dry_run=True))
        return Checked((), would, current)
    except BadSetup as bad:
        return Checked(bad.faults, None, current)


class _Ready(NamedTuple):
    """A set-up that is read and checked, and what is to be said of it besides."""

    asked: ApplySetup
    warnings: Sequence[str] = ()


async def change_setup(store: Store, cmd: ChangeSetup) -> Changed:
    """Put a set-up in force. Raises NoSetup, SetupMoved and BadSetup; then nothing changed.

    It is read and checked before others have to wait for it: what it was checked against is that of
    the version that has to be in force when it is written.
    """
    return await store.write(_put_in_force, await store.read(_read_change, cmd))


async def restore_setup(store: Store, cmd: RestoreSetup) -> Changed:
    """Put an earlier set-up in force again, by today's rules: they may refuse it.

    Secrets stay those in force (hidden.py); one that is not in force any more is warned of. Raises
    NotFound, SetupMoved and BadSetup.
    """
    return await store.write(_put_in_force, await store.read(_read_version, cmd))


def _put_in_force(tx: Tx, ready: _Ready) -> Changed:
    changes = apply_setup(tx, ready.asked)
    told = structs.replace(changes, warnings=[*ready.warnings, *changes.warnings])
    return Changed(get_current(tx), told)


def _read_change(tx: Tx, cmd: ChangeSetup) -> _Ready:
    check_current(get_current(tx), cmd.base)
    setup = _read(tx, cmd.raw, cmd.checks)
    return _Ready(ApplySetup(setup, base=cmd.base, source="page", by=cmd.by, note=cmd.note))


def _read_version(tx: Tx, cmd: RestoreSetup) -> _Ready:
    current = get_current(tx)
    check_current(current, current.id if cmd.base is None else cmd.base)
    version = get_version(tx, cmd.version_id)
    document, kept = get_document(tx, version.id), secrets_in_force(tx)
    what = f"Version {version.id} of the set-up"
    asked = ApplySetup(
        check_document(keep_secrets(document, kept), cmd.checks, what=what),
        dry_run=cmd.dry_run,
        base=current.id,
        source="restored",
        by=cmd.by,
        note=cmd.note,
        restored_from=version.id,
    )
    return _Ready(asked, left_secrets(document, kept))


def get_setup(tx: Tx, checks: Mapping[str, CheckSettings]) -> tuple[Version, Setup]:
    """Return the version in force and its set-up with the secrets: for the hub, not for pages.

    Raises NoSetup, and BadSetup where today's rules refuse what is in force.
    """
    current = get_current(tx)
    raw = keep_secrets(get_document(tx, current.id), secrets_in_force(tx))
    return current, check_document(raw, checks, what="The set-up in force")


def secrets_in_force(tx: Tx) -> Kept:
    """Return the settings of every entry point, with their secrets; retired ones, too."""
    rows = tx.execute(select(entry_points.c.id, entry_points.c.settings))
    return {row.id: row.settings for row in rows}


def _read(tx: Tx, raw: object, checks: Mapping[str, CheckSettings]) -> Setup:
    """Return what was sent as a Setup with its secrets. Raises BadSetup."""
    return check_document(reveal_secrets(raw, secrets_in_force(tx)), checks)
