"""The page behind "unsubscribe": public, by a signed link, in the reader's language.

A GET only shows: programs that look at links in mails must change nothing. A POST keeps the no; a
mail program's button sends one by itself (RFC 8058). The link holds no address and lifts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from aiohttp import web

from hub.contacts.templates.filling import say
from hub.contacts.templates.service import changed_templates
from hub.contacts.templates.usual import OPT_OUT_DONE, OPT_OUT_DONE_ALL, OPT_OUT_PAGE
from hub.customers.consent.model import (
    ANY,
    STOP_ALL,
    STOP_SELLING,
    OptOutLink,
    Purpose,
    parse_link,
)
from hub.customers.consent.service import states_of
from hub.customers.secrets import OPT_OUT_LINK, find_secret
from hub.storage import Store, Tx

from .api import StopContact
from .opting_out import OptOut

_LONGEST_TOKEN = 200
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1.25rem}"
    "h1{font-size:1.4rem}button{font:inherit;padding:.6rem 1.2rem;cursor:pointer}"
    "label{display:block;margin:.5rem 0}"
)


class _Choices(NamedTuple):
    """What a firm does not put in its own words: what exactly is stopped is the same for all."""

    selling: str
    everything: str
    button: str
    bad: str


_CHOICES: Mapping[str, _Choices] = {
    "zh-CN": _Choices(
        selling="不再收到推广信息和问卷",
        everything="除我主动咨询的事项外，不再联系我",
        button="确认退订",
        bad="此链接无效或不完整。请从邮件中重新打开，或直接回复“退订”。",
    ),
    "en": _Choices(
        selling="No more offers and no more surveys",
        everything="Do not contact me at all, except to answer what I ask",
        button="Unsubscribe",
        bad="This link is not valid, or not whole. Open it from the mail again, or reply with the"
        " word “unsubscribe”.",
    ),
}


class _Words(NamedTuple):
    """All of the page in one language. `title`, `ask`, `done`, `done_all`: templates."""

    language: str
    choices: _Choices
    title: str
    ask: str
    done: str
    done_all: str


class _Said(NamedTuple):
    token: str
    purposes: tuple[Purpose, ...]


class OptOutPages:
    """`opt_out` keeps the no, with all that follows from it."""

    def __init__(self, store: Store, opt_out: StopContact) -> None:
        self._store = store
        self._opt_out = opt_out

    def routes(self) -> list[web.RouteDef]:
        """For `build_web_app`; they answer for their own access."""
        return [web.get("/u/{token}", self._show), web.post("/u/{token}", self._stop)]

    async def _show(self, request: web.Request) -> web.StreamResponse:
        words = await self._store.read(_words, _language(request))
        stopped = await self._store.read(_stopped, request.match_info["token"])
        if stopped is None:
            return _page(words, f"<p>{escape(words.choices.bad)}</p>", status=404)
        if Purpose.SERVICE in stopped:
            return _page(words, f"<p>{escape(words.done_all)}</p>")
        if set(STOP_SELLING) <= stopped:
            said = f"<p>{escape(words.done)}</p>"
            return _page(words, said + _form(words, only_all=True))
        return _page(words, _form(words, only_all=False))

    async def _stop(self, request: web.Request) -> web.StreamResponse:
        words = await self._store.read(_words, _language(request))
        try:
            everything = (await request.post()).get("what") == "all"
        except ValueError:  # a form that cannot be read is still somebody who says stop
            everything = False
        said = _Said(request.match_info["token"], STOP_ALL if everything else STOP_SELLING)
        if not await self._store.write(self._keep, said):
            return _page(words, f"<p>{escape(words.choices.bad)}</p>", status=404)
        return _page(words, f"<p>{escape(words.done_all if everything else words.done)}</p>")

    def _keep(self, tx: Tx, said: _Said) -> bool:
        link = _link(tx, said.token)
        if link is None:
            return False
        if set(said.purposes) <= _noes(tx, link):
            return True  # pressed again, by a person or a program: nothing new
        no = OptOut(link.identity_id, said.purposes, "link", address=link.address)
        self._opt_out(tx, [no])
        return True


def _link(tx: Tx, token: str) -> OptOutLink | None:
    key = find_secret(tx, OPT_OUT_LINK) if len(token) <= _LONGEST_TOKEN else None
    return None if key is None else parse_link(key, token)


def _stopped(tx: Tx, token: str) -> set[str] | None:
    """Return what this address has said stop to; None for a link that is none of ours."""
    link = _link(tx, token)
    return None if link is None else _noes(tx, link)


def _noes(tx: Tx, link: OptOutLink) -> set[str]:
    """Return what is stopped on every way, with no way on which it was allowed again."""
    said = states_of(tx, [link.address])
    everywhere = {state.purpose for state in said if state.channel == ANY and not state.allowed}
    return everywhere - {state.purpose for state in said if state.allowed}


def _language(request: web.Request) -> str:
    asked = request.headers.get("Accept-Language", "").lower()
    first = min(
        ((asked.find(mark), key) for mark, key in (("zh", "zh-CN"), ("en", "en")) if mark in asked),
        default=(0, "en"),
    )
    return first[1]


def _words(tx: Tx, language: str) -> _Words:
    changed = changed_templates(tx)
    page = say(changed, OPT_OUT_PAGE, language)
    return _Words(
        language,
        _CHOICES[language],
        title=page.subject,
        ask=page.body,
        done=say(changed, OPT_OUT_DONE, language).body,
        done_all=say(changed, OPT_OUT_DONE_ALL, language).body,
    )


def _form(words: _Words, *, only_all: bool) -> str:
    choices: Sequence[tuple[str, str]] = (
        [("all", words.choices.everything)]
        if only_all
        else [("selling", words.choices.selling), ("all", words.choices.everything)]
    )
    boxes = "".join(
        f'<label><input type="radio" name="what" value="{value}"{" checked" if first else ""}>'
        f" {escape(text)}</label>"
        for first, (value, text) in zip((True, False), choices, strict=False)
    )
    return (
        f'<form method="post"><fieldset><legend>{escape(words.ask)}</legend>{boxes}</fieldset>'
        f'<p><button type="submit">{escape(words.choices.button)}</button></p></form>'
    )


def _page(words: _Words, body: str, *, status: int = 200) -> web.Response:
    html = (
        f'<!doctype html><html lang="{words.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(words.title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(words.title)}</h1>{body}</main></body></html>"
    )
    return web.Response(status=status, text=html, content_type="text/html", headers=_HEADERS)
