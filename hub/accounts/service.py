"""Use cases of users and teams: functions of a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update

from hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from hub.core.ids import new_id
from hub.storage import Tx
from hub.web.principal import Principal, Role

from .audit import audit
from .link_mails import forget_link_mails, undelivered_links
from .model import (
    LANGUAGES,
    THEMES,
    Actor,
    UserSummary,
    actor_of,
    check_choice,
    check_email,
    check_may_grant,
    check_may_manage,
    check_name,
)
from .tables import password_links, sessions, team_members, teams, users
from .views import Setting, UserView

# Raises if anything would be without an owner: asked before a user is disabled.
CheckLeaving = Callable[[Tx, str], None]
# Someone's rights, or the sessions they rest on, have changed: open sockets look again.
ACCOUNT_CHANGED = "account.changed"


@dataclass(frozen=True, slots=True)
class AddUser:
    """`principal` None: the command line or the demo, which may make anybody."""

    email: str
    name: str
    role: Role
    password_hash: str
    team_ids: frozenset[str] = frozenset()
    language: str = "en"
    principal: Principal | None = None
    actor: Actor | None = None


def add_user(tx: Tx, cmd: AddUser) -> UserView:
    """Make a user. Raises Invalid, Conflict (the address is taken) or Forbidden (a higher role)."""
    if cmd.principal is not None:
        check_may_grant(cmd.principal, cmd.role, cmd.team_ids)
    email = check_email(cmd.email)
    if find_user_id(tx, email) is not None:
        raise Conflict(f"There is a user {email} already.", code="email_taken")
    user_id = new_id()
    tx.execute(
        insert(users).values(
            id=user_id,
            email=email,
            name=check_name(cmd.name),
            role=cmd.role.value,
            password_hash=cmd.password_hash,
            language=check_choice(cmd.language, LANGUAGES, "language"),
            theme=THEMES[0],
            settings={},
            created_at=tx.now,
            password_changed_at=tx.now,
            version=1,
        )
    )
    _set_teams(tx, user_id, cmd.team_ids)
    audit(tx, _actor(cmd.principal, cmd.actor), "user.add", "user", user_id, {"role": cmd.role})
    tx.hint("agent.changed", user_id)
    return get_user(tx, user_id)


@dataclass(frozen=True, slots=True)
class ChangeUser:
    """None leaves a part as it is."""

    principal: Principal
    user_id: str
    name: str | None = None
    email: str | None = None
    role: Role | None = None
    team_ids: frozenset[str] | None = None
    language: str | None = None
    disabled: bool | None = None
    phone_address: str | None = None  # "" removes it


def change_user(tx: Tx, cmd: ChangeUser, check_leaving: CheckLeaving) -> UserView:
    """Change a user on behalf of a supervisor or admin.

    Who is disabled must hold nothing: see `hub.care.leaving`. Raises NotFound, Forbidden (a higher
    role, another team, oneself), Conflict or Invalid.
    """
    before = access_user(tx, cmd.principal, cmd.user_id)
    check_may_manage(cmd.principal, user_summary(before))
    role = cmd.role or before.role
    team_ids = frozenset(before.team_ids) if cmd.team_ids is None else cmd.team_ids
    check_may_grant(cmd.principal, role, team_ids)
    if cmd.user_id == cmd.principal.user_id and (cmd.disabled or role is not before.role):
        raise Forbidden(
            "Another admin has to do this: nobody changes their own role or access.",
            code="user.yourself",
        )
    if cmd.disabled or role is not Role.ADMIN:
        _check_not_last_admin(tx, before)
    values = _checked_values(tx, cmd, before)
    if cmd.disabled is not None and cmd.disabled != before.disabled:
        if cmd.disabled:
            check_leaving(tx, cmd.user_id)
        values["disabled_at"] = tx.now if cmd.disabled else None
    tx.execute(
        update(users)
        .where(users.c.id == cmd.user_id)
        .values(**values, role=role.value, version=users.c.version + 1)
    )
    if cmd.team_ids is not None:
        _set_teams(tx, cmd.user_id, cmd.team_ids)
    if cmd.disabled:
        end_sessions(tx, cmd.user_id)
    if cmd.team_ids is not None or values.get("email") or role is not before.role:
        end_password_link(tx, cmd.user_id)  # whoever has it was trusted with somebody else
    detail = {"fields": ", ".join(sorted([*values, *(["team_ids"] if cmd.team_ids else [])]))}
    audit(tx, actor_of(cmd.principal), "user.change", "user", cmd.user_id, {**detail, "role": role})
    tell_changed(tx, cmd.user_id)
    return get_user(tx, cmd.user_id)


def _checked_values(tx: Tx, cmd: ChangeUser, before: UserView) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if cmd.name is not None:
        values["name"] = check_name(cmd.name)
    if cmd.language is not None:
        values["language"] = check_choice(cmd.language, LANGUAGES, "language")
    if cmd.phone_address is not None:
        values["phone_address"] = cmd.phone_address.strip()[:120] or None
    if cmd.email is not None and (email := check_email(cmd.email)) != before.email:
        if find_user_id(tx, email) is not None:
            raise Conflict(f"There is a user {email} already.", code="email_taken")
        values["email"] = email
    return values


@dataclass(frozen=True, slots=True)
class DisableUser:
    email: str
    actor: Actor


def disable_user(tx: Tx, cmd: DisableUser) -> UserView:
    """Disable a user: sessions end at once. Called by `hub.care.leaving` alone, which sees to it
    that they hold nothing. Raises NotFound or Conflict.
    """
    user = get_user_by_email(tx, cmd.email)
    _check_not_last_admin(tx, user)
    tx.execute(
        update(users)
        .where(users.c.id == user.id)
        .values(disabled_at=tx.now, version=users.c.version + 1)
    )
    end_sessions(tx, user.id)
    audit(tx, cmd.actor, "user.disable", "user", user.id)
    tell_changed(tx, user.id)
    return get_user(tx, user.id)


@dataclass(frozen=True, slots=True)
class SetPassword:
    """`keep_session_id` stays signed in (the one who changes their own password there)."""

    user_id: str
    password_hash: str
    actor: Actor
    principal: Principal | None = None  # given: checked for the right to change this user
    keep_session_id: str | None = None
    enable: bool = False  # `hub user reset` also lets a disabled user in again


def set_password(tx: Tx, cmd: SetPassword) -> None:
    """Store a new password and end the user's sessions. Raises NotFound or Forbidden."""
    user = get_user(tx, cmd.user_id)
    if cmd.principal is not None and cmd.principal.user_id != cmd.user_id:
        access_user(tx, cmd.principal, cmd.user_id)
        check_may_manage(cmd.principal, user_summary(user))
    values: dict[str, Any] = {"disabled_at": None} if cmd.enable else {}
    tx.execute(
        update(users)
        .where(users.c.id == cmd.user_id)
        .values(
            **values,
            password_hash=cmd.password_hash,
            password_changed_at=tx.now,
            version=users.c.version + 1,
        )
    )
    end_sessions(tx, cmd.user_id, keep=cmd.keep_session_id)
    audit(tx, cmd.actor, "user.password", "user", cmd.user_id)
    tell_changed(tx, cmd.user_id)


@dataclass(frozen=True, slots=True)
class ChangeMe:
    user_id: str
    language: str | None = None
    theme: str | None = None
    settings: Mapping[str, Setting] | None = None


def change_me(tx: Tx, cmd: ChangeMe) -> UserView:
    """Change one's own language, theme or console preferences. Raises Invalid."""
    values: dict[str, Any] = {}
    if cmd.language is not None:
        values["language"] = check_choice(cmd.language, LANGUAGES, "language")
    if cmd.theme is not None:
        values["theme"] = check_choice(cmd.theme, THEMES, "theme")
    if cmd.settings is not None:
        values["settings"] = dict(cmd.settings)
    if values:
        tx.execute(update(users).where(users.c.id == cmd.user_id).values(**values))
    return get_user(tx, cmd.user_id)


# Reading


def find_user_id(tx: Tx, email: str) -> str | None:
    """Return the id of the user with this address, in its stored form."""
    found: str | None = tx.execute(
        select(users.c.id).where(users.c.email == email)
    ).scalar_one_or_none()
    return found


def get_user_by_email(tx: Tx, email: str) -> UserView:
    """Return a user by address. Raises NotFound."""
    user_id = find_user_id(tx, check_email(email))
    if user_id is None:
        raise NotFound(f"There is no user {email}.")
    return get_user(tx, user_id)


def get_user(tx: Tx, user_id: str) -> UserView:
    """Return a user. Raises NotFound."""
    rows = tx.execute(select(users).where(users.c.id == user_id)).mappings().all()
    if not rows:
        raise NotFound("There is no such user.")
    return user_views(tx, rows)[0]


def access_user(tx: Tx, principal: Principal, user_id: str) -> UserView:
    """Return a user on behalf of `principal`: oneself, one's teams', as admin any.

    Raises NotFound for the others.
    """
    user = get_user(tx, user_id)
    shares = principal.role.at_least(Role.SUPERVISOR) and set(user.team_ids) & principal.team_ids
    if not (user_id == principal.user_id or principal.role is Role.ADMIN or shares):
        raise NotFound("There is no such user.")
    return user


def team_ids_of(tx: Tx, user_ids: Iterable[str]) -> dict[str, list[str]]:
    """Return the teams of each of these users, in one statement."""
    found: dict[str, list[str]] = {user_id: [] for user_id in user_ids}
    rows = tx.execute(
        select(team_members.c.user_id, team_members.c.team_id)
        .where(team_members.c.user_id.in_(list(found)))
        .order_by(team_members.c.team_id)
    )
    for row in rows:
        found[row.user_id].append(row.team_id)
    return found


# Parts


def end_sessions(tx: Tx, user_id: str, *, keep: str | None = None) -> None:
    """End all sessions of a user but `keep`, and the link to set a password if there is one."""
    end_password_link(tx, user_id)
    ended = delete(sessions).where(sessions.c.user_id == user_id)
    tx.execute(ended if keep is None else ended.where(sessions.c.id != keep))


def end_password_link(tx: Tx, user_id: str) -> None:
    """End the link; a mail with it that has not gone out never does."""
    ended = delete(password_links).where(password_links.c.user_id == user_id)
    forget_link_mails(
        tx, list(tx.execute(ended.returning(password_links.c.token_sha256)).scalars())
    )


def tell_changed(tx: Tx, user_id: str) -> None:
    tx.hint(ACCOUNT_CHANGED, user_id)
    tx.hint("agent.changed", user_id)


def _actor(principal: Principal | None, actor: Actor | None) -> Actor:
    if principal is not None:
        return actor_of(principal)
    if actor is None:
        raise ValueError("either a principal or an actor must be given")
    return actor


def check_may_disable(tx: Tx, principal: Principal, user_id: str) -> UserView:
    """Return a user whom `principal` may disable. Raises NotFound, Forbidden."""
    user = access_user(tx, principal, user_id)
    check_may_manage(principal, user_summary(user))
    if user_id == principal.user_id:
        raise Forbidden(
            "Another admin has to do this: nobody changes their own role or access.",
            code="user.yourself",
        )
    return user


def user_summary(user: UserView) -> UserSummary:
    return UserSummary(user.id, user.role, frozenset(user.team_ids))


def _check_not_last_admin(tx: Tx, user: UserView) -> None:
    if user.role is not Role.ADMIN or user.disabled:
        return
    others = select(users.c.id).where(
        users.c.role == Role.ADMIN.value, users.c.disabled_at.is_(None), users.c.id != user.id
    )
    if tx.execute(others.limit(1)).first() is None:
        raise Conflict("This is the last admin: make another one first.", code="last_admin")


def _set_teams(tx: Tx, user_id: str, team_ids: frozenset[str]) -> None:
    known = set(tx.execute(select(teams.c.id).where(teams.c.id.in_(sorted(team_ids)))).scalars())
    if unknown := sorted(team_ids - known):
        raise Invalid(f"There is no team {', '.join(unknown)}.", code="user.team", field="team_ids")
    tx.execute(delete(team_members).where(team_members.c.user_id == user_id))
    if team_ids:
        rows = [{"team_id": team_id, "user_id": user_id} for team_id in sorted(team_ids)]
        tx.execute(insert(team_members), rows)


def user_views(tx: Tx, rows: Iterable[RowMapping | Mapping[str, Any]]) -> list[UserView]:
    """Return what others are told of these users: five statements, however many they are."""
    listed = list(rows)
    team_ids = team_ids_of(tx, [row["id"] for row in listed])
    seen = _seen_at(tx, list(team_ids))
    lost = undelivered_links(tx, list(team_ids))
    return [
        UserView(
            id=row["id"],
            email=row["email"],
            name=row["name"],
            role=Role(row["role"]),
            team_ids=team_ids[row["id"]],
            language=row["language"],
            theme=row["theme"],
            settings=row["settings"],
            phone_address=row["phone_address"],
            disabled=row["disabled_at"] is not None,
            created_at=row["created_at"],
            last_sign_in_at=row["last_sign_in_at"],
            seen_at=seen.get(row["id"]) or row["last_sign_in_at"],
            invited=row["password_hash"] == "" and row["last_sign_in_at"] is None,
            version=row["version"],
            link_undelivered=lost[row["id"]].detail if row["id"] in lost else None,
        )
        for row in listed
    ]


def _seen_at(tx: Tx, user_ids: list[str]) -> dict[str, datetime]:
    """Return when each was last there, of those who are signed in somewhere."""
    newest = select(sessions.c.user_id, func.max(sessions.c.seen_at).label("at"))
    found = newest.where(sessions.c.user_id.in_(user_ids)).group_by(sessions.c.user_id)
    return {row.user_id: row.at for row in tx.execute(found)}
