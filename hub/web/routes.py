"""Routes, declared once: method, path, access, shapes of query, body and answer.

A feature's `api.py` has one class; its handlers are three lines, and their signature says it all:

    class UserRoutes:
        def __init__(self, store: Store) -> None: ...

        @route("PATCH", "/api/v1/users/{user_id}", access=Access.ADMIN, summary="Change a user")
        async def change(self, principal: Principal, user_id: Key, body: UserPatch) -> UserView:
            return await self._store.write(change_user, ChangeUser(principal, user_id, body))

Parameters by name: `principal` (who asks; not on public routes), `call` (the circumstances),
`query` and `body` (Structs), `upload` (one file); every other parameter is one of the path, in its
type. The answer is a Struct, `Page[...]`, a list, None (204), FileAnswer, BytesAnswer, TextAnswer,
StreamAnswer or `LinesAnswer[...]`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import get_args, get_origin, get_type_hints

from .calls import BytesAnswer, Call, FileAnswer, LinesAnswer, StreamAnswer, TextAnswer, Upload
from .principal import Access, Principal

Handler = Callable[..., Awaitable[object]]

_IN_PATH = re.compile(r"\{([a-z_]+)\}")
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
DEFAULT_BODY_BYTES = 256 * 1024
DEFAULT_UPLOAD_BYTES = 25 * 1_048_576


class RouteMistake(TypeError):
    """A route is declared in a way that cannot work; found when the module is imported."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A handler with all that is known about its route."""

    handler: Handler
    method: str
    path: str
    access: Access
    summary: str
    status: int
    tag: str
    limit_bytes: int
    path_types: Mapping[str, object]
    query: type[object] | None
    body: type[object] | None
    uploads: bool
    answer: object  # the annotated return type; None for no content
    wants_principal: bool
    wants_call: bool
    scope: str = ""  # of API keys that are good for this although for nothing else

    @property
    def operation_id(self) -> str:
        return f"{self.tag}_{self.handler.__name__}"

    @property
    def changes(self) -> bool:
        return self.method != "GET"


@dataclass(frozen=True, slots=True)
class Route:
    """A declared route with the object whose method handles it."""

    declared: Declared
    owner: object

    async def run(self, arguments: Mapping[str, object]) -> object:
        return await self.declared.handler(self.owner, **arguments)


def route(
    method: str,
    path: str,
    *,
    access: Access,
    summary: str,
    tag: str | None = None,
    status: int | None = None,
    limit_bytes: int | None = None,
    scope: str = "",
) -> Callable[[Handler], Declared]:
    """Declare the decorated method as the handler of `method path`.

    `status` is 200, or 204 where the answer is None; `tag` groups routes in the description and is
    the first part of the path after /api/v1 unless given; `limit_bytes` caps the body; `scope`: of
    API keys that may call this although they may do nothing else.
    """
    if method not in _METHODS:
        raise RouteMistake(f"{method} {path}: the method is not one of {sorted(_METHODS)}.")

    def declare(handler: Handler) -> Declared:
        where = f"{method} {path} ({handler.__qualname__})"
        hints = get_type_hints(handler, include_extras=True)
        answer = _answer_type(hints, where)
        names = list(inspect.signature(handler).parameters)[1:]
        declared = Declared(
            handler=handler,
            method=method,
            path=path,
            access=access,
            summary=summary,
            status=status or (204 if answer is None else 200),
            tag=tag or _tag_of(path),
            limit_bytes=limit_bytes
            or (DEFAULT_UPLOAD_BYTES if "upload" in names else DEFAULT_BODY_BYTES),
            path_types={n: hints[n] for n in names if n not in _RESERVED},
            query=hints.get("query"),
            body=hints.get("body"),
            uploads="upload" in names,
            answer=answer,
            wants_principal="principal" in names,
            wants_call="call" in names,
            scope=scope,
        )
        _check(declared, hints, where)
        return declared

    return declare


_RESERVED: Mapping[str, type[object] | None] = {
    "principal": Principal,
    "call": Call,
    "upload": Upload,
    "query": None,
    "body": None,
}


def declared_routes(owner: type[object]) -> list[Declared]:
    """List the routes declared in a class, in order of writing. Needs no instance."""
    return [member for member in vars(owner).values() if isinstance(member, Declared)]


def bind_routes(*owners: object) -> list[Route]:
    """List the routes of these objects. Raises RouteMistake where two have the same address."""
    routes = [Route(d, owner) for owner in owners for d in declared_routes(type(owner))]
    check_distinct(r.declared for r in routes)
    return routes


def check_distinct(declared: Iterable[Declared]) -> None:
    """Raise RouteMistake if two routes answer the same method and path, or share a name."""
    seen: dict[str, str] = {}
    for one in declared:
        for key in (f"{one.method} {_IN_PATH.sub('{}', one.path)}", one.operation_id):
            if key in seen:
                raise RouteMistake(f"{one.handler.__qualname__} and {seen[key]} are both {key}.")
            seen[key] = one.handler.__qualname__


def _answer_type(hints: Mapping[str, object], where: str) -> object:
    if "return" not in hints:
        raise RouteMistake(f"{where}: say what it returns.")
    answer = hints["return"]
    return None if answer is type(None) else answer


def _tag_of(path: str) -> str:
    return path.removeprefix("/api/v1").strip("/").split("/")[0] or "root"


def _check(declared: Declared, hints: Mapping[str, object], where: str) -> None:
    in_path = set(_IN_PATH.findall(declared.path))
    if in_path != set(declared.path_types):
        raise RouteMistake(
            f"{where}: the path has {sorted(in_path)}, the handler {sorted(declared.path_types)}."
        )
    for name, kind in _RESERVED.items():
        if kind is not None and hints.get(name, kind) is not kind:
            raise RouteMistake(f"{where}: `{name}` must be a {kind.__name__}.")
    if declared.method == "GET" and (declared.body or declared.uploads):
        raise RouteMistake(f"{where}: a GET has no body and changes nothing.")
    if declared.body and declared.uploads:
        raise RouteMistake(f"{where}: either a body or an upload.")
    if declared.access is Access.PUBLIC and declared.wants_principal:
        raise RouteMistake(f"{where}: nobody is signed in on a public route.")


def is_plain_answer(answer: object) -> bool:
    """Say whether an answer type is sent as it is and not as JSON."""
    return answer in (FileAnswer, BytesAnswer, TextAnswer, StreamAnswer)


def line_of(answer: object) -> object | None:
    """Return what each line is of an answer that is sent line by line, None for the others."""
    return get_args(answer)[0] if get_origin(answer) is LinesAnswer else None
