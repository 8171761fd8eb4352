"""Canned responses that are written in pages: made, changed, retired, counted.

Those of the set-up file stand beside them (`canned_responses`): `hub apply` alone changes those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row, func, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.accounts.tables import teams
from hub.contacts.tables import attachments, canned_responses
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import new_id
from hub.storage import Tx
from hub.storage.bulk import Statement, tx_time
from hub.web.principal import Principal

from .model import MAX_FILES, MAX_TEXT, File, Text, check_formatting, check_placeholders
from .rights import check_may_change, may_use
from .tables import responses

_MOST_OWN = 500  # responses that one user has


@dataclass(frozen=True, slots=True)
class Draft:
    """What a response is to be. `texts`: cleaned; `own`: its writer's alone, of no team.

    `files`: kept ones by blob id, and uploads (attachment id) whose copy is `copies[id]`.
    """

    texts: Mapping[str, Text]
    category: str
    queues: tuple[str, ...]
    teams: tuple[str, ...]
    own: bool
    keep_files: tuple[str, ...] = ()
    new_files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class AddResponse:
    by: Principal
    draft: Draft


@dataclass(frozen=True, slots=True)
class ChangeResponse:
    """`version`: of the response that this was made of."""

    by: Principal
    response_id: str
    version: int
    draft: Draft


@dataclass(frozen=True, slots=True)
class RetireResponse:
    by: Principal
    response_id: str


def add_response(tx: Tx, cmd: AddResponse) -> str:
    """Keep a new response and return its id. Raises Invalid, Forbidden."""
    draft = cmd.draft
    _check(tx, cmd.by, draft)
    if draft.own:
        mine = select(func.count()).select_from(responses)
        mine = mine.where(responses.c.owner_id == cmd.by.user_id, responses.c.retired.is_(False))
        if tx.execute(mine).scalar_one() >= _MOST_OWN:
            raise Invalid(
                f"You have {_MOST_OWN} of your own: retire some.", code="words.many", most=_MOST_OWN
            )
    response_id = new_id()
    tx.execute(
        insert(responses).values(
            id=response_id,
            owner_id=cmd.by.user_id if draft.own else None,
            created_at=tx.now,
            **_columns(tx, cmd.by, draft, list(draft.new_files)),
        )
    )
    _note(tx, cmd.by, "response.add", response_id, draft)
    _tell(tx, private=draft.own)
    return response_id


def change_response(tx: Tx, cmd: ChangeResponse) -> list[str]:
    """Change a response; return the blobs of files that it has no more.

    Raises NotFound, Forbidden, Invalid, Conflict where it was changed since `version`.
    """
    row = _get_changeable(tx, cmd.by, cmd.response_id)
    if row.version != cmd.version:
        raise Conflict(
            f"{row.changed_by} changed this response meanwhile: look at it, then save again.",
            code="words.changed",
            name=row.changed_by,
        )
    _check(tx, cmd.by, cmd.draft)
    before = [msgspec.convert(file, File) for file in row.files]
    kept = [file for file in before if file.blob_id in cmd.draft.keep_files]
    files = [*kept, *cmd.draft.new_files]
    if len(files) > MAX_FILES:
        raise Invalid(
            f"A response has at most {MAX_FILES} files.", code="words.files", most=MAX_FILES
        )
    tx.execute(
        update(responses)
        .where(responses.c.id == row.id)
        .values(
            owner_id=cmd.by.user_id if cmd.draft.own else None,
            version=responses.c.version + 1,
            **_columns(tx, cmd.by, cmd.draft, files),
        )
    )
    _note(tx, cmd.by, "response.change", row.id, cmd.draft)
    _tell(tx, private=row.owner_id is not None and cmd.draft.own)
    return [file.blob_id for file in before if file not in kept]


def retire_response(tx: Tx, cmd: RetireResponse) -> None:
    """Take a response away from everybody's list. Raises NotFound, Forbidden."""
    row = _get_changeable(tx, cmd.by, cmd.response_id)
    changes = {"retired": True, "changed_at": tx.now, "changed_by": cmd.by.name}
    tx.execute(
        update(responses)
        .where(responses.c.id == row.id)
        .values(version=responses.c.version + 1, **changes)
    )
    audit(tx, actor_of(cmd.by), "response.retire", "response", row.id)
    tx.hint("words.changed", "")


def get_response(tx: Tx, asked: tuple[Principal, str]) -> Row[Any]:
    """Return a response of a page that this user is offered. Raises NotFound."""
    principal, response_id = asked
    found = select(responses).where(responses.c.id == response_id, responses.c.retired.is_(False))
    row = tx.execute(found).first()
    if row is None or not is_offered(principal, row):
        raise NotFound("There is no such response.")
    return row


def is_offered(principal: Principal, row: Row[Any]) -> bool:
    """Say whether a row of `responses` is this user's own, or of a team of theirs."""
    if row.owner_id is not None:
        return bool(row.owner_id == principal.user_id)
    return may_use(principal, row.teams)


_COUNT = Statement("""
INSERT INTO response_uses (response_id, uses, used_at)
SELECT {text 0}, 1, {time :now} FROM {rows} WHERE true
ON CONFLICT (response_id) DO UPDATE SET
  uses = response_uses.uses + 1, used_at = excluded.used_at
""")


def count_use(tx: Tx, asked: tuple[Principal, str]) -> list[File]:
    """Note that a response was put into an answer; return its files. Raises NotFound."""
    principal, response_id = asked
    of_file = select(canned_responses.c.id).where(canned_responses.c.id == response_id)
    files = []
    if tx.execute(of_file).first() is None:
        files = get_response(tx, (principal, response_id)).files
    _COUNT(tx, [[response_id]], now=tx_time(tx, tx.now))
    return [msgspec.convert(file, File) for file in files]


@dataclass(frozen=True, slots=True)
class TakeFiles:
    """Copies of a response's files become uploads of this user."""

    user_id: str
    copies: tuple[File, ...]


def take_files(tx: Tx, cmd: TakeFiles) -> list[str]:
    """Keep the copies as uploads that wait to become part of an answer; return their ids."""
    rows = [
        {
            "id": new_id(),
            "uploader": f"user:{cmd.user_id}",
            "created_at": tx.now,
            **msgspec.structs.asdict(one),
        }
        for one in cmd.copies
    ]
    if rows:
        tx.execute(insert(attachments), rows)
    return [str(row["id"]) for row in rows]


def find_uploads(tx: Tx, asked: tuple[str, tuple[str, ...]]) -> list[File]:
    """Return uploads of a user (their id, the files') that nothing uses yet. Raises Invalid."""
    user_id, ids = asked
    found = select(attachments).where(
        attachments.c.id.in_(sorted(set(ids))),
        attachments.c.uploader == f"user:{user_id}",
        attachments.c.interaction_id.is_(None),
    )
    rows = {row.id: row for row in tx.execute(found)}
    if len(rows) != len(set(ids)):
        raise Invalid("A file was not uploaded by you, or is used already.", code="words.file")
    return [
        File(
            blob_id=rows[id_].blob_id,
            name=rows[id_].name,
            media_type=rows[id_].media_type,
            size_bytes=rows[id_].size_bytes,
        )
        for id_ in ids
    ]


def _get_changeable(tx: Tx, by: Principal, response_id: str) -> Row[Any]:
    found = select(responses).where(responses.c.id == response_id, responses.c.retired.is_(False))
    row = tx.execute(found.with_for_update()).first()
    if row is None or not (is_offered(by, row)):
        raise NotFound("There is no such response.")
    if row.owner_id is None:
        check_may_change(by, row.teams)
    return row


def _check(tx: Tx, by: Principal, draft: Draft) -> None:
    if draft.own and draft.teams:
        raise Invalid("A response is your own, or teams', not both.", code="words.own")
    if not draft.own:
        check_may_change(by, draft.teams)
    if not draft.texts:
        raise Invalid("A response needs a text in one language at least.", code="words.empty")
    for language, text in draft.texts.items():
        if not text.text.strip() or not text.title.strip():
            raise Invalid(f"{language}: a title and a text are needed.", code="words.empty")
        if len(text.text) > MAX_TEXT:
            raise Invalid(
                f"A response has at most {MAX_TEXT} characters.", code="words.long", most=MAX_TEXT
            )
    check_placeholders([(language, text.text) for language, text in draft.texts.items()])
    check_formatting([(language, text.html or "") for language, text in draft.texts.items()])
    known = select(teams.c.id).where(teams.c.id.in_(draft.teams), teams.c.retired.is_(False))
    if draft.teams and (gone := set(draft.teams) - set(tx.execute(known).scalars())):
        raise Invalid(f"There is no team {min(gone)!r}.", code="words.team")


def _columns(tx: Tx, by: Principal, draft: Draft, files: list[File]) -> dict[str, Any]:
    return {
        "texts": msgspec.to_builtins(dict(draft.texts)),
        "category": draft.category.strip(),
        "queues": list(draft.queues),
        "teams": list(draft.teams),
        "files": msgspec.to_builtins(files),
        "changed_at": tx.now,
        "changed_by": by.name,
    }


def _note(tx: Tx, by: Principal, verb: str, response_id: str, draft: Draft) -> None:
    """What it says is no customer's word: the log tells the titles and for whom it is."""
    titles = {f"title_{language}": text.title for language, text in draft.texts.items()}
    whom = "own" if draft.own else ", ".join(draft.teams) or "all"
    detail = {**titles, "category": draft.category, "for": whom}
    audit(tx, actor_of(by), verb, "response", response_id, detail)


def _tell(tx: Tx, *, private: bool) -> None:
    """Tell the consoles. `private`: nobody else was or is offered it."""
    if not private:
        tx.hint("words.changed", "")
