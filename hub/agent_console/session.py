"""One console socket, without I/O: what was sent, what differs now, and the numbered frames for it.

The shell reads the desk from the store whenever a hint says so and hands it in; this compares it
with what the console holds and returns the deltas, each `n` one more than the last.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from . import protocol as p
from .others import Others
from .shapes import (
    AgentView,
    Board,
    CommitmentView,
    ContactRow,
    CustomerBrief,
    InteractionView,
    OfferView,
    WaitingSummary,
)

# So many of the newest entries are compared for a changed delivery; older ones no longer change.
RECHECKED = 20
MAX_FOLLOWED = 20


@dataclass(frozen=True, slots=True)
class DeskView:
    """All that one console shows besides conversations, read in one transaction."""

    at: datetime
    me: AgentView
    offers: list[OfferView]
    contacts: list[ContactRow]
    to_do: list[ContactRow]
    commitments: list[CommitmentView]
    mentions: int = 0
    gone: dict[str, ContactRow] = field(default_factory=dict)  # asked for, and no longer mine
    ended_offers: dict[str, str] = field(default_factory=dict)  # asked for: offer id -> state
    others: Others = field(default_factory=Others)


@dataclass(slots=True)
class Followed:
    """A conversation the console looks at. `entries`: seq → what can still change of it."""

    last_seq: int
    entries: dict[int, int] = field(default_factory=dict)
    customer_read_seq: int = -1


class Budget:
    """How much one side may say: `per_s` frames a second, and twice as many at once."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._left = 2 * per_s
        self._at: float | None = None

    def take(self, now_s: float) -> bool:
        """Spend one frame at `now_s` (seconds of a clock that only rises); False: none left."""
        if self._at is not None:
            self._left = min(2 * self._per_s, self._left + (now_s - self._at) * self._per_s)
        self._at = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True


class ConsoleSession:
    """Keeps what the console holds. Every method returns frames to be sent in that order."""

    def __init__(self) -> None:
        self._n = 0
        self._desk: DeskView | None = None
        # What a hint may name for it to concern this console; kept, because every hint asks.
        self.contact_ids: frozenset[str] = frozenset()
        self.held_ids: frozenset[str] = frozenset()  # those of `contact_ids` in this agent's hands
        self.customer_ids: frozenset[str] = frozenset()
        self.other_ids: frozenset[str] = frozenset()  # open, of those customers, and not shown
        self.shown = 0  # rises whenever those ids or the followed conversations change
        self._summary: WaitingSummary | None = None
        self._board: Board | None = None
        self.followed: dict[str, Followed] = {}
        self.watches_board = False

    @property
    def is_started(self) -> bool:
        return self._desk is not None

    def talks_in(self, conversation_id: str) -> bool:
        """Say whether a contact of this conversation is in this agent's hands."""
        held = self._desk.contacts if self._desk else []
        return any(row.conversation_id == conversation_id for row in held)

    def offer_ids(self) -> list[str]:
        return [offer.id for offer in self._desk.offers] if self._desk else []

    def snapshot(
        self, desk: DeskView, summary: WaitingSummary, board: Board | None
    ) -> list[p.ServerFrame]:
        """Everything anew; what the console held is replaced."""
        self._hold(desk)
        self._summary, self._board = summary, board
        return [
            p.Snapshot(
                n=self._next(),
                at=desk.at,
                me=desk.me,
                offers=desk.offers,
                contacts=desk.contacts,
                to_do=desk.to_do,
                commitments=desk.commitments,
                mentions=desk.mentions,
                summary=summary,
                board=board if self.watches_board else None,
            )
        ]

    def desk_changed(self, desk: DeskView) -> list[p.ServerFrame]:
        """The differences between the desk the console holds and this one."""
        before = self._desk
        if before is None:
            return []
        self._hold(desk)
        frames: list[p.ServerFrame] = []
        if desk.me != before.me:
            frames.append(p.MeDelta(n=self._next(), me=desk.me))
        frames += self._contacts(before, desk)
        frames += self._offers(before, desk)
        if _shown(desk.to_do) != _shown(before.to_do):
            frames.append(p.ToDoDelta(n=self._next(), contacts=desk.to_do))
        if desk.commitments != before.commitments:
            frames.append(p.CommitmentsDelta(n=self._next(), commitments=desk.commitments))
        if desk.mentions != before.mentions:
            frames.append(p.MentionsDelta(n=self._next(), unread=desk.mentions))
        for customer_id in _with_other_others(before, desk):
            frames += self.notice("others_changed", customer_id=customer_id)
        return frames

    def rows_changed(
        self, asked: frozenset[str], rows: Mapping[str, ContactRow]
    ) -> list[p.ServerFrame] | None:
        """Rows in hand, read anew; None where more than the rows changed: read the desk then."""
        if self._desk is None:
            return []
        frames: list[p.ServerFrame] = []
        shown: list[ContactRow] = []
        for before in self._desk.contacts:
            row = rows.get(before.id) if before.id in asked else before
            if row is None or (row.state, row.agent_id) != (before.state, before.agent_id):
                return None
            shown.append(row)
            if _seen(row) != _seen(before):
                frames.append(p.ContactDelta(n=self._n + 1 + len(frames), row=row))
        self._n += len(frames)
        self._hold(replace(self._desk, contacts=shown))
        return frames

    def _hold(self, desk: DeskView) -> None:
        self._desk = desk
        offered = (row for offer in desk.offers for row in (offer.contact, *offer.other_open))
        shown = [*desk.contacts, *desk.to_do, *offered]
        contact_ids = frozenset(row.id for row in shown)
        concerned = (
            contact_ids,
            frozenset(row.id for row in desk.contacts),
            frozenset(row.customer.id for row in shown),
            desk.others.ids - contact_ids,
        )
        if concerned != (self.contact_ids, self.held_ids, self.customer_ids, self.other_ids):
            self.contact_ids, self.held_ids, self.customer_ids, self.other_ids = concerned
            self.shown += 1

    def _contacts(self, before: DeskView, desk: DeskView) -> list[p.ServerFrame]:
        held = {row.id: _seen(row) for row in before.contacts}
        frames: list[p.ServerFrame] = [
            p.ContactDelta(n=self._next(), row=row)
            for row in desk.contacts
            if held.get(row.id) != _seen(row)
        ]
        now = {row.id for row in desk.contacts}
        frames += [
            p.ContactGone(n=self._next(), contact_id=contact_id, row=desk.gone.get(contact_id))
            for contact_id in held
            if contact_id not in now
        ]
        return frames

    def _offers(self, before: DeskView, desk: DeskView) -> list[p.ServerFrame]:
        held = {offer.id: _offered(offer) for offer in before.offers}
        now = {offer.id for offer in desk.offers}
        frames: list[p.ServerFrame] = []
        for offer in before.offers:
            if offer.id in now:
                continue
            why = desk.ended_offers.get(offer.id, "withdrawn")
            frames.append(p.OfferGone(n=self._next(), offer_id=offer.id, why=why))
            if why == "expired":
                frames.append(
                    p.Notice(n=self._next(), code="missed_offer", contact_id=offer.contact.id)
                )
        frames += [
            p.OfferDelta(n=self._next(), offer=offer)
            for offer in desk.offers
            if held.get(offer.id) != _offered(offer)
        ]
        return frames

    def figures_changed(self, summary: WaitingSummary, board: Board | None) -> list[p.ServerFrame]:
        """The ticker, and the wallboard where it is watched."""
        if self._desk is None:
            return []
        frames: list[p.ServerFrame] = []
        if _ticker(summary) != _ticker(self._summary):
            frames.append(p.SummaryDelta(n=self._next(), summary=summary))
            self._summary = summary
        if board is not None and self.watches_board:
            frames.append(p.BoardDelta(n=self._next(), board=board))
            self._board = board
        return frames

    def follow(self, conversation_id: str, after_seq: int) -> None:
        """Look at a conversation from now on; the oldest one is left when there are too many.

        The last entries up to `after_seq` are sent again: their delivery may have changed.
        """
        self.followed.pop(conversation_id, None)
        while len(self.followed) >= MAX_FOLLOWED:
            self.followed.pop(next(iter(self.followed)))
        self.followed[conversation_id] = Followed(max(0, after_seq - RECHECKED))
        self.shown += 1

    def leave(self, conversation_id: str) -> None:
        self.followed.pop(conversation_id, None)
        self.shown += 1

    def read_from(self, conversation_id: str, *, recheck: bool) -> int:
        """The seq after which entries are read: the unknown ones, on request the changeable too."""
        followed = self.followed[conversation_id]
        if recheck and followed.entries:
            return max(0, followed.last_seq - RECHECKED)
        return followed.last_seq

    def entries_read(
        self,
        conversation_id: str,
        after: int,
        entries: Sequence[InteractionView],
        customer_read_seq: int,
    ) -> list[p.ServerFrame]:
        """The new and the changed ones of `entries` (oldest first, from `after` on)."""
        followed = self.followed.get(conversation_id)
        if followed is None or after > followed.last_seq:  # opened anew meanwhile: it is read again
            return []
        fresh = [
            entry
            for entry in entries
            if entry.seq > followed.last_seq
            or followed.entries.get(entry.seq, _changeable(entry)) != _changeable(entry)
        ]
        for entry in entries[-RECHECKED:]:
            followed.entries[entry.seq] = _changeable(entry)
        for seq in list(followed.entries)[:-RECHECKED]:
            del followed.entries[seq]
        if entries:
            followed.last_seq = max(followed.last_seq, entries[-1].seq)
        if not fresh and customer_read_seq == followed.customer_read_seq:
            return []
        followed.customer_read_seq = customer_read_seq
        return [
            p.InteractionsDelta(
                n=self._next(),
                conversation_id=conversation_id,
                items=fresh,
                customer_read_seq=customer_read_seq,
            )
        ]

    def notice(
        self,
        code: str,
        contact_id: str | None = None,
        customer_id: str | None = None,
        detail: str | None = None,
    ) -> list[p.ServerFrame]:
        return [
            p.Notice(
                n=self._next(),
                code=code,
                contact_id=contact_id,
                customer_id=customer_id,
                detail=detail,
            )
        ]

    def setup_changed(self) -> list[p.ServerFrame]:
        return [p.SetupChanged(n=self._next())]

    def _next(self) -> int:
        self._n += 1
        return self._n


def _with_other_others(before: DeskView, desk: DeskView) -> list[str]:
    """Customers of whom another contact than the one that is shown came, went or moved on."""
    shown: defaultdict[str, set[str]] = defaultdict(set)
    for row in (*desk.contacts, *desk.to_do, *(offer.contact for offer in desk.offers)):
        shown[row.customer.id].add(row.id)
    found = []
    for customer_id, ids in shown.items():
        was, now = (view.others.seen.get(customer_id) for view in (before, desk))
        known = was is not None and now is not None
        changed = {line.id for line in {*(was or ())} ^ {*(now or ())}} if known else set()
        if any(changed - {contact_id} for contact_id in ids):
            found.append(customer_id)
    return found


def _seen(row: ContactRow) -> tuple[int, CustomerBrief, datetime | None]:
    """What of a row a person would see change: urgency grows by itself."""
    return row.version, row.customer, row.commitment_due_at


def _offered(offer: OfferView) -> tuple[object, ...]:
    """What of an offer a person would see change while they decide."""
    others = [(row.id, *_seen(row)) for row in offer.other_open]
    return _seen(offer.contact), offer.expires_at, others


def _shown(rows: Iterable[ContactRow]) -> list[tuple[object, ...]]:
    return [(row.id, *_seen(row)) for row in rows]


def _ticker(summary: WaitingSummary | None) -> tuple[int, int] | None:
    """What a person would see change; a console lets the seconds run by itself."""
    if summary is None:
        return None
    began = summary.at.timestamp() - (summary.longest_wait_s or 0.0)
    return summary.waiting, round(began / 2) if summary.waiting else 0


def _changeable(entry: InteractionView) -> int:
    """What is found out later about an entry: how it fared, a call's course, a fax's pages.

    Its hash, of 64 bits: a console keeps one for each of hundreds of entries.
    """
    meta = str(entry.meta) if entry.meta else ""
    return hash((entry.delivery, entry.delivery_detail, len(entry.text), len(entry.files), meta))
