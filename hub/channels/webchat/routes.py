"""The widget's HTTP side on the hub's web port: its script, configuration, uploads and downloads.

Everything lies under /channels/<entry point>/. Pages of other sites call it, so answers carry CORS
headers for the origins of the entry point's allow-list and for nobody else; the visitor's token
comes in `Authorization`, never in an address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import quote

import msgspec
from aiohttp import web

from hub.channels.base import Door, EntryPoint
from hub.contacts.callback_wishes import Offered
from hub.contacts.inbound import BLOCKED
from hub.contacts.templates.filling import at_point
from hub.contacts.templates.service import changed_templates
from hub.core.errors import Forbidden, HubError, NotFound, Unauthenticated
from hub.core.ids import new_id
from hub.web.calls import peer_address
from hub.web.problems import problem_of, problem_response

from . import service
from .chats import Chats
from .files import SHOWN_INLINE
from .help import Help
from .help_routes import HelpRoutes
from .notices import notices
from .pages import SCRIPTS
from .polled import PolledLines
from .polled_routes import PolledRoutes
from .returning import ReturnPages
from .settings import PreChat, WebChatSettings
from .uploads import Uploads

STATIC = Path(__file__).parent / "static"
_TYPES = {".js": "text/javascript", ".json": "application/json"}

_ASKED_FIRST = "uploads|widget.json|files/.+|help.*|line.*"  # browsers may, for another site

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WidgetView(msgspec.Struct, frozen=True, kw_only=True):
    """What the page needs to draw the widget."""

    entry_point: str
    socket_url: str
    language: str
    title: Mapping[str, str]
    greeting: Mapping[str, str]
    away: Mapping[str, str]
    hours: Mapping[str, str]
    accent: str
    side: str
    pre_chat: PreChat
    cookie_domain: str
    files: bool
    max_file_bytes: int
    file_types: Sequence[str]
    help: bool
    mail: bool
    codes: bool
    calls: Offered
    notices: Mapping[str, Mapping[str, str]] = {}  # what is not as usual: notice, language, text


class UploadView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str
    media_type: str
    size_bytes: int


class WidgetRoutes:
    """Handlers of one hub's widgets."""

    def __init__(
        self,
        door: Door,
        entry_points: Mapping[str, EntryPoint],
        widgets: Mapping[str, WebChatSettings],
        chats: Chats,
        polled: PolledLines,
        socket_url: Callable[[str], str],
        base_url: str,
        help_: Help | None,
    ) -> None:
        self._door = door
        self._entry_points = entry_points
        self._widgets = widgets
        self._chats = chats
        settings = chats.settings
        self._socket_url = socket_url
        self._uploads = Uploads(door, settings)
        proxies = settings.trusted_proxies
        self._trusted = tuple(ip_network(proxy, strict=False) for proxy in proxies)
        self._returns = ReturnPages(door, entry_points, widgets, socket_url, self._address)
        self._polled = PolledRoutes(polled, self._address, settings)
        self._help = (
            None
            if help_ is None
            else HelpRoutes(help_, entry_points, widgets, door.blobs, base_url, self._address)
        )

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        base = "/channels/{entry_point}"
        return [
            *(web.get(f"{base}/{script}.js", self._static) for script in SCRIPTS),
            web.get(f"{base}/locale-{{language}}.json", self._static),
            web.get(f"{base}/widget.json", self._answered(self._config)),
            web.post(f"{base}/uploads", self._answered(self._upload)),
            web.get(f"{base}/files/{{file_id}}", self._answered(self._download)),
            *self._polled.routes(base, self._answered),
            *self._returns.routes(base),
            *(self._help.routes(base, self._answered) if self._help else ()),
            web.options(f"{base}/{{path:({_ASKED_FIRST})}}", self._preflight),
        ]

    # ---- handlers -------------------------------------------------------------------------------

    async def _static(self, request: web.Request) -> web.StreamResponse:
        """The built scripts: the same for every site, so any page may load them."""
        self._widget(request)
        path = STATIC / request.path.rpartition("/")[2]
        found = path.suffix in _TYPES and await asyncio.to_thread(path.is_file)
        if not found:
            raise NotFound("The widget has not been built: run `make web`.")
        versioned = "v" in request.query
        return web.FileResponse(
            path,
            headers={
                "Content-Type": f"{_TYPES[path.suffix]}; charset=utf-8",
                "Access-Control-Allow-Origin": "*",
                "Cross-Origin-Resource-Policy": "cross-origin",
                "Cache-Control": "public, max-age=31536000, immutable"
                if versioned
                else "public, max-age=300",
            },
        )

    async def _config(self, request: web.Request) -> web.StreamResponse:
        entry_point, widget = self._widget(request)
        changed = await self._door.store.read(changed_templates, None)
        view = WidgetView(
            entry_point=entry_point.id,
            socket_url=self._socket_url(entry_point.id),
            language=entry_point.language,
            title=widget.title,
            greeting=widget.greeting,
            away=widget.away,
            hours=widget.hours,
            accent=widget.accent,
            side=widget.side,
            pre_chat=widget.pre_chat,
            cookie_domain=widget.cookie_domain,
            files=widget.files,
            max_file_bytes=widget.max_file_mb << 20,
            file_types=widget.file_types,
            help=self._help is not None and await self._help.shown(entry_point.id),
            mail=bool(widget.mail),
            codes=widget.may_prove(),
            calls=await self._door.calls_back(entry_point.id),
            notices=notices(at_point(changed, entry_point.id)),
        )
        return _json(view, cache="public, max-age=60")

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        """Store one file: the body is its bytes, `name` in the query its name."""
        entry_point, widget = self._widget(request)
        visitor = await self._visitor(request, entry_point)
        address = self._address(request)
        if await self._chats.visitors.is_blocked(visitor, address):
            raise Forbidden("You cannot write to us here any more.", code=BLOCKED)
        upload = await self._uploads.store(request, widget, visitor.id, address)
        view = UploadView(
            id=upload.id,
            name=upload.name,
            media_type=upload.media_type,
            size_bytes=upload.size_bytes,
        )
        return _json(view, status=201)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """Give a file of the visitor's own conversation; as a download, whatever it is."""
        entry_point, _ = self._widget(request)
        visitor = await self._visitor(request, entry_point)
        file = await self._file_of(visitor, request.match_info["file_id"])
        path = self._door.blobs.path(file.blob_id)
        if not await asyncio.to_thread(path.is_file):
            raise NotFound("There is no such file.")
        shown = file.media_type if file.media_type in SHOWN_INLINE else "application/octet-stream"
        return web.FileResponse(
            path,
            headers={
                "Content-Type": shown,
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
                "Content-Security-Policy": "sandbox; default-src 'none'",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, max-age=3600",
            },
        )

    async def _file_of(self, visitor: service.Visitor, file_id: str) -> service.Upload:
        """Return a file of the conversation, or one the visitor has uploaded. Raises NotFound."""
        own = service.GetUploads(visitor.id, (file_id,))
        try:
            return (await self._door.store.read(service.get_uploads, own))[0]
        except NotFound:
            if visitor.conversation_id is None:
                raise
        shown, blob_id = await self._door.file(visitor.conversation_id, file_id)
        return service.Upload(
            shown.id, visitor.id, blob_id, shown.name, shown.media_type, shown.size_bytes
        )

    async def _preflight(self, request: web.Request) -> web.StreamResponse:
        response = web.Response(status=204)
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        response.headers["Access-Control-Max-Age"] = "600"
        self._allow_origin(request, response)
        return response

    # ---- around them ----------------------------------------------------------------------------

    def _answered(self, handle: Handle) -> Handle:
        """Add the CORS headers, also to a refusal, which the page must be able to read."""

        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                self._check_origin(request)
                response = await handle(request)
            except HubError as error:
                response = problem_response(problem_of(error, new_id()))
            self._allow_origin(request, response)
            return response

        return answer

    def _check_origin(self, request: web.Request) -> None:
        _, widget = self._widget(request)
        if not self._chats.may_embed(widget, request.headers.get("Origin")):
            raise Forbidden("This site may not use this chat: add it to the entry point's origins.")

    def _allow_origin(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Vary"] = "Origin"
        origin = request.headers.get("Origin")
        widget = self._widgets.get(request.match_info["entry_point"])
        if origin and widget is not None and self._chats.may_embed(widget, origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"

    def _address(self, request: web.Request) -> str:
        return peer_address(request, self._trusted)[0]

    def _widget(self, request: web.Request) -> tuple[EntryPoint, WebChatSettings]:
        key = request.match_info["entry_point"]
        if key not in self._widgets:
            raise NotFound("There is no such chat.")
        return self._entry_points[key], self._widgets[key]

    async def _visitor(self, request: web.Request, entry_point: EntryPoint) -> service.Visitor:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        visitor = None
        if scheme.lower() == "bearer" and 0 < len(token) <= 100:
            visitor = await self._chats.visitors.find(entry_point.id, token)
        if visitor is None:
            raise Unauthenticated("Open the chat first: this token is not known.")
        return visitor


def _json(view: msgspec.Struct, *, status: int = 200, cache: str = "no-store") -> web.Response:
    return web.Response(
        body=msgspec.json.encode(view),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": cache},
    )
