"""What is set of the phone account in the pages, and what of it is refused. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta

from hub.core.errors import Fault, Invalid
from hub.settings import Secret, Twilio

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_KEY = re.compile(r"SK[0-9a-fA-F]{32}")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")

Sid = Annotated[str, Meta(max_length=34)]
SecretText = Annotated[str, Meta(max_length=200)]


class AccountDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account without its secrets. `api_key` "": requests sign in with the auth token, too."""

    account_sid: Sid
    api_key: Sid = ""


class AccountSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """`auth_token`: what webhooks are signed with."""

    auth_token: str = ""
    api_secret: str = ""

    def __repr__(self) -> str:
        held = [name for name in self.__struct_fields__ if getattr(self, name)]
        return f"AccountSecrets({', '.join(held) or 'none'})"


class TypedAccountSecrets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Secrets as they were typed; None: as it is."""

    auth_token: SecretText | None = None
    api_secret: SecretText | None = None

    def __repr__(self) -> str:
        typed = [name for name in self.__struct_fields__ if getattr(self, name)]
        return f"TypedAccountSecrets({', '.join(typed) or 'none'})"


class KeptAccount(msgspec.Struct, frozen=True):
    """What is connected. `secrets` None: they were sealed with another key."""

    document: AccountDocument
    secrets: AccountSecrets | None


def account_of(document: AccountDocument, secrets: AccountSecrets, base_url: str) -> Twilio:
    """Return the account as the phone channel knows it."""
    return Twilio(
        account_sid=document.account_sid,
        auth_token=Secret(secrets.auth_token),
        api_key=document.api_key,
        api_secret=Secret(secrets.api_secret),
        base_url=base_url,
    )


def check_document(document: AccountDocument) -> None:
    """Raise Invalid, by its place, for what no account can be like."""
    faults = list(_faults(document))
    if faults:
        raise Invalid("; ".join(map(str, faults)), code="phone_account.wrong", faults=faults)


def _faults(document: AccountDocument) -> Iterator[Fault]:
    if not _ACCOUNT.fullmatch(document.account_sid):
        yield Fault("account_sid", "is AC and 32 digits and letters a–f, as the console shows it")
    if document.api_key and not _KEY.fullmatch(document.api_key):
        yield Fault(
            "api_key", "is SK and 32 digits and letters a–f; leave it out where there is none"
        )


def merge_secrets(
    document: AccountDocument, typed: TypedAccountSecrets, kept: KeptAccount | None
) -> AccountSecrets:
    """Return the secrets that hold: what was typed, else what is kept for the same account and key.

    Raises Invalid, by its place, where one has to be typed.
    """
    same = kept is not None and kept.document.account_sid == document.account_sid
    old = AccountSecrets() if kept is None or kept.secrets is None else kept.secrets
    token = typed.auth_token or (old.auth_token if same else "")
    secret = ""
    if document.api_key:
        same_key = same and kept is not None and kept.document.api_key == document.api_key
        secret = typed.api_secret or (old.api_secret if same_key else "")
    faults = [
        Fault(name, "type it: what is kept is of another account or key")
        for name, value, wanted in (
            ("auth_token", token, True),
            ("api_secret", secret, bool(document.api_key)),
        )
        if wanted and (not value or _CONTROL.search(value))
    ]
    if faults:
        raise Invalid(
            f"{', '.join(one.path for one in faults)}: type it, without blanks.",
            code="phone_account.secret",
            faults=faults,
        )
    return AccountSecrets(auth_token=token, api_secret=secret)
