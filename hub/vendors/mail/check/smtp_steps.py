"""The steps of sending: greeting, sign-in, and whether our own address may send."""

from __future__ import annotations

import base64
import contextlib
import smtplib
import socket
import ssl
from collections.abc import Iterator

from hub.core.findings import Finding, fault, well
from hub.vendors.mail.render import ascii_address

from .aim import Aim, TokenRefused
from .sign_in import NOT_ASCII, refused, token_refused
from .wire import ANSWER_S, Lines, certificate, one_line, reach, unreachable


class _Session(smtplib.SMTP):
    """SMTP on a connection that was made before, so that each step can be told by itself."""

    def __init__(self, line: socket.socket, host: str, port: int) -> None:
        self._line = line
        super().__init__(host, port, local_hostname="localhost", timeout=ANSWER_S)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._line


def check_smtp(aim: Aim, lines: Lines) -> Iterator[Finding]:
    """Yield the steps up to the first fault. Nothing is sent."""
    line = yield from reach(aim, "smtp", lines)
    if line is None:
        return
    try:
        with line:
            session = _Session(line, aim.mailbox.smtp.host, aim.port("smtp"))
            with contextlib.closing(session):  # its reader holds the connection
                yield from _steps(aim, session, lines)
                session.quit()
    except smtplib.SMTPAuthenticationError as error:
        yield refused(aim, "smtp", f"{error.smtp_code} {one_line(error.smtp_error)}")
    except smtplib.SMTPNotSupportedError as error:
        # No STARTTLS, or no sign-in on this line: another port or tls has it, not another password.
        yield unreachable(aim, "smtp", error)
    except UnicodeError:
        yield refused(aim, "smtp", NOT_ASCII)
    except (OSError, smtplib.SMTPException) as error:
        yield unreachable(aim, "smtp", error)


def _steps(aim: Aim, session: smtplib.SMTP, lines: Lines) -> Iterator[Finding]:
    server, place = aim.mailbox.smtp, aim.place("smtp")
    if server.tls == "starttls":
        session.starttls(context=ssl.create_default_context())
        if session.sock is not None:
            lines.add(session.sock)
        yield from certificate(aim, "smtp", session.sock)
    session.ehlo_or_helo_if_needed()
    if aim.token is not None:
        try:
            token = aim.token()
        except TokenRefused as error:
            yield token_refused(aim, error)
            return
        _sign_in_by_token(session, server.user, token)
    elif server.user:
        session.login(server.user, server.password.reveal())
    if server.user:
        what = f"{place}: signed in as {server.user}"
        yield well("mail", what, "mail.signed_in_as", place=place, user=server.user)
    else:
        yield well("mail", f"{place}: answers", "mail.answers", place=place)
    if aim.test is not None:
        yield _send(aim, session, aim.test.raw)
    elif "@" in aim.address:
        yield _may_send(aim, session)


def _sign_in_by_token(session: smtplib.SMTP, user: str, token: str) -> None:
    """XOAUTH2; a refusal comes as a challenge that wants an empty answer (Google, Microsoft)."""
    text = base64.b64encode(f"user={user}\1auth=Bearer {token}\1\1".encode()).decode()
    code, told = session.docmd("AUTH", f"XOAUTH2 {text}")
    if code == 334:
        code, told = session.docmd("")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, told)


def _send(aim: Aim, session: smtplib.SMTP, raw: bytes) -> Finding:
    """From our address to itself, as answers go out."""
    place, address = aim.place("smtp"), ascii_address(aim.address)
    facts = {"place": place, "address": aim.address}
    try:
        session.sendmail(address, [address], raw)
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        return _no_sender(aim, f"{error.smtp_code} {one_line(error.smtp_error)}")
    except smtplib.SMTPRecipientsRefused as error:
        code, told = next(iter(error.recipients.values()))
        return _no_sender(aim, f"{code} {one_line(told)}")
    what = f"{place}: took the test mail to {aim.address}"
    return well("mail", what, "mail.test_sent", **facts)


def _no_sender(aim: Aim, reason: str) -> Finding:
    place = aim.place("smtp")
    facts = {"place": place, "address": aim.address, "reason": reason}
    mend = "let this sign-in send from that address, or sign in as the one that has it"
    what = f"{place} takes no mail from {aim.address}: {reason}"
    return fault("mail", what, mend, "mail.no_sender", **facts)


def _may_send(aim: Aim, session: smtplib.SMTP) -> Finding:
    """Begin a mail from our address to itself and take it back: no mail goes out."""
    place, address = aim.place("smtp"), ascii_address(aim.address)
    code, told = session.mail(address)
    if code < 400:
        code, told = session.rcpt(address)
    session.rset()
    facts = {"place": place, "address": aim.address}
    if code >= 400:
        return _no_sender(aim, f"{code} {one_line(told)}")
    what = f"{place}: takes mail from {aim.address}"
    return well("mail", what, "mail.may_send", **facts)
