"""Rows of the set-up itself: every version that was ever in force. Append-only."""

from sqlalchemy import Column, Integer, String, Table, Text

from hub.storage import Json, UTCDateTime, metadata

setup_versions = Table(
    "setup_versions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # the one before + 1
    Column("made_at", UTCDateTime(), nullable=False),
    Column("made_by", String(36)),  # a user; NULL: the command line
    Column("source", String(8), nullable=False),  # file, page, restored
    Column("note", String(500), nullable=False),
    Column("restored_from", Integer),  # the version that came back
    # The version whose export the file was made from; NULL: no file, one of its own, or --force.
    Column("exported_from", Integer),
    # The whole Setup as JSON text, in which keys keep their order; no secrets in it (hidden.py).
    Column("document", Text, nullable=False),
    Column("changes", Json(), nullable=False),  # changes.Changes
)

# What an admin has set of an entry point's mailbox. Secrets are sealed (mailboxes/sealing.py) and
# in no version of the set-up.
mail_connections = Table(
    "mail_connections",
    metadata,
    Column("entry_point_id", String(64), primary_key=True),
    Column("document", Text, nullable=False),  # JSON of mailboxes.model.MailboxDocument
    Column("sealed", Text, nullable=False),  # mailboxes.model.MailSecrets
    Column("secrets_at", Json(), nullable=False),  # name of a secret -> when it was set
    Column("changed_at", UTCDateTime(), nullable=False),
)

# The refresh token that a provider gave last, in place of the one that was set.
mail_grants = Table(
    "mail_grants",
    metadata,
    Column("entry_point_id", String(64), primary_key=True),
    Column("origin", String(64), primary_key=True),  # SHA-256 of the one that was set
    Column("sealed", Text, nullable=False),
    Column("changed_at", UTCDateTime(), nullable=False),
)

# What an admin has set of the phone account: one row, sealed in the same way.
phone_accounts = Table(
    "phone_accounts",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("document", Text, nullable=False),  # JSON of phone_account.model.AccountDocument
    Column("sealed", Text, nullable=False),  # phone_account.model.AccountSecrets
    Column("secrets_at", Json(), nullable=False),  # name of a secret -> when it was set
    Column("changed_at", UTCDateTime(), nullable=False),
)
