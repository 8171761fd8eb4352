"""The shell of accounts: sign-in, authentication, passwords. Hashes off the event loop."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from hub.core.errors import Forbidden, HubError, TooMany, Unauthenticated, Unavailable
from hub.core.ids import new_id
from hub.settings import Security
from hub.storage import Store, Tx
from hub.web.principal import Credentials, Principal, Role

from . import keys, sessions
from .links import UsePasswordLink, get_password_link, use_password_link
from .model import (
    SYSTEM,
    Actor,
    account_key,
    actor_of,
    check_email,
    check_password,
    digest_of,
    hint_of,
    new_api_key,
    new_token,
    normal_password,
)
from .passwords import Passwords
from .service import AddUser, SetPassword, add_user, get_user, set_password
from .views import NewApiKey, PasswordLinkFor, UserView

log = logging.getLogger(__name__)

# What the end of a user's work means for the contacts in their hands.
LeaveDesk = Callable[[Tx, str], None]


class SignInFailed(Unauthenticated):
    """One answer for an unknown user, a wrong password and a disabled user."""

    code = "sign_in_failed"


class Accounts:
    """What HTTP, sockets and the command line use. `doors`: one-click sign-in is on (the demo)."""

    def __init__(
        self, store: Store, passwords: Passwords, rules: Security, *, doors: bool = False
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._rules = rules
        self._doors = doors
        self.idle = timedelta(hours=rules.session_hours)

    async def authenticate(self, credentials: Credentials) -> Principal:
        """Return who these credentials stand for: the one way in for HTTP and sockets.

        Raises Unauthenticated for missing, wrong, ended or revoked ones and disabled users.
        """
        if credentials.api_key is not None:
            found = await self._store.read(
                sessions.find_by_api_key, (digest_of(credentials.api_key), credentials.address)
            )
            if found is None:
                raise Unauthenticated("This API key is not valid, has ended or was revoked.")
            return found.principal
        if credentials.session_token is None:
            raise Unauthenticated("Sign in first, or send an API key as a bearer token.")
        found = await self._store.read(
            sessions.find_by_session, (digest_of(credentials.session_token), credentials.address)
        )
        if found is None:
            raise Unauthenticated("Your session has ended: sign in again.", code="session_ended")
        if found.renew:
            await self._renew(found.principal)
        return found.principal

    async def _renew(self, principal: Principal) -> None:
        renew = sessions.Renew(principal.credential_id, self.idle)
        try:
            await self._store.write(sessions.renew_session, renew)
        except Unavailable:
            log.warning("session not renewed: the database takes no writes now")

    async def sign_in(self, email: str, password: str, address: str, user_agent: str) -> str:
        """Return the token of a new session.

        The attempt is counted before the password is looked at. Raises SignInFailed, the same and
        as late for unknown and disabled users, or TooMany.
        """
        attempt_id = await self._count(email, address)
        stored = await self._store.read(sessions.find_password, _typed(email))
        matched = await self._passwords.matches(
            stored.password_hash if stored else None, normal_password(password)[:1024]
        )
        if stored is None or not matched:
            raise SignInFailed("E-mail address or password is wrong.")
        token = new_token()
        await self._store.write(
            sessions.open_session,
            sessions.OpenSession(
                user_id=stored.user_id,
                password_hash=stored.password_hash,
                attempt_id=attempt_id,
                token_sha256=digest_of(token),
                address=address,
                user_agent=user_agent,
                idle=self.idle,
            ),
        )
        return token

    async def _count(self, email: str, address: str) -> str:
        attempt = sessions.Attempt(
            new_id(),
            account_key(email),
            address,
            self._rules.login_attempts_per_account,
            self._rules.login_attempts_per_address,
            self._rules.login_window_s,
        )
        wait_s = await self._store.write(sessions.count_attempt, attempt)
        if wait_s is not None:
            raise TooMany(
                "Too many attempts to sign in. Wait a little, or ask an admin for a new password.",
                retry_after_s=wait_s,
            )
        return attempt.id

    async def sign_out(self, principal: Principal, leave_desk: LeaveDesk) -> None:
        """End the principal's session at once, also on open sockets, and with it their work."""

        def end(tx: Tx, leaving: Principal) -> None:
            leave_desk(tx, leaving.user_id)
            sessions.close_session(tx, leaving)

        await self._store.write(end, principal)

    async def change_own_password(self, principal: Principal, current: str, wanted: str) -> None:
        """Change one's own password; other sessions end. Raises Invalid, Forbidden or TooMany."""
        user = await self._store.read(get_user, principal.user_id)
        await self._count(user.email, principal.address)
        stored = await self._store.read(sessions.find_password, user.email)
        given = normal_password(current)[:1024]
        if stored is None or not await self._passwords.matches(stored.password_hash, given):
            raise Forbidden("The current password is wrong.", code="wrong_password")
        await self._set_password(user, wanted, actor_of(principal), None, principal.credential_id)

    async def reset_password(
        self, principal: Principal | None, user_id: str, wanted: str, *, enable: bool = False
    ) -> None:
        """Give a user a new password on behalf of `principal` (None: the command line)."""
        if principal is not None and principal.user_id == user_id:
            raise Forbidden(
                "Change your own password with the current one, under your name.",
                code="user.own_password",
            )
        user = await self._store.read(get_user, user_id)
        actor = SYSTEM if principal is None else actor_of(principal)
        await self._set_password(user, wanted, actor, principal, None, enable=enable)

    async def use_password_link(self, token: str, wanted: str, address: str) -> PasswordLinkFor:
        """Set the password somebody chose by their link. Raises LinkEnded, Invalid."""
        digest = digest_of(token)
        whose = await self._store.read(get_password_link, digest)  # a stranger makes no work
        hashed = await self._passwords.hash(check_password(wanted, email=whose.email))
        await self._store.write(use_password_link, UsePasswordLink(digest, hashed, address))
        return whose

    async def _set_password(
        self,
        user: UserView,
        wanted: str,
        actor: Actor,
        principal: Principal | None,
        keep: str | None,
        *,
        enable: bool = False,
    ) -> None:
        clean = check_password(wanted, email=user.email)
        hashed = await self._passwords.hash(clean)
        await self._store.write(
            set_password, SetPassword(user.id, hashed, actor, principal, keep, enable)
        )

    async def add_user(
        self,
        *,
        email: str,
        name: str,
        role: Role,
        password: str | None,
        team_ids: frozenset[str] = frozenset(),
        language: str = "en",
        principal: Principal | None = None,
    ) -> UserView:
        """Make a user on behalf of `principal` (None: the command line). See service.add_user.

        `password` None: they set it themselves by a link, and cannot sign in before.
        """
        hashed = ""
        if password is not None:
            clean = check_password(password, email=check_email(email))
            hashed = await self._passwords.hash(clean)
        actor = SYSTEM if principal is None else None
        return await self._store.write(
            add_user, AddUser(email, name, role, hashed, team_ids, language, principal, actor)
        )

    async def add_api_key(
        self,
        actor: Actor,
        user_id: str,
        name: str,
        life: timedelta | None = None,
        scope: str = "",
    ) -> NewApiKey:
        """Make an API key of a user and return it: the only time it is seen."""
        key = new_api_key()
        view = await self._store.write(
            keys.add_api_key,
            keys.AddApiKey(user_id, name, digest_of(key), hint_of(key), actor, life, scope),
        )
        return NewApiKey(key=key, api_key=view)

    # Doors

    async def make_door(self, user_id: str) -> str:
        """Return a token that signs this user in once, from this machine, within five minutes.

        Raises Forbidden unless doors are on.
        """
        self._check_doors()
        token = new_token()
        await self._store.write(keys.make_door, keys.MakeDoor(user_id, digest_of(token)))
        return token

    async def enter_by_door(self, token: str, address: str, user_agent: str) -> str:
        """Return the token of a new session for the user of a door. Raises Forbidden."""
        self._check_doors()
        user_id = await self._store.write(keys.use_door, digest_of(token))
        session_token = new_token()
        await self._store.write(
            sessions.open_session,
            sessions.OpenSession(
                user_id=user_id,
                password_hash=None,
                attempt_id=None,
                token_sha256=digest_of(session_token),
                address=address,
                user_agent=user_agent,
                idle=self.idle,
            ),
        )
        return session_token

    def _check_doors(self) -> None:
        if not self._doors:
            raise Forbidden("Sign-in by one click exists only in the demo.", code="no_doors")


def _typed(email: str) -> str:
    """Return what was typed as an address, "" if it cannot be one (then no user is found)."""
    try:
        return check_email(email)
    except HubError:
        return ""
