"""An agent's network that fails: requests and socket of one browser, not the hub's other ways."""

from __future__ import annotations

from playwright.async_api import BrowserContext, Route, WebSocketRoute


class Net:
    """`down`: nothing gets through and the socket is cut. `lose_next`: the answer to the next
    request that changes something is lost, though the hub has done it.
    """

    def __init__(self) -> None:
        self.down = False
        self.lose_next = False
        self.lost = 0
        self._sockets: list[tuple[WebSocketRoute, WebSocketRoute]] = []

    async def between(self, context: BrowserContext) -> None:
        await context.route("**/api/**", self._request)
        await context.route_web_socket("**/api/v1/console", self._socket)

    async def cut(self) -> None:
        self.down = True
        sockets, self._sockets = self._sockets, []
        for page, hub in sockets:
            await page.close(code=1012)
            await hub.close(code=1012)

    def mend(self) -> None:
        self.down = False

    async def _request(self, route: Route) -> None:
        if self.down:
            await route.abort("internetdisconnected")
        elif self.lose_next and route.request.method not in ("GET", "HEAD"):
            self.lose_next = False
            self.lost += 1
            await route.fetch()
            await route.abort("connectionreset")
        else:
            await route.continue_()

    async def _socket(self, page: WebSocketRoute) -> None:
        if self.down:
            await page.close(code=1012)
            return
        self._sockets.append((page, page.connect_to_server()))
