"""Working a commitment off: comment, take, return with a reason, decide between two quotes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select, update

from hub.accounts.model import Actor
from hub.accounts.tables import team_members
from hub.core.errors import Conflict, NotFound
from hub.customers.card_numbers import hide_card_numbers
from hub.storage import Tx

from .checks import check_owner, check_text, get_locked, get_unfinished
from .commands import Comment, FinishCommitment, Owner, ReturnCommitment, TakeCommitment
from .entries import NewEntry, add_entries, handed_by
from .hints import Changed, tell
from .model import UNFINISHED, CommitmentState, EntryKind, OwnerKind, back_to
from .service import finish_commitment, hand_over_to, handed
from .tables import commitment_conflicts, commitments


def comment(tx: Tx, cmd: Comment) -> None:
    """Write into the record of a commitment. Raises NotFound, Invalid."""
    row = get_locked(tx, cmd.commitment_id)
    text = check_text(cmd.text, "text", "what there is to say")
    add_entries(tx, [NewEntry(row.id, EntryKind.COMMENT, text, cmd.actor)])
    _touch(tx, row.id, row.version)
    tell(tx, [Changed(row.owner_kind, row.owner_id, row.identity_id, row.asked_by)])


def take_commitment(tx: Tx, cmd: TakeCommitment) -> None:
    """One of the owning team does it from now on. Raises NotFound, IllegalMove, Conflict."""
    row = get_unfinished(tx, cmd.commitment_id)
    if row.taken_by == cmd.actor.id:
        return
    if row.owner_kind != OwnerKind.TEAM or row.taken_by is not None:
        raise Conflict("Somebody does this already.", code="commitment.taken")
    of_team = select(team_members.c.user_id).where(
        team_members.c.team_id == row.owner_id, team_members.c.user_id == cmd.actor.id
    )
    if tx.execute(of_team).first() is None:
        raise Conflict("Only the members of the team take it.", code="commitment.not_of_team")
    tx.execute(
        update(commitments)
        .where(commitments.c.id == row.id)
        .values(taken_by=cmd.actor.id, version=row.version + 1)
    )
    add_entries(tx, [NewEntry(row.id, EntryKind.TAKEN, "", cmd.actor)])
    tell(tx, [Changed(row.owner_kind, row.owner_id, row.identity_id, row.asked_by)])


def return_commitment(tx: Tx, cmd: ReturnCommitment) -> str:
    """Give a commitment back with a reason; return the id of who has it now.

    To whoever handed it over, asked for it or promised it; one of a team gives it back to the team.
    Raises NotFound, IllegalMove, Invalid, Conflict where there is nobody.
    """
    row = get_unfinished(tx, cmd.commitment_id)
    reason = hide_card_numbers(tx, check_text(cmd.reason, "reason", "why it goes back"))
    if row.owner_kind == OwnerKind.TEAM and row.taken_by == cmd.actor.id:
        changes = {"taken_by": None, "returned_reason": reason}
        owner = Owner(OwnerKind.TEAM, row.owner_id)
    else:
        to = back_to(row.owner_id, handed_by(tx, row.id, row.owner_id), row.asked_by, row.made_by)
        if to is None:
            raise Conflict(
                "There is nobody to give it back to: hand it over.", code="commitment.nobody"
            )
        owner = check_owner(tx, to, None)
        changes = {**hand_over_to(row, owner, None), "returned_reason": reason}
    tx.execute(
        update(commitments)
        .where(commitments.c.id == row.id)
        .values(**changes, version=row.version + 1)
    )
    add_entries(tx, [handed(row, owner, EntryKind.RETURN, reason, cmd.actor)])
    tell(
        tx,
        [
            Changed(row.owner_kind, row.owner_id, row.identity_id, row.asked_by),
            Changed(owner.kind, owner.id, row.identity_id),
        ],
    )
    tx.hint("commitment.returned", row.id)
    return owner.id


@dataclass(frozen=True, slots=True)
class DecideConflict:
    """Which of two quotes holds: `stands` names it; None: both do."""

    actor: Actor
    conflict_id: str
    stands: str | None
    reason: str


def decide_conflict(tx: Tx, cmd: DecideConflict) -> None:
    """Say which price counts; the other quote is withdrawn, or holds no longer where it was kept.

    Raises NotFound, Conflict where somebody has decided it, Invalid.
    """
    table = commitment_conflicts.c
    row = tx.execute(
        select(commitment_conflicts).where(table.id == cmd.conflict_id).with_for_update()
    ).first()
    if row is None or cmd.stands not in (None, row.one_id, row.other_id):
        raise NotFound("There is no such conflict.")
    if row.decided_at is not None:
        raise Conflict("Somebody has decided it already.", code="commitment.decided")
    reason = check_text(cmd.reason, "reason", "why it counts")
    decision = {row.one_id: "one", row.other_id: "other"}.get(cmd.stands or "", "both")
    tx.execute(
        update(commitment_conflicts)
        .where(table.id == row.id)
        .values(decided_at=tx.now, decided_by=cmd.actor.id, decision=decision)
    )
    if cmd.stands is not None:
        falls = row.other_id if cmd.stands == row.one_id else row.one_id
        _end_quote(tx, cmd.actor, falls, reason)


def _end_quote(tx: Tx, actor: Actor, commitment_id: str, reason: str) -> None:
    quote = get_locked(tx, commitment_id)
    if CommitmentState(quote.state) in UNFINISHED:
        ended = FinishCommitment(actor, quote.id, CommitmentState.WITHDRAWN, reason)
        finish_commitment(tx, ended)
        return
    before = {"valid_until": quote.valid_until.isoformat() if quote.valid_until else None}
    add_entries(tx, [NewEntry(quote.id, EntryKind.CHANGED, reason, actor, before)])
    tx.execute(
        update(commitments)
        .where(commitments.c.id == quote.id)
        .values(valid_until=tx.now, version=quote.version + 1)
    )
    tell(tx, [Changed(quote.owner_kind, quote.owner_id, quote.identity_id, quote.asked_by)])


def _touch(tx: Tx, commitment_id: str, version: int) -> None:
    tx.execute(
        update(commitments).where(commitments.c.id == commitment_id).values(version=version + 1)
    )
