"""Infrastructure settings: a TOML file, overridden by `HUB__SECTION__KEY`, read once at start.

Every key has a default, so an empty file is a working hub on this machine; all keys with their
meaning are in `config/hub.example.toml`. An unknown key is refused by its path, and so is
a value of the wrong kind. What the business decides (tiers, queues) is what `hub apply` reads.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from hub.core.errors import HubError
from hub.core.hosts import reachable
from hub.core.log import Format, Level

ENV_PREFIX = "HUB__"

Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
Tls = Literal["tls", "starttls", "none"]


class Secret:
    """A text that shows in no log, trace or repr; `reveal()` it where it is used."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "Secret(set)" if self._text else "Secret(empty)"


class Server(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the hub listens (port 0: any free one), and the names under which others reach it."""

    host: str = "127.0.0.1"
    port: Port = 8080
    chat_host: str = "127.0.0.1"
    chat_port: Port = 8081
    mail_host: str = "127.0.0.1"
    mail_port: Annotated[int, Meta(ge=-1, le=65535)] = 2525  # -1: no mail intake by SMTP
    mail_certificate: str = ""  # a PEM file; "": no STARTTLS
    mail_key: str = ""  # "": in the file of the certificate
    mail_tls: Literal["offered", "required"] = "offered"
    public_base_url: str = ""
    chat_url: str = ""
    trusted_proxies: tuple[str, ...] = ()

    def base_url(self) -> str:
        """Return the public address of console, API and webhooks, without a slash at the end."""
        return self.public_base_url.rstrip("/") or f"http://{reachable(self.host)}:{self.port}"

    def chat_socket_url(self) -> str:
        """Return the public address of the customers' chat socket."""
        return self.chat_url or f"ws://{reachable(self.chat_host)}:{self.chat_port}"


class Log(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    level: Level = "info"
    format: Format = "auto"


class Backup(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The nightly backup of database and attachments."""

    folder: str = ""  # "": <data_dir>/backups
    hour_utc: Annotated[int, Meta(ge=0, le=23)] = 19
    keep: Annotated[int, Meta(ge=0)] = 7  # 0: no nightly backup


class Limits(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one sender may ask of the hub."""

    attachment_bytes: Positive = 26_214_400
    mail_bytes: Positive = 52_428_800
    mails_per_minute: Annotated[int, Meta(ge=0)] = 6_000  # of one mail server; 0: any number
    chat_frame_bytes: Positive = 65_536
    chat_messages_per_minute: Positive = 60
    chat_sockets_per_address: Positive = 50
    scan_command: tuple[str, ...] = ()  # a virus scanner of uploads; the file's path comes last


class WhatIf(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of one what-if of a supervisor, which runs in a process of its own."""

    timeout_s: Annotated[int, Meta(ge=5, le=3600)] = 180
    memory_bytes: Annotated[int, Meta(ge=268_435_456)] = 2_147_483_648


class Security(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    session_hours: Positive = 12
    login_attempts_per_account: Positive = 10
    login_attempts_per_address: Positive = 50
    login_window_s: Positive = 900


class MailServer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One IMAP or SMTP server and how to sign in there. An empty host: not used."""

    host: str = ""
    port: Port = 0  # 0: the usual one for the protocol and `tls`
    tls: Tls = "tls"
    user: str = ""
    password: Secret = Secret()
    password_file: str = ""


class OAuth(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sign-in to mail servers by OAuth 2 instead of a password. An empty `token_url`: not used."""

    token_url: str = ""
    client_id: str = ""
    client_secret: Secret = Secret()
    client_secret_file: str = ""
    refresh_token: Secret = Secret()  # empty: client credentials (Microsoft 365, application)
    refresh_token_file: str = ""
    scope: str = ""


class Mailbox(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the mail of one entry point (channel email or fax) is fetched and sent."""

    entry_point: str
    imap: MailServer = MailServer()
    smtp: MailServer = MailServer()
    oauth: OAuth = OAuth()
    folder: str = "INBOX"
    processed_folder: str = ""  # "": mail stays where it is, marked with a keyword


class Mail(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    poll_s: Annotated[int, Meta(ge=1, le=60)] = 60
    mailboxes: tuple[Mailbox, ...] = ()
    key_file: str = ""  # of passwords that are set in the pages; "": <data_dir>/mailboxes.key
    check_senders: bool = True  # own DKIM and DMARC check where no trusted server has told
    check_limit_s: Annotated[float, Meta(gt=0, le=30)] = 3.0
    check_spf: bool = False  # mail comes to our listener straight from strangers' servers
    rspamd_url: str = ""  # "": no filter is asked
    rspamd_limit_s: Annotated[float, Meta(gt=0, le=30)] = 5.0


class Twilio(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The account that carries the phone channel. An empty `account_sid`: no phone."""

    account_sid: str = ""
    auth_token: Secret = Secret()
    auth_token_file: str = ""
    api_key: str = ""
    api_secret: Secret = Secret()
    api_secret_file: str = ""
    base_url: str = "https://api.twilio.com"


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    data_dir: str = "data"
    database_url: Secret = Secret()  # "": SQLite in data_dir; may hold a password
    database_url_file: str = ""
    setup_file: str = "config/contact_center.toml"
    server: Server = Server()
    log: Log = Log()
    backup: Backup = Backup()
    limits: Limits = Limits()
    security: Security = Security()
    whatif: WhatIf = WhatIf()
    mail: Mail = Mail()
    twilio: Twilio = Twilio()

    def data_path(self) -> Path:
        """Return the data folder as an absolute path."""
        return Path(self.data_dir).expanduser().resolve()

    def blobs_path(self) -> Path:
        """Return the folder of attachments, recordings and raw mails."""
        return self.data_path() / "blobs"

    def mail_key_path(self) -> Path:
        """Return the file with the key of the mailboxes that are connected in the pages."""
        file = self.mail.key_file
        return Path(file).expanduser().resolve() if file else self.data_path() / "mailboxes.key"

    def database(self) -> str:
        """Return the SQLAlchemy address of the database."""
        return self.database_url.reveal() or f"sqlite:///{self.data_path() / 'hub.sqlite'}"

    def sqlite_path(self) -> Path | None:
        """Return the SQLite file, or None with PostgreSQL."""
        scheme, _, path = self.database().partition(":///")
        return Path(path).expanduser() if scheme.startswith("sqlite") else None

    def backup_path(self) -> Path:
        """Return the folder of the nightly backups."""
        folder = self.backup.folder
        return Path(folder).expanduser().resolve() if folder else self.data_path() / "backups"


class SettingsError(HubError):
    """The settings cannot be used; `faults` names each key by its path and says what to do."""

    code = "settings"

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("the settings cannot be used:\n" + "\n".join(f"  {f}" for f in faults))
        self.faults = tuple(faults)


def load_settings(path: Path | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of the TOML file at `path` (None: defaults) under `HUB__…` of `environ`.

    Raises SettingsError with the faults found, each by its path. Relative paths in the file are
    relative to the folder where the hub is started.
    """
    raw = _read_toml(path) if path is not None else {}
    faults = [*_unknown_keys(Settings, raw, ""), *_overlay(raw, environ)]
    if not faults:
        faults += _read_secret_files(Settings, raw, "")
    if faults:
        raise SettingsError(faults)
    try:
        settings = msgspec.convert(raw, Settings, dec_hook=_decode)
    except msgspec.ValidationError as fault:
        raise SettingsError([_fault_by_path(fault)]) from None
    if faults := list(_check(settings)):
        raise SettingsError(faults)
    return settings


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as fault:
        reason = f"{path}: {fault.strerror}; give the right path with --config, or none"
        raise SettingsError([reason]) from None
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError([f"{path} is not TOML: {fault}"]) from None


def _decode(kind: type, value: object) -> object:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise ValueError("expected a text")


def _fields(kind: type[Struct]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(kind)}


def _struct_of(kind: Any) -> type[Struct] | None:
    """Return the section type behind a field: itself, or the items of a list of sections."""
    if get_origin(kind) is tuple:
        kind = get_args(kind)[0]
    return kind if isinstance(kind, type) and issubclass(kind, Struct) else None


def _unknown_keys(kind: type[Struct], raw: Mapping[str, Any], where: str) -> Iterator[str]:
    fields = _fields(kind)
    for key, value in raw.items():
        path = f"{where}{key}"
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1)
            hint = f"did you mean {where}{near[0]}?" if near else f"known: {', '.join(fields)}"
            yield f"{path}: there is no such key; {hint}"
        elif section := _struct_of(fields[key]):
            if isinstance(value, dict):
                yield from _unknown_keys(section, value, f"{path}.")
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    if isinstance(item, dict):
                        yield from _unknown_keys(section, item, f"{path}.{index}.")


def _overlay(raw: dict[str, Any], environ: Mapping[str, str]) -> Iterator[str]:
    """Write each `HUB__A__B=value` into `raw`; yield a fault for each that names no key."""
    for name in sorted(environ):
        if not name.startswith(ENV_PREFIX):
            continue
        keys = name.removeprefix(ENV_PREFIX).lower().split("__")
        try:
            _put(Settings, raw, keys, environ[name])
        except (KeyError, IndexError, ValueError) as fault:
            yield f"{name}: {fault.args[0]}"


def _put(kind: type[Struct], raw: dict[str, Any], keys: Sequence[str], text: str) -> None:
    """Set the value at `keys` below `raw`; lists go by number (`MAIL__MAILBOXES__0__…`)."""
    key, *rest = keys
    fields = _fields(kind)
    if key not in fields:
        raise KeyError(f"there is no key {key!r}; known: {', '.join(fields)}")
    section = _struct_of(fields[key])
    if not rest:
        if section is not None:
            raise KeyError(f"{key!r} is a section; name a key in it, {key.upper()}__…")
        raw[key] = _parse(fields[key], text)
    elif section is None:
        raise KeyError(f"{key!r} is no section")
    elif get_origin(fields[key]) is tuple:
        items = raw.setdefault(key, [])
        index, *rest = rest
        if not rest or not index.isdecimal() or int(index) >= len(items):
            raise IndexError(
                f"{key} has {len(items)} entries in the file; give a number below that"
            )
        _put(section, items[int(index)], rest, text)
    else:
        _put(section, raw.setdefault(key, {}), rest, text)


def _parse(kind: Any, text: str) -> Any:
    """Return what `text` means for a field: numbers and lists are read, texts stay texts."""
    if kind is str or kind is Secret or get_origin(kind) is Literal:
        return text
    if get_origin(kind) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if not re.fullmatch(r"-?[0-9]+", text.strip()):
        raise ValueError(f"expected a whole number, got {text!r}")
    return int(text)


def _read_secret_files(kind: type[Struct], raw: dict[str, Any], where: str) -> list[str]:
    """Replace `x_file = path` by the first line of that file in `x`, for every secret `x`."""
    faults: list[str] = []
    for key, field in _fields(kind).items():
        value = raw.get(key)
        if field is Secret and (path := raw.get(f"{key}_file")):
            if value:
                faults.append(f"{where}{key}: give this or {key}_file, not both")
                continue
            try:
                raw[key] = Path(str(path)).expanduser().read_text("utf-8").splitlines()[0].strip()
            except (OSError, UnicodeDecodeError, IndexError) as fault:
                reason = getattr(fault, "strerror", None) or "no text in it"
                faults.append(f"{where}{key}_file: {path}: {reason}")
        elif section := _struct_of(field):
            items = enumerate(value) if isinstance(value, list) else [("", value)]
            for index, item in items:
                if isinstance(item, dict):
                    below = f"{where}{key}." if index == "" else f"{where}{key}.{index}."
                    faults += _read_secret_files(section, item, below)
    return faults


def _fault_by_path(fault: msgspec.ValidationError) -> str:
    """Turn "Expected `int`, got `str` - at `$.server.port`" into "server.port: expected …"."""
    what, _, where = str(fault).partition(" - at `$")
    path = re.sub(r"\[(\d+|\.\.\.)\]", r".\1", where.rstrip("`")).lstrip(".")
    return f"{path or 'the file'}: {what[:1].lower()}{what[1:]}"


def _check(settings: Settings) -> Iterator[str]:
    """Yield the faults that a type cannot express."""
    web = ("http", "https")
    yield from _check_url("server.public_base_url", settings.server.public_base_url, web)
    yield from _check_url("twilio.base_url", settings.twilio.base_url, web)
    yield from _check_url("mail.rspamd_url", settings.mail.rspamd_url, web)
    yield from _check_url("server.chat_url", settings.server.chat_url, ("ws", "wss"))
    if settings.database().partition(":")[0] not in ("sqlite", "postgresql"):
        yield "database_url: must begin with postgresql:// or sqlite:///, or be empty"
    if settings.server.mail_tls == "required" and not settings.server.mail_certificate:
        yield "server.mail_tls: required needs server.mail_certificate, to encrypt with"
    keys = [mailbox.entry_point for mailbox in settings.mail.mailboxes]
    for index, mailbox in enumerate(settings.mail.mailboxes):
        where = f"mail.mailboxes.{index}"
        if mailbox.entry_point in keys[:index]:
            yield f"{where}.entry_point: {mailbox.entry_point!r} has a mailbox already"
        yield from _check_url(f"{where}.oauth.token_url", mailbox.oauth.token_url, web)
        if not mailbox.imap.host and not mailbox.smtp.host:
            yield f"{where}: give imap.host, smtp.host or both"
    if settings.twilio.account_sid and not settings.twilio.auth_token:
        yield "twilio.auth_token: needed with account_sid, to check the signatures of webhooks"


def _check_url(path: str, url: str, schemes: Sequence[str]) -> Iterator[str]:
    parts = urlsplit(url)
    if url and (parts.scheme not in schemes or not parts.hostname):
        yield f"{path}: must look like {schemes[-1]}://hub.example.org"
