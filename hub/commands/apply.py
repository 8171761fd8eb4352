"""The command `hub apply`: the set-up from a file, into a file, and its earlier versions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from hub.core.errors import Conflict, Invalid

from .terminal import do, err, out, settings_of, with_config

if TYPE_CHECKING:
    from hub.settings import Settings
    from hub.setup import Changes

_STDOUT = "-"
_ONLY_OWNER = 0o600


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--dry-run", is_flag=True, help="Say what would change and change nothing.")
@click.option("--force", is_flag=True, help="Also over changes made in the pages, or over a file.")
@click.option("--note", default="", help="Why; kept with the version.")
@click.option(
    "--export",
    is_flag=False,
    flag_value=_STDOUT,
    metavar="[FILE]",
    help="Write the set-up in force as a set-up file instead; with its secrets.",
)
@click.option(
    "--without-secrets",
    is_flag=True,
    help="Export a stand-in for each secret, which this hub fills in again.",
)
@click.option("--versions", is_flag=True, help="List what was in force, newest first, instead.")
@click.option("--restore", type=int, metavar="ID", help="Put a version in force again, instead.")
@with_config
def apply(
    config: Path | None,
    file: Path | None,
    dry_run: bool,
    force: bool,
    note: str,
    export: str | None,
    without_secrets: bool,
    versions: bool,
    restore: int | None,
) -> None:
    """Put the business set-up in FILE in force (default: setup_file of the settings)."""
    if sum((export is not None, versions, restore is not None, file is not None)) > 1:
        raise Invalid("Give one of FILE, --export, --versions and --restore.")
    if without_secrets and export is None:
        raise Invalid("--without-secrets goes with --export.")
    settings = settings_of(config)
    if export is not None:
        _export(settings, export, force=force, secrets=not without_secrets)
    elif versions:
        _list(settings)
    elif restore is not None:
        _restore(settings, restore, note, dry_run=dry_run)
    else:
        _apply(settings, file or Path(settings.setup_file), note, dry_run=dry_run, force=force)


def _apply(settings: Settings, path: Path, note: str, *, dry_run: bool, force: bool) -> None:
    from hub.jobs.setup import AppliedText, SetupText

    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read: {error}") from None
    asked = SetupText(text, dry_run=dry_run, force=force, note=note)
    done = do(settings, "apply", asked, AppliedText)
    _say(done.changes, dry_run=dry_run)
    if done.version_id is not None:
        _head(path, text, done.version_id)


def _head(path: Path, text: str, version_id: int) -> None:
    """Say in the first line of a file that was exported which version it is now."""
    from hub.setup.files import exported_version, with_header

    wanted = with_header(text, version_id)
    if exported_version(text) in (None, version_id):
        return
    try:
        if path.read_bytes() != text.encode("utf-8"):  # nothing of who edits it is lost
            raise OSError(None, "it was changed meanwhile")
        _exchange(path.resolve(), wanted)
    except OSError as error:
        why = getattr(error, "strerror", None) or error
        line = wanted.partition("\n")[0]
        err.print(
            f"[yellow]{escape(str(path))} could not be written ({why}): make its first line "
            f'"{escape(line)}", or it is refused next time.[/]'
        )


def _exchange(path: Path, text: str) -> None:
    """Put a whole new text in place of a file, which keeps its owner and mode.

    Raises OSError where that is not allowed; then the file is as it was.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        how = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(beside, how, _ONLY_OWNER), "wb") as new:
            was = path.stat()
            os.fchown(new.fileno(), was.st_uid, was.st_gid)
            os.fchmod(new.fileno(), was.st_mode & 0o7777)
            new.write(text.encode("utf-8"))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _restore(settings: Settings, version_id: int, note: str, *, dry_run: bool) -> None:
    from hub.jobs.setup import RestoreVersion
    from hub.setup import Changes

    asked = RestoreVersion(version_id, dry_run=dry_run, note=note)
    _say(do(settings, "setup.restore", asked, Changes), dry_run=dry_run)


def _say(changes: Changes, *, dry_run: bool) -> None:
    for line in changes.lines():
        out.print(escape(line))
    for warning in changes.warnings:
        err.print(f"[yellow]{escape(warning)}[/]")
    if changes.is_empty:
        out.print("Nothing to change.")
    else:
        out.print("Nothing was changed: this was a dry run." if dry_run else "In force.")


def _export(settings: Settings, target: str, *, force: bool, secrets: bool) -> None:
    from hub.jobs.setup import ExportSetup, SetupFile

    exported = do(settings, "setup.export", ExportSetup(secrets), SetupFile)
    if target == _STDOUT:
        click.echo(exported.text, nl=False)
        return
    _write(Path(target), exported.text, force=force)
    out.print(f"{escape(exported.told)}, is in {escape(target)}.")


def _write(path: Path, text: str, *, force: bool) -> None:
    """Write a new file that only its owner reads: secrets of entry points may be in it."""
    how = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        with os.fdopen(os.open(path, how, _ONLY_OWNER), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Conflict(
            f"{path} is there already: give another name, or --force to write over it."
        ) from None
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}") from None


def _list(settings: Settings) -> None:
    from hub.jobs.setup import ListedVersions, ListSetupVersions

    listed = do(settings, "setup.versions", ListSetupVersions(), ListedVersions)
    for line in listed.lines:
        out.print(escape(line))
    if not listed.lines:
        out.print("No set-up was put in force yet.")
