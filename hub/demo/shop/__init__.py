"""The sample shop: one static page of a plausible appliance shop that embeds the chat widget.

Its content policy is as strict as a careful site's, so the demo shows that the widget needs no
inline style, no inline script and no Trusted Types policy.
"""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

_SCRIPT = 'src="/channels/shop-chat/widget.js"'
PAGE = Path(__file__).parent / "page"
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def shop_policy(hub_url: str, chat_url: str) -> str:
    """Return the page's Content-Security-Policy.

    `hub_url`: origin of the hub, "" where it serves the page itself; `chat_url`: ws://host:port.
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {hub_url}".rstrip(),
            "style-src 'self'",
            "img-src 'self' blob:",
            f"connect-src 'self' {hub_url} {chat_url}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def shop_routes(hub_url: str, chat_url: str) -> list[web.RouteDef]:
    """Routes of the page under /shop/. `hub_url` and `chat_url` as for `shop_policy`."""
    policy = shop_policy(hub_url, chat_url)
    index = (PAGE / "index.html").read_text().replace(_SCRIPT, f'src="{hub_url}{_SCRIPT[5:]}')

    def headers(suffix: str) -> dict[str, str]:
        return {
            "Content-Type": f"{_TYPES[suffix]}; charset=utf-8",
            "Content-Security-Policy": policy,
            "Cache-Control": "no-cache",
        }

    async def page(_: web.Request) -> web.StreamResponse:
        return web.Response(text=index, headers=headers(".html"))

    async def part(request: web.Request) -> web.StreamResponse:
        path = PAGE / request.match_info["name"]
        if not path.is_file():
            raise web.HTTPNotFound
        return web.FileResponse(path, headers=headers(path.suffix))

    async def to_page(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"/shop/{'?' if request.query_string else ''}{request.query_string}")

    return [
        web.get("/shop", to_page),
        web.get("/shop/", page),
        web.get(r"/shop/{name:[a-z]+\.(css|js|svg)}", part),
    ]
