"""Sending one mail over SMTP, and saying honestly what became of it (reliability.md §1).

One recipient set per transaction, one connection per mail. An answer lost after the message went
out is `UNKNOWN`: the server may have it.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from aiosmtplib.protocol import SMTPProtocol

from hub.settings import MailServer

from .oauth import AccessTokens, OAuthError
from .render import ascii_address

_PORTS = {"tls": 465, "starttls": 587, "none": 25}
_COMMAND_TIMEOUT_S = 60.0
_DATA_TIMEOUT_S = (
    300.0  # RFC 5321 §4.5.3.2.6 asks for ten minutes; half of it keeps the outbox moving
)
_MAX_REASON = 300
_PIECE_BYTES = 256 * 1024  # handed to the line at once, and looked through for dots
_LINE_END = re.compile(rb"\r\n|\n|\r")
_BEGIN, _TAKEN = 354, 250


class SmtpFate(StrEnum):
    SENT = "sent"
    TRANSIENT = "transient"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RefusedRecipient:
    """One whom the server turned away at RCPT. `later`: only for now (4xx)."""

    address: str
    reason: str
    later: bool


@dataclass(frozen=True, slots=True)
class SmtpResult:
    """`refused`: recipients the server turned away, whether or not it took the mail for others.

    `sender_refused`: it was the envelope's sender that was not liked.
    """

    fate: SmtpFate
    reason: str = ""
    refused: tuple[RefusedRecipient, ...] = ()
    sender_refused: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who it is from and to on the wire; an empty sender is the null return path (RFC 3834
    §3.3)."""

    sender: str
    recipients: tuple[str, ...]


async def send_smtp(
    server: MailServer,
    envelope: Envelope,
    raw: bytes,
    tokens: AccessTokens | None = None,
    *,
    command_timeout_s: float = _COMMAND_TIMEOUT_S,
    data_timeout_s: float = _DATA_TIMEOUT_S,
) -> SmtpResult:
    """Send `raw` once. Expected failures are values; nothing is retried here.

    `tokens`: sign in by XOAUTH2 with these instead of the password.
    """
    # As they are written on the wire -> as they were given, by which they are told of.
    recipients = {ascii_address(item): item for item in envelope.recipients if "@" in item}
    if not recipients:
        return SmtpResult(SmtpFate.PERMANENT, "There is no recipient address.")
    client = SMTP(
        hostname=server.host,
        port=server.port or _PORTS[server.tls],
        use_tls=server.tls == "tls",
        start_tls=server.tls == "starttls",
        username=server.user or None,
        password=server.password.reveal() if server.user and tokens is None else None,
        oauth_token_generator=tokens.get if tokens is not None else None,
        timeout=command_timeout_s,
        local_hostname=_helo_name(),
    )
    try:
        return await _transact(
            client, ascii_address(envelope.sender), recipients, raw, data_timeout_s
        )
    except OAuthError as error:
        return SmtpResult(SmtpFate.TRANSIENT, str(error))
    except SMTPAuthenticationError as error:
        if tokens is not None:
            tokens.forget()
        return SmtpResult(
            SmtpFate.TRANSIENT,
            f"{server.host} refused the sign-in of {server.user}: check user and password "
            f"(QQ, 163 and 126 need an authorisation code, 授权码). {_words(error)}",
        )
    except SMTPSenderRefused as error:
        return SmtpResult(_fate_of(error.code), _words(error), sender_refused=True)
    except SMTPResponseException as error:
        return SmtpResult(_fate_of(error.code), f"{server.host}: {_words(error)}")
    except (SMTPException, OSError, TimeoutError, ssl.SSLError, UnicodeError) as error:
        return SmtpResult(SmtpFate.TRANSIENT, f"{server.host} {_not_reached(server, error)}")
    finally:
        client.close()


async def _transact(
    client: SMTP, sender: str, recipients: Mapping[str, str], raw: bytes, data_timeout_s: float
) -> SmtpResult:
    await client.connect()
    await client.ehlo()
    options = [f"SIZE={len(raw)}"] if client.supports_extension("size") else []
    encoding = "ascii"
    if not all(item.isascii() for item in (sender, *recipients)):
        if not client.supports_extension("smtputf8"):
            return SmtpResult(
                SmtpFate.PERMANENT, "The mail server cannot send to addresses outside ASCII."
            )
        options.append("SMTPUTF8")
        encoding = "utf-8"
    await client.mail(sender, options=options, encoding=encoding)
    refused = []
    for recipient, given in recipients.items():
        try:
            await client.rcpt(recipient, encoding=encoding)
        except SMTPRecipientRefused as error:
            refused.append(_refused(given, error))
        except ValueError as error:  # aiosmtplib's own check: it would break the command line
            refused.append(_refused(given, SMTPRecipientRefused(553, str(error), recipient)))
    if len(refused) == len(recipients):
        later = [one for one in refused if one.later]
        fate = SmtpFate.TRANSIENT if later else SmtpFate.PERMANENT
        return SmtpResult(fate, (later or refused)[0].reason, tuple(refused))
    return await _send_data(client, raw, data_timeout_s, tuple(refused))


async def _send_data(
    client: SMTP, raw: bytes, timeout_s: float, refused: tuple[RefusedRecipient, ...]
) -> SmtpResult:
    try:
        async with asyncio.timeout(timeout_s):
            await _hand_over(client, raw)
    except SMTPResponseException as error:
        return SmtpResult(_fate_of(error.code), _words(error))
    except (SMTPException, OSError, TimeoutError) as error:
        return SmtpResult(SmtpFate.UNKNOWN, f"The answer to the message was lost: {_words(error)}")
    # The 250 is what counts: QUIT is only politeness and may not delay or spoil it.
    try:
        async with asyncio.timeout(2):
            await client.quit()
    except (SMTPException, OSError, TimeoutError):
        client.close()
    return SmtpResult(SmtpFate.SENT, refused=refused)


async def _hand_over(client: SMTP, raw: bytes) -> None:
    """DATA and the mail, as aiosmtplib's `data`, which holds the event loop for 15 ms a MiB.

    Raises SMTPDataError for what the server answers instead of 354 and 250.
    """
    begun = await client.execute_command(b"DATA")
    if begun.code != _BEGIN:
        raise SMTPDataError(begun.code, begun.message)
    if client.protocol is None:
        raise SMTPServerDisconnected("Connection lost")
    writing = asyncio.ensure_future(_write(client.protocol, raw))
    try:
        # A line that is cut ends this wait, too: what the server said before is what counts.
        code, words = await client.protocol.read_response()
    finally:
        writing.cancel()
        await asyncio.wait((writing,))
    if code != _TAKEN:
        raise SMTPDataError(code, words)


async def _write(protocol: SMTPProtocol, raw: bytes) -> None:
    """Write a mail as the line takes it, until it is cut; whoever reads the answer is told of it.

    Cancelled where the answer is there before all is written: what is left stays.
    """
    with contextlib.suppress(SMTPServerDisconnected, ConnectionError):
        for piece in wire_pieces(raw):
            protocol.write(piece)
            await protocol._drain_helper()  # as asyncio's StreamWriter, which would close the line
            await asyncio.sleep(0)


def wire_pieces(raw: bytes, size_bytes: int = _PIECE_BYTES) -> Iterator[bytes]:
    """Yield a mail as it goes over the wire, some lines at a time: CRLF at the end of each, a dot
    that begins one doubled, the lone dot last (RFC 5321 §4.5.2).
    """
    begin = 0
    while begin < len(raw):
        end = raw.find(b"\n", begin + size_bytes) + 1 or len(raw)
        piece, begin = raw[begin:end], end
        lines = piece.count(b"\r\n")
        if piece.count(b"\n") != lines or piece.count(b"\r") != lines:
            piece = _LINE_END.sub(b"\r\n", piece)
        if piece.startswith(b"."):
            yield b"."
        yield piece.replace(b"\n.", b"\n..")
    if not raw.endswith((b"\n", b"\r")):
        yield b"\r\n"
    yield b".\r\n"


def _refused(address: str, error: SMTPRecipientRefused) -> RefusedRecipient:
    return RefusedRecipient(address, _words(error), _fate_of(error.code) is SmtpFate.TRANSIENT)


def _fate_of(code: int) -> SmtpFate:
    return SmtpFate.PERMANENT if 500 <= code < 600 else SmtpFate.TRANSIENT


def _not_reached(server: MailServer, error: Exception) -> str:
    """Say what is wrong before a mail is begun, and what helps: nothing of it has gone out, and
    where the line is not encrypted as it should be, no password has.
    """
    causes = _causes(error)
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f"shows a certificate that is not trusted: {cause.verify_message}. Set the host to "
                "the name in it, have it renewed, or let this machine trust who issued it."
            )
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return f"speaks no TLS of that form there: try another tls or port. {_words(error)}"
    if type(error) is SMTPException:  # the library's own word about what the server cannot do
        hint = " Try another tls or port." if server.tls == "starttls" else ""
        return f"cannot be used as it is set: {_words(error)}{hint}"
    return f"could not be reached: {_words(error)}"


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in found:
        found.append(one)
        one = one.__cause__ or one.__context__
    return found


def _words(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        text = f"{error.code} {error.message}"
    else:
        text = str(error) or type(error).__name__
    return " ".join(text.split())[:_MAX_REASON]


def _helo_name() -> str:
    """Return a name for EHLO without asking the DNS, which may hang."""
    name = socket.gethostname()
    return name if name and name.isascii() and " " not in name else "localhost"
