"""The mail with the link by which somebody sets their password. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from hub.storage import Tx
from hub.vendors.mail.sanitise import html_of_text

from .views import UserView

PER_HOUR, PER_DAY = 3, 6  # mails with links to one user
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class NotMailed(StrEnum):
    """Why a link is only shown."""

    NO_ADDRESS = "no_address"  # nobody has said where the console is reached
    NO_MAILBOX = "no_mailbox"  # none of ours can send
    OUR_OWN = "our_own"  # their address is one of ours: everybody would read it
    REFUSED = "refused"  # they have said that they want no mail from us
    TOO_OFTEN = "too_often"


class LinkMail(NamedTuple):
    """`by`: the name of who made the link; `key`: of the mail in the outbox."""

    user: UserView
    by: str
    url: str
    until: datetime
    key: str


MailLink = Callable[[Tx, LinkMail], NotMailed | None]
"""Writes the mail; None: it is on its way."""


class LinkLetter(NamedTuple):
    subject: str
    text: str
    html: str


class _Words(NamedTuple):
    subject: str
    before: str
    after: str


_INVITED: Mapping[str, _Words] = {
    "en": _Words(
        subject="{by} invites you to {name}",
        before="Hello {user},\n\n{by} has made an account for you at {name}."
        " Choose your password here:",
        after="The link is good once, for {life}. From then on you sign in with this address and"
        " your password.\n\nIf you did not expect this, there is nothing to do.",
    ),
    "zh": _Words(
        subject="{by}邀请您加入{name}",
        before="{user}，您好！\n\n{by}已在{name}为您开通账号。请通过以下链接设置密码：",
        after="链接只能使用一次，{life}内有效。之后请用本邮箱和您的密码登录。"
        "\n\n如果您对此并不知情，请忽略本邮件。",
    ),
}
_RESET: Mapping[str, _Words] = {
    "en": _Words(
        subject="A new password for {name}",
        before="Hello {user},\n\n{by} has made a link for you to choose a new password at {name}:",
        after="The link is good once, for {life}. Until it is used, your present password stays"
        " good.\n\nIf you did not ask for it, tell {by}, and leave the link alone.",
    ),
    "zh": _Words(
        subject="重设您在{name}的密码",
        before="{user}，您好！\n\n{by}为您生成了重设{name}密码的链接：",
        after="链接只能使用一次，{life}内有效。在使用之前，当前密码仍然有效。"
        "\n\n如果您没有提出过要求，请告知{by}，并且不要打开链接。",
    ),
}


def link_letter(mail: LinkMail, name: str, now: datetime) -> LinkLetter:
    """Return the mail in the user's language. `name`: how the entry point that writes is called."""
    language = "zh" if mail.user.language.startswith("zh") else "en"
    words = (_INVITED if mail.user.invited else _RESET)[language]
    said = {
        "by": mail.by,
        "name": name,
        "user": mail.user.name,
        "life": _life(mail.until - now, language),
    }
    before, after = words.before.format(**said), words.after.format(**said)
    return LinkLetter(
        words.subject.format(**said),
        f"{before}\n\n{mail.url}\n\n{after}",
        f"<p>{html_of_text(before)}</p><p>{html_of_text(mail.url)}</p><p>{html_of_text(after)}</p>",
    )


def _life(life: timedelta, language: str) -> str:
    hours = round(life / HOUR)
    if hours % 24 == 0 and hours > 24:
        return f"{hours // 24} days" if language == "en" else f"{hours // 24} 天"
    return f"{hours} hours" if language == "en" else f"{hours} 小时"
