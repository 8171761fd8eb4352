"""Whatever names a file of the blob store is known to the sweep, or it would remove that file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Column

from hub.jobs.named_blobs import NAMED_TWICE, NAMING, NAMING_IN_LISTS
from hub.schema import all_tables
from tests.architecture.tree import files, read

# Structs that name a file, and where they are kept as JSON; None: nowhere.
STRUCTS = {
    "hub/contacts/inbound.py: Inbound": None,
    "hub/customers/imports/service.py: Batch": None,
    "hub/contacts/effects.py: EffectFile": "outbox.effect",
    "hub/contacts/words/model.py: File": "responses.files",
}


# Where files are put into the store, and the column that names what was put there.
WRITERS = {
    "hub/agent_console/deliveries.py": "attachments.blob_id",
    "hub/agent_console/files.py": "attachments.blob_id",
    "hub/channels/email/channel.py": "attachments.blob_id",
    "hub/channels/fax/showing.py": "attachments.blob_id",
    "hub/channels/mailbox/collector.py": "raw_mails.blob_id",
    "hub/channels/phone/recording/keeper.py": "phone_recordings.blob_id",
    "hub/channels/phone/worker.py": "phone_messages.blob_id",
    "hub/channels/sms/receiving.py": "attachments.blob_id",
    "hub/channels/webchat/uploads.py": "webchat_uploads.blob_id",
    "hub/contacts/words/api.py": "responses.files",
    "hub/customers/imports/api.py": "import_batches.blob_id",
    "hub/jobs/imports.py": "import_batches.blob_id",
    "hub/knowledge/writing_api.py": "article_files.blob_id",
}


def test_every_place_that_stores_a_file_says_where_it_is_named() -> None:
    storing = {str(path) for path in files(".py", under="hub") if _stores(path)}
    assert storing == set(WRITERS)
    known = {str(column) for column in (*NAMING, *NAMING_IN_LISTS)}
    assert set(WRITERS.values()) <= known


def _stores(path: Path) -> bool:
    """Whatever the column is called: a new one is put into the list, or red."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in ("put", "put_stream")
        and ast.unparse(node.value).endswith("blobs")
        for node in ast.walk(ast.parse(read(path)))
    )


def test_every_column_that_names_a_file_is_known() -> None:
    naming = {
        str(column)
        for table in all_tables().sorted_tables
        for column in table.columns
        if "blob" in column.name and table.name != "blob_rounds"
    }
    assert naming == {str(column) for column in NAMING}


def test_every_column_that_names_a_file_is_the_first_of_an_index() -> None:
    assert [str(column) for column in NAMING if not _is_indexed(column)] == []


def _is_indexed(column: Column[object]) -> bool:
    return any(next(iter(index.columns)) is column for index in column.table.indexes)


def test_every_struct_that_names_a_file_is_kept_where_it_is_looked_for() -> None:
    assert set(_structs_with_files()) == set(STRUCTS)
    known = {*NAMED_TWICE, *(str(column) for column in NAMING_IN_LISTS)}
    assert {place for place in STRUCTS.values() if place} == known


def _structs_with_files() -> Iterator[str]:
    for path in files(".py", under="hub"):
        for node in ast.walk(ast.parse(read(path))):
            if isinstance(node, ast.ClassDef) and _is_struct(node) and _names_a_file(node):
                yield f"{path}: {node.name}"


def _is_struct(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith(("Struct", "Body")) for base in node.bases)


def _names_a_file(node: ast.ClassDef) -> bool:
    return any(
        isinstance(field, ast.AnnAssign) and "blob_id" in ast.unparse(field.target)
        for field in node.body
    )
