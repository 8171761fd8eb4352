"""Use cases of sessions and sign-in attempts: functions of a transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from hub.core.errors import Unauthenticated
from hub.core.ids import new_id
from hub.storage import LIMIT, NOW, Look, Tx
from hub.web.principal import Principal, Role, Via

from .audit import audit
from .model import RENEW_AFTER, SESSION_LIFE, Actor, actor_of
from .service import team_ids_of, tell_changed
from .tables import api_keys, login_attempts, sessions, users


class Attempt(NamedTuple):
    """One attempt to sign in. Limits are on attempts in the last `window_s` seconds."""

    id: str
    account: str  # model.account_key
    address: str
    per_account: int
    per_address: int
    window_s: int


def count_attempt(tx: Tx, attempt: Attempt) -> float | None:
    """Record an attempt before its password is looked at; return None if it may go on.

    Over a limit nothing is recorded and the seconds to wait are returned (a value and not an error,
    so that the count of the others stays). Attempts that turned out right do not count.
    """
    since = tx.now - timedelta(seconds=attempt.window_s)
    for column, value, limit in (
        (login_attempts.c.account, attempt.account, attempt.per_account),
        (login_attempts.c.address, attempt.address, attempt.per_address),
    ):
        tries = _tries(tx, column == value, since, limit)
        if len(tries) >= limit:
            return max(1.0, (tries[-1] - since).total_seconds())
    tx.execute(
        insert(login_attempts).values(
            id=attempt.id, account=attempt.account, address=attempt.address, at=tx.now, ok=False
        )
    )
    return None


def _tries(tx: Tx, mine: ColumnElement[bool], since: datetime, limit: int) -> list[datetime]:
    """Return the times of the newest failed attempts, at most `limit`."""
    found = (
        select(login_attempts.c.at)
        .where(mine, login_attempts.c.at > since, ~login_attempts.c.ok)
        .order_by(login_attempts.c.at.desc())
        .limit(limit)
    )
    return list(tx.execute(found).scalars())


class PasswordOf(NamedTuple):
    user_id: str
    password_hash: str


def find_password(tx: Tx, email: str) -> PasswordOf | None:
    """Return the stored hash of a user who may sign in with this address."""
    row = tx.execute(
        select(users.c.id, users.c.password_hash).where(
            users.c.email == email, users.c.disabled_at.is_(None), users.c.password_hash != ""
        )
    ).one_or_none()
    return None if row is None else PasswordOf(row.id, row.password_hash)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """`password_hash` is the one that was verified; another one by now means: not signed in."""

    user_id: str
    password_hash: str | None  # None: no password was used (a door)
    attempt_id: str | None
    token_sha256: str
    address: str
    user_agent: str
    idle: timedelta  # the session ends after so long without use


class Opened(NamedTuple):
    session_id: str
    expires_at: datetime


def open_session(tx: Tx, cmd: OpenSession) -> Opened:
    """Open a session. Raises Unauthenticated if the user was disabled or changed meanwhile."""
    user = tx.execute(
        select(users.c.name, users.c.password_hash).where(
            users.c.id == cmd.user_id, users.c.disabled_at.is_(None)
        )
    ).one_or_none()
    if user is None or cmd.password_hash not in (None, user.password_hash):
        raise Unauthenticated("Sign in again: this user was changed a moment ago.")
    opened = Opened(new_id(), tx.now + min(cmd.idle, SESSION_LIFE))
    tx.execute(
        insert(sessions).values(
            id=opened.session_id,
            user_id=cmd.user_id,
            token_sha256=cmd.token_sha256,
            created_at=tx.now,
            seen_at=tx.now,
            expires_at=opened.expires_at,
            address=cmd.address,
            user_agent=cmd.user_agent,
        )
    )
    tx.execute(update(users).where(users.c.id == cmd.user_id).values(last_sign_in_at=tx.now))
    if cmd.attempt_id is not None:
        tx.execute(
            update(login_attempts).where(login_attempts.c.id == cmd.attempt_id).values(ok=True)
        )
    actor = Actor(cmd.user_id, user.name, Via.SESSION.value, cmd.address)
    audit(tx, actor, "session.open", "session", opened.session_id)
    return opened


def close_session(tx: Tx, principal: Principal) -> None:
    """Sign out: the session ends at once, also on open sockets."""
    tx.execute(delete(sessions).where(sessions.c.id == principal.credential_id))
    audit(tx, actor_of(principal), "session.close", "session", principal.credential_id)
    tell_changed(tx, principal.user_id)


class Found(NamedTuple):
    """A principal, and whether the session's last use should be stored again."""

    principal: Principal
    renew: bool


def find_by_session(tx: Tx, lookup: tuple[str, str]) -> Found | None:
    """Return whose session this is. `lookup`: digest of the token, peer address."""
    digest, address = lookup
    row = tx.execute(
        select(sessions.c.id.label("credential_id"), sessions.c.seen_at, *_OF_USER)
        .join(users, users.c.id == sessions.c.user_id)
        .where(
            sessions.c.token_sha256 == digest,
            sessions.c.expires_at > tx.now,
            users.c.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    renew = tx.now - row.seen_at >= RENEW_AFTER
    return Found(_principal(tx, row, Via.SESSION, address), renew)


def find_by_api_key(tx: Tx, lookup: tuple[str, str]) -> Found | None:
    """Return whose API key this is. `lookup`: digest of the key, peer address."""
    digest, address = lookup
    row = tx.execute(
        select(
            api_keys.c.id.label("credential_id"),
            api_keys.c.expires_at,
            api_keys.c.scope,
            *_OF_USER,
        )
        .join(users, users.c.id == api_keys.c.user_id)
        .where(
            api_keys.c.key_sha256 == digest,
            api_keys.c.revoked_at.is_(None),
            users.c.disabled_at.is_(None),
        )
    ).one_or_none()
    if row is None or (row.expires_at is not None and row.expires_at <= tx.now):
        return None
    principal = _principal(tx, row, Via.API_KEY, address)
    return Found(replace(principal, scope=row.scope or ""), renew=False)


_OF_USER = (users.c.id.label("user_id"), users.c.name, users.c.role, users.c.language)


def _principal(tx: Tx, row: Row[Any], via: Via, address: str) -> Principal:
    return Principal(
        user_id=row.user_id,
        name=row.name,
        role=Role(row.role),
        team_ids=frozenset(team_ids_of(tx, [row.user_id])[row.user_id]),
        via=via,
        credential_id=row.credential_id,
        language=row.language,
        address=address,
    )


class Renew(NamedTuple):
    session_id: str
    idle: timedelta


def renew_session(tx: Tx, cmd: Renew) -> None:
    """Store that a session was used: it ends `idle` from now, never later than SESSION_LIFE."""
    created = tx.execute(
        select(sessions.c.created_at).where(sessions.c.id == cmd.session_id)
    ).scalar_one_or_none()
    if created is None:
        return
    until = min(tx.now + cmd.idle, created + SESSION_LIFE)
    tx.execute(
        update(sessions)
        .where(sessions.c.id == cmd.session_id)
        .values(seen_at=tx.now, expires_at=until)
    )


# Timekeeper


_ENDED = Look(select(sessions.c.id).where(sessions.c.expires_at <= NOW).limit(LIMIT))
_OLD_ATTEMPTS = Look(select(login_attempts.c.id).where(login_attempts.c.at <= NOW).limit(LIMIT))


def forget_old(tx: Tx, now: datetime, limit: int) -> int:
    """Delete ended sessions and day-old attempts, at most `limit` each; return how many."""
    ended = _ENDED.ids(tx, now, limit)
    if ended:
        tx.execute(delete(sessions).where(sessions.c.id.in_(ended)))
    old = _OLD_ATTEMPTS.ids(tx, now - timedelta(days=1), limit)
    if old:
        tx.execute(delete(login_attempts).where(login_attempts.c.id.in_(old)))
    return len(ended) + len(old)
