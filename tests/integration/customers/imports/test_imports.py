"""Import of customers: dry run, real run, again, conflicts, progress; beside live traffic."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest
from sqlalchemy import event, false, select

from hub import care
from hub.accounts.model import SYSTEM
from hub.core.errors import Invalid
from hub.customers.access import Scope
from hub.customers.addresses import AddIdentity, NewAddress, add_identity
from hub.customers.imports import ROWS_A_PIECE, ImportOrder, ImportReport, import_customers
from hub.customers.imports.model import RowClass
from hub.customers.imports.reads import list_rows, refused_rows
from hub.customers.imports.service import claim_batch, get_batch
from hub.customers.merging.tables import customer_conflicts
from hub.customers.model import CustomerKind, IdentityKind
from hub.customers.service import CreateCustomer, SetTier, create_customer, set_tier
from hub.customers.tables import (
    customer_facts,
    customers,
    identities,
    organisation_roles,
    tier_changes,
)
from hub.storage import Store, Tx
from tests.integration.customers.builders import asks, count, external, identify, mail, phone
from tests.integration.customers.house import open_house
from tests.integration.customers.imports.build import bring, take_back
from tests.integration.sla.house import Planning

FILE = """姓名,手机,邮箱,客户编号,等级,公司,职务,备注,颜色
陈小明,13800138000,chen@example.com,C-1,gold,蓝天电器,采购,下午联系,red
李娜,13900139000,,C-2,,蓝天电器,会计,,
王五,12,wang@,C-3,platinum,,,,
"""


async def run(
    store: Store, text: str, *, dry: bool = False, source: str = "crm", usual: str = "standard"
) -> ImportReport:
    async def tell(_done: int, _total: int) -> None:
        return None

    order = ImportOrder(
        actor=SYSTEM,
        data=text.encode("gb18030"),
        region="CN",
        tiers=frozenset({"gold", "standard"}),
        default_tier=usual,
        source=source,
        dry_run=dry,
    )
    return await import_customers(store, order, tell)


async def customer(store: Store, name: str) -> Any:
    return await store.read(
        lambda tx, key: tx.execute(select(customers).where(customers.c.name == key)).one(), name
    )


async def test_who_has_no_tier_in_the_file_has_the_default_tier(store: Store) -> None:
    await run(store, FILE, usual="basic")
    chen, li = await customer(store, "陈小明"), await customer(store, "李娜")
    assert [(one.tier, one.tier_source) for one in (chen, li)] == [
        ("gold", "imported"),
        ("basic", "default"),
    ]
    firm = await customer(store, "蓝天电器")
    assert (firm.tier, firm.tier_source) == ("basic", "default")
    (change,) = await store.read(lambda tx, _: tx.execute(select(tier_changes)).all(), None)
    assert (change.before, change.after) == ("basic", "gold")


async def test_a_dry_run_says_what_a_real_one_does_and_changes_nothing(store: Store) -> None:
    plan = await run(store, FILE, dry=True)
    assert (plan.created, plan.updated, plan.organisations, plan.refused_count) == (2, 0, 1, 1)
    assert (plan.encoding, plan.ignored_columns) == ("gb18030", ["颜色"])
    assert await count(store, customers) == 0
    done = await run(store, FILE)
    assert (done.created, done.organisations, done.refused_count) == (2, 1, 1)
    assert await count(store, customers, customers.c.kind == CustomerKind.PERSON) == 2
    assert await count(store, organisation_roles) == 2
    assert await count(store, customer_facts) == 1
    assert await count(store, tier_changes) == 1


async def test_refused_rows_name_every_reason_and_come_back_as_a_file(store: Store) -> None:
    report = await run(store, FILE)
    [refused] = report.refused
    assert refused.line == 4
    assert len(refused.reasons) == 3
    mended = report.refused_csv.replace("platinum", "gold").replace("wang@", "w@x.cn")
    again = await run(store, mended.replace(",12,", ",13700137000,"))
    assert (again.created, again.refused_count) == (1, 0)


async def test_the_same_file_again_changes_nothing(store: Store) -> None:
    await run(store, FILE)
    again = await run(store, FILE)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    assert await count(store, customer_facts) == 1


async def test_who_has_only_a_name_is_not_made_again_by_the_same_file(store: Store) -> None:
    rows = "name,phone,note\nAunt Wang,,buys filters\nAunt Wang,,\nLi,13800138000,\n"
    first = await run(store, rows)
    again = await run(store, rows)
    assert (again.created, again.unchanged) == (0, 3)
    assert first.created == await count(store, customers)
    other = await run(store, rows, source="fair")
    assert other.created > 0, "the same name from elsewhere may be somebody else"


async def test_a_file_with_nul_characters_is_imported_without_them(store: Store) -> None:
    report = await run(store, "name,phone,note\nLi\0na,13800138000,a\0b\n")
    assert (report.created, report.refused_count) == (1, 0)
    assert (await customer(store, "Lina")).name == "Lina"


async def test_a_known_caller_is_completed_not_doubled(store: Store) -> None:
    [caller] = await identify(store, asks(phone("13800138000")))
    report = await run(store, FILE)
    assert (report.created, report.updated) == (1, 1)
    chen = await customer(store, "陈小明")
    assert (chen.id, chen.tier, chen.tier_source) == (caller.customer_id, "gold", "imported")
    assert await count(store, identities, identities.c.customer_id == chen.id) == 3


async def test_addresses_of_two_customers_are_a_conflict_to_decide(store: Store) -> None:
    await identify(store, asks(phone("13800138000")), asks(mail("chen@example.com")))
    report = await run(store, FILE)
    assert [row.line for row in report.refused] == [2, 4]
    assert "different customers" in report.refused[0].reasons[0]


async def test_two_customers_of_one_row_are_asked_about_once_and_no_longer_after_an_undo(
    store: Store,
) -> None:
    await identify(store, asks(phone("13800138000")), asks(mail("chen@example.com")))
    report = await run(store, FILE)
    again = await run(store, FILE)

    def questions(tx: Tx, _: None) -> list[Any]:
        return list(tx.execute(select(customer_conflicts)))

    [question] = await store.read(questions, None)
    assert (question.kind, question.decided_at) == ("import", None)
    assert question.evidence == {"source": "crm", "line": 2, "label": "陈小明"}
    await take_back(store, again.batch_id)
    assert len(await store.read(questions, None)) == 1, "it was asked before"
    await take_back(store, report.batch_id)
    assert await store.read(questions, None) == []


async def test_a_tier_set_by_hand_is_not_overruled(store: Store) -> None:
    [who] = await identify(store, asks(external("C-1")))
    await store.write(set_tier, SetTier(SYSTEM, who.customer_id, "standard", "complaint open"))
    await run(store, FILE)
    assert (await customer(store, "陈小明")).tier == "standard"


async def test_who_was_imported_is_recognised_when_they_write(store: Store) -> None:
    await run(store, FILE)
    [who] = await identify(store, asks(mail("CHEN@example.com")))
    assert (who.name, who.tier, who.is_new) == ("陈小明", "gold", False)


@pytest.mark.parametrize("rows", [0, 1, ROWS_A_PIECE + 1])
async def test_progress_reaches_the_end(store: Store, rows: int) -> None:
    steps: list[tuple[int, int]] = []

    async def tell(done: int, total: int) -> None:
        steps.append((done, total))

    lines = "".join(f"Customer {n},c{n}@example.com\n" for n in range(rows))
    data = f"name,email\n{lines}".encode()
    order = ImportOrder(SYSTEM, data, "CN", frozenset())
    report = await import_customers(store, order, tell)
    assert report.created == rows
    assert steps[-1] == (rows, rows)
    assert steps == sorted(steps)


async def test_live_traffic_goes_on_during_an_import(sqlite_store: Store) -> None:
    lines = "".join(f"Customer {n},c{n}@example.com\n" for n in range(1_500))

    async def tell(_done: int, _total: int) -> None:
        return None

    order = ImportOrder(SYSTEM, f"name,email\n{lines}".encode(), "CN", frozenset())
    importing = asyncio.create_task(import_customers(sqlite_store, order, tell))
    seen = 0
    while not importing.done():
        await identify(sqlite_store, asks(mail(f"live{seen}@example.com")))
        seen += 1
    assert (await importing).created == 1_500
    assert seen > 10


async def test_a_piece_costs_the_same_statements_for_one_row_and_for_many(
    sqlite_store: Store,
) -> None:
    async def statements(rows: int) -> int:
        """Rows of each class; the first of them makes the organisation."""
        marks = [f"s{rows}n{n}" for n in range(rows)]
        for mark in marks:
            await identify(sqlite_store, asks(mail(f"{mark}@known.cn")))
            await identify(sqlite_store, asks(mail(f"{mark}@one.cn")), asks(mail(f"{mark}@two.cn")))
        text = "name,email,external_id,company,role,note,tier\n" + "".join(
            f"New {mark},{mark}@new.cn,{mark},Firm {rows},buyer,n,gold\n"
            f"Known {mark},{mark}@known.cn,,Firm {rows},,n,gold\n"
            f'Two {mark},"{mark}@one.cn; {mark}@two.cn",,,,,\n'
            f"Bad {mark},bad,,,,,\n"
            for mark in marks
        )
        assert 4 * rows <= ROWS_A_PIECE
        seen: list[str] = []

        def saw(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
            seen.append(sql)

        engine = sqlite_store.writer.engine
        event.listen(engine, "before_cursor_execute", saw)
        try:
            report = await run(sqlite_store, text, source=f"s{rows}")
        finally:
            event.remove(engine, "before_cursor_execute", saw)
        assert (report.created, report.updated, report.refused_count) == (rows, rows, 2 * rows)
        return len(seen)

    assert await statements(1) == await statements(20)


async def test_a_shared_address_means_the_one_of_that_name_or_somebody_new(store: Store) -> None:
    ids = [
        await store.write(create_customer, CreateCustomer(SYSTEM, "CN", name=name))
        for name in ("Ann", "Ben")
    ]
    for key in ids:
        shared = AddIdentity(
            SYSTEM, key, NewAddress(IdentityKind.PHONE, "13800138000"), "CN", shared=True
        )
        await store.write(add_identity, shared)
    known = await run(store, "name,phone,note\nben,13800138000,x\n")
    new = await run(store, "name,phone,note\nCleo,13800138000,y\n")
    assert (known.updated, new.created) == (1, 1)
    assert await count(store, customer_facts, customer_facts.c.customer_id == ids[1]) == 1
    shared_by = identities.c.status == "shared"
    assert await count(store, identities, shared_by) == 3
    assert await count(store, identities, identities.c.status == "active") == 0


async def test_an_address_of_a_customer_with_another_id_is_a_conflict(store: Store) -> None:
    await run(store, "name,email,external_id\nAnn,info@x.cn,C-1\n")
    report = await run(store, "name,email,external_id\nBen,info@x.cn,C-2\n")
    assert report.refused_count == 1
    assert "C-1" in report.refused[0].reasons[0]
    other_system = await run(store, "name,email,external_id\nAnn,info@x.cn,shop:7\n")
    assert (other_system.updated, other_system.refused_count) == (1, 0)


async def test_a_number_of_somebody_of_another_name_is_a_conflict_and_renames_nobody(
    store: Store,
) -> None:
    head = "name,phone,email,tier,external_id\n"
    await run(store, f"{head}张伟,13677770001,zhang@x.cn,gold,\n")
    report = await run(store, f"{head}李雷,13677770001,,,\n李雷,,zhang@x.cn,,C-9\n")
    assert (report.created, report.updated, report.refused_count) == (0, 0, 2)
    assert "张伟" in report.refused[0].reasons[0]
    assert (await customer(store, "张伟")).tier == "gold"
    assert report.refused_csv.count("李雷") == 2


async def test_the_same_name_or_none_completes_and_an_id_of_theirs_renames(store: Store) -> None:
    await run(store, "name,phone,external_id\nAnn Lee,13677770001,C-1\n")
    same = await run(store, "name,phone,email\nann  lee,13677770001,a@x.cn\n,13677770001,b@x.cn\n")
    assert (same.updated, same.refused_count) == (2, 0)
    renamed = await run(store, "name,phone,external_id\nAnn Wu,13677770001,C-1\n")
    assert (renamed.updated, renamed.refused_count) == (1, 0)
    assert (await customer(store, "Ann Wu")).kind == CustomerKind.PERSON


async def test_refused_rows_brought_again_unmended_are_refused_again(store: Store) -> None:
    await run(store, "name,phone,tier\n张伟,13677770001,gold\n")
    long = "x" * 5_000
    report = await run(
        store,
        'external_id,name,phone,note\nC-7,"Ann,13677770002,broken\n,李雷,13677770001,other\n'
        f"C-8,Ben,13677770003,{long}\nC-9,Cat,13677770004,{'y' * 70_000}\n"
        'C-10,Dan,13677770005,a,b,c\n=C-11,+E,"13677770006,open\n',
    )
    assert (report.created, report.refused_count) == (0, 6)
    again = await bring(store, report.refused_csv)
    assert (again.created, again.updated, again.refused_count) == (0, 0, 6)
    assert 'C-7,"Ann,13677770002,broken' in report.refused_csv, "as it came"
    assert "'=C-11,'+E" in report.refused_csv, "no spreadsheet runs it"
    assert await count(store, customers) == 1


@pytest.mark.parametrize(
    "header",
    [
        "external_id,customer_external_id,ordered_at,amount,currency",
        "编号,客户编号,下单时间,金额,币种",
        "id,customer,Date,Total",
    ],
)
async def test_a_file_of_orders_makes_no_customers(sqlite_store: Store, header: str) -> None:
    with pytest.raises(Invalid, match="import orders"):
        await run(sqlite_store, f"{header}\nO-1,C-1,2026-03-01,12.00,CNY\n")
    assert await count(sqlite_store, customers) == 0


async def test_when_customers_were_made_or_what_they_spent_makes_no_orders_of_them(
    sqlite_store: Store,
) -> None:
    await run(sqlite_store, "name,phone,created at\nAnn,13677770001,2026-03-01\n")
    await run(sqlite_store, "name,phone,amount\nBen,13677770002,12\n")
    assert await count(sqlite_store, customers) == 2


async def test_the_rows_of_a_class_are_found_by_an_index(sqlite_store: Store) -> None:
    lines = "".join(f"C{n},c{n}@x.cn\n" for n in range(300))
    report = await run(sqlite_store, f"name,email\n{lines}Bad,bad\n")
    batch = await sqlite_store.read(get_batch, report.batch_id)
    scope = Scope("me", everything=True, branches=frozenset(), more=false())

    def plan(tx: Tx, plans: list[str]) -> str:
        planning = cast(Tx, Planning(tx, plans))
        for row_class in (RowClass.INVALID, RowClass.NEW, None):
            list_rows(planning, scope, batch, row_class, 50, 0)
        refused_rows(planning, batch.id, 50)
        return "\n".join(plans)

    said = await sqlite_store.read(plan, [])
    assert "SCAN import_rows" not in said
    assert said.count("ix_import_rows_class (batch_id=? AND row_class=?") == 3


async def test_nobody_scans_batches_for_work(sqlite_store: Store) -> None:
    def plan(tx: Tx, plans: list[str]) -> str:
        claim_batch(cast(Tx, Planning(tx, plans)), "me")
        return "\n".join(plans)

    assert "ix_import_batches_working" in await sqlite_store.write(plan, [])


async def test_an_organisation_goes_on_lifting_whom_a_file_completes(store: Store) -> None:
    """Their own tier is written again with what the file says, and the better one counts on."""
    await open_house(store)
    rows = "name,email,external_id,company\nAnn,ann@x.cn,C-1,Firm\n"
    await bring(store, rows, retier=care.retier)
    firm = await customer(store, "Firm")
    await store.write(care.change_tier, SetTier(SYSTEM, firm.id, "gold", "big"))
    assert (await customer(store, "Ann")).tier == "gold"
    await bring(store, "name,email,external_id\nAnna,ann@x.cn,C-1\n", retier=care.retier)
    anna = await customer(store, "Anna")
    assert (anna.tier, anna.own_tier) == ("gold", "standard")
    await bring(store, "name,email,company\nBen,ben@x.cn,Firm\n", retier=care.retier)
    assert (await customer(store, "Ben")).tier == "gold"
