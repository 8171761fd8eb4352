"""Jobs of the set-up: put a file in force, write one, list versions, bring one back."""

from __future__ import annotations

from msgspec import Struct

from hub.accounts.model import SYSTEM
from hub.channels.entry_points import SETTINGS_CHECKS
from hub.setup import Changes, Setup, check_setup
from hub.setup.check import check_setup_alone
from hub.setup.files import (
    ApplyFile,
    apply_file,
    export_setup,
    export_without_secrets,
    exported_version,
)
from hub.setup.service import RestoreSetup, restore_setup, secrets_in_force
from hub.setup.versions import ListVersions, list_versions
from hub.storage import Store

_MOST_LISTED = 200


class SetupText(Struct, frozen=True):
    """The text of a set-up file. `dry_run`: say what would change, and change nothing; `force`:
    also over changes made in the pages.
    """

    text: str
    dry_run: bool = False
    force: bool = False
    note: str = ""


class AppliedText(Struct, frozen=True):
    """What changed. `version_id`: which version the text is now; None in a dry run."""

    changes: Changes
    version_id: int | None = None


class RestoreVersion(Struct, frozen=True):
    version_id: int
    dry_run: bool = False
    note: str = ""


class ExportSetup(Struct, frozen=True):
    """`secrets` False: a stand-in for each, which this hub fills in when the file is applied."""

    secrets: bool = True


class SetupFile(Struct, frozen=True):
    """The set-up in force as a file; `told`: which version it is, for people."""

    text: str
    told: str


class ListSetupVersions(Struct, frozen=True):
    pass


class ListedVersions(Struct, frozen=True):
    """A line for each of the newest 200, for people."""

    lines: list[str]


def read_setup(text: str) -> Setup:
    """Return the checked set-up, as far as it can be without the hub's secrets. Raises BadSetup
    with every problem found.
    """
    return check_setup_alone(text, SETTINGS_CHECKS)


async def apply_text(store: Store, asked: SetupText) -> AppliedText:
    """Put the set-up in force and return what changed; the same again changes nothing."""
    kept = await store.read(lambda tx, _: secrets_in_force(tx), None)
    command = ApplyFile(
        check_setup(asked.text, SETTINGS_CHECKS, kept),
        exported=exported_version(asked.text),
        dry_run=asked.dry_run,
        force=asked.force,
        note=asked.note,
    )
    done = await store.write(apply_file, command)
    return AppliedText(done.changes, done.version_id)


async def export_text(store: Store, asked: ExportSetup) -> SetupFile:
    """Return the set-up in force as a file that `apply_text` takes without a change."""
    export = export_setup if asked.secrets else export_without_secrets
    version, text = await store.read(export, SETTINGS_CHECKS)
    return SetupFile(text, f"{version.told()[:1].upper()}{version.told()[1:]}")


async def list_setup_versions(store: Store, _: ListSetupVersions) -> ListedVersions:
    """Say which versions there are, newest first, with how much each changed."""
    found = await store.read(list_versions, ListVersions(_MOST_LISTED))
    lines = []
    for version, changes in found:
        count = len(list(changes.lines()))
        back = f", {version.restored_from} again" if version.restored_from else ""
        note = f": {version.note}" if version.note else ""
        lines.append(f"{version.told()}{back}, {count} changes{note}")
    return ListedVersions(lines)


async def restore_text(store: Store, asked: RestoreVersion) -> Changes:
    """Put an earlier version in force again and return what changed."""
    command = RestoreSetup(
        asked.version_id,
        None,
        SYSTEM,
        note=asked.note,
        checks=SETTINGS_CHECKS,
        dry_run=asked.dry_run,
    )
    return (await restore_setup(store, command)).changes
