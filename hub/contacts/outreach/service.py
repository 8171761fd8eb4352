"""may_contact: the one question that every way out to a person asks, and what was sent or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any, NamedTuple

from sqlalchemy import insert

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.core.errors import Conflict
from hub.core.ids import new_id
from hub.customers.consent.model import (
    AddressKey,
    OptOutLink,
    Purpose,
    State,
    hash_address,
    sign_link,
)
from hub.customers.consent.service import states_of
from hub.customers.secrets import ADDRESS_HASH, OPT_OUT_LINK, find_secret, keep_secret
from hub.customers.settings import load_customer_settings
from hub.storage import Tx
from hub.storage.bulk import Statement, read_time, tx_time

from .model import (
    MONTH,
    Answer,
    Ask,
    Later,
    OutreachRules,
    Permit,
    Refused,
    Why,
    can_be_overridden,
    decide,
)
from .tables import outreach

_SELLING = frozenset({Purpose.MARKETING, Purpose.SURVEY})


@dataclass(frozen=True, slots=True)
class AskFor:
    """Whom, how, and what for. `identity_id`: an address of a customer; `address`: one that is
    nobody's (its kind and its normal form).

    `materials`: what would be sent, by key. `contact_id`: what was counted in this contact does not
    stand against it. `asked_for`, `in_contact`, `override`: see `model.Ask`.
    """

    purpose: Purpose
    channel: str
    identity_id: str | None = None
    address: tuple[str, str] | None = None
    materials: tuple[str, ...] = ()
    contact_id: str | None = None
    asked_for: bool = False
    in_contact: bool = False
    override: str | None = None


class _Holder(NamedTuple):
    """What is known of whom an ask means."""

    address: AddressKey
    customer_id: str
    zone: str
    others: tuple[AddressKey, ...]  # theirs alone
    identity_ids: tuple[str, ...]  # all of theirs


def may_contact(tx: Tx, asks: Sequence[AskFor], *, links: bool = False) -> list[Answer]:
    """Return, for each, the permit, from when on, or why not.

    At most six statements for all of them: the key of the hashes, whose addresses these are, what
    they said; and for what we do of our own accord complaints, what was sent before, and the rules.
    None where the customer asked for all of it. `links`: permits for what we do of our own accord
    come with the token of a link to opt out; then the transaction has to be a writing one.
    """
    open_asks = [ask for ask in asks if not ask.asked_for]
    if not open_asks:
        return [decide(_granted(ask), OutreachRules(), tx.now) for ask in asks]
    selling = [ask for ask in open_asks if ask.purpose in _SELLING]
    key = keep_secret(tx, ADDRESS_HASH) if links and selling else find_secret(tx, ADDRESS_HASH)
    key = key or b""  # nobody said anything yet: there is nothing to find by it
    own_accord = [ask for ask in selling if not ask.in_contact]
    wanted = open_asks if key or selling else []
    holders = _holders(tx, key, {ask.identity_id for ask in wanted if ask.identity_id})
    said = _said(tx, key, open_asks, holders)
    past = _past(tx, own_accord, holders) if own_accord else _NOTHING
    settings = load_customer_settings(tx) if own_accord else None
    rules = OutreachRules() if settings is None else rules_of(settings.outreach)
    usual_zone = "UTC" if settings is None else settings.zone
    link_key = keep_secret(tx, OPT_OUT_LINK) if links and selling else None
    answers = []
    for ask in asks:
        holder = holders.get(ask.identity_id or "")
        answer = decide(_ask(tx, ask, holder, key, said, past, usual_zone), rules, tx.now)
        answers.append(_with_link(answer, ask, holder, link_key))
    return answers


def rules_of(section: Any) -> OutreachRules:  # Any: settings.Outreach, by its fields
    """Return the set-up's section as the rules that `decide` takes."""
    return OutreachRules(
        time.fromisoformat(section.quiet_from),
        time.fromisoformat(section.quiet_until),
        section.per_week,
        section.per_month,
        frozenset(section.only_with_consent),
    )


def require(answer: Answer, *, waits: bool = False) -> Permit:
    """Return the permit. `waits`: what is sent can wait for the end of the quiet hours by itself.

    Raises Conflict with the reason as its code ("outreach.opted_out"), and until when.
    """
    if isinstance(answer, Permit):
        return answer
    if isinstance(answer, Later) and waits and answer.why is Why.QUIET_HOURS:
        return answer.permit
    raise refusal(answer)


def refusal(answer: Later | Refused) -> Conflict:
    """Return what is told to whoever wanted to write or call."""
    until = answer.until.isoformat() if isinstance(answer, Later) else None
    said = _SENTENCES[answer.why]
    return Conflict(
        said if until is None else f"{said} Not before {until}.",
        code=f"outreach.{answer.why}",
        until=until,
        overridable=int(can_be_overridden(answer)),
    )


_SENTENCES: Mapping[Why, str] = {
    Why.OPTED_OUT: "This customer does not want to be contacted for this. Only their own word"
    " changes that.",
    Why.NO_CONSENT: "This customer has not agreed to be contacted for this.",
    Why.COMPLAINT: "A complaint of this customer is open: nothing is sold to them until it is"
    " closed.",
    Why.SENT_BEFORE: "This customer was sent the same material before.",
    Why.TOO_OFTEN: "This customer was contacted often enough lately.",
    Why.QUIET_HOURS: "It is night, or early, where this customer is.",
}


class NewOutreach(NamedTuple):
    """What went out of our own accord (or did not), to be kept.

    `at`: when it goes out, if that is later.
    """

    identity_id: str
    purpose: Purpose
    channel: str
    why: Why
    outcome: str = "sent"  # sent, later, refused, failed
    material: str | None = None
    campaign_id: str | None = None
    contact_id: str | None = None
    interaction_id: str | None = None
    by: str | None = None
    override: str | None = None
    at: datetime | None = None


def note_outreach(tx: Tx, rows: Sequence[NewOutreach]) -> None:
    """Keep what was sent, or not and why: one statement. What was sent counts against the next."""
    if not rows:
        return
    tx.execute(
        insert(outreach),
        [
            {
                "id": new_id(),
                "identity_id": row.identity_id,
                "purpose": str(row.purpose),
                "channel": row.channel,
                "material": row.material,
                "campaign_id": row.campaign_id,
                "contact_id": row.contact_id,
                "interaction_id": row.interaction_id,
                "outcome": row.outcome,
                "reason": str(row.why),
                "at": row.at or tx.now,
                "by": row.by,
                "override_reason": row.override,
            }
            for row in rows
        ],
    )


class Sent(NamedTuple):
    """What goes out by a permit. `interaction_id`: the message; None: a call."""

    ask: AskFor
    permit: Permit
    contact_id: str | None
    interaction_id: str | None = None
    campaign_id: str | None = None


def note_sent(tx: Tx, sent: Sequence[Sent], by: Actor) -> None:
    """Keep that these go out now, or at the time of their permit; an override is audited.

    Raises Conflict where one of them sends the same material at this moment.
    """
    own_accord = [one for one in sent if not one.permit.is_service and one.permit.identity_id]
    pairs = [(one.permit.identity_id, key) for one in own_accord for key in one.ask.materials]
    if pairs and _SAME(tx, [list(pair) for pair in sorted(set(pairs), key=str)]):
        raise refusal(Refused(Why.SENT_BEFORE))
    note_outreach(tx, [row for one in own_accord for row in _rows_of(one, by)])
    for one in own_accord:
        if one.permit.override is not None:
            why = {"over": str(one.permit.over), "reason": one.permit.override}  # erased, too
            detail = {**why, "contact_id": one.contact_id}
            audit(tx, by, "outreach.override", "identity", str(one.permit.identity_id), detail)


def _rows_of(one: Sent, by: Actor) -> list[NewOutreach]:
    materials: tuple[str | None, ...] = one.ask.materials or (None,)
    return [
        NewOutreach(
            str(one.permit.identity_id),
            one.permit.purpose,
            one.ask.channel,
            one.permit.over or one.permit.why,
            material=material,
            campaign_id=one.campaign_id,
            contact_id=one.contact_id,
            interaction_id=one.interaction_id,
            by=by.id,
            override=one.permit.override,
            at=one.permit.not_before,
        )
        for material in materials
    ]


_SAME = Statement("""
SELECT o.id FROM {rows} JOIN outreach o ON o.identity_id = {text 0} AND o.material = {text 1}
WHERE o.outcome = 'sent' AND o.material IS NOT NULL
""")


def _granted(ask: AskFor) -> Ask:
    return Ask(ask.purpose, ask.channel, ask.identity_id, asked_for=True)


_HOLDERS = Statement("""
SELECT a.id AS asked, a.kind AS asked_kind, a.value_norm AS asked_value, a.customer_id,
       coalesce(c.zone, t.zone) AS zone, i.id, i.kind, i.value_norm, i.status
FROM {rows} JOIN customer_identities a ON a.id = {text 0}
JOIN customers c ON c.id = a.customer_id
LEFT JOIN teams t ON t.id = c.branch_id
JOIN customer_identities i ON i.customer_id = a.customer_id
""")


def _holders(tx: Tx, key: bytes, identity_ids: Collection[str]) -> dict[str, _Holder]:
    """Return, by identity, whose it is, and what else is theirs. One statement."""
    if not identity_ids:
        return {}
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in _HOLDERS(tx, [[id_] for id_ in sorted(identity_ids)]):
        found[row.asked].append(row)
    return {
        asked: _Holder(
            hash_address(key, rows[0].asked_kind, rows[0].asked_value),
            rows[0].customer_id,
            rows[0].zone or "",
            tuple(
                hash_address(key, row.kind, row.value_norm)
                for row in rows
                if row.status in ("active", "invalid") and row.id != asked
            ),
            tuple(row.id for row in rows),
        )
        for asked, rows in found.items()
    }


def _said(
    tx: Tx, key: bytes, asks: Sequence[AskFor], holders: Mapping[str, _Holder]
) -> dict[AddressKey, tuple[State, ...]]:
    if not key:
        return {}
    wanted = {hash_address(key, *ask.address) for ask in asks if ask.address}
    for holder in holders.values():
        wanted |= {holder.address, *holder.others}
    found: defaultdict[AddressKey, tuple[State, ...]] = defaultdict(tuple)
    for state in states_of(tx, wanted):
        found[state.address] += (state,)
    return found


class _Past(NamedTuple):
    """By customer: who complains; when they were reached, and in which contact; what they got."""

    complaining: frozenset[str]
    reached: Mapping[str, Mapping[str, datetime]]
    materials: Mapping[str, frozenset[tuple[str, str]]]  # material, contact ("" for none)


_NOTHING = _Past(frozenset(), {}, {})
_COMPLAINING = Statement("""
SELECT DISTINCT {text 0} AS customer_id
FROM {rows} JOIN complaints x ON x.identity_id = {text 1} WHERE x.closed_at IS NULL
""")
_REACHED = Statement("""
SELECT {text 0} AS customer_id, o.id, o.contact_id, o.material, o.at
FROM {rows} JOIN outreach o ON o.identity_id = {text 1}
WHERE o.outcome = 'sent' AND (o.at > {time :since} OR o.material IS NOT NULL)
""")


def _past(tx: Tx, asks: Sequence[AskFor], holders: Mapping[str, _Holder]) -> _Past:
    """Return what was. Two statements."""
    meant = {ask.identity_id for ask in asks}
    pairs = sorted(
        {
            (holder.customer_id, identity_id)
            for asked, holder in holders.items()
            if asked in meant
            for identity_id in holder.identity_ids
        }
    )
    rows = [list(pair) for pair in pairs]
    if not rows:
        return _NOTHING
    complaining = frozenset(row.customer_id for row in _COMPLAINING(tx, rows))
    reached: defaultdict[str, dict[str, datetime]] = defaultdict(dict)
    materials: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    since = tx.now - MONTH
    for row in _REACHED(tx, rows, since=tx_time(tx, since)):
        at = read_time(row.at)
        if at > since:  # several materials in one contact are one time
            reached[row.customer_id][row.contact_id or row.id] = at
        if row.material is not None:
            materials[row.customer_id].add((row.material, row.contact_id or ""))
    return _Past(complaining, reached, {key: frozenset(got) for key, got in materials.items()})


def _ask(
    tx: Tx,
    ask: AskFor,
    holder: _Holder | None,
    key: bytes,
    said: Mapping[AddressKey, tuple[State, ...]],
    past: _Past,
    usual_zone: str,
) -> Ask:
    if holder is None:
        address = hash_address(key, *ask.address) if ask.address and key else None
        states = said.get(address, ()) if address else ()
        made = Ask(ask.purpose, ask.channel, ask.identity_id, address, states)
        return replace(made, asked_for=ask.asked_for, in_contact=ask.in_contact, zone=usual_zone)
    reached = past.reached.get(holder.customer_id, {})
    got = past.materials.get(holder.customer_id, frozenset())
    return Ask(
        purpose=ask.purpose,
        channel=ask.channel,
        identity_id=ask.identity_id,
        address=holder.address,
        states=said.get(holder.address, ()),
        persons=tuple(state for other in holder.others for state in said.get(other, ())),
        open_complaint=holder.customer_id in past.complaining,
        recent=tuple(at for where, at in reached.items() if where != ask.contact_id),
        material_sent=any(
            material in ask.materials and where != (ask.contact_id or "-")
            for material, where in got
        ),
        asked_for=ask.asked_for,
        in_contact=ask.in_contact,
        zone=holder.zone or usual_zone,
        override=ask.override,
    )


def _with_link(
    answer: Answer, ask: AskFor, holder: _Holder | None, link_key: bytes | None
) -> Answer:
    if link_key is None or holder is None or ask.purpose not in _SELLING or not ask.identity_id:
        return answer
    token = sign_link(link_key, OptOutLink(holder.address, ask.identity_id))
    if isinstance(answer, Permit):
        return replace(answer, opt_out=token)
    if isinstance(answer, Later):
        return answer._replace(permit=replace(answer.permit, opt_out=token))
    return answer
