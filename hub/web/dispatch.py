"""From a declared route to an aiohttp handler: guard, decode, run, encode."""

from __future__ import annotations

import contextlib
import logging
import unicodedata
from collections.abc import AsyncGenerator
from urllib.parse import quote

import msgspec
from aiohttp import web

from .calls import BytesAnswer, Call, FileAnswer, LinesAnswer, StreamAnswer, TextAnswer, Upload
from .decode import check_json_type, decode_body, decode_path, decode_query
from .guard import Guard
from .middleware import REQUEST_ID, Handle
from .routes import Declared, Route

log = logging.getLogger(__name__)

# Types a browser may open in our own pages: none of them can carry a script (reliability.md §4).
INLINE_TYPES = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"}
    | {"audio/mpeg", "audio/wav", "audio/ogg", "audio/mp4", "video/mp4", "video/webm"}
)
_FILE_CSP = "default-src 'none'; img-src 'self'; media-src 'self'; sandbox; frame-ancestors 'self'"
_BYTES_CSP = "default-src 'none'; sandbox; frame-ancestors 'none'"


def handler_of(route: Route, guard: Guard, *, secure_cookies: bool) -> Handle:
    """Return the aiohttp handler of one route."""
    declared = route.declared
    decoder = msgspec.json.Decoder(declared.body) if declared.body is not None else None

    async def handle(request: web.Request) -> web.StreamResponse:
        principal = await guard.admit(request, declared.access, declared.scope)
        call = _call_of(request, guard)
        arguments = decode_path(request.match_info, declared.path_types)
        if declared.wants_principal:
            arguments["principal"] = principal
        if declared.wants_call:
            arguments["call"] = call
        if declared.query is not None:
            arguments["query"] = decode_query(request.query, declared.query)
        if decoder is not None:
            check_json_type(request.content_type)
            raw = await _read(request, declared.limit_bytes)
            arguments["body"] = decode_body(raw, decoder, declared.limit_bytes)
        if declared.uploads:
            arguments["upload"] = Upload(request, declared.limit_bytes)
        answer = await route.run(arguments)
        if isinstance(answer, LinesAnswer):
            return await _send_lines(request, declared.status, answer.lines)
        if isinstance(answer, StreamAnswer):
            return await _send_file(request, declared.status, answer)
        response = _response_of(declared, answer)
        _apply_cookie(response, call, guard.cookie_name, secure=secure_cookies)
        return response

    return handle


def _call_of(request: web.Request, guard: Guard) -> Call:
    address, direct = guard.peer(request)
    return Call(
        request_id=request[REQUEST_ID],
        address=address,
        user_agent=request.headers.get("User-Agent", "")[:200],
        session_token=guard.session_token_of(request),
        direct=direct,
        gone=lambda: request.transport is None or request.transport.is_closing(),
    )


async def _read(request: web.Request, limit_bytes: int) -> bytes:
    """Read the body, at most one byte over the limit (which the decoder then refuses)."""
    raw = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        raw += chunk
        if len(raw) > limit_bytes:
            break
    return bytes(raw)


def _response_of(declared: Declared, answer: object) -> web.StreamResponse:
    if answer is None:
        return web.Response(status=declared.status)
    if isinstance(answer, FileAnswer):
        return _file_response(answer)
    if isinstance(answer, BytesAnswer):
        return _bytes_response(answer)
    if isinstance(answer, TextAnswer):
        return web.Response(
            status=declared.status, text=answer.text, content_type=answer.media_type
        )
    return web.Response(
        status=declared.status, body=msgspec.json.encode(answer), content_type="application/json"
    )


async def _send_lines(
    request: web.Request, status: int, lines: AsyncGenerator[object, None]
) -> web.StreamResponse:
    """Send each line as it comes. Who went away ends it: `lines` is closed at once."""
    response = web.StreamResponse(status=status)
    response.content_type = "application/x-ndjson"
    response.headers["X-Accel-Buffering"] = "no"  # a proxy that collects would hold progress back
    async with contextlib.aclosing(lines):
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            async for line in lines:
                await response.write(msgspec.json.encode(line) + b"\n")
            await response.write_eof()
    return response


async def _send_file(request: web.Request, status: int, answer: StreamAnswer) -> web.StreamResponse:
    """Send a file as it is made. If that fails, the end is never sent: the client sees it."""
    response = web.StreamResponse(status=status)
    response.content_type = answer.media_type
    response.headers["Content-Disposition"] = content_disposition(answer.name, inline=False)
    response.headers["Content-Security-Policy"] = _BYTES_CSP
    response.headers["Cache-Control"] = "no-store"
    async with contextlib.aclosing(answer.pieces):
        await response.prepare(request)
        try:
            async for piece in answer.pieces:
                if piece:
                    await response.write(piece)
            await response.write_eof()
        except ConnectionError:
            return response
        except Exception:
            log.exception("a file broke off", extra={"request_id": request[REQUEST_ID]})
            response.force_close()
            if request.transport is not None:
                request.transport.abort()
    return response


def _file_response(answer: FileAnswer) -> web.FileResponse:
    inline = answer.inline and answer.media_type in INLINE_TYPES
    response = web.FileResponse(answer.path)
    response.content_type = answer.media_type if inline else "application/octet-stream"
    response.headers["Content-Disposition"] = content_disposition(answer.name, inline=inline)
    response.headers["Content-Security-Policy"] = _FILE_CSP
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    kept = "private, max-age=3600, immutable"
    response.headers["Cache-Control"] = kept if answer.kept else "no-store"
    return response


def _bytes_response(answer: BytesAnswer) -> web.Response:
    if answer.media_type not in INLINE_TYPES:
        raise ValueError(f"{answer.media_type} is no type that a browser may open in our pages")
    response = web.Response(body=answer.data, content_type=answer.media_type)
    response.headers["Content-Disposition"] = content_disposition(answer.name, inline=True)
    response.headers["Content-Security-Policy"] = _BYTES_CSP
    response.headers["Cache-Control"] = f"private, max-age={answer.keep_s}, immutable"
    return response


def content_disposition(name: str, *, inline: bool) -> str:
    """Return the header for a file of an untrusted name (RFC 6266 §4.3, RFC 8187)."""
    clean = "".join(c for c in unicodedata.normalize("NFC", name) if c.isprintable())
    clean = clean.replace("/", "_").replace("\\", "_").strip(". ")[:150] or "file"
    plain = "".join(c if c.isascii() and c not in '"%;' else "_" for c in clean)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='')}"


def _apply_cookie(response: web.StreamResponse, call: Call, name: str, *, secure: bool) -> None:
    if call.cookie is None:
        return
    response.set_cookie(
        name,
        call.cookie.token or "",
        max_age=call.cookie.max_age_s,
        path="/",
        httponly=True,
        secure=secure,
        samesite="Lax",
    )
