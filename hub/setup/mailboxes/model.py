"""What is set of a mailbox in the pages, and what of it is refused. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from hub.core.errors import Fault, Invalid
from hub.core.hosts import LOOPBACK
from hub.settings import Mailbox, MailServer, OAuth, Secret, Tls

Text = Annotated[str, Meta(max_length=320)]
Url = Annotated[str, Meta(max_length=2000)]
SecretText = Annotated[str, Meta(max_length=8000)]

_MAIL_PORTS = frozenset({25, 143, 465, 587, 993})
_FIRST_FREE_PORT = 1024  # below it are other services of a house, which are nobody's mail server
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\.?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class ServerDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One server. Host "": it is not used; port 0: the usual one."""

    host: Annotated[str, Meta(max_length=253)] = ""
    port: Annotated[int, Meta(ge=0, le=65535)] = 0
    tls: Tls = "tls"
    user: Text = ""


class OAuthDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sign-in by token in place of a password. Token URL "": by password."""

    token_url: Url = ""
    client_id: Text = ""
    scope: Url = ""


class MailboxDocument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mailbox without its secrets. `same_sign_in`: SMTP takes IMAP's user and password."""

    imap: ServerDocument = ServerDocument()
    smtp: ServerDocument = ServerDocument()
    same_sign_in: bool = True
    oauth: OAuthDocument = OAuthDocument()
    folder: Annotated[str, Meta(min_length=1, max_length=200)] = "INBOX"
    processed_folder: Annotated[str, Meta(max_length=200)] = ""


class MailSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """The secrets of a mailbox; "": there is none."""

    imap_password: str = ""
    smtp_password: str = ""
    client_secret: str = ""
    refresh_token: str = ""

    def __repr__(self) -> str:
        held = [name for name in self.__struct_fields__ if getattr(self, name)]
        return f"MailSecrets({', '.join(held) or 'none'})"


class TypedSecrets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Secrets as they were typed; None: as it is, "": none any more."""

    imap_password: SecretText | None = None
    smtp_password: SecretText | None = None
    client_secret: SecretText | None = None
    refresh_token: SecretText | None = None

    def __repr__(self) -> str:
        typed = [name for name in self.__struct_fields__ if getattr(self, name)]
        return f"TypedSecrets({', '.join(typed) or 'none'})"


class Kept(msgspec.Struct, frozen=True):
    """What is in force of a mailbox. `secrets` None: they were sealed with another key."""

    document: MailboxDocument
    secrets: MailSecrets | None


def mailbox_of(key: str, document: MailboxDocument, secrets: MailSecrets) -> Mailbox:
    """Return the mailbox of an entry point as the readers and senders know it."""
    imap, smtp, oauth = document.imap, document.smtp, document.oauth
    user, password = smtp.user, secrets.smtp_password
    if document.same_sign_in:
        user, password = imap.user, secrets.imap_password
    return Mailbox(
        entry_point=key,
        imap=_server(imap, imap.user, secrets.imap_password),
        smtp=_server(smtp, user, password),
        oauth=OAuth(
            token_url=oauth.token_url,
            client_id=oauth.client_id,
            scope=oauth.scope,
            client_secret=Secret(secrets.client_secret),
            refresh_token=Secret(secrets.refresh_token),
        )
        if oauth.token_url
        else OAuth(),
        folder=document.folder,
        processed_folder=document.processed_folder,
    )


def _server(server: ServerDocument, user: str, password: str) -> MailServer:
    return MailServer(
        host=server.host, port=server.port, tls=server.tls, user=user, password=Secret(password)
    )


def merge_secrets(document: MailboxDocument, typed: TypedSecrets, kept: Kept | None) -> MailSecrets:
    """Return the secrets that hold: what was typed, else what is kept for the same server and user.

    A kept secret goes to no other server than the one it was typed for, nor does a token that is
    had by it: who may change the set-up cannot have it sent elsewhere. Raises Invalid, by its
    place, where one has to be typed anew.
    """
    old = None if kept is None else kept.secrets
    wants = _wanted(document)
    held: dict[str, str] = {}
    faults: list[Fault] = []
    for name in MailSecrets.__struct_fields__:
        told: str | None = getattr(typed, name)
        if name not in wants:
            continue
        before = "" if old is None else getattr(old, name)
        if told is not None:
            held[name] = told
        elif before and kept is not None and _same_place(name, document, kept.document):
            held[name] = before
        elif before:
            faults.append(Fault(name, "type it anew: the server or the user is another one"))
        if wants[name] and not held.get(name) and not faults:
            faults.append(Fault(name, "give it"))
    if faults:
        raise Invalid(
            f"{', '.join(one.path for one in faults)}: type it; what is kept goes to no other "
            "server or user than the one it was typed for.",
            code="mailbox.secret",
            faults=faults,
        )
    return MailSecrets(**held)


def _wanted(document: MailboxDocument) -> dict[str, bool]:
    """Return the secrets that a mailbox has, and whether it must have each."""
    if document.oauth.token_url:
        return {"client_secret": False, "refresh_token": False}
    wants: dict[str, bool] = {}
    if document.imap.host or (document.smtp.host and document.same_sign_in):
        wants["imap_password"] = bool(document.imap.user)
    if document.smtp.host and not document.same_sign_in:
        wants["smtp_password"] = bool(document.smtp.user)
    return wants


def _same_place(name: str, document: MailboxDocument, before: MailboxDocument) -> bool:
    """Say whether a secret, or the tokens that are had by it, would go where they went before, as
    safely.
    """
    if name in ("client_secret", "refresh_token"):
        old, new = before.oauth, document.oauth
        if (new.token_url, new.client_id) != (old.token_url, old.client_id):
            return False
    return _places(document, name) <= _places(before, name)


def _places(document: MailboxDocument, name: str) -> set[tuple[str, int, str, bool]]:
    """Return to which servers a secret is told: host, port, user, whether unencrypted."""
    imap = (document.imap, document.imap.user)
    smtp = (document.smtp, (document.imap if document.same_sign_in else document.smtp).user)
    servers = [imap, smtp]
    if name == "smtp_password":
        servers = [smtp]
    elif name == "imap_password" and not document.same_sign_in:
        servers = [imap]
    return {
        (one.host.lower(), one.port, user, one.tls == "none") for one, user in servers if one.host
    }


def check_document(document: MailboxDocument) -> None:
    """Raise Invalid, by its place, for what no mailbox can be like."""
    if faults := list(_faults(document)):
        raise Invalid(
            "; ".join(map(str, faults)), code="mailbox.wrong", faults=faults, field=faults[0].path
        )


def _faults(document: MailboxDocument) -> Iterator[Fault]:
    if not document.imap.host and not document.smtp.host:
        yield Fault("imap.host", "give a server to fetch from, one to send by, or both")
    for name, server in (("imap", document.imap), ("smtp", document.smtp)):
        yield from _server_faults(name, server)
    if document.imap.host and not document.imap.user:
        yield Fault("imap.user", "give the name to sign in with, mostly the address")
    yield from _url_faults(document.oauth)
    for place in ("folder", "processed_folder"):
        if _CONTROL.search(getattr(document, place)):
            yield Fault(place, "has a control character in it")
    if document.folder == document.processed_folder:
        yield Fault("processed_folder", "is the folder that is read: choose another one, or none")


def _server_faults(name: str, server: ServerDocument) -> Iterator[Fault]:
    if server.host and not _is_host(server.host):
        yield Fault(f"{name}.host", "is no name of a server, as in imap.example.com")
    if not is_mail_port(server.port):
        usual = ", ".join(map(str, sorted(_MAIL_PORTS)))
        yield Fault(f"{name}.port", f"is no port of mail: {usual}, or one from {_FIRST_FREE_PORT}")
    if _CONTROL.search(server.user):
        yield Fault(f"{name}.user", "has a control character in it")


def is_mail_port(port: int) -> bool:
    """Say whether a mailbox of the pages may have this port; 0: the usual one."""
    return port == 0 or port in _MAIL_PORTS or port >= _FIRST_FREE_PORT


def _is_host(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(_HOST.fullmatch(host)) and ".." not in host
    return not (address.is_link_local or address.is_multicast or address.is_unspecified)


def _url_faults(oauth: OAuthDocument) -> Iterator[Fault]:
    if not oauth.token_url:
        return
    parts = urlsplit(oauth.token_url)
    local = parts.hostname in LOOPBACK
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        yield Fault("oauth.token_url", "must begin with https://")
    elif not parts.hostname or not _is_host(parts.hostname) or parts.username:
        yield Fault("oauth.token_url", "is no address of a provider")
    elif port is not None and port != 443 and port < _FIRST_FREE_PORT:
        yield Fault("oauth.token_url", "has a port that no provider has")
    if not oauth.client_id:
        yield Fault("oauth.client_id", "give the id of the application at the provider")
