"""Rows of imports: a batch is one file; each row keeps what it wrote and what was before."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

from hub.storage import Json, UTCDateTime, metadata, partial_index

import_batches = Table(
    "import_batches",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(16), nullable=False),  # of what its rows are about: "customers"
    Column("source", String(64), nullable=False),  # kept with every new customer
    Column("file_name", String(200), nullable=False),
    Column("blob_id", String(36)),  # NULL: the file is not kept (any longer)
    Column("size_bytes", BigInteger, nullable=False),
    Column("encoding", String(40), nullable=False),
    Column("mapping", Json(), nullable=False),  # service.Mapping
    Column("state", String(12), nullable=False),
    Column("rows", Integer, nullable=False),  # of the file
    Column("done", Integer, nullable=False),  # rows dealt with in this state
    Column("at_line", Integer, nullable=False),  # the last of them; an undo goes down
    Column("counts", Json(), nullable=False),  # service.Counts
    Column("error", Text),
    Column("branch_id", String(64)),  # whose the new customers are; NULL: everybody's
    Column("sight", Json(), nullable=False),  # sight.Sight of who started it
    Column("by", String(36)),  # the user; NULL: the hub
    Column("by_name", String(200), nullable=False),
    Column("at", UTCDateTime(), nullable=False),
    Column("finished_at", UTCDateTime()),
    Column("undone_at", UTCDateTime()),
    Column("forget_at", UTCDateTime()),  # then the rows go; NULL: they are gone
    Column("held_by", String(36)),  # the process that works on it
    Column("held_until", UTCDateTime()),  # another may go on then
    Column("version", Integer, nullable=False, default=1),
)
Index("ix_import_batches_newest", import_batches.c.at, import_batches.c.id)
# Said as text, so that SQLite sees in a query that the partial index serves it.
WORKED_ON = text("state IN ('reading', 'running', 'undoing')")
Index(
    "ix_import_batches_working",
    import_batches.c.at,
    sqlite_where=WORKED_ON,
    postgresql_where=WORKED_ON,
)
partial_index(
    "ix_import_batches_blob",
    import_batches.c.blob_id,
    where=import_batches.c.blob_id.is_not(None),
)
_kept = import_batches.c.forget_at.is_not(None)
Index(
    "ix_import_batches_forget",
    import_batches.c.forget_at,
    sqlite_where=_kept,
    postgresql_where=_kept,
)

import_rows = Table(
    "import_rows",
    metadata,
    Column("batch_id", String(36), ForeignKey(import_batches.c.id), nullable=False),
    Column("line", Integer, nullable=False),  # where the row begins in the file
    Column("row_class", String(8), nullable=False),
    Column("label", String(200), nullable=False),  # what people know the row by
    Column("object_kind", String(16)),  # of what it wrote: "customer"
    Column("object_id", String(36)),
    Column("before", Json()),  # undo.Before: what an undo needs; NULL: nothing was written
    Column("cells", Json()),  # of a refused row, to be mended
    Column("reasons", Json()),
    PrimaryKeyConstraint("batch_id", "line"),
)
NOT_NEW = text("row_class != 'new'")
Index(
    "ix_import_rows_class",
    import_rows.c.batch_id,
    import_rows.c.row_class,
    import_rows.c.line,
    sqlite_where=NOT_NEW,
    postgresql_where=NOT_NEW,
)
_OF_AN_OBJECT = import_rows.c.object_id.is_not(None)
partial_index("ix_import_rows_object", import_rows.c.object_id, where=_OF_AN_OBJECT)
