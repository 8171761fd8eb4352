"""The steps of fetching: greeting, sign-in, ID, what the server can do, the folders."""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator

from hub.core.findings import Finding, fault, warning, well
from hub.vendors.mail.imap import KEYWORD, mailbox_name, without_controls

from .aim import Aim, TokenRefused
from .sign_in import NOT_ASCII, refused, token_refused
from .to_self import look_for
from .wire import ANSWER_S, Lines, certificate, one_line, reach, said, unreachable

_KEYWORDS = re.compile(rb"\\\*|" + re.escape(KEYWORD.encode()), re.I)
_USEFUL = ("IDLE", "MOVE", "UIDPLUS")


class _Session(imaplib.IMAP4):
    """IMAP on a connection that was made before, so that each step can be told by itself."""

    def __init__(self, line: socket.socket, host: str) -> None:
        self._line = line
        super().__init__(host, 0, ANSWER_S)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._line


def check_imap(aim: Aim, lines: Lines) -> Iterator[Finding]:
    """Yield the steps up to the first fault. Nothing is read or marked."""
    line = yield from reach(aim, "imap", lines)
    if line is None:
        return
    try:
        with line:
            session = _Session(line, aim.mailbox.imap.host)
            try:
                yield from _steps(aim, session, lines)
                session.logout()
            finally:  # its reader holds the connection, and STARTTLS made another of it
                with contextlib.suppress(OSError):
                    session.shutdown()
    except TimeoutError:
        yield _silent(aim)
    except (OSError, imaplib.IMAP4.error) as error:
        yield unreachable(aim, "imap", error)


def _silent(aim: Aim) -> Finding:
    place, key = aim.place("imap"), aim.key("imap")
    mend = f"the server may want encryption from the start there: try another tls or port of {key}"
    what = f"{place}: says nothing for {ANSWER_S:.0f} s"
    return fault("mail", what, mend, "mail.silent", place=place, key=key, wait=f"{ANSWER_S:.0f}")


def _steps(aim: Aim, session: imaplib.IMAP4, lines: Lines) -> Iterator[Finding]:
    if aim.mailbox.imap.tls == "starttls":
        session.starttls(ssl.create_default_context())
        lines.add(session.sock)
        yield from certificate(aim, "imap", session.sock)
    problem = _sign_in(aim, session)
    if problem is not None:
        yield problem
        return
    place, user = aim.place("imap"), aim.mailbox.imap.user
    yield well("mail", f"{place}: signed in as {user}", "mail.signed_in_as", place=place, user=user)
    if aim.test is not None:
        folders = (aim.mailbox.folder, aim.mailbox.processed_folder)
        yield from look_for(aim.test, session, tuple(filter(None, folders)), place)
        return
    # Many servers offer more after the sign-in than before.
    _, told = session.capability()
    offered = told[-1] if told else None  # None: a server that only says OK
    able = {word.upper() for word in (offered or b"").decode("ascii", "replace").split()}
    if "ID" in able:
        # NetEase (163, 126) refuses SELECT to clients that have not named themselves.
        imaplib.Commands.setdefault("ID", ("AUTH", "SELECTED"))
        session.xatom("ID", '("name" "contact-hub")')
        yield well("mail", f"{place}: knows us by name (ID)", "mail.named", place=place)
    yield from _abilities(aim, able)
    yield from _folders(aim, session, able)


def _sign_in(aim: Aim, session: imaplib.IMAP4) -> Finding | None:
    server = aim.mailbox.imap
    try:
        if aim.token is not None:
            text = f"user={without_controls(server.user)}\1auth=Bearer {aim.token()}\1\1".encode()
            answers = iter([text])  # a refusal comes as a challenge that wants an empty answer
            session.authenticate("XOAUTH2", lambda _: next(answers, b""))
        else:
            # imaplib quotes the password and not the user.
            user = without_controls(server.user).replace("\\", r"\\").replace('"', r"\"")
            session.login(f'"{user}"', without_controls(server.password.reveal()))
    except TokenRefused as error:
        return token_refused(aim, error)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        return refused(aim, "imap", said(error))
    except UnicodeError:
        return refused(aim, "imap", NOT_ASCII)
    return None


def _abilities(aim: Aim, able: set[str]) -> Iterator[Finding]:
    place = aim.place("imap")
    if "IDLE" not in able:
        poll = "new mail is seen at the next search (mail.poll_s)"
        what = f"{place} cannot tell of new mail (no IDLE)"
        yield warning("mail", what, poll, "mail.no_idle", place=place)
    wanted = aim.mailbox.processed_folder
    if wanted and "MOVE" not in able:
        mend = "nothing to do: filed mail stays where it is, and is marked or remembered"
        what = f"{place} cannot move mail to {wanted} (no MOVE)"
        yield warning("mail", what, mend, "mail.no_move", place=place, folder=wanted)
    has = ", ".join(name for name in _USEFUL if name in able) or "IMAP4rev1"
    yield well("mail", f"{place}: offers {has}", "mail.able", place=place, able=has)


def _folders(aim: Aim, session: imaplib.IMAP4, able: set[str]) -> Iterator[Finding]:
    mailbox, place = aim.mailbox, aim.place("imap")
    # SELECT as the reader does: EXAMINE hides whether our keyword can be kept. It marks nothing.
    status, told = session.select(mailbox_name(mailbox.folder))
    if status != "OK":
        yield _no_folder(aim, mailbox.folder, one_line(told[-1] or b""))
        return
    count = one_line(told[-1] or b"0")
    flags = session.response("PERMANENTFLAGS")[1]
    keywords = any(_KEYWORDS.search(one) for one in flags or [] if isinstance(one, bytes))
    what = f"{place}: {mailbox.folder} can be read, {count} mails"
    yield well("mail", what, "mail.reads", place=place, folder=mailbox.folder, count=count)
    moves = bool(mailbox.processed_folder) and "MOVE" in able
    if not keywords and not moves:
        mend = "nothing to do: what is done is remembered by number, mail is taken in strict order"
        what = f"{place} keeps no marks of ours (no keywords)"
        yield warning("mail", what, mend, "mail.no_keywords", place=place)
    if moves:
        yield _processed(aim, session)


def _processed(aim: Aim, session: imaplib.IMAP4) -> Finding:
    place, folder = aim.place("imap"), aim.mailbox.processed_folder
    facts = {"place": place, "folder": folder}
    quoted = mailbox_name(folder)
    if session.status(quoted, "(MESSAGES)")[0] == "OK":
        return well("mail", f"{place}: {folder} is there", "mail.processed", **facts)
    if not aim.make_folder:
        what = f"{place}: {folder} is not there yet"
        return warning(
            "mail", what, "nothing to do: it is made with the first mail", "mail.to_make", **facts
        )
    status, told = session.create(quoted)
    if status == "OK":
        return well("mail", f"{place}: {folder} is made", "mail.made", **facts)
    return _no_folder(aim, folder, one_line(told[-1] or b""))


def _no_folder(aim: Aim, folder: str, reason: str) -> Finding:
    place, key = aim.place("imap"), aim.where or "IMAP"
    mend = f"make the folder in the mailbox, or correct the folders of {key}"
    what = f"{place} has no folder {folder!r}: {reason}"
    facts = {"place": place, "folder": folder, "key": key, "reason": reason}
    return fault("mail", what, mend, "mail.no_folder", **facts)
