"""What the pages are told of a mailbox, and what they send: no secret ever goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from hub.core.findings import Finding
from hub.settings import Mailbox
from hub.web import Body, View

from .model import MailboxDocument, OAuthDocument, ServerDocument, TypedSecrets
from .service import Found


class MailboxView(View, frozen=True):
    """`source`: where it is set; "file": in hub.toml at `place`, where alone it is changed.
    `mailbox` null: none. `secrets_at`: name of a secret -> when it was set; what it is, is never
    told. `locked`: the secrets were sealed with a key that is gone and have to be typed anew.
    """

    key: str
    address: str
    source: Literal["file", "page", "none"]
    place: str
    mailbox: MailboxDocument | None
    secrets_at: dict[str, datetime]
    changed_at: datetime | None
    locked: bool


class MailboxBody(Body, frozen=True):
    """`secrets`: null leaves one as it is, "" takes it away."""

    mailbox: MailboxDocument
    secrets: TypedSecrets = TypedSecrets()


class CheckBody(Body, frozen=True):
    """`mailbox` null: what is in force; else what would be. `send`: what is in force, by a mail of
    its address to itself.
    """

    mailbox: MailboxDocument | None = None
    send: bool = False
    secrets: TypedSecrets = TypedSecrets()


class CheckStepView(View, frozen=True):
    """One step of a check: `what` was seen; `mend` says what to do, "" where all is well, in
    English. `code` and `facts`: which sentences these are and what stands in them.
    """

    verdict: Literal["well", "warning", "fault"]
    what: str
    mend: str
    code: str
    facts: dict[str, str]


def check_step_view(one: Finding) -> CheckStepView:
    return CheckStepView(
        verdict=one.verdict.value,
        what=one.what,
        mend=one.mend,
        code=one.code,
        facts=dict(one.facts),
    )


def view_of_file(key: str, address: str, place: str, box: Mailbox) -> MailboxView:
    """Return what is set in hub.toml."""
    imap, smtp = (
        ServerDocument(host=one.host, port=one.port, tls=one.tls, user=one.user)
        for one in (box.imap, box.smtp)
    )
    oauth = OAuthDocument(
        token_url=box.oauth.token_url, client_id=box.oauth.client_id, scope=box.oauth.scope
    )
    document = MailboxDocument(
        imap=imap,
        smtp=smtp,
        same_sign_in=(imap.user, box.imap.password) == (smtp.user, box.smtp.password),
        oauth=oauth,
        folder=box.folder,
        processed_folder=box.processed_folder,
    )
    return MailboxView(
        key=key,
        address=address,
        source="file",
        place=place,
        mailbox=document,
        secrets_at={},
        changed_at=None,
        locked=False,
    )


def view_of_page(key: str, found: Found) -> MailboxView:
    """Return what is connected in the pages, or that nothing is."""
    return MailboxView(
        key=key,
        address=found.address,
        source="none" if found.kept is None else "page",
        place="",
        mailbox=None if found.kept is None else found.kept.document,
        secrets_at=found.secrets_at,
        changed_at=found.changed_at,
        locked=found.kept is not None and found.kept.secrets is None,
    )
