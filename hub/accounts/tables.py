"""Rows of accounts. Tokens and keys are stored as SHA-256 only; passwords as argon2id hashes."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false

from hub.storage import Json, UTCDateTime, metadata

users = Table(
    "users",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),  # trimmed, lower case
    Column("name", String(120), nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", String(200), nullable=False),  # argon2id, PHC form; "" cannot sign in
    Column("language", String(16), nullable=False),  # of the screens: "zh-CN" or "en"
    Column("theme", String(8), nullable=False),
    Column("settings", Json(), nullable=False),  # the console's own preferences, kept as they are
    Column("signature", Json()),  # below their mails, by language; NULL: their team's
    Column("phone_address", String(120)),  # what the provider rings; NULL: the browser's softphone
    # The browser although there is a desk phone: the user's own choice.
    Column("rings_browser", Boolean, nullable=False, default=False, server_default=false()),
    Column("disabled_at", UTCDateTime()),
    Column("created_at", UTCDateTime(), nullable=False),
    Column("password_changed_at", UTCDateTime(), nullable=False),
    Column("last_sign_in_at", UTCDateTime()),
    Column("version", Integer, nullable=False, default=1),
)
Index("ix_users_name", users.c.name, users.c.id)

teams = Table(
    "teams",
    metadata,
    Column("id", String(64), primary_key=True),  # its key in the configuration
    Column("zh", String(120), nullable=False),
    Column("en", String(120), nullable=False),
    Column("retired", Boolean, nullable=False, default=False),
    # A branch has customers of its own; its region (ISO 3166) and zone are where they are.
    Column("is_branch", Boolean, nullable=False, default=False, server_default=false()),
    Column("region", String(2)),
    Column("zone", String(64)),
    Column("sees_all", Boolean, nullable=False, default=False, server_default=false()),
    Column("signature", Json()),  # below its agents' mails, by language; NULL: the entry point's
)

team_members = Table(
    "team_members",
    metadata,
    Column("team_id", String(64), ForeignKey(teams.c.id), primary_key=True),
    Column("user_id", String(36), ForeignKey(users.c.id), primary_key=True),
)
Index("ix_team_members_user", team_members.c.user_id)

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("user_id", String(36), ForeignKey(users.c.id), nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("created_at", UTCDateTime(), nullable=False),
    Column("seen_at", UTCDateTime(), nullable=False),  # at most a few minutes old, see RENEW_AFTER
    Column("expires_at", UTCDateTime(), nullable=False),
    Column("address", String(45), nullable=False),
    Column("user_agent", String(200), nullable=False),
)
Index("ix_sessions_user", sessions.c.user_id)
Index("ix_sessions_expires", sessions.c.expires_at)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("user_id", String(36), ForeignKey(users.c.id), nullable=False),
    Column("name", String(120), nullable=False),
    Column("hint", String(16), nullable=False),  # its first characters, to recognise it by
    Column("key_sha256", String(64), nullable=False, unique=True),
    Column("scope", String(16)),  # all it is good for, "feed"; NULL: whatever its user may
    Column("created_at", UTCDateTime(), nullable=False),
    Column("expires_at", UTCDateTime()),
    Column("revoked_at", UTCDateTime()),
)
Index("ix_api_keys_user", api_keys.c.user_id)

# One row for each attempt, written before the password is looked at; ok is set when it was right.
login_attempts = Table(
    "login_attempts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account", String(64), nullable=False),  # SHA-256 of the address that was typed
    Column("address", String(45), nullable=False),
    Column("at", UTCDateTime(), nullable=False),
    Column("ok", Boolean, nullable=False, default=False),
)
Index("ix_login_attempts_account", login_attempts.c.account, login_attempts.c.at)
Index("ix_login_attempts_address", login_attempts.c.address, login_attempts.c.at)
Index("ix_login_attempts_at", login_attempts.c.at)

# Where a user sets a password themselves: good once, for the user as they were when it was made.
password_links = Table(
    "password_links",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("user_id", String(36), ForeignKey(users.c.id), nullable=False, unique=True),
    Column("expires_at", UTCDateTime(), nullable=False),
    Column("made_by", String(36)),
    Column("message", String(40)),  # what the Message-ID of its mail has before the domain
    Column("undelivered", Text),  # what the mail server said that sent it back
)
Index("ix_password_links_message", password_links.c.message)

# Sign-in by one click, once, on this machine only (the demo's doors).
door_tokens = Table(
    "door_tokens",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("user_id", String(36), ForeignKey(users.c.id), nullable=False),
    Column("expires_at", UTCDateTime(), nullable=False),
)

# What was done is only added to; who looked at what is kept for a time (audit.forget_access).
audit_log = Table(
    "audit_log",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("at", UTCDateTime(), nullable=False),
    Column("actor_id", String(36)),  # NULL: the hub itself, or the command line
    Column("actor_name", String(120), nullable=False),
    Column("via", String(16), nullable=False),  # session, api_key, system
    Column("address", String(45), nullable=False),
    Column("action", String(64), nullable=False),  # "user.add", "contact.transfer"
    Column("object_kind", String(32), nullable=False),
    Column("object_id", String(64), nullable=False),
    Column("detail", Json(), nullable=False),
)
Index("ix_audit_log_at", audit_log.c.at, audit_log.c.id)
Index("ix_audit_log_object", audit_log.c.object_kind, audit_log.c.object_id, audit_log.c.at)
