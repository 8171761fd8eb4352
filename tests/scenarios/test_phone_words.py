"""What a caller hears and what follows from it, through the whole hub."""

from __future__ import annotations

import msgspec
from sqlalchemy import select, update

from hub.contacts.model import ContactState
from hub.customers.tables import customers
from hub.routing.settings import load_settings, save_settings
from hub.storage import Tx
from hub.storage.outbox import outbox

from .stage import Stage, one_offer, settled

CHEN = "+8613800138000"


async def test_a_known_customer_is_greeted_in_their_language(stage: Stage) -> None:
    chen = await stage.known("Amy Chen", "gold", phone=CHEN)
    await stage.hub.store.write(_speaks, (chen, "en"))
    caller = await stage.call(CHEN)
    assert await caller.hears("thank you for calling")
    assert await caller.hears("中文服务请按9")
    (contact,) = await stage.contacts()
    assert contact.language == "en"


async def test_a_stranger_is_greeted_in_the_language_of_the_line(stage: Stage) -> None:
    caller = await stage.call(CHEN)
    assert await caller.hears("欢迎致电")
    (contact,) = await stage.contacts()
    assert contact.language == "zh-CN"


async def test_nine_changes_the_language_of_the_contact_and_who_may_take_it(stage: Stage) -> None:
    await stage.hub.store.write(_demand_languages, None)
    caller = await stage.call(CHEN)
    (before,) = await stage.contacts()
    assert before.requirements == {"mandarin": 2}
    await caller.hears("press 9")
    await caller.press("9")

    async def changed() -> bool:
        return [row.language for row in await stage.contacts()] == ["en"]

    await settled(changed)
    (contact,) = await stage.contacts()
    assert contact.requirements == {"english": 2}
    assert contact.virtual_start_us == before.virtual_start_us  # it keeps its place
    assert await caller.hears("To leave a message")


async def test_who_called_is_not_asked_what_the_phone_cannot_ask(stage: Stage) -> None:
    async with stage.console("Li") as agent:
        await stage.call(CHEN)
        contact_id = await agent.accept(await one_offer(agent))

        async def talking() -> bool:
            return [row.state for row in await stage.contacts()] == [ContactState.ACTIVE]

        await settled(talking)
        await agent.close(contact_id, "repair", "solved")
    effects = await stage.hub.store.read(_effects, None)
    assert "hangup" in effects
    assert "ask_survey" not in effects


def _speaks(tx: Tx, known: tuple[str, str]) -> None:
    customer_id, language = known
    tx.execute(update(customers).where(customers.c.id == customer_id).values(language=language))


def _demand_languages(tx: Tx, _: None) -> None:
    rules = load_settings(tx)
    support = msgspec.structs.replace(rules.queues["support"], language_grade=2)
    languages = {"zh": "mandarin", "en": "english"}
    queues = {**rules.queues, "support": support}
    save_settings(tx, msgspec.structs.replace(rules, queues=queues, languages=languages))


def _effects(tx: Tx, _: None) -> set[str]:
    rows = tx.execute(select(outbox.c.effect)).scalars()
    return {msgspec.json.decode(effect)["type"] for effect in rows}
