"""Versions of the set-up on both databases: when one is made, what it keeps, who may come next."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from sqlalchemy import insert, select, update

from hub.accounts.model import Actor
from hub.accounts.tables import audit_log
from hub.callbacks.model import CallbackKind, CallbackState
from hub.callbacks.tables import callbacks
from hub.contacts.model import ContactState
from hub.contacts.tables import contacts
from hub.core.bus import Bus
from hub.customers.tables import customers
from hub.intake import receive
from hub.routing.service import SetAgentProfile, set_agent_profile
from hub.routing.tables import agent_skills, routing_setup
from hub.setup import ApplySetup, BadSetup, Setup, apply_setup, check_setup
from hub.setup.files import ApplyFile, FileBehind, apply_file, export_setup, exported_version
from hub.setup.model import AgentSetup
from hub.setup.parts import HoursSetup
from hub.setup.service import ChangeSetup, RestoreSetup, change_setup, restore_setup
from hub.setup.tables import setup_versions
from hub.setup.versions import SetupMoved, get_document
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock

from .build import edited, hire, letter
from .test_setup import rows

BOSS = Actor("boss", "Boss", "session")


@pytest.fixture
def setup() -> Setup:
    return check_setup(edited())


def renamed(setup: Setup, name: str) -> Setup:
    return msgspec.structs.replace(setup, organisation=name)


def page(setup: Setup, base: int) -> ChangeSetup:
    return ChangeSetup(msgspec.to_builtins(setup), base, BOSS)


async def sources(store: Store) -> list[str]:
    return [row.source for row in sorted(await rows(store, setup_versions), key=lambda row: row.id)]


async def test_a_version_is_made_by_the_first_apply_and_by_each_change_only(
    store: Store, setup: Setup
) -> None:
    await store.write(apply_setup, ApplySetup(setup, dry_run=True))
    assert await sources(store) == []
    await store.write(apply_setup, ApplySetup(setup))
    await store.write(apply_setup, ApplySetup(setup))
    await store.write(apply_setup, ApplySetup(renamed(setup, "Lake"), dry_run=True))
    assert await sources(store) == ["file"]
    changes = await store.write(apply_setup, ApplySetup(renamed(setup, "Lake"), note="new name"))
    assert changes.changed == ['organisation: "Lakeside Appliances 湖畔电器" → "Lake"']
    first, second = await rows(store, setup_versions)
    assert (first.id, first.made_by, second.id, second.note) == (1, None, 2, "new name")
    assert msgspec.json.decode(second.document)["organisation"] == "Lake"
    assert second.changes["changed"] == changes.changed
    lines = {row.object_id: row for row in await rows(store, audit_log)}
    assert sorted(lines) == ["1", "2"]
    assert lines["2"].detail["changed"] == 1


async def test_a_database_from_before_versions_gets_its_first_one(
    store: Store, setup: Setup
) -> None:
    await store.write(apply_setup, ApplySetup(setup))
    await store.write(lambda tx, _: tx.execute(setup_versions.delete()), None)
    changes = await store.write(apply_setup, ApplySetup(setup))
    assert changes.is_empty
    assert await sources(store) == ["file"]


async def test_another_way_to_write_the_same_is_a_version_too(store: Store) -> None:
    await store.write(apply_setup, ApplySetup(check_setup(edited())))
    other = check_setup(edited(('default = "24x7"', 'default = { week = "24x7" }')))
    changes = await store.write(apply_setup, ApplySetup(other))
    assert changes.changed == ["the writing, with the same meaning"]
    document = await store.read(get_document, 2)
    assert document["hours"]["default"] == msgspec.to_builtins(HoursSetup(week="24x7"))


async def test_who_was_never_named_keeps_skills_and_who_is_named_no_more_loses_them(
    store: Store, setup: Setup
) -> None:
    await store.write(apply_setup, ApplySetup(setup))
    li, wu = await store.write(hire, ["Li", "Wu"])
    given = SetAgentProfile(wu, "trainee", {"english": 3})
    await store.write(set_agent_profile, given)

    def naming(**skills: int) -> ApplySetup:
        agents = {"LI@hub.test": AgentSetup(profile="trainee", skills=skills)} if skills else {}
        return ApplySetup(msgspec.structs.replace(setup, agents=agents))

    async def grades() -> set[tuple[str, str, int]]:
        return {tuple(row) for row in await rows(store, agent_skills)}

    kept = {(wu, "english", 3)}
    await store.write(apply_setup, naming(english=2, repair=4))
    assert await grades() == kept | {(li, "english", 2), (li, "repair", 4)}
    await store.write(apply_setup, naming(repair=4))
    assert await grades() == kept | {(li, "repair", 4)}
    changes = await store.write(apply_setup, naming())
    assert changes.changed == ["agent li@hub.test (named no more)"]
    assert await grades() == kept
    assert (await store.write(apply_setup, naming())).is_empty


async def test_a_queue_with_contacts_in_it_is_not_retired(
    store: Store, clock: ManualClock, setup: Setup
) -> None:
    await store.write(apply_setup, ApplySetup(setup))
    await store.write(receive, letter("finance-mail", clock))
    without = without_finance(setup)
    for asked in (ApplySetup(without, dry_run=True), ApplySetup(without)):
        with pytest.raises(BadSetup, match="'finance' cannot be retired, 1 contact") as refused:
            await store.write(apply_setup, asked)
        assert [fault.path for fault in refused.value.faults] == ["queues"]
    assert await sources(store) == ["file"]
    await store.write(_close_and_call_back, CallbackState.WAITING)
    with pytest.raises(BadSetup, match="'finance' cannot be retired, 1 contact"):
        await store.write(apply_setup, ApplySetup(without))
    done = update(callbacks).values(state=CallbackState.DONE)
    await store.write(lambda tx, _: tx.execute(done), None)
    assert "queue finance" in (await store.write(apply_setup, ApplySetup(without))).retired
    back = await restore_setup(store, RestoreSetup(1, 2, BOSS))
    assert "queue finance" in back.changes.changed


async def test_where_the_contacts_are_that_keep_a_queue_is_said(
    store: Store, clock: ManualClock, setup: Setup
) -> None:
    await store.write(apply_setup, ApplySetup(setup))
    states = ("queued", "offered", "active", "wrap_up", "parked", "quarantined", "closed")

    def bring_into(tx: Tx, ids: list[str]) -> None:
        for contact_id, state in zip(ids, states, strict=True):
            tx.execute(update(contacts).where(contacts.c.id == contact_id).values(state=state))

    ids = [
        str((await store.write(receive, letter("finance-mail", clock))).contact_id) for _ in states
    ]
    await store.write(bring_into, ids)
    with pytest.raises(BadSetup) as refused:
        await store.write(apply_setup, ApplySetup(without_finance(setup), dry_run=True))
    (fault,) = refused.value.faults
    listed = "2 waiting, 2 with agents, 1 waiting for the customer, 1 in quarantine"
    assert f"6 contact(s) or callback(s) are still in it ({listed})" in fault.message


async def test_customers_of_a_tier_that_goes_are_counted(
    store: Store, clock: ManualClock, setup: Setup
) -> None:
    await store.write(apply_setup, ApplySetup(setup))
    await store.write(receive, letter("finance-mail", clock))
    await store.write(lambda tx, _: tx.execute(update(customers).values(tier="low")), None)
    plain = msgspec.to_builtins(setup)
    plain["tiers"] = [tier for tier in plain["tiers"] if tier["key"] != "low"]
    for targets in (plain["target_s"], *(queue["target_s"] for queue in plain["queues"])):
        targets |= {channel: values[:-1] for channel, values in targets.items()}
    left = msgspec.convert(plain, Setup)
    for asked in (ApplySetup(left, dry_run=True), ApplySetup(left)):
        changes = await store.write(apply_setup, asked)
        assert "tier low" in changes.retired
        (told,) = [line for line in changes.warnings if line.startswith("tier low:")]
        assert "1 customer(s) still have it; agents are shown 'standard' for them" in told
    again = await store.write(apply_setup, ApplySetup(left))
    assert (again.is_empty, again.warnings) == (True, [])


def without_finance(setup: Setup) -> Setup:
    """The sample without a queue, to which nothing leads any more."""
    return msgspec.structs.replace(
        setup,
        queues=[queue for queue in setup.queues if queue.key != "finance"],
        entry_points=[
            msgspec.structs.replace(point, queue="support") for point in setup.entry_points
        ],
        reasons=[],
        canned=[],
    )


def _close_and_call_back(tx: Tx, state: CallbackState) -> None:
    """The contact is over, and its customer is to be called back."""
    contact = tx.execute(select(contacts)).one()
    tx.execute(update(contacts).values(state=ContactState.CLOSED))
    callback = {
        "id": "callback",
        "kind": CallbackKind.VOICEMAIL,
        "state": state,
        "channel": "phone",
        "entry_point_id": "hotline",
        "queue_id": contact.queue_id,
        "conversation_id": contact.conversation_id,
        "identity_id": contact.identity_id,
        "number": "+8613800008000",
        "tier": contact.tier,
        "requirements": {},
        **dict.fromkeys(("waited_us", "priority", "skill_step", "attempts", "failed"), 0),
        "version": 1,
        "made_at": tx.now,
    }
    tx.execute(insert(callbacks).values(**callback))


async def test_of_two_changes_from_one_version_the_later_is_refused(
    database_url: str, clock: ManualClock, setup: Setup
) -> None:
    """On PostgreSQL two hubs may write at the same moment."""
    async with Store(database_url, Bus(), clock) as one, Store(database_url, Bus(), clock) as two:
        await one.write(apply_setup, ApplySetup(setup))
        for base in (1, 2, 3):
            asked = [page(renamed(setup, f"{name} {base}"), base) for name in ("one", "two")]
            done = await asyncio.gather(
                change_setup(one, asked[0]),
                change_setup(two, asked[1]),
                return_exceptions=True,
            )
            refused = [result for result in done if isinstance(result, SetupMoved)]
            assert len(refused) == 1, done
            assert refused[0].details["current"] == base + 1
        assert await sources(one) == ["file", "page", "page", "page"]


async def test_a_file_does_not_undo_what_pages_changed(store: Store, setup: Setup) -> None:
    await store.write(apply_file, ApplyFile(setup))
    await change_setup(store, page(renamed(setup, "Lake"), 1))
    with pytest.raises(FileBehind) as refused:
        await store.write(apply_file, ApplyFile(setup))
    said = refused.value.message
    assert "In force is version 2, made by" in said
    assert '  change  organisation: "Lake" → "Lakeside Appliances' in said
    assert "--force" in said
    tried, _ = await store.write(apply_file, ApplyFile(setup, dry_run=True))
    assert "without --force" in tried.warnings[0]
    assert len(tried.changed) == 1
    same = await store.write(apply_file, ApplyFile(renamed(setup, "Lake")))
    assert (same.changes.is_empty, same.version_id) == (True, 2)
    assert await sources(store) == ["file", "page"]

    version, text = await store.read(export_setup, {})
    assert (version.id, exported_version(text)) == (2, 2)
    assert check_setup(text) == renamed(setup, "Lake")
    mine = check_setup(text.replace('"Lake"', '"Sea"'))
    await store.write(apply_file, ApplyFile(mine, exported=exported_version(text)))
    await change_setup(store, page(setup, 3))
    with pytest.raises(FileBehind):
        await store.write(apply_file, ApplyFile(mine, exported=exported_version(text)))
    await store.write(apply_file, ApplyFile(mine, force=True))
    assert await sources(store) == ["file", "page", "file", "page", "file"]


async def test_an_exported_file_undoes_no_newer_file(store: Store, setup: Setup) -> None:
    await store.write(apply_file, ApplyFile(setup))
    first = msgspec.structs.replace(renamed(setup, "Lake"), cap_every=5)
    done = await store.write(apply_file, ApplyFile(first, exported=1))
    assert done.version_id == 2
    for other in (setup, renamed(setup, "Sea")):  # somebody else's copy of the same export
        with pytest.raises(FileBehind, match="In force is version 2"):
            await store.write(apply_file, ApplyFile(other, exported=1))
    back = await store.write(apply_file, ApplyFile(setup, exported=2))
    assert (back.version_id, len(back.changes.changed)) == (3, 2)
    forced = await store.write(apply_file, ApplyFile(first, exported=1, force=True))
    assert forced.version_id == 4


async def test_a_file_of_its_own_undoes_no_page_that_an_exported_file_took_up(
    store: Store, setup: Setup
) -> None:
    await store.write(apply_file, ApplyFile(setup))
    await store.write(apply_file, ApplyFile(renamed(setup, "Lake")))
    await change_setup(store, page(renamed(setup, "Sea"), 2))
    await store.write(apply_file, ApplyFile(renamed(setup, "Deep sea"), exported=3))
    with pytest.raises(FileBehind) as refused:
        await store.write(apply_file, ApplyFile(setup))
    assert "In force is version 4, made by `hub apply`" in refused.value.message
    assert "with what is in version 3, made by" in refused.value.message
    done = await store.write(apply_file, ApplyFile(setup, force=True))
    assert done.version_id == 5
    await store.write(apply_file, ApplyFile(renamed(setup, "Lake")))
    await restore_setup(store, RestoreSetup(1, 6, BOSS))
    with pytest.raises(FileBehind, match="In force is version 7"):
        await store.write(apply_file, ApplyFile(renamed(setup, "Lake")))


async def test_a_version_that_is_not_valid_any_more_is_not_brought_back(
    store: Store, setup: Setup
) -> None:
    await store.write(apply_setup, ApplySetup(setup))
    await store.write(apply_setup, ApplySetup(renamed(setup, "Lake")))
    old = msgspec.to_builtins(setup)
    old["queues"][0]["colour"] = "red"  # a key of an earlier hub
    text = msgspec.json.encode(old).decode()
    await store.write(
        lambda tx, _: tx.execute(
            update(setup_versions).where(setup_versions.c.id == 1).values(document=text)
        ),
        None,
    )
    before = await rows(store, routing_setup)
    with pytest.raises(BadSetup, match=r"Version 1 of the set-up has 1 mistake") as refused:
        await restore_setup(store, RestoreSetup(1, 2, BOSS))
    assert refused.value.faults[0].path == "queues[0].colour"
    assert await rows(store, routing_setup) == before
    assert await sources(store) == ["file", "file"]
