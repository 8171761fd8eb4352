"""The REST API of the simulated provider: the resources the hub uses, with Twilio's errors.

Paths, parameters, status and error numbers as published for API 2010-04-01.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
from aiohttp import web
from multidict import MultiDict

from .detection import detection_of
from .exchange import Exchange
from .state import (
    API_VERSION,
    ENDED,
    Interrupt,
    Json,
    SimCall,
    SimConference,
    SimParticipant,
    Subscription,
)
from .tape_routes import TapeRoutes
from .text_routes import TextRoutes
from .transcribers import TranscriptionRoutes

_FORM = web.RequestKey("form", MultiDict[str])
_CALLABLE = re.compile(r"\+[1-9]\d{6,14}|client:[A-Za-z0-9_]+|sip:\S+@\S+")
_NUMBER_URLS = ("voice_url", "voice_fallback_url", "status_callback", "sms_url", "sms_fallback_url")
_NUMBER_FIELDS = {
    "VoiceUrl": "voice_url",
    "VoiceFallbackUrl": "voice_fallback_url",
    "StatusCallback": "status_callback",
    "VoiceApplicationSid": "application_sid",
    "SmsUrl": "sms_url",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsMethod": "sms_method",
    "SmsApplicationSid": "sms_application_sid",
}
_BASE = f"/{API_VERSION}/Accounts/{{account}}"


class ApiError(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(slots=True)
class Trouble:
    """What the API does to coming requests, the first first.

    `status` answers instead of acting (429, 500 …); `lose_answer` acts, then drops the connection.
    `path`: only requests whose path contains it.
    """

    status: int = 0
    retry_after_s: float | None = None
    lose_answer: bool = False
    path: str = ""
    times: int = 1


@dataclass(slots=True)
class Request:
    """One request the API received."""

    method: str
    path: str
    form: MultiDict[str] = field(default_factory=MultiDict)


class RestApi:
    def __init__(
        self, exchange: Exchange, auth_token: str, api_key: tuple[str, str] = ("", "")
    ) -> None:
        self._exchange = exchange
        self._logins = [
            aiohttp.encode_basic_auth(*login)
            for login in ((exchange.account_sid, auth_token), api_key)
            if login[0]
        ]
        self.troubles: list[Trouble] = []
        self.requests: list[Request] = []
        self.answered = asyncio.Event()  # set and renewed after each request

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._middleware])
        exchange_texts = self._exchange.texts
        app.router.add_routes(
            [
                web.get(f"{_BASE}.json", self._fetch_account),
                web.post(f"{_BASE}/Calls.json", self._create_call),
                web.get(f"{_BASE}/Calls.json", self._list_calls),
                web.get(f"{_BASE}/Calls/{{sid}}.json", self._fetch_call),
                web.post(f"{_BASE}/Calls/{{sid}}.json", self._update_call),
                web.get(f"{_BASE}/Conferences.json", self._list_conferences),
                web.get(f"{_BASE}/Conferences/{{sid}}.json", self._fetch_conference),
                web.post(f"{_BASE}/Conferences/{{sid}}.json", self._update_conference),
                web.get(f"{_BASE}/Conferences/{{sid}}/Participants.json", self._list_participants),
                web.get(
                    f"{_BASE}/Conferences/{{sid}}/Participants/{{name}}.json",
                    self._fetch_participant,
                ),
                web.post(
                    f"{_BASE}/Conferences/{{sid}}/Participants/{{name}}.json",
                    self._update_participant,
                ),
                web.get(f"{_BASE}/IncomingPhoneNumbers.json", self._list_numbers),
                *TapeRoutes(
                    self._exchange.tapes, self._exchange.calls, _FORM, ApiError, _paged
                ).routes(),
                *TranscriptionRoutes(
                    self._exchange.interpreter.transcribers, self._exchange.calls, _FORM, ApiError
                ).routes(),
                *TextRoutes(exchange_texts, _FORM, ApiError, _paged).routes(),
                web.post(f"{_BASE}/IncomingPhoneNumbers/{{sid}}.json", self._update_number),
            ]
        )
        return app

    # --- the guard -----------------------------------------------------------------------------

    @web.middleware
    async def _middleware(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        form: MultiDict[str] = MultiDict(
            (key, value) for key, value in (await request.post()).items() if isinstance(value, str)
        )
        request[_FORM] = form
        self.requests.append(Request(request.method, request.path, form))
        try:
            return await self._handle(request, handler)
        except ApiError as error:
            return _error(error.status, error.code, str(error))
        except web.HTTPNotFound:
            return _error(404, 20404, f"The requested resource {request.path} was not found")
        finally:
            self.answered.set()
            self.answered = asyncio.Event()

    async def _handle(
        self,
        request: web.Request,
        handler: Callable[[web.Request], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        self._check_login(request)
        trouble = self._take_trouble(request)
        if trouble is not None and trouble.status:
            return _troubled(trouble)
        try:
            return await handler(request)
        finally:  # an answer that refuses can be lost as well
            if trouble is not None and trouble.lose_answer and request.transport is not None:
                request.transport.close()

    def _check_login(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        if not any(secrets.compare_digest(given, known) for known in self._logins):
            raise ApiError(401, 20003, "Authenticate")
        if request.match_info.get("account") not in (None, self._exchange.account_sid):
            raise ApiError(404, 20404, "The requested account was not found")

    def _take_trouble(self, request: web.Request) -> Trouble | None:
        for trouble in self.troubles:
            if trouble.path in request.path and trouble.times > 0:
                trouble.times -= 1
                return trouble
        return None

    async def _fetch_account(self, request: web.Request) -> web.Response:
        sid = self._exchange.account_sid
        body: Json = {"sid": sid, "friendly_name": "Simulated", "status": "active", "type": "Full"}
        return web.json_response(body)

    # --- calls ---------------------------------------------------------------------------------

    async def _create_call(self, request: web.Request) -> web.Response:
        form: MultiDict[str] = request[_FORM]
        to, from_ = form.get("To", ""), form.get("From", "")
        if not to:
            raise ApiError(400, 21201, "No 'To' number is specified")
        if not _CALLABLE.fullmatch(to):
            raise ApiError(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        if not from_:
            raise ApiError(400, 21213, "No 'From' number is specified")
        if not from_.startswith("client:") and from_ not in self._exchange.numbers:
            raise ApiError(400, 21210, f"The source phone number provided, {from_}, is not yours")
        url = self._document(form)
        events = form.getall("StatusCallbackEvent", ["completed"])
        news = Subscription(
            form.get("StatusCallback", ""),
            form.get("StatusCallbackMethod", "POST"),
            frozenset(" ".join(events).split()),
        )
        timeout_s = min(600, int(form.get("Timeout", "60")))
        call = self._exchange.call_out(
            from_, to, url, form.get("Method", "POST"), news, timeout_s, detection_of(form)
        )
        return web.json_response(call.resource(), status=201)

    def _document(self, form: MultiDict[str]) -> str:
        url = form.get("Url", "")
        if not url.startswith(("http://", "https://")):
            raise ApiError(400, 21205, f"Url is not a valid URL: {url}")
        return url

    async def _list_calls(self, request: web.Request) -> web.Response:
        query = request.query
        found = [
            call
            for call in reversed(self._exchange.calls.values())
            if query.get("To", call.to) == call.to
            and query.get("From", call.from_) == call.from_
            and query.get("Status", call.status) == call.status
            and _started_after(call, query.get("StartTime>"))
        ]
        limit = int(query.get("PageSize", "50"))
        return web.json_response(
            _paged("calls", [call.resource() for call in found[:limit]], request)
        )

    async def _fetch_call(self, request: web.Request) -> web.Response:
        return web.json_response(self._call(request).resource())

    async def _update_call(self, request: web.Request) -> web.Response:
        call, form = self._call(request), request[_FORM]
        if call.status in ENDED:
            raise ApiError(400, 21220, "Call is not in-progress. Cannot redirect.")
        if "Status" in form:
            if form["Status"] not in ("completed", "canceled"):
                raise ApiError(400, 21219, "Status must be 'completed' or 'canceled'")
            if form["Status"] == "completed" or call.status in ("queued", "ringing"):
                self._exchange.hang_up(call)
                await _settle(call)
        elif call.status not in ("in-progress", "ringing"):
            raise ApiError(400, 21220, "Call is not in-progress. Cannot redirect.")
        elif form.get("Twiml"):
            self._exchange.interrupt(call, Interrupt("replace", document=form["Twiml"]))
        else:
            method = form.get("Method", "POST")
            url = self._document(form)
            self._exchange.interrupt(call, Interrupt("replace", url=url, method=method))
        return web.json_response(call.resource())

    def _call(self, request: web.Request) -> SimCall:
        call = self._exchange.calls.get(request.match_info["sid"])
        if call is None:
            raise ApiError(404, 20404, f"The requested resource {request.path} was not found")
        return call

    # --- conferences ---------------------------------------------------------------------------

    async def _list_conferences(self, request: web.Request) -> web.Response:
        found = [
            one.resource()
            for one in self._exchange.rooms.conferences.values()
            if request.query.get("FriendlyName", one.name) == one.name
            and request.query.get("Status", one.status) == one.status
        ]
        return web.json_response(_paged("conferences", found, request))

    async def _fetch_conference(self, request: web.Request) -> web.Response:
        return web.json_response(self._conference(request).resource())

    async def _update_conference(self, request: web.Request) -> web.Response:
        conference = self._conference(request)
        if request[_FORM].get("Status") == "completed":
            self._exchange.rooms.end(conference)
        return web.json_response(conference.resource())

    async def _list_participants(self, request: web.Request) -> web.Response:
        found = [one.resource() for one in self._conference(request).participants]
        return web.json_response(_paged("participants", found, request))

    async def _fetch_participant(self, request: web.Request) -> web.Response:
        participant = self._conference(request).find(request.match_info["name"])
        if participant is None:
            raise ApiError(404, 20404, "The requested participant was not found")
        return web.json_response(participant.resource())

    async def _update_participant(self, request: web.Request) -> web.Response:
        participant = self._conference(request).find(request.match_info["name"])
        if participant is None:
            raise ApiError(404, 20404, "The requested participant was not found")
        form: MultiDict[str] = request[_FORM]
        if "Coaching" in form:
            self._coach(participant, form)
        if "Hold" in form:
            self._exchange.rooms.set_hold(participant, held=form["Hold"] == "true")
            if participant.hold and form.get("HoldUrl"):
                await self._play_hold(participant, form)
        if "Muted" in form:
            self._exchange.rooms.set_muted(participant, muted=form["Muted"] == "true")
        return web.json_response(participant.resource())

    def _coach(self, participant: SimParticipant, form: MultiDict[str]) -> None:
        coached = None
        if form["Coaching"] == "true":
            seat = participant.conference.find(form.get("CallSidToCoach", ""))
            if seat is None or seat is participant:
                raise ApiError(400, 16025, "CallSidToCoach is not a call of this conference")
            coached = seat.call
        self._exchange.rooms.set_coaching(participant, coached)

    async def _play_hold(self, participant: SimParticipant, form: MultiDict[str]) -> None:
        url, call = form["HoldUrl"], participant.call
        participant.hold_music = url.rpartition("/")[2]
        media = await self._exchange.messenger.get_media(url, form.get("HoldMethod", "POST"))
        call.hear("music", "silence" if media is None else url.rpartition("/")[2])

    def _conference(self, request: web.Request) -> SimConference:
        conference = self._exchange.rooms.conferences.get(request.match_info["sid"])
        if conference is None:
            raise ApiError(404, 20404, f"The requested resource {request.path} was not found")
        return conference

    # --- numbers -------------------------------------------------------------------------------

    async def _list_numbers(self, request: web.Request) -> web.Response:
        found = [
            number.resource(self._exchange.account_sid)
            for number in self._exchange.numbers.values()
            if request.query.get("PhoneNumber", number.number) == number.number
        ]
        return web.json_response(_paged("incoming_phone_numbers", found, request))

    async def _update_number(self, request: web.Request) -> web.Response:
        sid, form = request.match_info["sid"], request[_FORM]
        found = next((one for one in self._exchange.numbers.values() if one.sid == sid), None)
        if found is None:
            raise ApiError(404, 20404, f"The requested resource {request.path} was not found")
        changed: dict[str, Any] = {
            _NUMBER_FIELDS[name]: form[name] for name in _NUMBER_FIELDS if name in form
        }
        for url in (changed.get(name, "") for name in _NUMBER_URLS):
            if url and not url.startswith(("http://", "https://")):
                raise ApiError(400, 21402, f"{url} is not a valid URL")
        self._exchange.numbers[found.number] = number = replace(found, **changed)
        return web.json_response(number.resource(self._exchange.account_sid))


async def _settle(call: SimCall) -> None:
    """Give a hang-up a moment to take effect, so that the answer shows it as Twilio's does."""
    try:
        await call.until(lambda: call.ended, 1.0)
    except TimeoutError:
        await asyncio.sleep(0)


def _started_after(call: SimCall, since: str | None) -> bool:
    return since is None or call.created_at.isoformat() >= since


def _paged(name: str, rows: list[Json], request: web.Request) -> Json:
    return {
        name: rows,
        "end": max(0, len(rows) - 1),
        "first_page_uri": request.path_qs,
        "next_page_uri": None,
        "page": 0,
        "page_size": 50,
        "previous_page_uri": None,
        "start": 0,
        "uri": request.path_qs,
    }


def _error(status: int, code: int, message: str) -> web.Response:
    body: Json = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return web.json_response(body, status=status)


def _troubled(trouble: Trouble) -> web.Response:
    code = 20429 if trouble.status == 429 else 20500
    answer = _error(trouble.status, code, "Trouble on demand")
    if trouble.retry_after_s is not None:
        answer.headers["Retry-After"] = str(trouble.retry_after_s)
    return answer
