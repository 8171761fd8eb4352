"""A set-up file beside the pages: applied, refused where it would undo a page, written anew."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

import msgspec
import tomli_w
from msgspec import structs

from hub.core.errors import Conflict
from hub.storage import Tx

from .apply import ApplySetup, apply_setup
from .changes import Changes
from .check import CheckSettings
from .hidden import hide_secrets
from .model import Setup
from .service import get_setup
from .versions import Version, find_current, find_page_since_file

_HEADER = "# hub apply --export: version {}"
_EXPORTED = re.compile(r"\A# hub apply --export: version (\d+)\b")
_ABOUT = """
# The business set-up as it was in force, without what has its usual value. Change it and put it in
# force with `hub apply FILE`. {}
"""
_WITH_SECRETS = "Secrets of entry points are in this file."
_WITHOUT_SECRETS = """For each secret of an entry point there is a stand-in
# ("hidden:..."): a hub that has that secret in force fills in its own, any other refuses it."""


class FileBehind(Conflict):
    """Changes were made in the pages that the file does not have; applying it would undo them."""

    code = "setup.behind"


@dataclass(frozen=True, slots=True)
class ApplyFile:
    """`exported`: the version that the file was written from, if it was. `force`: apply it in any
    case.
    """

    setup: Setup
    exported: int | None = None
    dry_run: bool = False
    force: bool = False
    note: str = ""


class AppliedFile(NamedTuple):
    """What changed. `version_id`: the version that the file is now; None: it was a dry run."""

    changes: Changes
    version_id: int | None


def apply_file(tx: Tx, cmd: ApplyFile) -> AppliedFile:
    """Put the set-up of a file in force and return what changed.

    Raises FileBehind where that would undo what the file does not know of: a file that was exported
    has to be made from the version in force, one of its own may follow files, but no page. A dry
    run warns instead.
    """
    current = find_current(tx)
    asked = ApplySetup(
        cmd.setup,
        dry_run=cmd.dry_run,
        base=None if current is None else current.id,
        note=cmd.note,
        exported_from=None if current is None or cmd.force else cmd.exported,
    )
    unknown = None if current is None or cmd.force else _unknown_to_file(tx, cmd, current)
    if current is None or unknown is None:
        return _applied(tx, asked)
    would = apply_setup(tx, replace(asked, dry_run=True))
    if would.is_empty:
        return AppliedFile(would, None if cmd.dry_run else current.id)
    if not cmd.dry_run:
        raise FileBehind(_refusal(current, unknown, would))
    told = f"{_missing(current, unknown)}; without --force this file is refused"
    return AppliedFile(structs.replace(would, warnings=[told, *would.warnings]), None)


def _applied(tx: Tx, asked: ApplySetup) -> AppliedFile:
    changes = apply_setup(tx, asked)
    made = None if asked.dry_run else find_current(tx)
    return AppliedFile(changes, None if made is None else made.id)


def _unknown_to_file(tx: Tx, cmd: ApplyFile, current: Version) -> Version | None:
    """Return the newest version that the file was made without; None: it may be applied."""
    if cmd.exported is None:
        return find_page_since_file(tx)
    return None if cmd.exported == current.id else current


def _missing(current: Version, unknown: Version) -> str:
    if unknown.id == current.id:
        return f"In force is {current.told()}, and this file was not made from it"
    return (
        f"In force is {current.told()}, with what is in {unknown.told()}, and this file was made "
        "without that"
    )


def _refusal(current: Version, unknown: Version, would: Changes) -> str:
    listed = "\n".join(f"  {line}" for line in would.lines())
    return (
        f"{_missing(current, unknown)}. Applying it would\n"
        f"{listed}\n"
        "Write what is in force into a new file with `hub apply --export FILE` and make your "
        "changes there; or apply this one all the same with --force."
    )


def with_header(text: str, version_id: int) -> str:
    """Return the text of a file that was exported with another version in its first line."""
    return _EXPORTED.sub(_HEADER.format(version_id), text, count=1)


def exported_version(text: str) -> int | None:
    """Return the version that `hub apply --export` wrote a file from; None: it did not."""
    found = _EXPORTED.match(text)
    return int(found[1]) if found else None


def export_setup(tx: Tx, checks: Mapping[str, CheckSettings]) -> tuple[Version, str]:
    """Return the version in force and its text as a set-up file, secrets included.

    Raises NoSetup, and BadSetup where today's rules refuse what is in force.
    """
    current, setup = get_setup(tx, checks)
    return current, _file_text(current, setup, _WITH_SECRETS)


def export_without_secrets(tx: Tx, checks: Mapping[str, CheckSettings]) -> tuple[Version, str]:
    """As `export_setup`, with a stand-in (hidden.py) for each secret."""
    current, setup = get_setup(tx, checks)
    hidden = msgspec.convert(hide_secrets(setup), Setup)
    return current, _file_text(current, hidden, _WITHOUT_SECRETS)


def _file_text(version: Version, setup: Setup, secrets: str) -> str:
    return f"{_HEADER.format(version.id)}{_ABOUT.format(secrets)}\n{setup_text(setup)}"


def setup_text(setup: Setup) -> str:
    """Return a set-up as TOML without what is as usual anyway. `check_setup` reads the same."""
    written = _written(setup)
    exact = "\\r" not in repr(written)  # a line end of another system would become one of TOML's
    return tomli_w.dumps(written, multiline_strings=exact)


def _written(part: msgspec.Struct) -> dict[str, Any]:
    """Return the keys of a table that are not at their default; TOML has no null."""
    found: dict[str, Any] = {}
    for field in structs.fields(part):
        value = getattr(part, field.name)
        if value is None or (not field.required and value == _default(field)):
            continue
        found[field.name] = _value(value)
    return found


def _default(field: structs.FieldInfo) -> Any:
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


def _value(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return _written(value)
    if isinstance(value, Mapping):
        return {_key(key): _value(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_value(one) for one in value]
    return value


def _key(key: object) -> str:
    return key.isoformat() if isinstance(key, date) else str(key)
