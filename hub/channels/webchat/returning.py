"""The page behind the link in a mail: it leads back into the chat.

The link is only looked at here, so that programs that open links in mails use nothing up. The
token goes on behind the `#` of the next address, which no server and no other site is told; the
widget takes it away from there and hands it over in its first frame.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp import web

from hub.channels.base import Door, EntryPoint
from hub.core.budget import Budgets, Rate
from hub.core.errors import NotFound
from hub.core.networks import network_of

from .settings import SELF, WebChatSettings

FRAGMENT = "contact-hub-return="  # what the loader looks for behind the `#`
PACE = Rate(per_s=0.2, burst=20)  # of one network: a family, an office; a guesser gets nowhere
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1.25rem}"
    "h1{font-size:1.4rem}"
)


class _Words(NamedTuple):
    here: str
    gone: str
    slow: str


_WORDS = {
    "en": _Words(
        "Your conversation opens in the corner of this page.",
        "This link leads nowhere any more: it has expired, or was not copied whole. Answer the"
        " mail it came with, or begin a new chat.",
        "That was very often. Please wait a moment and open the link again.",
    ),
    "zh": _Words(
        "您的对话将在本页角落打开。",
        "此链接已失效：可能已过期，或复制不完整。您可以直接回复收到的邮件，或发起新的对话。",
        "操作过于频繁，请稍候再打开此链接。",
    ),
}


class ReturnPages:
    """`address`: of the network a request is from; `socket_url`: of an entry point."""

    def __init__(
        self,
        door: Door,
        entry_points: Mapping[str, EntryPoint],
        widgets: Mapping[str, WebChatSettings],
        socket_url: Callable[[str], str],
        address: Callable[[web.Request], str],
    ) -> None:
        self._door = door
        self._entry_points = entry_points
        self._widgets = widgets
        self._socket_url = socket_url
        self._address = address
        self._budgets = Budgets(PACE)

    def routes(self, base: str) -> Sequence[web.AbstractRouteDef]:
        return [
            web.get(f"{base}/return", self._page),
            web.get(f"{base}/return/{{token}}", self._follow),
        ]

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        """Lead on to the page with the chat; say clearly where the link is none."""
        point, widget = self._of(request)
        if wait_s := self._budgets.take(network_of(self._address(request)), monotonic()):
            answer = self._say(request, point, "slow", status=429)
            answer.headers["Retry-After"] = str(max(1, round(wait_s)))
            return answer
        token = request.match_info["token"]
        if await self._door.return_to(point.id, token) is None:
            return self._say(request, point, "gone", status=410)
        where = _page_of(widget) or f"/channels/{point.id}/return"
        return web.Response(
            status=303,
            headers={
                "Location": f"{where}#{FRAGMENT}{token}",
                "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
                "X-Robots-Tag": "noindex",
            },
        )

    async def _page(self, request: web.Request) -> web.StreamResponse:
        """A page of the hub's own with nothing but the chat."""
        point, widget = self._of(request)
        if SELF not in widget.origins:
            return self._say(request, point, "gone", status=404)  # its site shows it
        return self._say(request, point, "here", chat=True)

    def _of(self, request: web.Request) -> tuple[EntryPoint, WebChatSettings]:
        key = request.match_info["entry_point"]
        if key not in self._widgets:
            raise NotFound("There is no such chat.")
        return self._entry_points[key], self._widgets[key]

    def _say(
        self,
        request: web.Request,
        point: EntryPoint,
        what: str,
        *,
        status: int = 200,
        chat: bool = False,
    ) -> web.Response:
        language = _language(request, point)
        said: str = getattr(_WORDS[language], what)
        title = escape(point.display_name)
        code = "zh-CN" if language == "zh" else "en"
        script = ""
        if chat:
            source = escape(f"/channels/{point.id}/widget.js", quote=True)
            script = f'<script async src="{source}"></script>'
        html = (
            f'<!doctype html><html lang="{code}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<title>{title}</title><link rel="icon" href="data:,"><style>{_STYLE}</style></head>'
            f'<body><main><h1>{title}</h1><p role="status">{escape(said)}</p></main>'
            f"{script}</body></html>"
        )
        return web.Response(
            status=status,
            text=html,
            content_type="text/html",
            headers={
                "Content-Security-Policy": self._policy(point.id, chat=chat),
                "Cache-Control": "no-store",
                "Referrer-Policy": "no-referrer",
                "X-Robots-Tag": "noindex",
            },
        )

    def _policy(self, entry_point_id: str, *, chat: bool) -> str:
        policy = (
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
            " frame-ancestors 'none'; img-src data: blob: 'self'"
        )
        if not chat:
            return policy
        url = urlsplit(self._socket_url(entry_point_id))
        return f"{policy}; script-src 'self'; connect-src 'self' {url.scheme}://{url.netloc}"


def _page_of(widget: WebChatSettings) -> str:
    """Return the site's page that shows the chat, "" for the hub's own."""
    if widget.return_page:
        return widget.return_page
    if SELF in widget.origins or not widget.origins:
        return ""
    return f"{widget.origins[0]}/"


def _language(request: web.Request, point: EntryPoint) -> str:
    wished = request.headers.get("Accept-Language", "") or point.language
    return "zh" if wished.strip().lower().startswith("zh") else "en"
