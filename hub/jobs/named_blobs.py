"""Which rows name files of the blob store. What none of these names is nobody's.

A test compares them with every column there is: one that is missing here would lose its files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import BindParameter, bindparam, select, union_all

from hub.channels.mailbox.tables import raw_mails
from hub.channels.phone.recording.tables import tapings
from hub.channels.phone.tables import messages
from hub.channels.webchat.tables import webchat_uploads
from hub.contacts.recordings.tables import recordings
from hub.contacts.tables import attachments, contacts, interactions
from hub.contacts.words.tables import responses
from hub.customers.imports.tables import import_batches
from hub.knowledge.tables import article_files
from hub.storage import Tx

NAMING = (
    raw_mails.c.blob_id,
    attachments.c.blob_id,
    interactions.c.raw_blob_id,
    contacts.c.raw_blob_id,
    recordings.c.blob_id,
    tapings.c.blob_id,
    messages.c.blob_id,
    webchat_uploads.c.blob_id,
    import_batches.c.blob_id,
    article_files.c.blob_id,
)
"""Columns that hold the id of a blob. Each is the first of an index."""

NAMING_IN_LISTS = (responses.c.files,)
"""Columns of few rows with lists of files, each `{"blob_id": …}`."""

# An effect of the outbox names the files of its message, which are rows of `attachments`, too.
NAMED_TWICE = ("outbox.effect",)

_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_NAMED = union_all(*(select(column.label("id")).where(column.in_(_IDS)) for column in NAMING))


def unnamed(tx: Tx, blob_ids: Sequence[str]) -> list[str]:
    """Return those of `blob_ids`, at most a few hundred, that no row names, in their order."""
    named = set(tx.execute(_NAMED, {"ids": list(blob_ids)}).scalars())
    named.update(_in_lists(tx))
    return [blob_id for blob_id in blob_ids if blob_id not in named]


def _in_lists(tx: Tx) -> Iterable[str]:
    for column in NAMING_IN_LISTS:
        for files in tx.execute(select(column)).scalars():
            yield from (file["blob_id"] for file in files)
