"""The REST resources of recordings: of one call while it goes on, and of all that have ended."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from multidict import MultiDict

from .state import API_VERSION, ENDED, Json, SimCall, SimRecording
from .tapes import SimTape, Tapes

_ALL = f"/{API_VERSION}/Accounts/{{account}}/Recordings"
_BASE = f"/{API_VERSION}/Accounts/{{account}}/Calls/{{call}}/Recordings"
_TURNS = frozenset({"in-progress", "paused", "stopped"})

Paged = Callable[[str, list[Json], web.Request], Json]
MakeError = Callable[[int, int, str], Exception]


class TapeRoutes:
    """`form`: where a request's form is kept; `make_error`: the API's errors."""

    def __init__(
        self,
        tapes: Tapes,
        calls: dict[str, SimCall],
        form: web.RequestKey[MultiDict[str]],
        make_error: MakeError,
        paged: Paged,
    ) -> None:
        self._tapes = tapes
        self._calls = calls
        self._form = form
        self._error = make_error
        self._paged = paged

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(f"{_BASE}.json", self._start),
            web.get(f"{_BASE}.json", self._list),
            web.get(f"{_BASE}/{{sid}}.json", self._fetch),
            web.post(f"{_BASE}/{{sid}}.json", self._turn),
            web.get(f"{_ALL}/{{sid}}.json", self._fetch_ended),
            web.delete(f"{_ALL}/{{sid}}.json", self._delete),
            web.get(f"{_ALL}/{{sid}}.wav", self._media),
        ]

    async def _start(self, request: web.Request) -> web.Response:
        call = self._call(request)
        if call.status in ENDED or call.status != "in-progress":
            raise self._error(400, 21220, "Requested resource is not eligible for recording")
        form = request[self._form]
        events = frozenset(" ".join(form.getall("RecordingStatusCallbackEvent", [])).split())
        callback = form.get("RecordingStatusCallback", "")
        tape = self._tapes.start(call, callback, events or frozenset({"completed"}))
        return web.json_response(tape.resource(), status=201)

    async def _list(self, request: web.Request) -> web.Response:
        found = [tape.resource() for tape in self._tapes.of_call(self._call(request).sid)]
        return web.json_response(self._paged("recordings", found, request))

    async def _fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._tape(request).resource())

    async def _turn(self, request: web.Request) -> web.Response:
        tape, status = self._tape(request), request[self._form].get("Status", "")
        if status not in _TURNS:
            raise self._error(400, 21220, "Status must be in-progress, paused or stopped")
        self._tapes.turn(tape, status)
        return web.json_response(tape.resource())

    async def _fetch_ended(self, request: web.Request) -> web.Response:
        return web.json_response(self._ended(request).resource())

    async def _delete(self, request: web.Request) -> web.Response:
        del self._tapes.recordings[self._ended(request).sid]
        return web.Response(status=204)

    async def _media(self, request: web.Request) -> web.Response:
        return web.Response(body=self._ended(request).media, content_type="audio/x-wav")

    def _ended(self, request: web.Request) -> SimRecording:
        recording = self._tapes.recordings.get(request.match_info["sid"])
        if recording is None:
            raise self._error(404, 20404, "The requested recording was not found")
        return recording

    def _call(self, request: web.Request) -> SimCall:
        call = self._calls.get(request.match_info["call"])
        if call is None:
            raise self._error(404, 20404, f"The requested resource {request.path} was not found")
        return call

    def _tape(self, request: web.Request) -> SimTape:
        tape = self._tapes.tapes.get(request.match_info["sid"])
        if tape is None or tape.call.sid != request.match_info["call"]:
            raise self._error(404, 20404, f"The requested resource {request.path} was not found")
        return tape
