"""May this answer go out? An open contact is answered always; what an agent began is asked for.

A contact that an agent began to sell something, or to ask something, stays that until the customer
answers: each message in it needs a permit of its own, with the link by which they say stop.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, update

from hub.accounts.model import Actor
from hub.contacts.model import ContactState
from hub.contacts.outreach.model import Answer, Later, Permit, Refused, Why, service_reply
from hub.contacts.outreach.service import AskFor, Sent, may_contact, note_sent, refusal
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, HubError
from hub.customers.consent.model import Purpose
from hub.customers.model import IdentityKind
from hub.customers.normalise import Address, parse_email
from hub.storage import Tx

from .commands import Reply
from .outgoing import addresses_of

META = "outreach"  # in a contact's `meta`: what it was begun for, until the customer answers


@dataclass(frozen=True, slots=True)
class OwnAccord:
    """What an agent begins a contact for. `materials`: what is sent, by key; `override`: a
    supervisor's reason.
    """

    purpose: Purpose = Purpose.SERVICE
    materials: tuple[str, ...] = ()
    override: str | None = None

    def asks(self, channel: str, identity_id: str) -> AskFor:
        return AskFor(
            self.purpose,
            channel,
            identity_id,
            materials=self.materials,
            override=self.override,
        )

    def meta(self) -> dict[str, Any]:
        """Return what the contact keeps of it: nothing of service."""
        if self.purpose is Purpose.SERVICE:
            return {}
        kept = {"purpose": str(self.purpose), "materials": list(self.materials)}
        return {META: {**kept, "override": self.override}}


SERVICE = OwnAccord()


class Written(NamedTuple):
    """One answer that is about to go out, with the contact and the files it takes along."""

    item: Reply
    row: Row[Any]
    files: Sequence[Row[Any]]


class Cleared(NamedTuple):
    """The permit of an answer; `ask`: what was asked for it, None where nothing had to be."""

    permit: Permit
    ask: AskFor | None = None


def clear(tx: Tx, answers: Sequence[Written]) -> list[Cleared | HubError]:
    """Return, for each answer, its permit, or why it may not go out.

    Costs nothing where all of them answer open contacts and go to where the customer wrote from.
    """
    asked: list[AskFor] = []
    places: list[tuple[int, str | None]] = []  # of the answer; the address, where one is named
    for index, one in enumerate(answers):
        for ask, named in _asks(one):
            asked.append(ask)
            places.append((index, named))
    results: list[Cleared | HubError] = [
        Cleared(service_reply(_state(one), one.row.identity_id)) for one in answers
    ]
    found = may_contact(tx, asked, links=True) if asked else []
    own = _own_addresses(tx, answers, places, found)
    for (index, named), ask, answer in zip(places, asked, found, strict=True):
        if isinstance(results[index], HubError) or (index, named) in own:
            continue
        if (result := _result(answers[index], ask, named, answer)) is not None:
            results[index] = result
    _answered(tx, [one.row for one in answers if _is_answer_to_own_accord(one.row)])
    return _once(results)


def _state(one: Written) -> str:
    """A scheduled answer was promised while the contact was open, and goes out as that."""
    return ContactState.ACTIVE if one.item.scheduled else str(one.row.state)


def _once(results: list[Cleared | HubError]) -> list[Cleared | HubError]:
    """Refuse what another answer of the same moment sends the same person already."""
    sent: set[tuple[str, str]] = set()
    for index, one in enumerate(results):
        if isinstance(one, HubError) or one.ask is None:
            continue
        taken = {(one.ask.identity_id or "", material) for material in one.ask.materials}
        if taken & sent:
            results[index] = refusal(Refused(Why.SENT_BEFORE))
        sent |= taken
    return results


def note_cleared(tx: Tx, sent: Sequence[tuple[Written, Cleared, str]]) -> None:
    """Keep what goes out of our own accord: (answer, its permit, the message's id) each."""
    for one, cleared, entry_id in sent:
        if cleared.ask is not None:
            by = Actor(one.item.agent_id, one.item.agent_name, "console")
            note_sent(tx, [Sent(cleared.ask, cleared.permit, one.row.id, entry_id)], by)


def file_key(name: str, size_bytes: int) -> str:
    """Return the key of a file as a material: who was sent it once is not sent it again."""
    same = f"{name.strip().casefold()}\0{size_bytes}".encode("utf-8", "replace")
    return f"file:{hashlib.blake2b(same, digest_size=12).hexdigest()}"


def _asks(one: Written) -> list[tuple[AskFor, str | None]]:
    """Return what has to be asked for an answer: nothing for the usual one."""
    item, row = one.item, one.row
    theirs = item.aside_of is not None or _is_answer_to_own_accord(row)  # not what we began
    own_accord = None if theirs else row.meta.get(META)
    purpose = Purpose(own_accord["purpose"]) if own_accord else Purpose.SERVICE
    asks: list[tuple[AskFor, str | None]] = []
    if own_accord:
        first = row.answered_at is None
        materials = own_accord.get("materials", []) if first else []
        materials = [*materials, *(file_key(file.name, file.size_bytes) for file in one.files)]
        ask = AskFor(
            purpose,
            row.channel,
            row.identity_id,
            materials=tuple(dict.fromkeys(materials)),
            contact_id=row.id,
            override=own_accord.get("override"),
        )
        asks.append((ask, None))
    for named in dict.fromkeys((*(item.to or ()), *item.cc, *item.bcc)):
        parsed = parse_email(named)
        if isinstance(parsed, Address):
            address = (str(IdentityKind.EMAIL), parsed.value)
            asks.append((AskFor(purpose, row.channel, address=address), parsed.value))
        elif named.startswith("+"):
            number = (str(IdentityKind.FAX), named)
            asks.append((AskFor(purpose, row.channel, address=number), named))
    return asks


def _result(
    one: Written, ask: AskFor, named: str | None, answer: Answer
) -> Cleared | HubError | None:
    """Return what this answer of may_contact makes of the message; None: it changes nothing."""
    if named is not None:
        return None if not isinstance(answer, Refused) else _names(named, answer)
    if isinstance(answer, Permit):
        return Cleared(answer, ask)
    if isinstance(answer, Later) and answer.why is Why.QUIET_HOURS and not one.item.instant:
        return Cleared(answer.permit, ask)
    return refusal(answer)


def _names(address: str, answer: Refused) -> Conflict:
    return Conflict(
        f"{address} does not want to be written to: take that address out.",
        code=f"outreach.{answer.why}",
        address=address,
    )


def _own_addresses(
    tx: Tx,
    answers: Sequence[Written],
    places: Sequence[tuple[int, str | None]],
    found: Sequence[Answer],
) -> set[tuple[int, str | None]]:
    """Return the refused addresses that are those of the customer who is answered: they wrote to
    us by them. Read only where one was refused.
    """
    refused = [
        (index, named)
        for (index, named), answer in zip(places, found, strict=True)
        if named is not None and isinstance(answer, Refused)
    ]
    rows = [answers[index].row for index, _ in refused if META not in answers[index].row.meta]
    if not rows:
        return set()
    own: Mapping[str, str] = addresses_of(tx, {row.identity_id for row in rows})
    return {
        (index, named)
        for index, named in refused
        if own.get(answers[index].row.identity_id) == named and META not in answers[index].row.meta
    }


def _is_answer_to_own_accord(row: Row[Any]) -> bool:
    """Say whether the customer has answered what we began: from here on it is their contact."""
    return META in row.meta and row.unanswered_since is not None


def _answered(tx: Tx, rows: Sequence[Row[Any]]) -> None:
    if not rows:
        return
    tx.execute(
        update(contacts)
        .where(contacts.c.id == bindparam("b_id"))
        .values(meta=bindparam("b_meta", type_=contacts.c.meta.type)),
        [
            {"b_id": row.id, "b_meta": {key: row.meta[key] for key in row.meta if key != META}}
            for row in rows
        ],
    )
