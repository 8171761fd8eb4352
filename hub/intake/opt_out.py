"""A customer says stop: by a link, by words in a message, by a key on the phone, to an agent.

One transaction keeps it, takes back what is on its way, and cancels calls back to who only gave up
waiting. What they asked for themselves stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from hub.callbacks.stopping import stop_unwished
from hub.contacts import service as contact_service
from hub.contacts.inbound import Inbound, Wish
from hub.contacts.model import InteractionKind
from hub.contacts.outreach.opting_out import OptIn, OptOut, note_opt_in, note_opt_out
from hub.contacts.outreach.words import read_opt_out
from hub.customers.consent.model import ANY, STOP_ALL, STOP_SELLING, Purpose
from hub.routing.settings import load_settings
from hub.storage import Tx

from .case import Case


def opt_out(tx: Tx, noes: Sequence[OptOut]) -> None:
    """Keep these noes; from the end of this transaction on nothing goes out against them."""
    customer_ids = note_opt_out(tx, noes)
    if any(Purpose.SERVICE in no.purposes for no in noes):
        stop_unwished(tx, load_settings(tx), customer_ids)


_STOPS = {Wish.STOP: STOP_ALL, Wish.STOP_SELLING: STOP_SELLING, Wish.START: ()}


def stops_of(item: Inbound) -> tuple[Purpose, ...]:
    """Return what a message says stop to; () for almost all. Pure: nothing is read."""
    if item.wish is not None:
        return _STOPS[item.wish]
    is_said = item.kind is InteractionKind.MESSAGE and item.queues
    if not is_said or item.quarantine_reason is not None:
        return ()
    return read_opt_out(item.text, item.subject or "")


def heed(tx: Tx, cases: Sequence[Case]) -> None:
    """Keep what messages say stop to, in the transaction that stores them."""
    noes = [
        OptOut(
            identity_id=case_.who.identity_id,
            purposes=case_.stops,
            source="words",
            evidence={"interaction_id": case_.interaction_id},
            # What a medium has words for counts there: of that address, on that channel.
            channel=ANY if case_.item.wish is None else str(case_.item.channel),
            alone=case_.item.wish is not None,
        )
        for case_ in cases
        if case_.stops
    ]
    if noes:
        opt_out(tx, noes)
    last = {case_.who.identity_id: place for place, case_ in enumerate(cases) if case_.stops}
    for place, case_ in enumerate(cases):
        if case_.item.wish is Wish.START and place > last.get(case_.who.identity_id, -1):
            channel = str(case_.item.channel)
            evidence = {"interaction_id": case_.interaction_id}
            note_opt_in(tx, OptIn(case_.who.identity_id, channel, "words", evidence))


class KeyedOptOut(NamedTuple):
    """A caller pressed the key. `everything`: also no calls back of our own accord."""

    contact_id: str
    everything: bool = False


def opt_out_by_key(tx: Tx, said: KeyedOptOut) -> None:
    """The caller of a contact says stop by keypad. Raises NotFound."""
    row = contact_service.get_contact(tx, said.contact_id)
    purposes = STOP_ALL if said.everything else STOP_SELLING
    evidence = {"contact_id": row.id}
    opt_out(tx, [OptOut(row.identity_id, purposes, "keypad", evidence=evidence)])
