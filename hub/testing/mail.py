"""Mail servers for tests and the demo: a private Dovecot (IMAP), and a sink for all SMTP."""

from __future__ import annotations

import asyncio
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

PASSWORD = "own-dovecot"  # noqa: S105 - of a server on loopback that lives for one test
_START_S = 10.0


class DovecotMissing(Exception):
    """No Dovecot on this machine: apt-get install dovecot-imapd."""


class PrivateDovecot:
    """An IMAP server on a free loopback port, any user with `PASSWORD`. Ended on exit.

    Needs root, because Dovecot gives up its rights itself. `capabilities`: what it announces, to
    look like a server with less ("IMAP4rev1 UIDPLUS" has neither IDLE nor MOVE);
    `introspection_url`: offer XOAUTH2 and ask there whether a token is good; `keywords`: whether a
    client may store its own; `mechanisms`: by which a client may sign in with a password.
    """

    def __init__(
        self,
        capabilities: str | None = None,
        introspection_url: str | None = None,
        *,
        keywords: bool = True,
        mechanisms: str = "plain",
    ) -> None:
        program = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin")
        if program is None or os.geteuid() != 0:
            raise DovecotMissing("dovecot, run as root")
        self._program = program
        self._capabilities = capabilities
        self._introspection_url = introspection_url
        self._keywords = keywords
        self._mechanisms = mechanisms
        self._folder = Path(tempfile.mkdtemp(prefix="hub-dovecot-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start it, again after `stop` with the same mail, and wait until it answers."""
        config = self._folder / "dovecot.conf"
        mail = self._folder / "mail"
        if not config.exists():
            self._folder.chmod(0o755)
            mail.mkdir()
            owner = pwd.getpwnam("nobody")
            os.chown(mail, owner.pw_uid, owner.pw_gid)
            config.write_text(self._config(mail, owner))
        self._process = subprocess.Popen(  # noqa: S603 - a program of this machine, no outside input
            [self._program, "-F", "-c", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        give_up = time.monotonic() + _START_S
        while time.monotonic() < give_up:
            try:
                self.connect("probe").logout()
            except OSError:
                time.sleep(0.05)
            else:
                return
        log = (self._folder / "log").read_text() if (self._folder / "log").exists() else ""
        raise RuntimeError(f"dovecot does not answer:\n{log[-2000:]}")

    @property
    def auth_socket(self) -> Path:
        """Where another server asks whether somebody may sign in (Postfix: smtpd_sasl_path)."""
        return self._folder / "run" / "asked-by-smtp"

    def stop(self) -> None:
        """End it; mail stays until exit."""
        if self._process is not None:
            # The whole group at once: its processes wait for their clients when asked politely.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None
            (self._folder / "run" / "master.pid").unlink(missing_ok=True)

    def freeze(self) -> None:
        """Stop all its processes where they are (SIGSTOP): connections stay, nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on after `freeze`."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, number)

    def forget_uids(self, user: str) -> None:
        """Lose what is known of a user's INBOX beside the mails, as a restore does: when it is
        started again, UIDVALIDITY and all UIDs are new and no mail is marked. While stopped only.
        """
        box = self._folder / "mail" / user
        for known in box.glob("dovecot*"):
            known.unlink()
        for mail in (box / "cur").iterdir():
            mail.rename(mail.with_name(mail.name.partition(":")[0] + ":2,"))

    def _config(self, mail: Path, owner: pwd.struct_passwd) -> str:
        announced = f"imap_capability = {self._capabilities}\n" if self._capabilities else ""
        tokens = f"auth_mechanisms = {self._mechanisms}\n"
        if self._introspection_url is not None:
            oauth = self._folder / "oauth.conf"
            oauth.write_text(
                f"introspection_url = {self._introspection_url}\n"
                "introspection_mode = post\nusername_attribute = user\n"
            )
            tokens = f"""
auth_mechanisms = plain xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {oauth}
}}
"""
        rights = ""
        if not self._keywords:
            acl = self._folder / "acl"
            acl.write_text("* owner lrstipekxa\n")  # all but w: flags other than seen and deleted
            rights = f"""
mail_plugins = acl
plugin {{
  acl = vfile:{acl}
}}
"""
        return f"""{tokens}
protocols = imap
listen = 127.0.0.1
base_dir = {self._folder}/run
state_dir = {self._folder}/run
log_path = {self._folder}/log
ssl = no
disable_plaintext_auth = no
auth_username_chars =
mail_fsync = never
mail_location = maildir:{mail}/%u
first_valid_uid = 1
mailbox_list_index = no
{announced}{rights}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={mail}/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service auth {{
  unix_listener asked-by-smtp {{
    mode = 0666
  }}
}}
service anvil {{
  chroot =
  # A refused sign-in would slow every next one of this address down, for seconds.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""

    def connect(self, user: str) -> imaplib.IMAP4:
        """Return a signed-in connection of the standard library, to put mail in and look."""
        session = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        session.login(user, PASSWORD)
        return session

    def put(self, user: str, *mails: bytes, folder: str = "INBOX") -> None:
        """Deliver mails into a folder."""
        session = self.connect(user)
        for raw in mails:
            session.append(f'"{folder}"', "", imaplib.Time2Internaldate(time.time()), raw)
        session.logout()

    def count(self, user: str, criteria: str = "ALL", folder: str = "INBOX") -> int:
        """Return how many mails of a folder fit; 0 where there is no such folder."""
        session = self.connect(user)
        status, _ = session.select(f'"{folder}"', readonly=True)
        found = session.uid("SEARCH", criteria)[1][0] if status == "OK" else b""
        session.logout()
        return len(found.split()) if isinstance(found, bytes) else 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class SunkMail:
    """A mail the sink took: envelope and bytes."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes


@dataclass  # no slots: Python 3.11.2 cannot list their members, as aiosmtpd does
class SmtpSink:
    """An SMTP server that keeps what it gets. Use with `async with`.

    `answers`: what to say to the next commands instead of yes: {"DATA": ["451 later"], ...};
    `drop_after_data`: swallow the mail and cut the line before the answer, this many times.
    """

    mails: list[SunkMail] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    drop_after_data: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="sink.test", enable_SMTPUTF8=True, loop=loop),
            "127.0.0.1",
            self.port,
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def wait_for(self, count: int, timeout_s: float = 60.0) -> list[SunkMail]:
        """Return the mails once there are at least `count`. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s), self._arrived:
            await self._arrived.wait_for(lambda: len(self.mails) >= count)
        return list(self.mails)

    def _answer(self, command: str) -> str | None:
        planned = self.answers.get(command)
        return planned.pop(0) if planned else None

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        refusal = self._answer("MAIL")
        if refusal is None:
            envelope.mail_from = address
        return refusal or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[Any]
    ) -> str:
        refusal = self._answer("RCPT")
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        refusal = self._answer("DATA")
        if refusal is not None:
            return refusal
        raw = envelope.original_content or b""
        sender = "" if envelope.mail_from == "<>" else envelope.mail_from or ""
        self.mails.append(SunkMail(sender, tuple(envelope.rcpt_tos), raw))
        async with self._arrived:
            self._arrived.notify_all()
        if self.drop_after_data > 0:
            self.drop_after_data -= 1
            transport = server.transport
            if isinstance(transport, asyncio.Transport):
                transport.abort()
        return "250 OK: kept"
