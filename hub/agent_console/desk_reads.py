"""What the console socket reads: a desk, a conversation, the figures; each in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select

from hub.contacts.commitments.reads import CommitmentRow, ListCommitments, list_commitments
from hub.contacts.notes.reads import count_unread
from hub.contacts.tables import contacts, interactions
from hub.routing.intervals import Intervals
from hub.routing.reads import AskQueues, queue_figures
from hub.routing.service import ensure_agents
from hub.routing.tables import assignments, offers
from hub.storage import Tx
from hub.web.principal import Principal

from .board import read_board, summary_of
from .desk_view import agent_views, contacts_of, offers_of, to_do_of
from .others import others_of
from .readers import Reader, reader_of
from .rows import contact_rows
from .session import DeskView
from .shapes import Board, CommitmentView, ContactRow, WaitingSummary

_MOST_COMMITMENTS = 100


class AskDesk(NamedTuple):
    """`held` and `offered`: ids the console shows now; what became of those that went is told."""

    principal: Principal
    masks: bool
    held: frozenset[str] = frozenset()
    offered: tuple[str, ...] = ()


def read_desk(tx: Tx, ask: AskDesk) -> DeskView:
    """Return everything on this user's desk."""
    reader = reader_of(tx, ask.principal, mask_numbers=ask.masks)
    mine = contacts_of(tx, reader)
    offered = offers_of(tx, reader)
    to_do = to_do_of(tx, reader)
    shown = (*mine, *to_do, *(offer.contact for offer in offered))
    gone = ask.held - {row.id for row in mine}
    ended = set(ask.offered) - {offer.id for offer in offered}
    return DeskView(
        at=tx.now,
        me=agent_views(tx, [ask.principal.user_id])[0],
        offers=offered,
        contacts=mine,
        to_do=to_do,
        commitments=[
            _commitment(row)
            for row in list_commitments(
                tx,
                ListCommitments(
                    _MOST_COMMITMENTS,
                    owners=ask.principal.team_ids | {ask.principal.user_id},
                    for_user=ask.principal.user_id,
                ),
            )
        ],
        mentions=count_unread(tx, reader.sight),
        gone={row.id: row for row in _rows(tx, reader, gone)},
        ended_offers=_states(tx, ended),
        others=others_of(tx, reader.sight, {row.customer.id for row in shown}),
    )


def _rows(tx: Tx, reader: Reader, ids: frozenset[str]) -> list[ContactRow]:
    if not ids:
        return []
    found = select(contacts).where(contacts.c.id.in_(sorted(ids)), reader.sight.contacts())
    return contact_rows(tx, reader, tx.execute(found).all())


def _states(tx: Tx, offer_ids: set[str]) -> dict[str, str]:
    if not offer_ids:
        return {}
    found = select(offers.c.id, offers.c.state).where(offers.c.id.in_(sorted(offer_ids)))
    return {row.id: row.state for row in tx.execute(found)}


def _commitment(row: CommitmentRow) -> CommitmentView:
    return CommitmentView(
        id=row.id,
        kind=row.kind,
        text=row.text,
        customer_id=row.customer_id,
        customer_name=row.customer_name or "",
        owner_id=row.owner_id,
        owner_name=row.owner_name,
        contact_id=row.contact_id,
        made_at=row.made_at,
        due_at=row.due_at,
        state=row.state,
    )


class AskFigures(NamedTuple):
    """One of a kind: users of the same role and teams are shown the same figures."""

    principal: Principal
    board: bool


def read_figures(
    tx: Tx, asked: tuple[Intervals, Sequence[AskFigures]]
) -> list[tuple[WaitingSummary, Board | None]]:
    """Return the ticker and, where asked, the wallboard for each kind of reader.

    `asked`: what is kept of the day, and the kinds.
    """
    day, kinds = asked
    figures = queue_figures(tx, AskQueues(day))
    shown = []
    for ask in kinds:
        reader = reader_of(tx, ask.principal, mask_numbers=True)
        board = read_board(tx, reader, figures) if ask.board else None
        shown.append((summary_of(reader, figures), board))
    return shown


def open_desk(tx: Tx, agent_id: str) -> None:
    """Make the user known to the queue at the first console."""
    ensure_agents(tx, [agent_id])


def returned_assignment(tx: Tx, assignment_id: str) -> tuple[str, str, str, str]:
    """Return (agent, contact, its reference, why) of a contact that went back to the queue."""
    row = tx.execute(
        select(
            assignments.c.agent_id,
            assignments.c.contact_id,
            assignments.c.ended_why,
            contacts.c.reference,
        )
        .join(contacts, contacts.c.id == assignments.c.contact_id)
        .where(assignments.c.id == assignment_id)
    ).one()
    return row.agent_id, row.contact_id, row.reference, row.ended_why


def failed_delivery(tx: Tx, interaction_id: str) -> tuple[str | None, str | None, str | None]:
    """Return (author, contact, detail) of something that could not be delivered."""
    row = tx.execute(select(interactions).where(interactions.c.id == interaction_id)).first()
    return (row.author_id, row.contact_id, row.delivery_detail) if row else (None, None, None)
