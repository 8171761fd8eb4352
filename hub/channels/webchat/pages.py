"""Pages of the hub with a widget on them: the preview beside its form, and the test page.

The preview holds nothing of anybody: the form beside it says what to draw, and what would go to
the hub is answered by the page itself. The test page is the real widget; who may see it is
checked before (`hub.channels.points`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path

from aiohttp import web

from hub.channels.base import EntryPoint
from hub.core.errors import NotFound

_FOLDER = Path(__file__).parent / "page_files"
_STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
}
# No entry point has this key (they begin with a letter or a digit), so it is free for the preview.
PREVIEW = "/channels/-preview"
# What the widget is built into: the loader, and what it loads when it is first needed.
SCRIPTS = ("widget", "panel", "help", "more", "menu", "polled", "roam", "wishes", "emoji")


class WidgetPages:
    """`points`: the entry points as they are now; `socket_url`: where one's chat is."""

    def __init__(
        self,
        points: Mapping[str, EntryPoint],
        socket_url: Callable[[str], str],
    ) -> None:
        self._points = points
        self._socket_url = socket_url

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """To be added before those of entry points, which would take the preview for one."""
        return [
            web.get(f"{PREVIEW}/", self._preview),
            web.get(f"{PREVIEW}/{{name:page\\.(?:js|css)|test\\.js}}", self._page_file),
            web.get(
                f"{PREVIEW}/{{name:(?:{'|'.join(SCRIPTS)})\\.js|locale-[\\w-]+\\.json}}",
                self._built,
            ),
        ]

    def test_page(self, entry_point_id: str) -> web.StreamResponse:
        """Return the page on which an entry point's widget can be tried. Raises NotFound."""
        point = self._points.get(entry_point_id)
        if point is None:
            raise NotFound("There is no such chat, or the hub has not taken it up yet.")
        text = (_FOLDER / "test.html").read_text("utf-8")
        for mark, value in (("KEY", point.id), ("NAME", point.display_name)):
            text = text.replace(f"%{mark}%", escape(value, quote=True))
        return _page(text, f"'self' {_origin(self._socket_url(point.id))}", "'none'")

    async def _preview(self, _: web.Request) -> web.StreamResponse:
        text = await asyncio.to_thread((_FOLDER / "preview.html").read_text, "utf-8")
        return _page(text, "'self'", "'self'")

    async def _page_file(self, request: web.Request) -> web.StreamResponse:
        return _file(_FOLDER / request.match_info["name"])

    async def _built(self, request: web.Request) -> web.StreamResponse:
        path = _STATIC / request.match_info["name"]
        if not await asyncio.to_thread(path.is_file):
            raise NotFound("The widget has not been built: run `make web`.")
        return _file(path)


def _page(text: str, connect: str, ancestors: str) -> web.Response:
    """A page of ours under the policy of a careful site; `ancestors`: who may frame it."""
    policy = "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            f"connect-src {connect}",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {ancestors}",
        )
    )
    framed = {"X-Frame-Options": "SAMEORIGIN" if ancestors == "'self'" else "DENY"}
    return web.Response(
        text=text,
        content_type="text/html",
        headers={"Content-Security-Policy": policy, "Cache-Control": "no-store", **framed},
    )


def _file(path: Path) -> web.FileResponse:
    kind = f"{_TYPES[path.suffix]}; charset=utf-8"
    return web.FileResponse(path, headers={"Content-Type": kind, "Cache-Control": "no-cache"})


def _origin(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
