"""Ids, dates, and who or what wrote the mail."""

from __future__ import annotations

from .case import BASE, Ugly


def _field(line: bytes, **expect: object) -> Ugly:
    return Ugly(f"field {line[:60]!r}", BASE + line + b"\n\nhi", expect)


def _flags(line: bytes, *flags: str) -> Ugly:
    names = ("auto", "bounce", "list", "ooo")
    return _field(line, flags={name: name in flags for name in names})


CASES: tuple[Ugly, ...] = (
    _field(b"Message-ID: <a@b>", message_id="<a@b>"),
    _field(b"Message-ID: a@b", message_id="<a@b>"),
    _field(b"Message-ID: <a@b", message_id="<a@b>"),
    _field(b"Message-ID:\n <a@b>", message_id="<a@b>"),
    _field(b"Message-ID: <a@b> (added by mx)", message_id="<a@b>"),
    _field(b"Message-ID: <>", message_id=None),
    _field(b"Message-Id: <[abc]$1@b>", message_id="<[abc]$1@b>"),
    _field(b"X-Nothing: here", message_id=None),
    _field(b"References: <a@b><c@d>\n\t<e@f>", references=["<a@b>", "<c@d>", "<e@f>"]),
    _field(b"References: <a@b>, <a@b>; junk <c@d>", references=["<a@b>", "<c@d>"]),
    _field(b'In-Reply-To: Your message of "Mon" <a@b>', in_reply_to=["<a@b>"]),
    _field(b"Date: Tue, 10 Mar 2026 11:58:00 +0800", date="2026-03-10T03:58:00Z"),
    _field(b"Date: Tue, 10 Mar 2026 11:58:00 GMT", date="2026-03-10T11:58:00Z"),
    _field(b"Date: Tue, 10 Mar 2026 11:58 -0000 (UTC)", date="2026-03-10T11:58:00Z"),
    _field(b"Date: 10 Mar 26 11:58:00 EST", date="2026-03-10T16:58:00Z"),
    _field(b"Date: Tue, 10 Mar 2026 11:58:00", date="2026-03-10T11:58:00Z"),
    _field(b"Date: Tue, 10 Mar 2026 11.58.00 +0100", date="2026-03-10T10:58:00Z"),
    _field(b"Date: 2026-03-10T11:58:00+08:00", date="2026-03-10T03:58:00Z"),
    _field(b"Date: 2026-03-10 11:58:00 +0800", date="2026-03-10T03:58:00Z"),
    _field(b"Date: Tue Mar 10 11:58:00 2026", date="2026-03-10T11:58:00Z"),
    _field(b"Date: Tue, 31 Feb 2026 11:58:00 +0000", date=None),
    _field(b"Date: Thu, 1 Jan 1970 00:00:00 +0000", date=None),
    _field(b"Date: yesterday", date=None),
    _field(b"Date: Tue, 10 Mar 2026 11:58:00 +9999", date="2026-03-10T11:58:00Z"),
    _flags(b"Subject: hello"),
    _flags(b"Auto-Submitted: no"),
    _flags(b"Auto-Submitted: auto-generated", "auto"),
    _flags(b"Auto-Submitted: auto-replied (vacation)", "auto"),
    _flags(b"Auto-Submitted: auto-replied\nSubject: Out of office", "auto", "ooo"),
    _flags(b"X-Autoreply: yes", "auto", "ooo"),
    _flags("Subject: 自动回复：您的邮件".encode(), "auto", "ooo"),
    _flags(b"Subject: =?utf-8?B?6Ieq5Yqo5Zue5aSN?=: hi", "auto", "ooo"),
    _flags(b"Subject: Automatische Antwort: Urlaub", "auto", "ooo"),
    _flags("Subject: Réponse automatique : absente".encode(), "auto", "ooo"),
    _flags(b"Subject: Risposta automatica: ferie", "auto", "ooo"),
    _flags("Subject: Resposta automática: férias".encode(), "auto", "ooo"),
    _flags("Subject: Автоответ: отпуск".encode(), "auto", "ooo"),
    _flags("Subject: 부재중: 휴가".encode(), "auto", "ooo"),
    _flags(b"Subject: I got your automatic reply"),
    _flags(b"List-Id: <x.example>", "list"),
    _flags(b"Precedence: list", "list"),
    _flags(b"List-Unsubscribe: <mailto:u@x.example>", "auto", "list"),
    _flags(b"Precedence: bulk", "auto"),
    _flags(b"X-Failed-Recipients: t@x.example", "auto", "bounce"),
    _flags(b"Return-Path: <>\nSubject: Undeliverable: hi", "auto", "bounce"),
    _flags("Return-Path: <>\nSubject: 系统退信".encode(), "auto", "bounce"),
)
