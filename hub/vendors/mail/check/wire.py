"""The first steps of every mail server: its name, the connection, its certificate.

An address that is link-local, multicast or no address at all is refused: cloud machines answer for
themselves there, and no mail server does.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import time
from collections.abc import Generator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.core.findings import Finding, fault, warning, well
from hub.core.hosts import LOOPBACK

from .aim import Aim

ANSWER_S = 10.0  # for each step
_LONGEST = 200
_RENEW = timedelta(days=14)

Steps = Generator[Finding, None, socket.socket | None]


class Lines:
    """The open connections of a check, so that one that drags on can be cut off."""

    def __init__(self) -> None:
        self._open: list[socket.socket] = []
        self._cut = False

    def add(self, line: socket.socket) -> socket.socket:
        self._open.append(line)
        if self._cut:
            self.cut()
        return line

    def cut(self) -> None:
        """Break every connection; what waits for an answer raises OSError."""
        self._cut = True
        for line in self._open:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


def reach(aim: Aim, kind: str, lines: Lines) -> Steps:
    """Resolve, connect and, with `tls`, encrypt; return the socket, or None after a fault."""
    server = aim.mailbox.imap if kind == "imap" else aim.mailbox.smtp
    place, key = aim.place(kind), aim.key(kind)
    if server.tls == "none" and server.host not in LOOPBACK:
        mend = f"set tls of {key} to tls or starttls"
        what = f"{place}: the password travels unencrypted"
        yield warning("mail", what, mend, "mail.open", place=place, key=key)
    try:
        found = socket.getaddrinfo(server.host, aim.port(kind), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        mend = f"correct the host of {key}; if it is right, this machine cannot look names up"
        what = f"{place}: there is no such name"
        facts = {"place": place, "key": key, "reason": said(error)}
        yield fault("mail", what, mend, "mail.no_name", **facts)
        return None
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if any(map(_barred, addresses)):
        what = f"{place}: {addresses[0]} is no address of a mail server"
        mend = f"correct the host of {key}"
        facts = {"place": place, "key": key, "address": addresses[0]}
        yield fault("mail", what, mend, "mail.barred", **facts)
        return None
    line = yield from _connect(aim, kind, found)
    if line is not None:
        lines.add(line)
        if server.tls == "tls":
            line = yield from _encrypt(aim, kind, line)
    return None if line is None else lines.add(line)


def _connect(aim: Aim, kind: str, found: Sequence[tuple[Any, Any, Any, str, Any]]) -> Steps:
    place = aim.place(kind)
    ends_at = time.monotonic() + ANSWER_S
    error: Exception = TimeoutError("timed out")
    for family, _, protocol, _, address in found:
        left_s = ends_at - time.monotonic()
        if left_s <= 0:
            break
        line = socket.socket(family, socket.SOCK_STREAM, protocol)
        line.settimeout(left_s)
        try:
            line.connect(address)
        except OSError as refusal:
            line.close()
            error = refusal
            continue
        line.settimeout(ANSWER_S)
        host = str(address[0])
        what = f"{place}: connected to {host}"
        yield well("mail", what, "mail.connects", place=place, address=host)
        return line
    yield unreachable(aim, kind, error)
    return None


def _encrypt(aim: Aim, kind: str, line: socket.socket) -> Steps:
    server = aim.mailbox.imap if kind == "imap" else aim.mailbox.smtp
    try:
        secured = ssl.create_default_context().wrap_socket(line, server_hostname=server.host)
    except (OSError, ValueError) as error:
        line.close()
        # Who does not speak TLS answers in clear or hangs up, whichever comes first.
        amid = isinstance(error, ConnectionError)
        yield unreachable(aim, kind, error, amid_handshake=amid)
        return None
    yield from certificate(aim, kind, secured)
    return secured


def certificate(aim: Aim, kind: str, line: socket.socket | None) -> Generator[Finding, None, None]:
    """Say how the connection is encrypted and until when its certificate is good."""
    if not isinstance(line, ssl.SSLSocket):
        return
    place, version = aim.place(kind), line.version() or "TLS"
    ends = str((line.getpeercert() or {}).get("notAfter", ""))
    until = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
    facts = {"place": place, "version": version, "until": f"{until:%Y-%m-%d}"}
    if until - datetime.now(UTC) < _RENEW:
        what = f"{place}: the certificate ends on {until:%Y-%m-%d}"
        mend = "have it renewed: after that day no mail comes or goes here"
        yield warning("mail", what, mend, "mail.certificate_ends", **facts)
        return
    what = f"{place}: encrypted ({version}), certificate good until {until:%Y-%m-%d}"
    yield well("mail", what, "mail.encrypted", **facts)


def unreachable(aim: Aim, kind: str, error: Exception, *, amid_handshake: bool = False) -> Finding:
    """Say why a connection came to nothing, and what may help."""
    place, key = aim.place(kind), aim.key(kind)
    reason = said(error)
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message
        mend = (
            f"set the host of {key} to the name in the certificate, renew the certificate, or let "
            "this machine trust who issued it"
        )
        facts = {"place": place, "reason": reason, "key": key}
        return fault("mail", f"{place}: {reason}", mend, "mail.certificate", **facts)
    if isinstance(error, ssl.SSLError) or amid_handshake:
        mend = f"the server speaks another form there: try another tls or port of {key}"
        return fault("mail", f"{place}: no TLS", mend, "mail.no_tls", place=place, key=key)
    mend = f"check host, port and tls of {key}, and that this machine may connect there"
    facts = {"place": place, "reason": reason, "key": key}
    return fault("mail", f"{place}: {reason}", mend, "mail.unreachable", **facts)


def said(error: Exception) -> str:
    """Return the words of an error or of a server, short and on one line."""
    first = error.args[0] if error.args else ""
    if isinstance(first, bytes):  # imaplib hands on what the server said
        return one_line(first)
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return one_line(text or type(error).__name__)


def one_line(text: str | bytes) -> str:
    """Return what a server said: no more than two lines of it, nothing that a terminal obeys."""
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return "".join(c if c.isprintable() else " " for c in " ".join(plain.split()))[:_LONGEST]


def _barred(address: str) -> bool:
    known = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    return known.is_link_local or known.is_multicast or known.is_unspecified
