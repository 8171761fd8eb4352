"""The sender: performs what the outbox holds, once claimed, and writes down what became of it.

Claim (attempt saved first; what a person has said stop to meanwhile is dropped) → perform,
outside any transaction, while the lease is renewed →
finish with the outcome at once.
Back-off for transient faults: 30 s doubling to 1 h, given up after 5 days; the agent sees each
state on the interaction, and is told once of what has not gone out for an hour (reliability.md
section 1).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, select, update

from hub.contacts.delivery import LATE, MAY_BE_DUPLICATE, fates_of, of_all, with_fates
from hub.contacts.effects import (
    Done,
    Effect,
    Outcome,
    Permanent,
    Reached,
    ReadFile,
    ReadPages,
    RecipientFate,
    Transient,
    Unknown,
)
from hub.contacts.lost.service import note_lost
from hub.contacts.model import DELIVERY_RANK, DeliveryState
from hub.contacts.outreach.delivered import NotCalled, note_delivery, note_not_called
from hub.contacts.outreach.opting_out import claim_permitted
from hub.contacts.tables import interactions
from hub.contacts.undeliverable import note_bad_addresses
from hub.contacts.unread_files import note_unread
from hub.core.bus import Bus, Hint
from hub.core.errors import HubError, Unavailable
from hub.core.ids import new_id
from hub.storage import Store, Tx
from hub.storage.outbox import (
    EFFECT_FAILED,
    Claim,
    Claimed,
    Finish,
    OutboxState,
    Renewal,
    finish_effect,
    outbox,
    recover_effects,
    renew_effects,
)

from .encoded import for_the_rest, read_of, send_of, without_links
from .registry import Registry

log = logging.getLogger(__name__)

_LEASE_S = 20.0  # what a killed process had in hand is taken up again after so long
_RENEW_S = 5.0
_PERFORM_S = 90.0
_AT_ONCE = 16  # of one channel, roughly: one claim may bring as many more
_POLL_S = 2.0
_FIRST_RETRY_S = 30.0
_LONGEST_RETRY_S = 3600.0
_GIVE_UP = timedelta(days=5)
_LATE = timedelta(hours=1)


class Settled(NamedTuple):
    """An outcome to be written: the outbox row's end and the interaction's delivery together."""

    finish: Finish
    interaction_id: str | None
    delivery: DeliveryState | None
    detail: str | None
    external_id: str | None
    retry_s: float | None = None
    not_called: NotCalled | None = None
    fates: tuple[RecipientFate, ...] = ()
    kept: str | None = None  # of the effect once it is over, None: all
    again: str | None = None  # the effect for those who have not got it yet
    until: datetime | None = None  # when it is of no use any more
    reads: ReadFile | ReadPages | None = None  # the effect, where it reads a file


class Sender:
    """One worker of the outbox; several may run, each row is claimed by one.

    A channel whose outside is slow fills its own places only: the others' effects go on.
    """

    def __init__(self, store: Store, bus: Bus, registry: Registry) -> None:
        self._store = store
        self._bus = bus
        self._registry = registry
        self._holder = new_id()
        self._performing: dict[str, str] = {}  # effect -> its channel

    async def run(self) -> None:
        """Work until cancelled. A stopped database is waited for."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._renew())
            with self._bus.subscribe(["outbox.ready"]) as hints:
                while True:
                    try:
                        claimed = await self._claim()
                    except Unavailable as error:
                        log.debug("the outbox waits for the database: %s", error.message)
                        claimed = []
                    for one in claimed:
                        group.create_task(self._perform(one))
                    if not claimed:
                        await hints.next(_POLL_S)

    async def _claim(self) -> list[Claimed]:
        claim = Claim(self._holder, _AT_ONCE, _LEASE_S, self._full())
        claimed = await self._store.write(claim_permitted, claim)
        self._performing.update((one.id, one.channel) for one in claimed)
        return claimed

    def _full(self) -> tuple[str, ...]:
        """Return the channels that have no free place."""
        taken = Counter(self._performing.values())
        return tuple(channel for channel, count in taken.items() if count >= _AT_ONCE)

    async def _renew(self) -> None:
        """Keep what is being performed while this process lives; a dead one's is free soon."""
        while True:
            await asyncio.sleep(_RENEW_S)
            if not self._performing:
                continue
            renewal = Renewal(self._holder, tuple(self._performing), _LEASE_S)
            try:
                await self._store.write(renew_effects, renewal)
            except Unavailable as error:
                log.debug("leases of the outbox were not renewed: %s", error.message)

    async def _perform(self, claimed: Claimed) -> None:
        outcome = await self._outcome(claimed)
        await self._settle(claimed, outcome)
        was_full = claimed.channel in self._full()
        del self._performing[claimed.id]
        if was_full:
            self._bus.publish(Hint("outbox.ready", claimed.channel))

    async def _settle(self, claimed: Claimed, outcome: Outcome) -> None:
        """Write the outcome, when the database is back if need be: asking again would send it
        twice.
        """
        send = send_of(claimed.effect)
        settled = _settled(claimed, outcome, self._holder)._replace(
            kept=without_links(claimed.effect),
            again=None if send is None else for_the_rest(send, outcome),
            until=None if send is None else send.until,
            reads=read_of(claimed.effect),
        )
        while True:
            try:
                await self._store.write(settle, (settled, claimed.created_at))
            except Unavailable as error:
                log.debug("an outcome waits for the database: %s", error.message)
                await asyncio.sleep(_POLL_S)
            else:
                return

    async def _outcome(self, claimed: Claimed) -> Outcome:
        try:
            effect = msgspec.json.decode(claimed.effect, type=Effect)
            channel = self._registry.get(claimed.channel)
            async with asyncio.timeout(_PERFORM_S):
                return await channel.perform(claimed.entry_point_id, effect)
        except TimeoutError:
            if read_of(claimed.effect) is not None:  # nothing went out: it may be done again
                return Transient("It took too long.")
            return Unknown("It took too long; it may have gone out.")
        except Unavailable as fault:
            return Transient(fault.message, fault.retry_after_s)
        except HubError as error:
            return Permanent(error.message)
        except Exception:
            log.exception("performing an effect failed", extra={"outbox_id": claimed.id})
            return Transient("An unexpected fault; it is in the log.")


def _settled(claimed: Claimed, outcome: Outcome, holder: str) -> Settled:
    if isinstance(outcome, Done):
        detail = outcome.detail
        if detail is None and claimed.maybe_duplicate:
            detail = MAY_BE_DUPLICATE
        waiting = [fate for fate in outcome.fates if fate.state is Reached.WAITING]
        said = waiting[0].detail if waiting else None
        return Settled(
            Finish(claimed.id, holder, OutboxState.RETRY if waiting else OutboxState.SENT, said),
            claimed.interaction_id,
            DeliveryState.SENT,
            detail,
            outcome.external_id,
            _retry_s(claimed.attempts, None) if waiting else None,
            fates=outcome.fates,
        )
    if isinstance(outcome, Transient):
        return Settled(
            Finish(claimed.id, holder, OutboxState.RETRY, outcome.reason),
            claimed.interaction_id,
            DeliveryState.PENDING,
            outcome.reason,
            None,
            _retry_s(claimed.attempts, outcome.retry_after_s),
            fates=outcome.fates,
        )
    state = OutboxState.UNKNOWN if isinstance(outcome, Unknown) else OutboxState.FAILED
    delivery = DeliveryState.UNKNOWN if isinstance(outcome, Unknown) else DeliveryState.FAILED
    not_called = None
    if delivery is DeliveryState.FAILED and claimed.interaction_id is None:
        not_called = _not_called(claimed)
    return Settled(
        Finish(claimed.id, holder, state, outcome.reason),
        claimed.interaction_id,
        delivery,
        outcome.reason,
        None,
        not_called=not_called,
        fates=outcome.fates if isinstance(outcome, Permanent) else (),
    )


def _forget_links(tx: Tx, ids: Sequence[str]) -> None:
    """What is over, and nobody knows how it ended, keeps no more than what went out."""
    table = outbox.c
    rows = tx.execute(select(table.id, table.effect).where(table.id.in_(ids))).all()
    kept = [(row.id, without_links(row.effect)) for row in rows]
    changes = [{"b_id": id_, "b_effect": effect} for id_, effect in kept if effect is not None]
    if changes:
        tx.execute(
            update(outbox)
            .where(table.id == bindparam("b_id"))
            .values(effect=bindparam("b_effect")),
            changes,
        )


def _not_called(claimed: Claimed) -> NotCalled | None:
    """Return the call of our own accord that was not made; None for everything else."""
    if claimed.identity_id is None or claimed.contact_id is None:
        return None
    return NotCalled(claimed.identity_id, claimed.contact_id)


def _retry_s(attempts: int, asked_s: float | None) -> float:
    """Seconds until the next attempt: what the outside asked for, else doubling with jitter."""
    if asked_s is not None:
        return max(1.0, asked_s)
    longest = min(_LONGEST_RETRY_S, _FIRST_RETRY_S * 2.0 ** (attempts - 1))
    return longest * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret


def settle(tx: Tx, cmd: tuple[Settled, datetime]) -> None:
    """Write an outcome: the outbox row and the delivery its interaction shows, in one
    transaction.
    """
    settled, created_at = cmd
    finish, again_at = settled.finish, None
    if settled.retry_s is not None:
        again_at = tx.now + timedelta(seconds=settled.retry_s)
        if settled.until is not None:  # then it is seen to be over, and what is secret is forgotten
            again_at = min(again_at, max(settled.until, tx.now))
        finish = finish._replace(not_before=again_at)
        if tx.now - created_at > _GIVE_UP:
            finish, again_at = finish._replace(state=OutboxState.FAILED), None
            settled = settled._replace(
                delivery=DeliveryState.FAILED,
                detail=settled.detail or finish.error,
                fates=_given_up(settled.fates),
            )
    goes_on = finish.state is OutboxState.RETRY
    finish = finish._replace(effect=settled.again if goes_on else settled.kept)
    if not finish_effect(tx, finish):
        return
    note_not_called(tx, [settled.not_called] if settled.not_called else [])
    note_bad_addresses(tx, settled.fates)
    if settled.reads is not None and finish.state is OutboxState.FAILED:
        note_unread(tx, settled.reads)
    if settled.interaction_id is None and finish.state is OutboxState.FAILED:
        tx.hint(EFFECT_FAILED, finish.id)
    if settled.interaction_id is not None and settled.delivery is not None:
        late = again_at is not None and tx.now - created_at >= _LATE
        _show(tx, settled.interaction_id, settled, settled.delivery, again_at, late=late)


def _given_up(fates: Sequence[RecipientFate]) -> tuple[RecipientFate, ...]:
    return tuple(
        msgspec.structs.replace(fate, state=Reached.FAILED)
        if fate.state is Reached.WAITING
        else fate
        for fate in fates
    )


def _show(
    tx: Tx,
    interaction_id: str,
    settled: Settled,
    told: DeliveryState,
    again_at: datetime | None,
    *,
    late: bool,
) -> None:
    """Bring the interaction up to what became of it; its author is told of who does not get it,
    and once where it is `late` and still tried.
    """
    row = tx.execute(
        select(interactions).where(interactions.c.id == interaction_id).with_for_update()
    ).first()
    if row is None:
        return
    known = fates_of(row.meta)
    fates = settled.fates if known or len(settled.fates) > 1 else ()
    if told is DeliveryState.FAILED and not settled.fates:  # who still waited does so in vain
        fates = _given_up([fate for fate in known if fate.state is Reached.WAITING])
    meta = with_fates(row.meta, fates, again_at)
    if late and LATE not in meta:
        meta[LATE] = True
        tx.hint("delivery.late", row.id)
    state = of_all(meta, told)
    before = DeliveryState(row.delivery or DeliveryState.PENDING)
    later = DELIVERY_RANK[state] >= DELIVERY_RANK[before]
    tx.execute(
        update(interactions)
        .where(interactions.c.id == row.id)
        .values(
            delivery=state if later else row.delivery,
            delivery_detail=settled.detail if later else row.delivery_detail,
            external_id=row.external_id or settled.external_id,
            meta=meta,
        )
    )
    tx.hint("conversation.marked", row.conversation_id)
    if later:
        note_delivery(tx, row.id, before, state)
    note_lost(tx, row, meta, state if later else row.delivery)
    missed = any(fate.state is Reached.FAILED for fate in settled.fates)
    if missed or told in (DeliveryState.FAILED, DeliveryState.UNKNOWN):
        tx.hint("delivery.failed", row.id)


def fire_lost_effects(tx: Tx, now: datetime, limit: int) -> int:
    """Deal with effects whose worker died while performing them; shown as unknown where not
    repeated.
    """
    lost = recover_effects(tx, now, limit)
    if lost:
        _forget_links(tx, [effect_id for effect_id, _ in lost])
    ids = [interaction_id for _, interaction_id in lost if interaction_id is not None]
    if ids:
        unknown = tx.execute(
            update(interactions)
            .where(interactions.c.id.in_(ids), interactions.c.delivery == DeliveryState.PENDING)
            .values(delivery=DeliveryState.UNKNOWN)
            .returning(interactions.c.conversation_id)
        )
        for conversation_id in unknown.scalars():
            tx.hint("conversation.marked", conversation_id)
    return len(lost)
