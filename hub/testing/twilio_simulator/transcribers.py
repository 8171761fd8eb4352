"""What is transcribed of calls while they go on: by their documents, and by the REST resource.

One to a call: the pages do not say what a second one of the same name does, so it is refused here,
and nothing relies on it.
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from multidict import MultiDict

from .state import API_VERSION, Json, SimCall, Transcriber, now, rfc2822
from .webhooks import Messenger

_BASE = f"/{API_VERSION}/Accounts/{{account}}/Calls/{{call}}/Transcriptions"
_TRACKS = frozenset({"inbound_track", "outbound_track", "both_tracks"})

MakeError = Callable[[int, int, str], Exception]


class Transcribers:
    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger

    def start(self, call: SimCall, transcriber: Transcriber) -> None:
        call.transcriber = transcriber
        self._tell(call, transcriber, "transcription-started")

    def stop(self, call: SimCall, name: str) -> Transcriber | None:
        """Stop what has this name, or SID; None: there is nothing of it."""
        running = call.transcriber
        if running is None or name not in (running.name, running.sid):
            return None
        call.transcriber = None
        self._tell(call, running, "transcription-stopped")
        return running

    def _tell(self, call: SimCall, transcriber: Transcriber, event: str) -> None:
        self._messenger.notify(transcriber.url, transcriber.params(call, event))


class TranscriptionRoutes:
    """`form`: where a request's form is kept; `make_error`: the API's errors."""

    def __init__(
        self,
        transcribers: Transcribers,
        calls: dict[str, SimCall],
        form: web.RequestKey[MultiDict[str]],
        make_error: MakeError,
    ) -> None:
        self._transcribers = transcribers
        self._calls = calls
        self._form = form
        self._error = make_error

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(f"{_BASE}.json", self._start),
            web.post(f"{_BASE}/{{sid}}.json", self._stop),
        ]

    async def _start(self, request: web.Request) -> web.Response:
        call, form = self._call(request), request[self._form]
        if call.status != "in-progress":
            raise self._error(400, 21220, "Call is not in-progress.")
        if form.get("Track", "both_tracks") not in _TRACKS:
            raise self._error(400, 20001, "Track is not one of the tracks")
        if call.transcriber is not None:
            raise self._error(400, 20001, "This call is being transcribed")
        language = form.get("LanguageCode", "en-US")
        begun = Transcriber(form.get("Name", ""), form.get("StatusCallbackUrl", ""), language)
        self._transcribers.start(call, begun)
        return web.json_response(_resource(call, begun, "in-progress"))

    async def _stop(self, request: web.Request) -> web.Response:
        call = self._call(request)
        if request[self._form].get("Status") != "stopped":
            raise self._error(400, 20001, "Status must be stopped")
        stopped = self._transcribers.stop(call, request.match_info["sid"])
        if stopped is None:
            raise self._error(404, 20404, f"The requested resource {request.path} was not found")
        return web.json_response(_resource(call, stopped, "stopped"))

    def _call(self, request: web.Request) -> SimCall:
        call = self._calls.get(request.match_info["call"])
        if call is None:
            raise self._error(404, 20404, f"The requested resource {request.path} was not found")
        return call


def _resource(call: SimCall, transcriber: Transcriber, status: str) -> Json:
    path = f"/{API_VERSION}/Accounts/{call.account_sid}/Calls/{call.sid}/Transcriptions"
    return {
        "sid": transcriber.sid,
        "account_sid": call.account_sid,
        "call_sid": call.sid,
        "name": transcriber.name or None,
        "status": status,
        "date_updated": rfc2822(now()),
        "uri": f"{path}/{transcriber.sid}.json",
    }
