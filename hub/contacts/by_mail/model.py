"""When a chat that falls silent is reminded, ends, and goes on by mail: its rules. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec

Wait = Annotated[int, msgspec.Meta(ge=0, le=7 * 86_400)]

REMIND_AFTER_S = 180
END_AFTER_S = 600
MAIL_AFTER_S = 300
MESSAGE_AFTER_S = 120


class Alone(StrEnum):
    """Why somebody who waits may rather leave a message."""

    NOBODY = "nobody"  # is signed in who could answer
    BUSY = "busy"  # are all who could


class SilenceRules(msgspec.Struct, frozen=True, kw_only=True):
    """What an entry point's settings say of it (routing.md 3.6); seconds, 0: never.

    `remind_after_s`: of a customer's silence after our last word, then they are reminded and take
    no capacity; `end_after_s`: from the same moment on, then the contact ends without a survey.
    `mail`: the key of the mail entry point that writes for this chat, "" for none;
    `mail_after_s`: what is not read in the chat by then goes by mail; `message_after_s`: of
    waiting, then a message by mail is offered besides.
    """

    mail: str = ""
    remind_after_s: Wait = REMIND_AFTER_S
    end_after_s: Wait = END_AFTER_S
    mail_after_s: Wait = MAIL_AFTER_S
    message_after_s: Wait = MESSAGE_AFTER_S


def rules_in(settings: Mapping[str, object]) -> SilenceRules:
    """Return the rules in an entry point's settings, which were checked when they were applied."""
    return msgspec.convert(settings, SilenceRules)


def next_step_at(rules: SilenceRules, said_at: datetime, *, reminded: bool) -> datetime | None:
    """Return when the next step is taken with a customer silent since `said_at`; None: never."""
    steps = [rules.end_after_s] if rules.end_after_s else []
    if rules.remind_after_s and not reminded:
        steps.append(rules.remind_after_s)
    return said_at + timedelta(seconds=min(steps)) if steps else None


def reminds(rules: SilenceRules, *, reminded: bool) -> bool:
    """Say whether the step that is due is the reminder, not the end."""
    if reminded or not rules.remind_after_s:
        return False
    return not rules.end_after_s or rules.remind_after_s < rules.end_after_s


def mail_due_at(
    rules: SilenceRules, now: datetime, before: datetime | None, *, in_chat: bool
) -> datetime:
    """Return when what was said now goes by mail if it is not read: with what waits already.

    `in_chat`: the customer was last heard in the chat; who wrote a mail is answered by one at once.
    """
    due = now + timedelta(seconds=rules.mail_after_s if in_chat else 0)
    return due if before is None else min(before, due)
