"""The blob store: whether it is looked through for files that no row names, and what that found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from hub.core.findings import Finding, warning, well
from hub.jobs.blob_pairing import parse_pair
from hub.jobs.blob_sweep import SAFE_AGE
from hub.settings import Settings
from hub.storage import Tx
from hub.storage.blob_rounds import Round, blob_rounds, read_round
from hub.storage.blobs import NOTE

from .database import read_there

_LATE = timedelta(days=7)


def check_files(settings: Settings) -> Iterator[Finding]:
    """Tell what the last round found; nothing before the first look, or without a database."""
    try:
        found = read_there(settings, _round, blob_rounds)
    except SQLAlchemyError:
        return  # `check_database` says so
    if found is None or not found.parts:
        return
    told = f"{found.files} files older than a week were looked at in the last round; "
    told += f"{found.removed} that no row names were removed ({found.removed_bytes >> 20} MiB)"
    yield well("files", told)
    yield from _waiting(settings)
    if found.oldest is not None and datetime.now(UTC) - found.oldest > _LATE:
        what = f"some were not looked at since {found.oldest:%Y-%m-%d}"
        yield warning("files", what, "let the hub run; its log says why it does not get to it")


def _waiting(settings: Settings) -> Iterator[Finding]:
    try:
        pair = parse_pair((settings.blobs_path() / NOTE).read_bytes())
    except OSError:
        return
    if pair is not None and datetime.now(UTC) - pair.since < SAFE_AGE:
        told = f"none is removed before {pair.since + SAFE_AGE:%Y-%m-%d}: "
        yield well("files", told + f"files and database are together since {pair.since:%Y-%m-%d}")


def _round(tx: Tx, _: Settings) -> Round:
    return read_round(tx)
