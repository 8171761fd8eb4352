"""Rules of accounts. Pure: no I/O, no clock."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from hub.core.errors import Forbidden, Invalid
from hub.web.principal import Principal, Role

LANGUAGES = ("zh-CN", "en")
THEMES = ("system", "light", "dark")

# NIST SP 800-63B §3.1.1.2: length counts, composition rules do not; long phrases are welcome.
PASSWORD_MIN, PASSWORD_MAX = 10, 256
SESSION_LIFE = timedelta(days=7)  # however busy: after this one signs in again
RENEW_AFTER = timedelta(minutes=5)  # a session's last use is stored at most this often
DOOR_LIFE = timedelta(minutes=5)
INVITATION_LIFE = timedelta(days=7)  # of a first password's link
RESET_LIFE = timedelta(days=1)  # of the link of who has a password already

_EMAIL = re.compile(r"^[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}$")
_KEY_PREFIX = "hub_"
_HINT_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, for the audit log."""

    id: str | None
    name: str
    via: str
    address: str = ""


SYSTEM = Actor(None, "hub", "system")


def actor_of(principal: Principal) -> Actor:
    return Actor(principal.user_id, principal.name, principal.via.value, principal.address)


@dataclass(frozen=True, slots=True)
class UserSummary:
    """What the rules need to know of a user that somebody wants to change."""

    id: str
    role: Role
    team_ids: frozenset[str]


def check_email(text: str) -> str:
    """Return a user's e-mail address in the form it is stored and compared in. Raises Invalid."""
    clean = unicodedata.normalize("NFKC", text).strip().lower()
    if not _EMAIL.match(clean):
        raise Invalid("That is not an e-mail address.", code="user.email", field="email")
    return clean


def account_key(typed_email: str) -> str:
    """Return what attempts on an account are counted by; anything typed has one."""
    clean = unicodedata.normalize("NFKC", typed_email).strip().lower()
    return hashlib.sha256(clean.encode("utf-8", "surrogatepass")).hexdigest()


def check_name(text: str) -> str:
    """Return a person's or a key's name without outer blanks and control characters."""
    clean = "".join(c for c in unicodedata.normalize("NFC", text).strip() if c.isprintable())
    if not 1 <= len(clean) <= 120:
        raise Invalid("A name has 1 to 120 characters.", code="user.name", field="name")
    return clean


def normal_password(text: str) -> str:
    """Return a password in the form it is hashed in: the same on every keyboard (NFKC)."""
    return unicodedata.normalize("NFKC", text)


def check_password(text: str, *, email: str) -> str:
    """Return a new password in its normal form. Raises Invalid if it could be guessed at once."""
    clean = normal_password(text)
    if not PASSWORD_MIN <= len(clean) <= PASSWORD_MAX:
        raise Invalid(
            f"A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters; several words are good.",
            field="password",
            code="weak_password",
        )
    folded = clean.lower()
    if len(set(folded)) < 5 or folded == email or folded == email.split("@")[0]:
        raise Invalid(
            "That password is too easy to guess: take one that is not your address and not one"
            " repeated pattern.",
            field="password",
            code="weak_password",
        )
    return clean


def check_choice(value: str, choices: Collection[str], field: str) -> str:
    if value not in choices:
        raise Invalid(f"`{field}` is one of {', '.join(choices)}.", field=field)
    return value


def new_token() -> str:
    """Return 256 random bits as URL-safe text."""
    return secrets.token_urlsafe(32)


def new_api_key() -> str:
    """Return a new API key; its prefix lets secret scanners recognise it."""
    return _KEY_PREFIX + new_token()


def new_password() -> str:
    """Return a random password (about 95 bits) that can be read aloud: no 0/O, 1/l/I."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    groups = ["".join(secrets.choice(letters) for _ in range(5)) for _ in range(4)]
    return "-".join(groups)


def hint_of(api_key: str) -> str:
    """Return the start of a key, by which its owner knows it again."""
    return api_key[:_HINT_LENGTH]


def digest_of(token: str) -> str:
    """Return what is stored of a token: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def may_manage(principal: Principal, target: UserSummary) -> bool:
    """Say whether `principal` may change this user: admins all; supervisors agents and specialists
    of their teams.

    Nobody changes somebody of a higher role, and supervisors not their equals either.
    """
    if principal.role is Role.ADMIN:
        return True
    if principal.role is not Role.SUPERVISOR or target.role.at_least(Role.SUPERVISOR):
        return False
    return bool(target.team_ids) and target.team_ids <= principal.team_ids


def check_may_manage(principal: Principal, target: UserSummary) -> None:
    """Raise Forbidden unless `principal` may change this user (see may_manage)."""
    if not may_manage(principal, target):
        raise Forbidden(
            "You may change only users below your own role who are in your teams.",
            code="higher_role",
        )


def check_may_grant(principal: Principal, role: Role, team_ids: frozenset[str]) -> None:
    """Raise Forbidden unless `principal` may make somebody `role` in these teams."""
    check_may_manage(principal, UserSummary("", role, team_ids))
