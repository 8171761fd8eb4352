"""Errors as `application/problem+json` (RFC 9457): rendered here and nowhere else."""

from __future__ import annotations

import math
from collections.abc import Iterable
from http import HTTPStatus

import msgspec
from aiohttp import web

from hub.core.errors import Fault, HubError, Invalid

PROBLEM_TYPE = "application/problem+json"


class ProblemFault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong in a document that was sent: where ("queues[0].target_s.phone"; ""
    the whole), and how it is mended. `code` and `facts`: the same for pages in another language.
    """

    path: str
    message: str
    code: str = ""
    facts: dict[str, str] = {}


def faults_of(faults: Iterable[Fault]) -> list[ProblemFault]:
    """Return them as they are sent."""
    return [
        ProblemFault(path=one.path, message=one.message, code=one.code, facts=dict(one.facts))
        for one in faults
    ]


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong. `code` is stable and for programs; `detail` is for people."""

    title: str
    status: int
    code: str
    detail: str
    request_id: str
    type: str = "about:blank"
    field: str | None = None  # the field of the request that is wrong
    retry_after_s: float | None = None
    details: dict[str, str | int | float | None] = {}  # what else the error knows, for programs
    problems: list[ProblemFault] = []  # where a document has several faults, each of them


def problem_of(error: HubError, request_id: str) -> Problem:
    """Describe an expected error."""
    field = error.details.get("field")
    retry = error.details.get("retry_after_s")
    return Problem(
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        code=error.reason,
        detail=error.message,
        request_id=request_id,
        field=field if isinstance(field, str) else None,
        retry_after_s=float(retry) if isinstance(retry, int | float) else None,
        details={k: v for k, v in error.details.items() if k not in ("field", "retry_after_s")},
        problems=faults_of(error.faults if isinstance(error, Invalid) else ()),
    )


_BY_STATUS = {
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not answer that method."),
    413: ("too_large", "The request is larger than this address accepts."),
}


def problem_of_status(status: int, request_id: str) -> Problem:
    """Describe an error that only has an HTTP status (no such route, wrong method)."""
    phrase = HTTPStatus(status).phrase
    code, detail = _BY_STATUS.get(status, (phrase.lower().replace(" ", "_"), f"{phrase}."))
    return Problem(title=phrase, status=status, code=code, detail=detail, request_id=request_id)


def unexpected(request_id: str) -> Problem:
    """Describe an error nobody expected: the log has the trace under the same request id."""
    return Problem(
        title=HTTPStatus(500).phrase,
        status=500,
        code="unexpected",
        detail="The hub failed on this request; nothing half-done was kept. Report the request id.",
        request_id=request_id,
    )


def problem_response(problem: Problem) -> web.Response:
    """Render a problem, with Retry-After where it says when to try again (RFC 9110 §10.2.3)."""
    response = web.Response(
        status=problem.status, body=msgspec.json.encode(problem), content_type=PROBLEM_TYPE
    )
    if problem.retry_after_s is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(problem.retry_after_s)))
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="contact-hub"'
    return response
