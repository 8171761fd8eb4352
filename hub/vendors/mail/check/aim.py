"""What is checked of a mailbox, and how its parts are named to whoever asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hub.settings import Mailbox

from .to_self import MailToSelf

_PORTS = {
    "imap": {"tls": 993, "starttls": 143, "none": 143},
    "smtp": {"tls": 465, "starttls": 587, "none": 25},
}


class TokenRefused(Exception):
    """No access token could be had. `ended`: and trying again will not help."""

    def __init__(self, message: str, *, ended: bool) -> None:
        super().__init__(message)
        self.ended = ended


@dataclass(frozen=True, slots=True)
class Aim:
    """`where`: the key of the mailbox in hub.toml, "" where it is set in the pages; `prefix`:
    stands before each thing that is told and says whose it is. `address`: of the entry point, whose
    mail the server has to take. `make_folder`: make a folder for filed mail that is not there yet.
    `token`: fetches an access token or raises TokenRefused. `test`: a mail to be sent to the
    address, and looked for.
    """

    mailbox: Mailbox
    where: str = ""
    prefix: str = ""
    address: str = ""
    make_folder: bool = False
    token: Callable[[], str] | None = None
    test: MailToSelf | None = None

    def key(self, kind: str) -> str:
        """Return how the settings of a server are named."""
        return f"{self.where}.{kind}" if self.where else kind.upper()

    def place(self, kind: str) -> str:
        """Return how a server is named."""
        server = self.mailbox.imap if kind == "imap" else self.mailbox.smtp
        return f"{self.prefix}{kind.upper()} {server.host}:{self.port(kind)}"

    def port(self, kind: str) -> int:
        """Return the port of a server."""
        server = self.mailbox.imap if kind == "imap" else self.mailbox.smtp
        return server.port or _PORTS[kind][server.tls]
