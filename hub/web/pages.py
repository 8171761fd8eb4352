"""Built pages of ours (the console): files of one folder under a strict content policy."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

# The bundler puts a hash of the content into these names, so they never change.
_HASHED = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.(?:js|css|woff2|svg|png|webp|mp3|ogg|wasm)$")
_NOT_A_PAGE = ("api/", "channels/", "healthz", "readyz", "metrics")


def console_policy(connect: tuple[str, ...] = ()) -> str:
    """Return the Content-Security-Policy of the console: scripts and sockets of our origin only.

    `connect` adds origins (the phone provider's signalling). Styles may be inline because the
    editor and the pop-overs place themselves by style attributes; scripts never are.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            "font-src 'self'",
            " ".join(("connect-src 'self'", *connect)),
            "frame-src 'self' blob:",
            "worker-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class Pages:
    """Serves one built single-page application: its files, and its index for other addresses.

    `connect`: the origins that it may speak with besides ours, asked each time a page is loaded.
    """

    def __init__(self, folder: Path, connect: Callable[[], tuple[str, ...]] = tuple) -> None:
        self._folder = folder.resolve()
        self._connect = connect

    def routes(self) -> list[web.RouteDef]:
        """The catch-all, to be added after every other route."""
        return [web.get("/{path:.*}", self._serve)]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        asked = request.match_info["path"]
        if asked.startswith(_NOT_A_PAGE):
            raise web.HTTPNotFound
        found = self._file(asked)
        if found is None and Path(asked).suffix:
            raise web.HTTPNotFound
        response = web.FileResponse(found or self._index())
        response.headers["Content-Security-Policy"] = console_policy(self._connect())
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable"
            if found is not None and _HASHED.search(found.name)
            else "no-cache"
        )
        return response

    def _index(self) -> Path:
        index = self._folder / "index.html"
        if not index.is_file():
            raise web.HTTPNotFound
        return index

    def _file(self, asked: str) -> Path | None:
        """Return the file inside the folder, None for anything else (also for what leads out)."""
        if not asked or "\0" in asked:
            return None
        path = (self._folder / asked).resolve()
        return path if path.is_relative_to(self._folder) and path.is_file() else None
