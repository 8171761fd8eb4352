"""Times, quotations and reasons as mails name them, in Chinese and English. Pure."""

from __future__ import annotations

from datetime import date, datetime

_WEEKDAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


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
    "aside": ("it answers something that was forwarded", "它是对转发邮件的回复"),
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


_FORWARDED = {
    "en": ("---------- Forwarded message ----------", "From: ", "Date: ", "Subject: ", "To: "),
    "zh": ("---------- 转发的邮件 ----------", "发件人：", "日期：", "主题：", "收件人："),
}


def forwarded(language: str, at_local: datetime, *, sender: str, to: str, subject: str) -> str:
    """Return the lines above a forwarded mail, in a form that mail programs recognise and fold."""
    key = _language(language)
    head, from_, date_, subject_, to_ = _FORWARDED[key]
    month = _MONTHS[at_local.month - 1]
    date_words = (
        f"{at_local:%Y年%m月%d日 %H:%M}"
        if key == "zh"
        else f"{at_local.day} {month} {at_local.year}, {at_local:%H:%M}"
    )
    said = ((from_, sender), (date_, date_words), (subject_, subject), (to_, to))
    return "\n".join([head, *(f"{name}{value}" for name, value in said if value)])


def _language(language: str) -> str:
    return "zh" if language.lower().startswith("zh") else "en"
