"""The tier run: what every customer is worth, and the tier that follows, at once for who waits.

Reads page by page, computes in memory, writes only what differs, in small pieces on the bulk lane:
chat and calls go on beside it. The same figures again write nothing. Broken off, the next run goes
on where the rows differ.
"""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from hub.contacts.complaints.service import customers_complaining
from hub.core.errors import Conflict
from hub.core.ids import new_id
from hub.customers.model import TierSource
from hub.customers.rules.features import MAX_CUSTOMERS, FeaturePart, load_features
from hub.customers.rules.model import Features
from hub.customers.settings import load_customer_settings
from hub.customers.value import clv, writing
from hub.customers.value.deciding import INPUTS, Decider, Decisions, Found, count_tiers
from hub.customers.value.engine import rank
from hub.customers.value.figures import (
    Figures,
    Gathering,
    Terms,
    currency_of,
    read_page,
    read_roots,
)
from hub.customers.value.model import window_at
from hub.customers.value.moving import (
    MovePiece,
    OpenComplaints,
    TierMove,
    complained,
    drop_values,
    move_tiers,
    with_rule_tier,
)
from hub.customers.value.report import Going, MoveView, TierReport, reason_of, report_of
from hub.customers.value.rule_sets import rules_in_force
from hub.customers.value.rules import Decision, Tiers, tiers_of
from hub.routing.retier import retier
from hub.routing.settings import load_settings, tier_of_new_customers
from hub.storage import Store, Tx
from hub.storage.leases import AskLease, release_lease, take_lease

log = logging.getLogger(__name__)

Tell = Callable[[int, int], Awaitable[None]]
_LEASE_S = 60.0
_AIM_S = 0.007  # of the writer's time a piece (design section 4: at most 10 ms)
_FIRST_PIECE, _LARGEST_PIECE = 100, 2_000
_MOST_MOVES = 500  # of a piece: each is told, and who listens has room for a thousand
_GONE_REASON = "has bought nothing any more"


OPEN_COMPLAINTS: OpenComplaints = customers_complaining
"""Who complains: nobody moves to a lower tier meanwhile."""


@dataclass(frozen=True, slots=True)
class RunTiers:
    """`at` None: today in the set-up's zone. `window_days` None: the set-up's.

    `parts`: what rules may ask besides the figures of the run. `dry_run`: only say what would be
    done.
    """

    at: date | datetime | None = None
    window_days: int | None = None
    complaints: OpenComplaints = OPEN_COMPLAINTS
    parts: Sequence[FeaturePart] = ()
    dry_run: bool = False


class TierRunGoesOn(Conflict):
    """Another one has not ended."""

    code = "tiers.run_goes_on"


def load_tiers(tx: Tx) -> Tiers:
    """Return the tiers of the set-up in force."""
    return tiers_of(load_settings(tx).tiers, tier_of_new_customers(tx))


async def run_tiers(store: Store, order: RunTiers, tell: Tell) -> TierReport:
    """Value every customer as of `order.at`, and move who has another tier now.

    Raises TierRunGoesOn while another process or job does it.
    """
    lease = _Lease(store)
    await lease.take()
    try:
        return await _Run(store, order, tell, lease).do()
    finally:
        await asyncio.shield(lease.give_back())


class _Lease:
    """One run at a time, over all processes; renewed as it goes on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ask = AskLease("tiers", new_id(), _LEASE_S)
        self._renew_at = 0.0

    async def take(self) -> None:
        if await self._store.write(take_lease, self._ask) is None:
            raise TierRunGoesOn("A tier run is going on: wait until it has ended.")
        self._renew_at = asyncio.get_running_loop().time() + _LEASE_S / 3

    async def keep(self) -> None:
        if asyncio.get_running_loop().time() >= self._renew_at:
            await self.take()

    async def give_back(self) -> None:
        await self._store.write(release_lease, self._ask)


@dataclass(slots=True)
class _Run:
    store: Store
    order: RunTiers
    tell: Tell
    lease: _Lease
    held_back: int = 0
    piece: int = field(default=_FIRST_PIECE)

    async def do(self) -> TierReport:
        going = await self.store.read(_load, self.order)
        last = await self.store.read(writing.last_run, None)
        figures = await self._gather(going.terms, writing.count_of(last))
        decider = Decider(going.rules, going.tiers, going.terms.window.until)
        more = await self._more(figures, decider.reads_more)
        found, decided = await asyncio.to_thread(_compute, figures, going, decider, more)
        report = await asyncio.to_thread(report_of, going, found, decided)
        moves = await self._without_held_back(going, figures, decided)
        tiers = count_tiers(figures, moves)
        report = msgspec.structs.replace(report, held_back=self.held_back, tiers=tiers)
        # Who bought nothing any more and was held back then is in no figures: looked at again.
        waiting = last is not None and last.report["held_back"] > self.held_back
        if last is not None and last.digest == report.digest and not moves and not waiting:
            return msgspec.structs.replace(report, unchanged=True, made_at=last.at, run_id=last.id)
        if self.order.dry_run:
            return await self._tell_moves(going, found, report, moves)
        return await self._write(going, found, report, moves)

    async def _tell_moves(
        self,
        going: Going,
        found: Found,
        report: TierReport,
        moves: Sequence[tuple[int, Decision]],
    ) -> TierReport:
        """Say who would move, and write nothing."""
        before = found.figures.before
        counts = Counter((before[place].tier, decided.tier) for place, decided in moves)
        after: str | None = ""
        while after is not None:
            page = await self.store.read(writing.compare_page, (found, after))
            gone = await self.store.read(with_rule_tier, page.gone)
            usual = going.tiers.default
            counts.update((tier, usual) for _, tier in gone if tier != usual)
            await self.lease.keep()
            after = page.after
        told = [MoveView(*pair, count) for pair, count in sorted(counts.items())]
        return msgspec.structs.replace(report, moves=told, moved=counts.total())

    async def _gather(self, terms: Terms, expected: int) -> Figures:
        """Read everybody who ever bought; `expected`: about how many that are, 0: who knows."""
        gathering, after = Gathering(), ""
        while True:
            page = await self.store.read(read_page, (terms, after))
            gathering.add(page)
            await self.lease.keep()
            if expected:
                done = len(gathering.figures.bought)
                await self.tell(done, max(done, expected))
            if page.after is None:
                break
            after = page.after
        missing = gathering.missing()
        for at in range(0, len(missing), MAX_CUSTOMERS):
            asked = (terms, missing[at : at + MAX_CUSTOMERS])
            gathering.add_roots(await self.store.read(read_roots, asked))
        return await asyncio.to_thread(gathering.finish)

    async def _more(self, figures: Figures, asked: frozenset[str]) -> dict[str, Features] | None:
        """Read what the rules ask besides the figures; nothing, where they ask for no more."""
        if not asked:
            return None
        parts = [part for part in self.order.parts if part.fields & asked]
        ids = figures.bought.ids
        known: dict[str, Features] = {}
        for at in range(0, len(ids), MAX_CUSTOMERS):
            page = (ids[at : at + MAX_CUSTOMERS], parts)
            known |= await self.store.read(_load_features, page)
            await self.lease.keep()
        return known

    async def _without_held_back(
        self, going: Going, figures: Figures, decided: Decisions
    ) -> list[tuple[int, Decision]]:
        """Take out who would move to a lower tier while a complaint of theirs is open."""
        ids, lower = figures.bought.ids, []
        for place, found in decided.moves:
            if going.tiers.is_lower(found.tier, figures.before[place].tier):
                lower.append(ids[place])
        held: set[str] = set()
        for at in range(0, len(lower), MAX_CUSTOMERS):
            asked = (self.order.complaints, lower[at : at + MAX_CUSTOMERS])
            held |= set(await self.store.read(complained, asked))
        held &= set(lower)
        self.held_back = len(held)
        if not held:
            return decided.moves
        return [(place, found) for place, found in decided.moves if ids[place] not in held]

    async def _write(
        self,
        going: Going,
        found: Found,
        report: TierReport,
        moves: Sequence[tuple[int, Decision]],
    ) -> TierReport:
        run_id = await self.store.write(writing.begin_run, writing.BeginRun(report))
        gone = await self._write_figures(run_id, found)
        usual = going.tiers.default
        lost = [
            TierMove(one, tier, TierSource.RULE, usual, TierSource.DEFAULT, _GONE_REASON, {})
            for one, tier in gone
        ]
        total = len(lost) + len(moves)
        await self._move(going, run_id, len(lost), total, lambda at, end: lost[at:end])
        for at in range(0, len(gone), MAX_CUSTOMERS):
            moved = [one for one, _ in gone[at : at + MAX_CUSTOMERS]]
            await self.store.write_bulk(drop_values, moved)
        await self._move(
            going,
            run_id,
            len(moves),
            total,
            lambda at, end: [_move_of(going, found, *one) for one in moves[at:end]],
        )
        report = msgspec.structs.replace(report, held_back=self.held_back)
        return await self.store.write(writing.finish_run, (run_id, report))

    async def _move(
        self,
        going: Going,
        run_id: str,
        count: int,
        total: int,
        moves: Callable[[int, int], list[TierMove]],
    ) -> None:
        """Move customers piece by piece; `moves` makes those of a piece."""
        done = 0
        while done < count:
            piece = MovePiece(
                run_id,
                going.rules.version,
                going.tiers,
                moves(done, done + min(self.piece, _MOST_MOVES)),
                self.order.complaints,
                retier,
            )
            moved = await self.store.write_bulk(move_tiers, piece)
            done += len(piece.moves)
            self.held_back += moved.held_back  # who complained since
            self._size(len(piece.moves), moved.seconds)
            await self.lease.keep()
            await self.tell(done, total)

    async def _write_figures(self, run_id: str, found: Found) -> list[tuple[str, str]]:
        """Write the rows that differ; return who has none any more but a tier by rule."""
        count = len(found.figures.bought)
        same, after = array("b", bytes(count)), ""
        gone: list[tuple[str, str]] = []
        while True:
            page = await self.store.read(writing.compare_page, (found, after))
            for place in page.same:
                same[place] = 1
            if page.gone:
                gone += await self.store.write_bulk(drop_values, page.gone)
            await self.lease.keep()
            if page.after is None:
                break
            after = page.after
        places = writing.changed_places(count, same)
        self.piece, done = _FIRST_PIECE, 0
        while done < len(places):
            chosen = places[done : done + self.piece]
            seconds = await self.store.write_bulk(
                writing.write_values, writing.Piece(run_id, found, chosen)
            )
            done += len(chosen)
            self._size(len(chosen), seconds)
            await self.lease.keep()
            await self.tell(done, len(places))
        self.piece = _FIRST_PIECE
        return gone

    def _size(self, done: int, seconds: float) -> None:
        """Make the next piece as large as fits into the writer's time, at most twice the last."""
        fits = round(done * _AIM_S / max(seconds, 0.0001))
        self.piece = max(10, min(fits, 2 * self.piece, _LARGEST_PIECE))


def _load(tx: Tx, order: RunTiers) -> Going:
    settings = load_customer_settings(tx)
    zone = load_settings(tx).zone
    at = order.at if order.at is not None else tx.now.astimezone(ZoneInfo(zone)).date()
    window = window_at(at, order.window_days or settings.value.window_days, zone)
    tiers = load_tiers(tx)
    terms = Terms.of(settings, window, zone, currency_of(tx, settings))
    return Going(at.isoformat(), terms, rules_in_force(tx, tiers), tiers, tx.now)


def _load_features(
    tx: Tx, asked: tuple[Sequence[str], Sequence[FeaturePart]]
) -> dict[str, Features]:
    ids, parts = asked
    return load_features(tx, ids, parts)


def _compute(
    figures: Figures, going: Going, decider: Decider, more: Mapping[str, Features] | None
) -> tuple[Found, Decisions]:
    ranked = rank(figures.bought, going.rules.shares, going.terms.window)
    decided = decider.decide_all(figures, ranked, more)
    return Found(figures, ranked, decided.computed, _expected(figures, going.terms)), decided


def _expected(figures: Figures, terms: Terms) -> array[int] | None:
    """Return what everybody will bring, where that is asked for and can be said."""
    if terms.clv_days is None:
        return None
    if not clv.is_installed():
        log.warning("value.clv is on, but the extra is missing: pip install 'contact-hub[clv]'")
        return None
    return clv.lifetime_values(figures.bought, terms.window, terms.clv_days)


def _move_of(going: Going, found: Found, place: int, decision: Decision) -> TierMove:
    bought, ranked = found.figures.bought, found.ranked
    before = found.figures.before[place]
    figures = dict(zip(INPUTS, found.cells(place), strict=True))
    window = going.terms.window
    inputs = {
        **figures,
        "of": ranked.totals.customers,
        "currency": going.terms.exchange.base,
        "rule": decision.rule,
        "why": decision.why.value,
        "window": [window.from_.isoformat(), window.until.isoformat()],
    }
    return TierMove(
        bought.ids[place],
        before.tier,
        before.source,
        decision.tier,
        TierSource.RULE,
        reason_of(going, found, place, decision),
        inputs,
    )
