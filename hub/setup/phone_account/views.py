"""What the pages are told of the phone account, and what they send: no secret ever goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from hub.settings import Twilio
from hub.setup.mailboxes.views import CheckStepView
from hub.web import Body, Key, View

from .model import AccountDocument, TypedAccountSecrets
from .service import FoundAccount


class PhoneAccountView(View, frozen=True):
    """`source`: where it is set; "file": in hub.toml, where alone it is changed. `account` null:
    none. `secrets_at`: name of a secret -> when it was set; what it is, is never told. `locked`:
    the secrets were sealed with a key that is gone and have to be typed anew. `public`: whether
    the hub has an https address that the provider can call.
    """

    source: Literal["file", "page", "none"]
    account: AccountDocument | None
    secrets_at: dict[str, datetime]
    changed_at: datetime | None
    locked: bool
    public: bool


class AccountBody(Body, frozen=True):
    """`secrets`: null leaves one as it is."""

    account: AccountDocument
    secrets: TypedAccountSecrets = TypedAccountSecrets()


class AccountCheckBody(Body, frozen=True):
    """`account` null: what is in force; else what would be."""

    account: AccountDocument | None = None
    secrets: TypedAccountSecrets = TypedAccountSecrets()


class PointBody(Body, frozen=True):
    """The entry points whose numbers are to be pointed to the hub."""

    points: Annotated[list[Key], Meta(min_length=1, max_length=100)]


class PointedView(View, frozen=True):
    """`before`: where the calls went; "": nowhere, or nothing was changed."""

    point: str
    number: str
    before: str
    step: CheckStepView


def view_of_file(twilio: Twilio, *, public: bool) -> PhoneAccountView:
    """Return what is set in hub.toml."""
    document = AccountDocument(account_sid=twilio.account_sid, api_key=twilio.api_key)
    return PhoneAccountView(
        source="file", account=document, secrets_at={}, changed_at=None, locked=False, public=public
    )


def view_of_page(found: FoundAccount | None, *, public: bool) -> PhoneAccountView:
    """Return what is connected in the pages, or that nothing is."""
    if found is None:
        return PhoneAccountView(
            source="none", account=None, secrets_at={}, changed_at=None, locked=False, public=public
        )
    return PhoneAccountView(
        source="page",
        account=found.kept.document,
        secrets_at=found.secrets_at,
        changed_at=found.changed_at,
        locked=found.kept.secrets is None,
        public=public,
    )
