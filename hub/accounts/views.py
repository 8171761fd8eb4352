"""What others are told of users, teams and keys."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from hub.web.principal import Role
from hub.web.shapes import View

Scalar = str | int | float | bool | None
Setting = Scalar | list[Scalar] | dict[str, Scalar]


class TeamView(View, frozen=True):
    id: str
    zh: str
    en: str


class UserView(View, frozen=True):
    """`seen_at`: when they last used the hub, to five minutes. `invited`: no password was set yet,
    so they cannot sign in. `link_undelivered`: a link to set one is in force, but its mail did
    not arrive: what the mail server said.
    """

    id: str
    email: str
    name: str
    role: Role
    team_ids: list[str]
    language: str
    theme: str
    settings: dict[str, Setting]
    phone_address: str | None
    disabled: bool
    created_at: datetime
    last_sign_in_at: datetime | None
    seen_at: datetime | None
    invited: bool
    link_undelivered: str | None
    version: int


class SessionView(View, frozen=True):
    """Where somebody is signed in. `current`: the session that asks."""

    id: str
    created_at: datetime
    seen_at: datetime
    address: str
    user_agent: str
    current: bool


class PasswordLink(View, frozen=True):
    """The one time the link is shown: whoever opens it first sets the password.

    `mailed_to`: the address it is on its way to; null: `not_mailed` says why not.
    """

    url: str
    expires_at: datetime
    mailed_to: str | None
    not_mailed: Literal["no_address", "no_mailbox", "our_own", "refused", "too_often"] | None


class PasswordLinkFor(View, frozen=True):
    """Whose password a link sets."""

    name: str
    email: str
    language: str


class ApiKeyView(View, frozen=True):
    """A key as it may be shown again: never the key itself."""

    id: str
    name: str
    hint: str
    scope: str  # all it is good for; "": whatever its user may
    created_at: datetime
    expires_at: datetime | None
    revoked: bool


class NewApiKey(View, frozen=True):
    """The one time the key is shown."""

    key: str
    api_key: ApiKeyView
