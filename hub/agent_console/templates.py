"""Routes of the templates: which there are and what they say as usual, and a test of one by mail.

What is changed is part of the set-up, and goes the way of the set-up (hub/setup/api.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from time import monotonic
from typing import Annotated

import msgspec

from hub.accounts.model import actor_of
from hub.contacts.templates.model import Group, Template
from hub.contacts.templates.usual import (
    CHAT_RETURN,
    PROMISE_BY,
    PROMISE_SOON,
    SURVEY_GONE,
    SURVEY_PAGE,
    SURVEY_THANKS,
    TEMPLATES,
)
from hub.core.budget import Budgets, Rate
from hub.core.errors import HubError, TooMany
from hub.customers.settings import Tag, TemplateWords
from hub.setup.template_test import Sender, SendTest, Ways, list_senders, send_test
from hub.storage import Store
from hub.web import Access, Body, Key, Principal, View, route

from .joining_views import Capabilities

_TESTS = Rate(per_s=1 / 30, burst=10)  # of one admin


class WordingView(View, frozen=True):
    subject: str
    body: str


class TemplateView(View, frozen=True):
    """`places`: what may stand in braces, with an example by language; `needs`: what has to.

    `longest`: characters of the body, 0: it has none. `below`: what the hub puts below it.
    `channels`: those whose entry points may have it in words of their own.
    """

    key: str
    group: str
    subject: bool
    longest: int
    below: str
    places: dict[str, dict[str, str]]
    needs: list[str]
    usual: dict[str, WordingView]
    channels: list[str]


class SenderView(View, frozen=True):
    key: str
    name: str
    address: str


class TemplatesView(View, frozen=True):
    """`senders`: entry points that can mail a test."""

    templates: list[TemplateView]
    senders: list[SenderView]


class TestBody(Body, frozen=True):
    """`subject`, `body`: of the draft, "" as it is in force; `entry_point`: which sends it."""

    language: Tag
    entry_point: Key
    subject: Annotated[str, msgspec.Meta(max_length=200)] = ""
    body: Annotated[str, msgspec.Meta(max_length=10_000)] = ""


class TestSent(View, frozen=True):
    to: str


class TemplateRoutes:
    """`capabilities`: of the channels, which say who can mail; `senders`: the entry points whose
    mailboxes can send now.
    """

    def __init__(
        self, store: Store, capabilities: Capabilities, senders: Callable[[], Collection[str]]
    ) -> None:
        self._store = store
        self._mails = frozenset(
            name for name, can in capabilities.items() if can.recipients and can.subject
        )
        self._chats = frozenset(name for name, can in capabilities.items() if can.instant)
        self._calls = frozenset(name for name, can in capabilities.items() if can.call)
        self._texts = frozenset(name for name, can in capabilities.items() if can.parts)
        self._writes = frozenset(name for name, can in capabilities.items() if can.reply)
        self._senders = senders
        self._budgets = Budgets(_TESTS)

    @route(
        "GET",
        "/api/v1/setup/templates",
        access=Access.ADMIN,
        summary="The texts the hub sends by itself, as they are as usual",
    )
    async def list(self) -> TemplatesView:
        senders = await self._store.read(list_senders, self._ways())
        return TemplatesView(
            templates=[_view(one, self._channels(one)) for one in TEMPLATES.values()],
            senders=[_sender(one) for one in senders],
        )

    @route(
        "POST",
        "/api/v1/setup/templates/{key}/test",
        access=Access.ADMIN,
        summary="Mail a template with examples in it to yourself",
    )
    async def test(self, principal: Principal, key: Key, body: TestBody) -> TestSent:
        if wait_s := self._budgets.take(principal.user_id, monotonic()):
            raise TooMany("That were many tests. Please wait a moment.", retry_after_s=wait_s)
        words = TemplateWords(subject=body.subject, body=body.body)
        command = SendTest(
            key, body.language, words, body.entry_point, self._ways(), actor_of(principal)
        )
        try:
            return TestSent(to=await self._store.write(send_test, command))
        except HubError:
            self._budgets.give_back(principal.user_id)  # nothing went out
            raise

    def _channels(self, template: Template) -> Iterable[str]:
        """Say at whose entry points a text is said, as who sends it looks it up."""
        if template in (SURVEY_PAGE, SURVEY_THANKS, SURVEY_GONE):  # of the mail with its link
            return self._mails
        if template.group is Group.PAGE:
            return ()
        if template.group is Group.PHONE:
            return self._calls
        if template.group is Group.COMMITMENT:
            return self._writes
        if template.group is Group.TEXT:
            return self._texts
        if template in (PROMISE_BY, PROMISE_SOON):  # a part of either receipt
            return self._mails | self._texts
        chat = template.group in (Group.CHAT, Group.CHAT_MAIL) and template is not CHAT_RETURN
        return self._chats if chat else self._mails

    def _ways(self) -> Ways:
        return Ways(self._mails, frozenset(self._senders()))


def _view(one: Template, channels: Iterable[str]) -> TemplateView:
    return TemplateView(
        key=one.key,
        group=one.group,
        subject=one.has_subject,
        longest=one.longest,
        below=one.below,
        places={name: dict(examples) for name, examples in one.places.items()},
        needs=list(one.needs),
        usual={
            tag: WordingView(subject=words.subject, body=words.body)
            for tag, words in one.usual.items()
        },
        channels=sorted(channels),
    )


def _sender(one: Sender) -> SenderView:
    return SenderView(key=one.key, name=one.name, address=one.address)
