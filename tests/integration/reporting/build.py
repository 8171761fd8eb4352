"""A store full of what marts and indicators are made of: raw rows, so that sums are known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert

from hub.contacts.commitments.tables import commitments
from hub.contacts.complaints.tables import complaints
from hub.contacts.research.tables import customer_satisfaction, survey_answers
from hub.contacts.tables import contacts, conversations, interactions, segments
from hub.customers.business.tables import (
    contact_products,
    order_lines,
    orders,
    products,
    service_cases,
)
from hub.customers.lifecycle.tables import customer_stages, stage_moves
from hub.customers.ownership.tables import ownership_moves
from hub.customers.tables import (
    customer_facts,
    customer_sources,
    customers,
    identities,
    organisation_roles,
    tier_changes,
)
from hub.storage import Tx

AT = datetime(2026, 3, 10, 4, tzinfo=UTC)
DAY = timedelta(days=1)
NASTY = "=HYPERLINK(1)"  # a name that a spreadsheet would run


def at(days: float) -> datetime:
    return AT + timedelta(days=days)


def a_customer(tx: Tx, key: str, **more: Any) -> None:
    """Add a customer with one address, `i-<key>`."""
    into = more.get("merged_into_id")
    base = {
        "id": key,
        "kind": "person",
        "name": key.title(),
        "tier": "standard",
        "tier_source": "default",
        "tier_set_at": at(0),
        "source": "test",
        "created_at": at(0),
        "updated_at": at(0),
    }
    tx.execute(insert(customers).values(**(base | more)))
    tx.execute(
        insert(identities).values(
            id=f"i-{key}",
            customer_id=into or key,
            home_id=key if into else None,
            kind="external",
            value_norm=key,
            value_raw=key,
            status="active",
            source="test",
            valid_from=at(0),
        )
    )


def a_contact(tx: Tx, key: str, who: str, days: float, *, score: int | None = None) -> None:
    """Add a contact of a customer with two messages, two stretches, and how it was."""
    tx.execute(
        insert(conversations).values(
            id=f"v-{key}",
            entry_point_id="mail",
            channel="email",
            identity_id=f"i-{who}",
            last_seq=2,
            last_at=at(days),
            created_at=at(days),
        )
    )
    tx.execute(
        insert(contacts).values(
            id=key,
            reference=key.upper(),
            conversation_id=f"v-{key}",
            identity_id=f"i-{who}",
            channel="email",
            entry_point_id="mail",
            queue_id="support",
            tier="standard",
            direction="in",
            state="closed",
            state_since=at(days),
            preview="",
            opened_at=at(days),
            enqueued_at=at(days),
            last_message_at=at(days),
            closed_at=at(days + 0.1),
            calendar_id="wall",
            target_s=60,
            virtual_start_us=0,
            requirements={},
            meta={},
        )
    )
    for number in (1, 2):
        an_entry(tx, f"{key}-{number}", f"v-{key}", who, days, number, contact_id=key)
    for kind, begin, end in (("waiting", 0.0, 0.01), ("handling", 0.01, 0.1)):
        tx.execute(
            insert(segments).values(
                id=f"s-{key}-{kind}",
                contact_id=key,
                kind=kind,
                queue_id="support",
                channel="email",
                tier="standard",
                started_at=at(days + begin),
                ended_at=at(days + end),
            )
        )
    if score is not None:
        an_answer(tx, f"a-{key}", who, days + 0.2, score, contact_id=key)


def an_entry(
    tx: Tx, key: str, conversation: str, who: str, days: float, seq: int = 1, **more: Any
) -> None:
    base = {
        "id": key,
        "conversation_id": conversation,
        "seq": seq,
        "identity_id": f"i-{who}",
        "channel": "email",
        "kind": "message",
        "direction": "in" if seq == 1 else "out",
        "text": f"words {key}",
        "at": at(days),
        "created_at": at(days),
        "meta": {},
    }
    tx.execute(insert(interactions).values(**(base | more)))


def a_visit(tx: Tx, key: str, who: str, days: float) -> None:
    """Log a visit by hand."""
    tx.execute(
        insert(conversations).values(
            id=f"v-{key}",
            entry_point_id="record",
            channel="record",
            identity_id=f"i-{who}",
            last_seq=1,
            last_at=at(days),
            created_at=at(days),
        )
    )
    an_entry(tx, key, f"v-{key}", who, days, kind="visit", channel="record")


def a_fax(tx: Tx, key: str, who: str, way: str, **more: Any) -> None:
    """Add a fax that came (`way` "in") or went."""
    tx.execute(
        insert(conversations).values(
            id=f"v-{key}",
            entry_point_id="fax",
            channel="fax",
            identity_id=f"i-{who}",
            last_seq=1,
            last_at=at(0),
            created_at=at(0),
        )
    )
    kind = "fax" if way == "in" else "message"
    an_entry(tx, key, f"v-{key}", who, 0, kind=kind, channel="fax", direction=way, **more)


def an_answer(tx: Tx, key: str, who: str, days: float, score: int, **more: Any) -> None:
    base = {
        "id": key,
        "identity_id": f"i-{who}",
        "survey_key": "contact",
        "question_key": "satisfaction",
        "score": score,
        "at": at(days),
        "source": "contact",
        "received_at": at(days),
    }
    tx.execute(insert(survey_answers).values(**(base | more)))


def an_order(
    tx: Tx, key: str, who: str, days: float, amount: int, state: str = "paid", **more: Any
) -> None:
    base = {
        "id": key,
        "source": "shop",
        "external_id": key,
        "customer_id": who,
        "customer_external_id": who,
        "ordered_at": at(days),
        "amount_minor": amount,
        "currency": "CNY",
        "state": state,
        "state_at": at(days),
        "received_at": at(days),
    }
    lines = more.pop("lines", ())
    tx.execute(insert(orders).values(**(base | more)))
    for line, (product, quantity, money) in enumerate(lines, start=1):
        tx.execute(
            insert(order_lines).values(
                order_id=key, line=line, product_id=product, quantity=quantity, amount_minor=money
            )
        )


def a_promise(tx: Tx, key: str, who: str, kind: str, days: float, **more: Any) -> None:
    base = {
        "id": key,
        "identity_id": f"i-{who}",
        "kind": kind,
        "text": f"promise {key}",
        "owner_id": "someone",
        "made_at": at(days),
        "remind_at": at(days + 0.5),
        "due_at": at(days + 1),
        "state": "open",
    }
    tx.execute(insert(commitments).values(**(base | more)))


def a_move(
    tx: Tx, key: str, who: str, axis: str, after: str, days: float, before: str | None
) -> None:
    """`before` None: the first look."""
    causes = {"prospect": "identified", "opportunity": "quoted", "ordering": "ordered"}
    tx.execute(
        insert(stage_moves).values(
            id=key,
            customer_id=who,
            axis=axis,
            before=before,
            after=after,
            cause="first_look" if before is None else causes.get(after, "silent"),
            evidence={},
            reason="",
            at=at(days),
        )
    )


def a_product(tx: Tx, key: str, **more: Any) -> None:
    base = {"id": key, "external_id": key, "name": key.title(), "created_at": at(0)}
    tx.execute(insert(products).values(**(base | {"updated_at": at(0)} | more)))


def about(tx: Tx, contact: str, product: str, who: str) -> None:
    tx.execute(
        insert(contact_products).values(
            contact_id=contact, product_id=product, identity_id=f"i-{who}", linked_at=at(1)
        )
    )


def add(tx: Tx, table: Table, **values: Any) -> None:
    tx.execute(insert(table).values(**values))


def fill(tx: Tx, _: None) -> None:
    """Ann (with Old Ann, merged into her), Bob, Cat, Dan of the branches team, south, nobody's."""
    a_customer(tx, "ann", branch_id="team", name=NASTY)
    a_customer(tx, "old-ann", merged_into_id="ann", branch_id="team")
    a_customer(tx, "bob", branch_id="south", created_at=at(2))
    a_customer(tx, "cat", branch_id="south", created_at=at(3), archived_at=at(4))
    a_customer(tx, "dan", created_at=at(4))
    for key in ("kettle", "teapot", "unsold"):
        a_product(tx, key, family="kitchen" if key != "unsold" else None)
    for number, (who, score) in enumerate([("ann", 5), ("old-ann", 2), ("bob", 4), ("dan", None)]):
        a_contact(tx, f"k{number}", who, number + 1, score=score)
    about(tx, "k0", "kettle", "ann")
    about(tx, "k1", "kettle", "old-ann")
    about(tx, "k2", "kettle", "bob")
    about(tx, "k2", "teapot", "bob")
    an_order(tx, "o1", "ann", 2, 1_000, lines=[("kettle", 2, 600), ("teapot", 1, 400)])
    an_order(tx, "o2", "old-ann", 3, 500, lines=[("kettle", 1, 500)])
    an_order(tx, "o3", "bob", 4, 700, currency="USD", lines=[("kettle", 1, 700)])
    an_order(tx, "o4", "bob", 5, 900, "cancelled", lines=[("teapot", 3, 900)])
    an_order(tx, "o5", "ann", 6, -300, "returned", lines=[("kettle", 1, -300)])
    an_order(tx, "o6", "cat", 7, 80)
    a_promise(tx, "q1", "ann", "quote", 1, product_id="kettle", price_minor=990, currency="CNY")
    a_promise(tx, "q2", "bob", "quote", 9, product_id="kettle", product_name="Kettle")
    a_promise(tx, "q3", "dan", "quote", 2, state="withdrawn", product_id="teapot")
    a_promise(tx, "w1", "dan", "visit", 3, state="kept")
    missed = {"broken_at": at(4), "first_broken_at": at(4)}
    a_promise(tx, "w2", "bob", "repair", 3, state="broken", **missed)
    a_visit(tx, "visit-1", "ann", 3)
    a_visit(tx, "visit-2", "bob", 5)
    a_visit(tx, "visit-3", "bob", 60)
    firm = {"organisation_id": "cat", "created_at": at(1)}
    add(tx, organisation_roles, id="r1", person_id="ann", role="CEO", decides=True, **firm)
    add(tx, organisation_roles, id="r2", person_id="dan", role="CFO", decides=True, **firm)
    add(tx, organisation_roles, id="r3", person_id="bob", role="Clerk", decides=False, **firm)
    add(
        tx,
        complaints,
        id="p1",
        identity_id="i-old-ann",
        contact_id="k1",
        reason="late",
        source="agent",
        opened_at=at(2),
    )
    for key, kind, state, who in (
        ("d1", "defect", "reported", "ann"),
        ("d2", "defect", "done", "bob"),
        ("d3", "repair", "received", "bob"),
    ):
        add(
            tx,
            service_cases,
            id=key,
            source="shop",
            external_id=key,
            kind=kind,
            customer_id=who,
            customer_external_id=who,
            product_id="kettle",
            state=state,
            state_at=at(2),
            received_at=at(2),
        )
    add(
        tx,
        customer_facts,
        id="f1",
        customer_id="bob",
        kind="competitor",
        text="Acme is cheaper",
        source="contact",
        learned_at=at(2),
        competitor_id="acme",
    )
    for who, n, total in (("ann", 1, 5), ("old-ann", 1, 2), ("bob", 1, 4)):
        add(
            tx,
            customer_satisfaction,
            identity_id=f"i-{who}",
            n=n,
            total=total,
            mean_ppm=total * 1_000_000,
            last=total,
            last_at=at(2),
            zone="loyal",
            trend=0,
            recent=[total],
        )
    add(
        tx,
        customer_stages,
        customer_id="ann",
        stage="user",
        since=at(3),
        standing="repeat",
        standing_since=at(3),
        loyalty="repeat",
        loyalty_since=at(3),
    )
    a_move(tx, "m1", "old-ann", "stage", "prospect", 1, "unidentified")
    a_move(tx, "m2", "ann", "stage", "opportunity", 2, "prospect")
    a_move(tx, "m3", "ann", "stage", "ordering", 3, "opportunity")
    a_move(tx, "m4", "bob", "stage", "prospect", 2, "unidentified")
    a_move(tx, "m5", "bob", "standing", "dormant", 9, "first_time")
    a_move(tx, "m6", "bob", "standing", "lost", 12, "dormant")
    a_move(tx, "m7", "dan", "standing", "dormant", 9, "first_time")
    tier = {"before": "standard", "after": "gold", "source": "manual", "reason": "=1+1"}
    add(tx, tier_changes, id="t1", customer_id="old-ann", changed_at=at(2), **tier)
    add(tx, customer_sources, id="u1", customer_id="bob", source="fair", at=at(2))
    add(
        tx,
        ownership_moves,
        id="n1",
        customer_id="ann",
        to_id="someone",
        at=at(2),
        reason="new",
    )
