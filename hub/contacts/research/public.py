"""The page on which a customer answers: public, by the link in their mail, in their language.

A GET only shows, because programs open links in mails. A POST counts once. Nothing of the customer
is shown, so a link that went astray tells nobody anything.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from time import monotonic
from typing import NamedTuple

from aiohttp import web

from hub.contacts.templates.filling import Changed, at_point
from hub.contacts.templates.service import changed_templates
from hub.core.budget import Budgets, Rate
from hub.core.networks import network_of
from hub.storage import Store, Tx
from hub.web.calls import Network, peer_address

from .links import LinkAnswer, find_ask
from .model import BEST, MAX_COMMENT, WORST
from .words import Fixed, PageWords, accepted, language_of, page_words

Keep = Callable[[Tx, LinkAnswer], bool]
"""Keeps an answer with all that follows from it; False where the link cannot be answered."""

_RATE = Rate(per_s=0.2, burst=20)  # of one network: a family, an office; a guesser gets nowhere
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1.25rem}"
    "h1{font-size:1.4rem}button,textarea{font:inherit}button{padding:.6rem 1.2rem;cursor:pointer}"
    "label{display:block;margin:.5rem 0}textarea{width:100%;box-sizing:border-box}"
)


class _State(NamedTuple):
    """What a link can do now. `language`: of whom it was sent to; None: not known. `changed`: what
    the set-up says at the entry point whose mail it stands in.
    """

    is_open: bool
    language: str | None
    changed: Changed


_UNKNOWN = _State(is_open=False, language=None, changed={})


class SurveyPages:
    """`keep`: see Keep. `trusted`: proxies whose word counts for who asks. `now_s`: a clock that
    only goes forward.
    """

    def __init__(
        self,
        store: Store,
        keep: Keep,
        trusted: tuple[Network, ...] = (),
        now_s: Callable[[], float] = monotonic,
    ) -> None:
        self._store = store
        self._keep = keep
        self._trusted = trusted
        self._now_s = now_s
        self._budgets = Budgets(_RATE)

    def routes(self) -> list[web.RouteDef]:
        """For `build_web_app`; they answer for their own access."""
        return [web.get("/s/{token}", self._show), web.post("/s/{token}", self._answer)]

    async def _show(self, request: web.Request) -> web.StreamResponse:
        if (wait_s := self._wait_s(request)) > 0:
            return _too_fast(request, wait_s)
        state = await self._store.read(_state, request.match_info["token"])
        if state is None:
            return _page(request, _UNKNOWN, "bad", status=404)
        if not state.is_open:
            return _page(request, state, "gone", status=410)
        return _form(request, state)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if (wait_s := self._wait_s(request)) > 0:
            return _too_fast(request, wait_s)
        token = request.match_info["token"]
        state = await self._store.read(_state, token)
        if state is None:
            return _page(request, _UNKNOWN, "bad", status=404)
        try:
            said = await request.post()
        except ValueError:  # a form that cannot be read
            return _form(request, state, missing=True)
        score, comment = _score(said.get("score")), said.get("comment")
        if score is None:
            return _form(request, state, missing=True)
        text = _clean(comment) if isinstance(comment, str) else ""
        kept = await self._store.write(self._keep, LinkAnswer(token, score, text))
        if not kept:
            return _page(request, state, "gone", status=410)
        return _page(request, state, "thanks")

    def _wait_s(self, request: web.Request) -> float:
        address, _ = peer_address(request, self._trusted)
        return self._budgets.take(network_of(address), self._now_s())


def _state(tx: Tx, token: str) -> _State | None:
    ask = find_ask(tx, token)
    if ask is None:
        return None
    changed = at_point(changed_templates(tx), ask.entry_point_id or "")
    return _State(ask.is_open(tx.now), ask.language, changed)


def _score(said: object) -> int | None:
    """Return a score from 1 to 5; None for anything else."""
    wanted = {str(score): score for score in range(WORST, BEST + 1)}
    return wanted.get(said) if isinstance(said, str) else None


def _clean(text: str) -> str:
    """Return what a database takes: no NUL, no half characters, not too long."""
    whole = text[:MAX_COMMENT].encode("utf-8", "replace").decode()
    return "".join(c for c in whole if c == "\n" or c >= " ").strip()


def _words(request: web.Request, state: _State) -> tuple[str, PageWords]:
    """In the language of whom it was sent to, else of who reads."""
    chosen = language_of(state.language or accepted(request.headers.get("Accept-Language", "")))
    return chosen, page_words(chosen, state.changed)


def _too_fast(request: web.Request, wait_s: float) -> web.Response:
    page = _page(request, _UNKNOWN, "slow", status=429)
    page.headers["Retry-After"] = str(max(1, round(wait_s)))
    return page


def _page(request: web.Request, state: _State, says: str, *, status: int = 200) -> web.Response:
    chosen, words = _words(request, state)
    said: str = getattr(words.fixed if says in Fixed._fields else words, says)
    return _html(chosen, words, f'<p role="status">{escape(said)}</p>', status)


def _form(request: web.Request, state: _State, *, missing: bool = False) -> web.Response:
    chosen, words = _words(request, state)
    fixed = words.fixed
    choices = "".join(
        f'<label><input type="radio" name="score" value="{score}" required> {score} – '
        f"{escape(text)}</label>"
        for score, text in reversed(list(enumerate(fixed.scores, WORST)))
    )
    warning = f'<p role="alert">{escape(fixed.choose)}</p>' if missing else ""
    body = (
        f'{warning}<form method="post"><fieldset><legend>{escape(words.ask)}</legend>{choices}'
        f'</fieldset><p><label for="comment">{escape(fixed.comment)}</label>'
        f'<textarea id="comment" name="comment" rows="4" maxlength="{MAX_COMMENT}"></textarea></p>'
        f'<p><button type="submit">{escape(fixed.button)}</button></p></form>'
    )
    return _html(chosen, words, body, 400 if missing else 200)


def _html(language: str, words: PageWords, body: str, status: int) -> web.Response:
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(words.title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(words.title)}</h1>{body}</main></body></html>"
    )
    return web.Response(status=status, text=html, content_type="text/html", headers=_HEADERS)
