"""Routes of accounts: the session, oneself, users, teams, API keys, audit log."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

import msgspec

from hub.core.errors import Forbidden
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Body,
    Call,
    Key,
    Page,
    PageQuery,
    Principal,
    Role,
    Via,
    View,
    csrf_token_of,
    decode_cursor,
    encode_cursor,
    route,
)

from . import audit, keys, listing, service, teams
from .accounts import Accounts, LeaveDesk
from .model import actor_of
from .views import ApiKeyView, NewApiKey, Setting, TeamView, UserView

Text = Annotated[str, msgspec.Meta(max_length=320)]
Password = Annotated[str, msgspec.Meta(max_length=1024)]


class SignIn(Body, frozen=True):
    email: Text
    password: Password


class EnterByDoor(Body, frozen=True):
    token: Annotated[str, msgspec.Meta(max_length=128)]


class SignedIn(View, frozen=True):
    """`csrf_token` goes into the X-CSRF-Token header of everything that changes something."""

    csrf_token: str


class Me(UserView, frozen=True):
    teams: list[TeamView]
    via: Via
    csrf_token: str | None  # None with an API key, which needs none


class MePatch(Body, frozen=True):
    """What is left out stays. `settings` are the console's preferences, at most 16 KiB of them."""

    language: Text | None = None
    theme: Text | None = None
    settings: dict[Text, Setting] | None = None


class OwnPassword(Body, frozen=True):
    current: Password
    new: Password


class UserQuery(PageQuery, frozen=True):
    team: Text = ""
    q: Text = ""
    role: Role | None = None
    disabled: bool | None = None


class NewUser(Body, frozen=True):
    """`password` null: they set it themselves, by a link that is made next."""

    email: Text
    name: Text
    role: Role
    password: Password | None = None
    team_ids: list[Key] = msgspec.field(default_factory=list)
    language: Text = "en"


class UserPatch(Body, frozen=True):
    """What is left out stays as it is. `phone_address` "" removes it."""

    email: Text | None = None
    name: Text | None = None
    role: Role | None = None
    team_ids: list[Key] | None = None
    language: Text | None = None
    disabled: bool | None = None
    phone_address: Text | None = None
    password: Password | None = None


class ApiKeyRequest(Body, frozen=True):
    """`scope`: all the key is good for, "feed": to deliver business data; "": all."""

    name: Text
    scope: Literal["", "feed"] = ""
    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None  # None: until revoked


class AuditQuery(PageQuery, frozen=True):
    object: Text = ""


class _UserPosition(msgspec.Struct, frozen=True, array_like=True):
    name: str
    id: str


class AccountRoutes:
    """Handlers; every right is checked again in the use case they call.

    `leave_desk`: what signing out means for the contacts in a user's hands. `check_leaving`: raises
    where a user who is to be disabled still holds something.
    """

    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        leave_desk: LeaveDesk,
        check_leaving: service.CheckLeaving,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._leave_desk = leave_desk
        self._check_leaving = check_leaving

    @route("POST", "/api/v1/session", access=Access.PUBLIC, summary="Sign in")
    async def sign_in(self, call: Call, body: SignIn) -> SignedIn:
        token = await self._accounts.sign_in(
            body.email, body.password, call.address, call.user_agent
        )
        return self._started(call, token)

    @route("POST", "/api/v1/session/door", access=Access.PUBLIC, summary="Sign in by one click")
    async def enter(self, call: Call, body: EnterByDoor) -> SignedIn:
        if not call.from_this_machine:
            raise Forbidden("Sign-in by one click works only on the machine of the demo.")
        token = await self._accounts.enter_by_door(body.token, call.address, call.user_agent)
        return self._started(call, token)

    def _started(self, call: Call, token: str) -> SignedIn:
        call.start_session(token, int(self._accounts.idle.total_seconds()))
        return SignedIn(csrf_token=csrf_token_of(token))

    @route("DELETE", "/api/v1/session", access=Access.SPECIALIST, summary="Sign out")
    async def sign_out(self, principal: Principal, call: Call) -> None:
        await self._accounts.sign_out(principal, self._leave_desk)
        call.end_session()

    @route("GET", "/api/v1/me", access=Access.SPECIALIST, summary="Who am I")
    async def me(self, principal: Principal, call: Call) -> Me:
        session = call.session_token if principal.via is Via.SESSION else None
        csrf_token = None if session is None else csrf_token_of(session)
        user, mine = await self._store.read(_read_me, principal)
        return Me(
            **msgspec.structs.asdict(user), teams=mine, via=principal.via, csrf_token=csrf_token
        )

    @route(
        "PATCH",
        "/api/v1/me",
        access=Access.SPECIALIST,
        summary="Change my preferences",
        limit_bytes=16_384,
    )
    async def change_me(self, principal: Principal, body: MePatch) -> UserView:
        change = service.ChangeMe(principal.user_id, body.language, body.theme, body.settings)
        return await self._store.write(service.change_me, change)

    @route("PUT", "/api/v1/me/password", access=Access.SPECIALIST, summary="Change my password")
    async def change_password(self, principal: Principal, body: OwnPassword) -> None:
        if principal.via is not Via.SESSION:
            raise Forbidden("Sign in with your password to change it.")
        await self._accounts.change_own_password(principal, body.current, body.new)

    @route("GET", "/api/v1/me/api-keys", access=Access.AGENT, summary="List my API keys")
    async def my_keys(self, principal: Principal) -> list[ApiKeyView]:
        return await self._store.read(keys.list_api_keys, principal.user_id)

    @route(
        "POST", "/api/v1/me/api-keys", access=Access.AGENT, summary="Make an API key", status=201
    )
    async def add_key(self, principal: Principal, body: ApiKeyRequest) -> NewApiKey:
        if principal.via is not Via.SESSION:
            raise Forbidden("Sign in to make an API key: a key makes no other keys.")
        life = None if body.days is None else timedelta(days=body.days)
        return await self._accounts.add_api_key(
            actor_of(principal), principal.user_id, body.name, life, body.scope
        )

    @route("DELETE", "/api/v1/api-keys/{key_id}", access=Access.AGENT, summary="Revoke an API key")
    async def revoke_key(self, principal: Principal, key_id: Key) -> None:
        await self._store.write(keys.revoke_api_key, keys.RevokeApiKey(principal, key_id))

    @route("GET", "/api/v1/users", access=Access.SUPERVISOR, summary="List users")
    async def list_users(self, principal: Principal, query: UserQuery) -> Page[UserView]:
        position = decode_cursor(query.after, _UserPosition)
        found = await self._store.read(listing.list_users, _list_users(principal, query, position))
        shown = found[: query.limit]
        more = len(found) > query.limit
        last = _UserPosition(shown[-1].name, shown[-1].id) if more else None
        return Page(items=shown, after=None if last is None else encode_cursor(last))

    @route("POST", "/api/v1/users", access=Access.SUPERVISOR, summary="Add a user", status=201)
    async def add_user(self, principal: Principal, body: NewUser) -> UserView:
        return await self._accounts.add_user(
            email=body.email,
            name=body.name,
            role=body.role,
            password=body.password,
            team_ids=frozenset(body.team_ids),
            language=body.language,
            principal=principal,
        )

    @route("GET", "/api/v1/users/{user_id}", access=Access.SUPERVISOR, summary="Show a user")
    async def show_user(self, principal: Principal, user_id: Key) -> UserView:
        return await self._store.read(_access_user, (principal, user_id))

    @route("PATCH", "/api/v1/users/{user_id}", access=Access.SUPERVISOR, summary="Change a user")
    async def change_user(self, principal: Principal, user_id: Key, body: UserPatch) -> UserView:
        if body.password is not None:
            await self._accounts.reset_password(principal, user_id, body.password)
        return await self._store.write(self._change, _change_user(principal, user_id, body))

    def _change(self, tx: Tx, cmd: service.ChangeUser) -> UserView:
        return service.change_user(tx, cmd, self._check_leaving)

    @route("GET", "/api/v1/teams", access=Access.AGENT, summary="List my teams")
    async def list_teams(self, principal: Principal) -> list[TeamView]:
        return await self._store.read(teams.list_teams, principal)

    @route("GET", "/api/v1/audit", access=Access.ADMIN, summary="Read the audit log")
    async def list_audit(self, query: AuditQuery) -> Page[audit.AuditLine]:
        before = decode_cursor(query.after, audit.AuditPosition)
        lines = await self._store.read(
            audit.list_audit,
            audit.ListAudit(limit=query.limit + 1, object_id=query.object, before=before),
        )
        shown = lines[: query.limit]
        more = len(lines) > query.limit
        last = audit.AuditPosition(shown[-1].at, shown[-1].id) if more else None
        return Page(items=shown, after=None if last is None else encode_cursor(last))


def _list_users(
    principal: Principal, query: UserQuery, position: _UserPosition | None
) -> listing.ListUsers:
    return listing.ListUsers(
        principal=principal,
        limit=query.limit + 1,
        after=None if position is None else (position.name, position.id),
        team_id=query.team,
        text=query.q,
        role=query.role,
        disabled=query.disabled,
    )


def _change_user(principal: Principal, user_id: str, body: UserPatch) -> service.ChangeUser:
    return service.ChangeUser(
        principal=principal,
        user_id=user_id,
        name=body.name,
        email=body.email,
        role=body.role,
        team_ids=None if body.team_ids is None else frozenset(body.team_ids),
        language=body.language,
        disabled=body.disabled,
        phone_address=body.phone_address,
    )


def _read_me(tx: Tx, principal: Principal) -> tuple[UserView, list[TeamView]]:
    return service.get_user(tx, principal.user_id), teams.list_teams(tx, principal)


def _access_user(tx: Tx, asked: tuple[Principal, str]) -> UserView:
    return service.access_user(tx, *asked)
