"""Mail: can each mailbox be signed in to and read, and would its server take our mail."""

from __future__ import annotations

import imaplib
import smtplib
import ssl
from collections.abc import Iterator

from hub.core.findings import Finding, fault, warning, well
from hub.settings import LOOPBACK, Mailbox, MailServer, Settings

_ANSWER_S = 10.0
_IMAP_PORTS = {"tls": 993, "starttls": 143, "none": 143}
_SMTP_PORTS = {"tls": 465, "starttls": 587, "none": 25}


def check_mail(settings: Settings) -> Iterator[Finding]:
    """Sign in to every mailbox and leave again; nothing is read, sent or marked."""
    if not settings.mail.mailboxes:
        yield well("mail", "no mailbox is set up ([[mail.mailboxes]])")
    for index, mailbox in enumerate(settings.mail.mailboxes):
        yield from check_mailbox(f"mail.mailboxes.{index}", mailbox)


def check_mailbox(where: str, mailbox: Mailbox) -> Iterator[Finding]:
    """Sign in to one mailbox and leave again; `where`: its key in the configuration. Blocks."""
    if mailbox.oauth.token_url:
        mend = "start the hub and look for this mailbox in its log"
        what = f"{mailbox.entry_point}: OAuth is not tried here"
        yield warning("mail", what, mend, "mail.oauth", point=mailbox.entry_point)
        return
    for key, server in (("imap", mailbox.imap), ("smtp", mailbox.smtp)):
        if server.host and server.tls == "none" and server.host not in LOOPBACK:
            mend = f'set {where}.{key}.tls = "tls"'
            what = f"{server.host}: the password travels unencrypted"
            setting = f"{where}.{key}.tls"
            yield warning("mail", what, mend, "mail.open", host=server.host, setting=setting)
    if mailbox.imap.host:
        yield _try_imap(where, mailbox)
    if mailbox.smtp.host:
        yield _try_smtp(where, mailbox)


def _try_imap(where: str, mailbox: Mailbox) -> Finding:
    server = mailbox.imap
    port = server.port or _IMAP_PORTS[server.tls]
    place = f"{mailbox.entry_point}: imap {server.host}:{port}"
    try:
        with _open_imap(server, port) as session:
            try:
                session.login(server.user, server.password.reveal())
            except imaplib.IMAP4.error as refusal:
                return _refused(place, str(refusal), f"{where}.imap")
            # NetEase (163, 126) refuses SELECT to clients that have not named themselves.
            if "ID" in session.capabilities:
                session.xatom("ID", '("name" "contact-hub")')
            for folder in (mailbox.folder, mailbox.processed_folder):
                if folder and session.select(f'"{folder}"', readonly=True)[0] != "OK":
                    mend = f"make the folder, or correct {where}.folder / processed_folder"
                    what = f"{place} has no folder {folder!r}"
                    facts = {"place": place, "folder": folder, "where": where}
                    return fault("mail", what, mend, "mail.no_folder", **facts)
            abilities = set(session.capabilities)
    except (OSError, imaplib.IMAP4.error) as error:
        return _unreachable(place, error, f"{where}.imap")
    if "IDLE" not in abilities:
        poll = "new mail is seen at the next search (mail.poll_s)"
        what = f"{place} cannot tell of new mail (no IDLE)"
        return warning("mail", what, poll, "mail.no_idle", place=place)
    what = f"{place}: signed in, {mailbox.folder} can be read"
    return well("mail", what, "mail.reads", place=place, folder=mailbox.folder)


def _open_imap(server: MailServer, port: int) -> imaplib.IMAP4:
    if server.tls == "tls":
        context = ssl.create_default_context()
        return imaplib.IMAP4_SSL(server.host, port, ssl_context=context, timeout=_ANSWER_S)
    session = imaplib.IMAP4(server.host, port, timeout=_ANSWER_S)
    if server.tls == "starttls":
        session.starttls(ssl.create_default_context())
    return session


def _try_smtp(where: str, mailbox: Mailbox) -> Finding:
    server = mailbox.smtp
    port = server.port or _SMTP_PORTS[server.tls]
    place = f"{mailbox.entry_point}: smtp {server.host}:{port}"
    try:
        with _open_smtp(server, port) as session:
            if server.tls == "starttls":
                session.starttls(context=ssl.create_default_context())
            session.ehlo_or_helo_if_needed()
            if server.user:
                session.login(server.user, server.password.reveal())
    except smtplib.SMTPAuthenticationError as refusal:
        reason = f"{refusal.smtp_code} {refusal.smtp_error!r}"
        return _refused(place, reason, f"{where}.smtp")
    except (OSError, smtplib.SMTPException) as error:
        return _unreachable(place, error, f"{where}.smtp")
    if server.user:
        return well("mail", f"{place}: signed in", "mail.signed_in", place=place)
    return well("mail", f"{place}: answers", "mail.answers", place=place)


def _open_smtp(server: MailServer, port: int) -> smtplib.SMTP:
    if server.tls == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, port, timeout=_ANSWER_S, context=context)
    return smtplib.SMTP(server.host, port, timeout=_ANSWER_S)


def _refused(place: str, reason: str, key: str) -> Finding:
    mend = (
        f"correct {key}.user and password; many providers want an app password, "
        "NetEase and QQ the 授权码 from their web mail"
    )
    what = f"{place} refused the sign-in: {reason}"
    return fault("mail", what, mend, "mail.refused", place=place, reason=reason, key=key)


def _unreachable(place: str, error: Exception, key: str) -> Finding:
    if isinstance(error, ssl.SSLCertVerificationError):
        mend = f"set {key}.host to the name in the certificate, or renew the certificate"
        reason = error.verify_message
        facts = {"place": place, "reason": reason, "key": key}
        return fault("mail", f"{place}: {reason}", mend, "mail.certificate", **facts)
    if isinstance(error, ssl.SSLError):
        mend = f"the server speaks another form there: try another {key}.tls or {key}.port"
        return fault("mail", f"{place}: no TLS", mend, "mail.no_tls", place=place, key=key)
    mend = f"check {key}.host and port, and that this machine may connect there"
    reason = str(error) or type(error).__name__
    facts = {"place": place, "reason": reason, "key": key}
    return fault("mail", f"{place}: {reason}", mend, "mail.unreachable", **facts)
