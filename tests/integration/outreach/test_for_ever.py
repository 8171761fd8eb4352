"""Whatever is done to customers and their addresses, a no stands."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import select, update

from hub.accounts.model import SYSTEM
from hub.contacts.complaints import service as complaints
from hub.contacts.inbound import IdentityKind
from hub.contacts.outreach import opting_out, service
from hub.contacts.outreach.model import Refused, Why
from hub.contacts.outreach.opting_out import OptOut
from hub.contacts.outreach.service import AskFor, may_contact
from hub.core.errors import HubError
from hub.customers.addresses import RemoveIdentity, remove_identity
from hub.customers.consent import service as consent
from hub.customers.consent.model import (
    STOP_SELLING,
    Basis,
    NewConsent,
    Purpose,
    hash_address,
)
from hub.customers.consent.service import keep_consents, key_of_addresses
from hub.customers.merging.service import (
    MergeCustomers,
    UnmergeCustomer,
    merge_customers,
    unmerge_customer,
)
from hub.customers.tables import customers, identities
from hub.intake.opt_out import opt_out
from hub.storage import Tx

from .build import House, add_customer
from .test_opting_out import imported

MAILS = tuple(f"w{number}@example.test" for number in range(8))


def identity_ids(tx: Tx) -> dict[str, list[str]]:
    """Return the rows of each address that are not removed."""
    found: dict[str, list[str]] = {}
    rows = tx.execute(
        select(identities.c.id, identities.c.value_norm).where(
            identities.c.kind == "email", identities.c.status != "removed"
        )
    )
    for row in rows:
        found.setdefault(row.value_norm, []).append(row.id)
    return found


def step(tx: Tx, dice: random.Random) -> set[str]:
    """Do something at random; return the addresses that say no by it."""
    roots = sorted(
        tx.execute(select(customers.c.id).where(customers.c.merged_into_id.is_(None))).scalars()
    )
    merged = sorted(
        tx.execute(select(customers.c.id).where(customers.c.merged_into_id.is_not(None))).scalars()
    )
    rows = identity_ids(tx)
    what = dice.choice(("merge", "merge", "unmerge", "no", "yes", "remove"))
    if what == "merge" and len(roots) > 1:
        one, other = dice.sample(roots, 2)
        merge_customers(tx, MergeCustomers(SYSTEM, one, other, "same"))
    elif what == "unmerge" and merged:
        unmerge_customer(tx, UnmergeCustomer(SYSTEM, dice.choice(merged)))
    elif what == "no" and rows:
        address = dice.choice(sorted(rows))
        opt_out(tx, [OptOut(rows[address][0], STOP_SELLING, "words")])
        return {address}
    elif what == "yes":  # an import or a program says that they agreed
        key = hash_address(key_of_addresses(tx), "email", dice.choice(MAILS))
        yes = NewConsent(key, Purpose.MARKETING, True, Basis.CONSENT, "import")
        keep_consents(tx, [yes])
    elif what == "remove" and rows:
        identity_id = dice.choice(rows[dice.choice(sorted(rows))])
        owner = select(identities.c.customer_id).where(identities.c.id == identity_id)
        remove_identity(tx, RemoveIdentity(SYSTEM, tx.execute(owner).scalar_one(), identity_id))
    return set()


@pytest.mark.parametrize("seed", range(4))
async def test_a_no_stands_whatever_is_merged_split_removed_or_imported(
    house: House, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - a walk that can be repeated
    for address in MAILS:
        await house.store.write(add_customer, (address, [(IdentityKind.EMAIL, address)]))
    stopped: set[str] = set()
    for number in range(40):
        try:
            stopped |= await house.store.write(step, dice)
        except HubError:
            continue  # what may not be done: the next
        if number % 8 == 7:
            lines = "\n".join(f"W,{address}" for address in MAILS)
            await imported(house, f"name,email\n{lines}\n")
        assert await house.store.read(reached, sorted(stopped)) == []
    assert stopped


def reached(tx: Tx, addresses: list[str]) -> list[str]:
    """Return which of these may be written to: it should be none."""
    rows = identity_ids(tx)
    asks = [
        AskFor(Purpose.MARKETING, "email", identity_id)
        for address in addresses
        for identity_id in rows.get(address, [])
    ]
    asks += [AskFor(Purpose.MARKETING, "email", address=("email", one)) for one in addresses]
    answers = may_contact(tx, asks)
    return [
        str(ask.address or ask.identity_id)
        for ask, answer in zip(asks, answers, strict=True)
        if answer != Refused(Why.OPTED_OUT)
    ]


async def test_an_erased_customer_who_is_imported_again_is_not_reached(house: House) -> None:
    """Erasure leaves no address behind, only its hash in what was said."""
    await imported(house, f"name,email\nW,{MAILS[0]}\n")
    no = OptOut(await house.identity(MAILS[0]), STOP_SELLING, "link")
    await house.store.write(opt_out, [no])

    def erase(tx: Tx, _: None) -> None:
        where = identities.c.value_norm == MAILS[0]
        gone = {"value_norm": identities.c.id, "value_raw": "", "status": "removed"}
        tx.execute(update(identities).where(where).values(**gone))

    await house.store.write(erase, None)
    await imported(house, f"name,email\nSomebody,{MAILS[0]}\n")
    assert await house.store.read(reached, [MAILS[0]]) == []


async def test_questions_of_consent_are_found_by_their_indexes(house: House) -> None:
    def plans(tx: Tx, _: None) -> dict[str, str]:
        if tx.dialect != "sqlite":
            return {}
        asked: dict[str, Any] = {
            "states": consent._STATES,
            "said": consent._SAID,
            "holders": service._HOLDERS,
            "complaining": service._COMPLAINING,
            "reached": service._REACHED,
            "same": service._SAME,
            "same address": opting_out._SAME_ADDRESS,
            "complaints": complaints._COMPLAINING,
        }
        values = {"rows": "[]", "since": 0}
        found = {
            name: " | ".join(
                str(row[-1]) for row in tx.fetch(f"EXPLAIN QUERY PLAN {one._sql['sqlite']}", values)
            )
            for name, one in asked.items()
        }
        recall = (
            "EXPLAIN QUERY PLAN UPDATE outbox SET state = 'cancelled' WHERE state IN"
            " ('pending', 'retry') AND purpose <> 'service' AND identity_id IN ('a')"
        )
        found["recall"] = " | ".join(str(row[-1]) for row in tx.fetch(recall, {}))
        return found

    for name, plan in (await house.store.read(plans, None)).items():
        scans = [part for part in plan.split(" | ") if part.startswith("SCAN")]
        assert all("j" in part.split()[1] or "json_each" in part for part in scans), (name, plan)
