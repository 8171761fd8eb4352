"""Use cases of API keys and of the demo's doors (one-click sign-in)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, insert, select, update

from hub.core.errors import Forbidden, NotFound
from hub.core.ids import new_id
from hub.storage import Tx
from hub.web.principal import Principal, Role

from .audit import audit
from .model import DOOR_LIFE, Actor, actor_of, check_name
from .service import access_user, tell_changed
from .tables import api_keys, door_tokens
from .views import ApiKeyView


@dataclass(frozen=True, slots=True)
class AddApiKey:
    user_id: str
    name: str
    key_sha256: str
    hint: str
    actor: Actor
    life: timedelta | None = None
    scope: str = ""


def add_api_key(tx: Tx, cmd: AddApiKey) -> ApiKeyView:
    """Store a key of a user: it may do what the user may, or of that what its scope says.

    Raises Invalid.
    """
    key_id = new_id()
    tx.execute(
        insert(api_keys).values(
            id=key_id,
            user_id=cmd.user_id,
            name=check_name(cmd.name),
            hint=cmd.hint,
            key_sha256=cmd.key_sha256,
            scope=cmd.scope or None,
            created_at=tx.now,
            expires_at=None if cmd.life is None else tx.now + cmd.life,
        )
    )
    audit(tx, cmd.actor, "api_key.add", "api_key", key_id, {"user": cmd.user_id})
    return next(key for key in list_api_keys(tx, cmd.user_id) if key.id == key_id)


def list_api_keys(tx: Tx, user_id: str) -> list[ApiKeyView]:
    """List the keys of a user, newest first, at most 100."""
    found = select(api_keys).where(api_keys.c.user_id == user_id)
    rows = tx.execute(found.order_by(api_keys.c.id.desc()).limit(100)).mappings()
    return [
        ApiKeyView(
            id=row["id"],
            name=row["name"],
            hint=row["hint"],
            scope=row["scope"] or "",
            created_at=row["created_at"],
            expires_at=row["expires_at"],
            revoked=row["revoked_at"] is not None,
        )
        for row in rows
    ]


class RevokeApiKey(NamedTuple):
    principal: Principal
    key_id: str


def revoke_api_key(tx: Tx, cmd: RevokeApiKey) -> None:
    """Revoke one's own key, or as admin anybody's; it stops working at once. Raises NotFound."""
    owner: str | None = tx.execute(
        select(api_keys.c.user_id).where(api_keys.c.id == cmd.key_id)
    ).scalar_one_or_none()
    if owner is None or (owner != cmd.principal.user_id and cmd.principal.role is not Role.ADMIN):
        raise NotFound("There is no such API key.")
    access_user(tx, cmd.principal, owner)
    tx.execute(
        update(api_keys)
        .where(api_keys.c.id == cmd.key_id, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=tx.now)
    )
    audit(tx, actor_of(cmd.principal), "api_key.revoke", "api_key", cmd.key_id)
    tell_changed(tx, owner)


# Doors: one-click sign-in of the demo


class MakeDoor(NamedTuple):
    user_id: str
    token_sha256: str


def make_door(tx: Tx, cmd: MakeDoor) -> None:
    """Store a token that signs `user_id` in once, within five minutes."""
    tx.execute(delete(door_tokens).where(door_tokens.c.expires_at <= tx.now))
    tx.execute(
        insert(door_tokens).values(
            token_sha256=cmd.token_sha256, user_id=cmd.user_id, expires_at=tx.now + DOOR_LIFE
        )
    )


def use_door(tx: Tx, token_sha256: str) -> str:
    """Take a door's token away and return whose it was. Raises Forbidden for a used or old one."""
    row = tx.execute(
        delete(door_tokens)
        .where(door_tokens.c.token_sha256 == token_sha256)
        .returning(door_tokens.c.user_id, door_tokens.c.expires_at)
    ).one_or_none()
    if row is None or row.expires_at <= tx.now:
        raise Forbidden("This link was used already or is too old: go back and click again.")
    user_id: str = row.user_id
    return user_id
