"""Texts the hub writes by itself in mails, in Chinese and English. Pure.

They carry none of the sender's text (reliability.md §4): a stranger must not make us send their
words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

_WEEKDAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """`subject_prefix` goes before the customer's own subject, which stays for threading."""

    subject_prefix: str
    text: str


def clock_time(language: str, moment: datetime, today: date | None = None) -> str:
    """Return a promise time as customers read it: "Tue 14:00" or 周二14:00; past a week with the
    date.

    `moment` is in the customer's or the queue's local zone; `today` in the same.
    """
    key = _language(language)
    weekday = _WEEKDAYS[key][moment.weekday()]
    far = today is not None and (moment.date() - today).days >= 7
    clock = f"{moment:%H:%M}"
    if key == "zh":
        return f"{moment.month}月{moment.day}日{weekday}{clock}" if far else f"{weekday}{clock}"
    return (
        f"{weekday} {moment.day} {_MONTHS[moment.month - 1]} {clock}"
        if far
        else f"{weekday} {clock}"
    )


def acknowledgement(
    language: str,
    reference: str,
    promised_at_local: datetime | None,
    opening_note: str | None = None,
    today: date | None = None,
) -> Acknowledgement:
    """Return the automatic acknowledgement of a new contact.

    `promised_at_local`: when we will have answered, in local time, or None to promise nothing.
    `opening_note`: our own sentence about hours, e.g. "We open tomorrow at 09:00."
    """
    if _language(language) == "zh":
        promise = (
            f"我们将在{clock_time(language, promised_at_local, today)}前回复您。"
            if promised_at_local is not None
            else "我们会尽快回复您。"
        )
        lines = ["您好，", "", f"我们已收到您的来信，编号 {reference}。{promise}"]
        lines += [opening_note] if opening_note else []
        lines += [
            "",
            "如需补充，请直接回复本邮件，内容会归入同一会话。",
            "",
            "（本邮件由系统自动发送）",
        ]
        return Acknowledgement("已收到：", "\n".join(lines))
    promise = (
        f"We will answer by {clock_time(language, promised_at_local, today)}."
        if promised_at_local is not None
        else "We will answer as soon as we can."
    )
    lines = [
        "Hello,",
        "",
        f"We have received your message. Its reference is {reference}. {promise}",
    ]
    lines += [opening_note] if opening_note else []
    lines += [
        "",
        "To add anything, just reply to this mail: it stays in the same conversation.",
        "",
        "(This message was sent automatically.)",
    ]
    return Acknowledgement("Received: ", "\n".join(lines))


_REASONS = {
    "bounce": ("it is a delivery report", "这是一封退信"),
    "auto_mail": ("it was sent automatically", "对方邮件为自动发送"),
    "list": ("it came over a mailing list", "来自邮件列表"),
    "bulk": ("it is bulk mail", "群发邮件"),
    "no_reply": ("the sender takes no replies", "发件地址不接收回复"),
    "own_address": ("it came from one of our own addresses", "来自我们自己的地址"),
    "dmarc_failed": ("the sender's domain disowns it (DMARC)", "发件域名验证未通过（DMARC）"),
    "asked_not_to": ("the sender asked for no automatic replies", "发件人要求不自动回复"),
    "null_sender": ("it has an empty return path", "退信地址为空"),
    "old": ("it was written more than three days ago", "邮件写于三天以前"),
    "once_per_conversation": ("this conversation was acknowledged before", "该会话已发送过确认"),
    "too_many_at_once": (
        "too many went out at once: they have stopped for half an hour",
        "短时间内确认过多,已暂停半小时",
    ),
    "already_open": ("it adds to a request that is open", "它属于已在处理的请求"),
    "too_many_today": ("this address had enough of them today", "该地址今日已收到足够多的确认"),
    "opted_out": ("the sender says stop", "发件人要求退订"),
    "quarantined": ("it could not be read", "邮件无法解析"),
    "not_allowed": ("its channel does not allow it", "该渠道不允许"),
    "spam": ("it looks like spam", "疑似垃圾邮件"),
}


def why_not_acknowledged(language: str, reason: str) -> str:
    """Return the sentence part for "not acknowledged, because …"; an unknown code is shown as it
    is."""
    english, chinese = _REASONS.get(reason, (reason, reason))
    return chinese if _language(language) == "zh" else english


def attribution(language: str, at_local: datetime, author: str) -> str:
    """Return the line above a quoted mail, in a form that mail programs recognise and fold."""
    if _language(language) == "zh":
        return f"在 {at_local:%Y年%m月%d日} {at_local:%H:%M}，{author} 写道："
    month = _MONTHS[at_local.month - 1]
    return f"On {at_local.day} {month} {at_local.year}, at {at_local:%H:%M}, {author} wrote:"


def opt_out_footer(language: str, link: str) -> str:
    """Return what stands below a mail that we send of our own accord."""
    if _language(language) == "zh":
        return f"不想再收到此类邮件？点此退订：{link}"
    return f"No more mails like this? Unsubscribe here: {link}"


def back_to_chat(language: str, link: str) -> str:
    """Return the line with the link by which the customer of a chat comes back to it."""
    if _language(language) == "zh":
        return f"直接回复本邮件，或回到在线对话：{link}"
    return f"Answer this mail, or go on in the chat: {link}"


def _language(language: str) -> str:
    return "zh" if language.lower().startswith("zh") else "en"
