"""Who asks: the principal of a request or a socket, and the protocol that finds it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    """What a user is. Each role may do everything the ones before it may.

    A specialist (technician, back office, sales) is no agent: they work off commitments.
    """

    SPECIALIST = "specialist"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        return _RANK[self]

    def at_least(self, other: Role) -> bool:
        """Say whether this role may do what `other` may."""
        return self.rank >= other.rank


_RANK = {Role.SPECIALIST: 0, Role.AGENT: 1, Role.SUPERVISOR: 2, Role.ADMIN: 3}


class Access(StrEnum):
    """Who may call a route: anybody, or a signed-in user of at least this role."""

    PUBLIC = "public"
    SPECIALIST = "specialist"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"

    @property
    def least_role(self) -> Role | None:
        return None if self is Access.PUBLIC else Role(self.value)


class Via(StrEnum):
    SESSION = "session"
    API_KEY = "api_key"


@dataclass(frozen=True, slots=True)
class Principal:
    """The signed-in user on whose behalf something is read or done.

    `credential_id` is the id of the session or API key, so that its end can end what it opened.
    """

    user_id: str
    name: str
    role: Role
    team_ids: frozenset[str]
    via: Via
    credential_id: str
    language: str = "en"
    address: str = ""  # where the request came from, for the audit log
    scope: str = ""  # all that their key is good for, "feed"; "": whatever they may

    def sees_team(self, team_id: str | None) -> bool:
        """Say whether objects of this team may be shown. Admins see all, also what has no team."""
        return self.role is Role.ADMIN or (team_id is not None and team_id in self.team_ids)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brought: exactly one of the two tokens, and the peer's address."""

    address: str
    session_token: str | None = None
    api_key: str | None = None


class Authenticate(Protocol):
    """One way in for HTTP and sockets alike; `hub.accounts` implements it."""

    async def __call__(self, credentials: Credentials) -> Principal:
        """Return who it is. Raises Unauthenticated for missing, wrong, ended or disabled ones."""
