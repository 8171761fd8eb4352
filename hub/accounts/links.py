"""Use cases of the link by which a user sets a password themselves, and of being signed in.

The hub mails the link where it can, shows it once to whoever makes it, and keeps only its digest.
It is good once, and only for the user as they were: another role, address or team, a new password
or the end of their access ends it.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select

from hub.core.errors import Conflict, Forbidden
from hub.storage import LIMIT, NOW, Look, Tx
from hub.web.principal import Principal, Via

from .audit import audit
from .link_letter import DAY, HOUR, PER_DAY, PER_HOUR, LinkMail, MailLink, NotMailed
from .link_mails import forget_link_mails, link_mail_key, link_mail_message
from .model import INVITATION_LIFE, RESET_LIFE, Actor, actor_of, check_may_manage
from .service import (
    SetPassword,
    access_user,
    end_password_link,
    end_sessions,
    get_user,
    set_password,
    tell_changed,
    user_summary,
)
from .tables import audit_log, password_links, sessions
from .views import PasswordLinkFor, SessionView, UserView

_MOST_SESSIONS = 100
_MADE = "user.password_link"


class LinkEnded(Forbidden):
    """A link to set a password that was used, is too old or never was."""

    code = "link_ended"


class MakePasswordLink(NamedTuple):
    """`url`: the link itself; `may_mail`: who makes it has not made too many."""

    principal: Principal
    user_id: str
    token_sha256: str
    url: str
    may_mail: bool = True


class MadeLink(NamedTuple):
    """`not_mailed` None: it is on its way to `email`."""

    until: datetime
    email: str
    not_mailed: NotMailed | None


def make_password_link(tx: Tx, cmd: MakePasswordLink, mail: MailLink) -> MadeLink:
    """Store a link for a user, in place of an earlier one, and mail it to them.

    The password they have stays good until the link is used. Raises NotFound, Forbidden or
    Conflict.
    """
    user = _access_other(tx, cmd.principal, cmd.user_id)
    if user.disabled:
        raise Conflict(f"{user.name} is disabled: enable them first.", code="user_disabled")
    until = tx.now + (INVITATION_LIFE if user.invited else RESET_LIFE)
    end_password_link(tx, user.id)
    key = link_mail_key(cmd.token_sha256)
    tx.execute(
        insert(password_links).values(
            token_sha256=cmd.token_sha256,
            user_id=user.id,
            expires_at=until,
            made_by=cmd.principal.user_id,
            message=link_mail_message(key),
        )
    )
    why_not: NotMailed | None = NotMailed.TOO_OFTEN
    if cmd.may_mail and not _mailed_often(tx, user.id):
        why_not = mail(tx, LinkMail(user, cmd.principal.name, cmd.url, until, key))
    detail = {"mailed": why_not is None}
    audit(tx, actor_of(cmd.principal), _MADE, "user", user.id, detail)
    return MadeLink(until, user.email, why_not)


def _mailed_often(tx: Tx, user_id: str) -> bool:
    """Say whether enough links went to somebody's mailbox lately."""
    log = audit_log.c
    made = select(log.at, log.detail).where(
        log.object_kind == "user",
        log.object_id == user_id,
        log.at > tx.now - DAY,
        log.action == _MADE,
    )
    mailed = [row.at for row in tx.execute(made) if row.detail.get("mailed")]
    lately = sum(at > tx.now - HOUR for at in mailed)
    return len(mailed) >= PER_DAY or lately >= PER_HOUR


def get_password_link(tx: Tx, token_sha256: str) -> PasswordLinkFor:
    """Return whose password a link sets. Raises LinkEnded."""
    user = get_user(tx, _user_of(tx, token_sha256))
    return PasswordLinkFor(name=user.name, email=user.email, language=user.language)


class UsePasswordLink(NamedTuple):
    token_sha256: str
    password_hash: str
    address: str  # where it was opened, for the audit log


def use_password_link(tx: Tx, cmd: UsePasswordLink) -> None:
    """Set the password that somebody chose by their link; the link ends. Raises LinkEnded."""
    user = get_user(tx, _user_of(tx, cmd.token_sha256))
    actor = Actor(user.id, user.name, "link", cmd.address)
    set_password(tx, SetPassword(user.id, cmd.password_hash, actor))


def _user_of(tx: Tx, token_sha256: str) -> str:
    found = select(password_links.c.user_id).where(
        password_links.c.token_sha256 == token_sha256, password_links.c.expires_at > tx.now
    )
    user_id: str | None = tx.execute(found).scalar_one_or_none()
    if user_id is None:
        raise LinkEnded("This link was used already or is too old: ask your admin for a new one.")
    return user_id


def list_sessions(tx: Tx, asked: tuple[Principal, str]) -> list[SessionView]:
    """List where a user is signed in, the latest use first, at most 100. Raises NotFound."""
    principal, user_id = asked
    access_user(tx, principal, user_id)
    found = select(sessions).where(sessions.c.user_id == user_id, sessions.c.expires_at > tx.now)
    rows = tx.execute(found.order_by(sessions.c.seen_at.desc()).limit(_MOST_SESSIONS))
    return [
        SessionView(
            id=row.id,
            created_at=row.created_at,
            seen_at=row.seen_at,
            address=row.address,
            user_agent=row.user_agent,
            current=row.id == principal.credential_id,
        )
        for row in rows
    ]


def sign_out_everywhere(tx: Tx, asked: tuple[Principal, str]) -> bool:
    """End the sessions of a user at once, of oneself all but this one; return if somebody else's.

    API keys stay: each is revoked by itself. Raises NotFound or Forbidden.
    """
    principal, user_id = asked
    own = user_id == principal.user_id
    if not own:
        _access_other(tx, principal, user_id)
    here = principal.credential_id if principal.via is Via.SESSION else None
    end_sessions(tx, user_id, keep=here)
    audit(tx, actor_of(principal), "user.sign_out", "user", user_id)
    tell_changed(tx, user_id)
    return not own


_TOO_OLD = Look(
    select(password_links.c.token_sha256).where(password_links.c.expires_at <= NOW).limit(LIMIT)
)


def forget_old_links(tx: Tx, now: datetime, limit: int) -> int:
    """Timekeeper: delete links that are too old, at most `limit`, and what their mails said in the
    outbox; return how many.
    """
    tokens = _TOO_OLD.ids(tx, now, limit)
    if tokens:
        tx.execute(delete(password_links).where(password_links.c.token_sha256.in_(tokens)))
        forget_link_mails(tx, tokens)
    return len(tokens)


def _access_other(tx: Tx, principal: Principal, user_id: str) -> UserView:
    """Return somebody whom `principal` may change. Raises NotFound or Forbidden."""
    if user_id == principal.user_id:
        raise Forbidden(
            "Change your own password with the current one, under your name.",
            code="user.own_password",
        )
    user = access_user(tx, principal, user_id)
    check_may_manage(principal, user_summary(user))
    return user
