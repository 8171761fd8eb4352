"""Who is told of a commitment, and what: its owners, who asked for it, and who steers them."""

from __future__ import annotations

from typing import NamedTuple

from hub.contacts.commitments.hints import members_of
from hub.contacts.commitments.model import CommitmentKind, OwnerKind
from hub.contacts.commitments.reads import get_commitment
from hub.contacts.commitments.views import CommitmentRow
from hub.storage import Tx

from .above import supervisors_of, supervisors_of_team

TOPICS = (
    "commitment.reminder",
    "commitment.broken",
    "commitment.given",
    "commitment.returned",
    "commitment.done",
    "commitment.conflict",
)
_ESCALATED = frozenset({"commitment.reminder", "commitment.broken", "commitment.conflict"})


class CommitmentNews(NamedTuple):
    """One notice to these users: its code, and in words what it is about."""

    user_ids: set[str]
    code: str
    contact_id: str | None
    customer_id: str | None
    detail: str


def commitment_news(tx: Tx, asked: tuple[str, str]) -> list[CommitmentNews]:
    """Return what (topic, commitment id) means to whom. Raises NotFound."""
    topic, commitment_id = asked
    row = get_commitment(tx, commitment_id)
    owners = _owners(tx, row)
    asker = {row.asked_by} - {None, *owners}
    text = _text(row)
    named = f"{row.taken_by_name or row.owner_name or ''}: {text}"

    def news(user_ids: set[str | None], code: str, detail: str) -> CommitmentNews:
        ids = {user_id for user_id in user_ids if user_id is not None}
        return CommitmentNews(ids, code, row.contact_id, row.customer_id, detail)

    # Who steers a team is told as that, and not as one of its many members.
    untaken = row.owner_kind == OwnerKind.TEAM and row.taken_by is None
    above = _above(tx, row) if topic in _ESCALATED else set[str]()
    doers, above = (owners - above, above) if untaken else (owners, above - owners)
    match topic:
        case "commitment.reminder":
            told = [news({*doers}, "commitment_reminder", text)]
            return [*told, news({*above}, "commitment_untaken", named)] if untaken else told
        case "commitment.broken":
            return [
                news({*doers}, "commitment_broken", text),
                news({*(asker - above)}, "commitment_broken", named),
                news({*above}, "commitment_escalated", named),
            ]
        case "commitment.given":
            code = "recovery_given" if row.kind == CommitmentKind.RECOVERY else "commitment_given"
            return [news({*owners}, code, text)]
        case "commitment.returned":
            return [news({*owners}, "commitment_returned", f"{text}: {row.returned_reason}")]
        case "commitment.done":
            return [news({*asker}, "commitment_done", named)]
        case _:
            return [news({*above}, "commitment_conflict", named)]


def _text(row: CommitmentRow) -> str:
    """A recovery says how low they rated us, and no more: who it is goes before that."""
    if row.kind == CommitmentKind.RECOVERY and row.customer_name:
        return f"{row.customer_name} · {row.text}"
    return row.text


def _owners(tx: Tx, row: CommitmentRow) -> set[str]:
    """Who has to do it: its owner, or who has taken it of a team, or everybody of the team."""
    if row.owner_kind != OwnerKind.TEAM:
        return {row.owner_id}
    if row.taken_by is not None:
        return {row.taken_by}
    return set(members_of(tx, [row.owner_id]).get(row.owner_id, ()))


def _above(tx: Tx, row: CommitmentRow) -> set[str]:
    if row.owner_kind == OwnerKind.TEAM:
        return supervisors_of_team(tx, row.owner_id)
    return supervisors_of(tx, row.owner_id)
