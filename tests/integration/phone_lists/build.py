"""A house that calls its customers from a list, with the phones told about by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import Row, select, update

from hub.accounts.model import SYSTEM, Actor
from hub.campaigns.model import Arm
from hub.contacts.effects import Dial
from hub.contacts.inbound import CallEvent, CallMoment, IdentityKind
from hub.contacts.model import CallOutcome
from hub.contacts.tables import contacts
from hub.core.ids import new_id
from hub.customers.access import Scope
from hub.customers.tables import identities
from hub.desk.accepting import accept
from hub.desk.handling import Handle
from hub.desk.reserving import fire_due_reserved
from hub.intake.report import report
from hub.phone_lists.attempts import DialNow, Skip, dial_now, skip
from hub.phone_lists.due import fire_due_phone_lists
from hub.phone_lists.flight import add
from hub.phone_lists.model import Result
from hub.phone_lists.reads import get_list
from hub.phone_lists.results import GiveResult, give_result
from hub.phone_lists.service import ChangeState, PutList, StartList, put_list, start_list
from hub.phone_lists.tables import phone_list_attempts, phone_list_people, phone_lists
from hub.routing import service as routing
from hub.routing.model import Proposal
from hub.routing.record import AgentRule, ContactLine, Rule, Why
from hub.routing.settings import load_settings, save_settings
from hub.routing.tables import agents
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.center import add_agent
from hub.testing.clock import ManualClock
from tests.integration.outreach.build import House, add_customer, open_house

EVERYTHING = Scope("boss", True, frozenset(), identities.c.id.is_(None))
ALL = (Arm("all", 100, False, {}),)


def number_of(place: int) -> str:
    return f"+8613900139{place:03}"


def record_calls(tx: Tx, mode: str) -> None:
    """Let the queue "support" record its calls in that mode."""
    settings = load_settings(tx)
    queue = settings.queues["support"]
    recording = msgspec.structs.replace(queue.recording, mode=mode)
    changed = {**settings.queues, "support": msgspec.structs.replace(queue, recording=recording)}
    save_settings(tx, msgspec.structs.replace(settings, queues=changed))


@dataclass
class Room:
    """`ann` is free. `people`: the customers of the list, by their number."""

    house: House
    people: dict[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.house.store

    @property
    def clock(self) -> ManualClock:
        return self.house.centre.clock

    @property
    def ann(self) -> str:
        return self.house.ann

    async def hires(self, count: int) -> None:
        """So many more customers with a number of their own."""
        for place in range(count):
            asked = (f"C{place}", [(IdentityKind.PHONE, number_of(place))])
            self.people[number_of(place)] = await self.store.write(add_customer, asked)

    async def agent(self, name: str) -> str:
        return await self.store.write(add_agent, name)

    async def drafts(self, key: str = "spring", **given: Any) -> str:
        columns: dict[str, Any] = {
            "zh": "春季",
            "en": "Spring",
            "purpose": "marketing",
            "mode": "preview",
            "entry_point_id": "hotline",
            "queue_id": "support",
            "material": None,
            "window_from": "09:00",
            "window_until": "20:00",
            "attempts": 3,
            "preview_s": 120,
            "abandon_permille": 30,
            "detects_machines": True,
            "script_zh": "问好。",
            "script_en": "Say hello.",
        }
        values: dict[str, Any] = {
            "actor": Actor("boss", "Boss", "session"),
            "scope": EVERYTHING,
            "key": key,
            "group_key": None,
            "customer_ids": tuple(self.people.values()),
            "starts_at": None,
            "ends_at": self.clock.now() + timedelta(days=30),
            "gaps": {},
            "days": (1, 2, 3, 4, 5, 6, 7),
            "arms": ALL,
            **{name: given.pop(name) for name in list(given) if name not in columns},
        }
        values["columns"] = {**columns, **given}
        return await self.store.write(put_list, PutList(**values))

    async def starts(self, key: str = "spring") -> None:
        def do(tx: Tx, _: None) -> None:
            row = get_list(tx, key, for_change=True)
            start_list(tx, StartList(SYSTEM, row, row.version))

        await self.store.write(do, None)

    async def runs(self, key: str = "spring", **given: Any) -> None:
        """Draft and start it; everybody is written down, the first are released."""
        await self.drafts(key, **given)
        await self.starts(key)
        await self.turn(2)

    async def acts(self, act: Any, key: str = "spring") -> None:
        def do(tx: Tx, _: None) -> None:
            act(tx, ChangeState(SYSTEM, get_list(tx, key, for_change=True)))

        await self.store.write(do, None)

    async def turn(self, times: int = 1, seconds: float = 5) -> int:
        """Let the timer fire so often, `seconds` before each."""
        moved = 0
        for _ in range(times):
            self.clock.advance(seconds)
            moved += await self.store.write(
                lambda tx, _: fire_due_phone_lists(tx, tx.now, 200), None
            )
        return moved

    async def later(self, **span: float) -> None:
        """Time passes; the consoles of the agents stay connected."""
        self.clock.advance(timedelta(**span).total_seconds())

        def stay(tx: Tx, _: None) -> None:
            tx.execute(update(agents).values(present_until=tx.now + timedelta(days=1)))

        await self.store.write(stay, None)

    async def reserves(self) -> int:
        return await self.store.write(lambda tx, _: fire_due_reserved(tx, tx.now, 100), None)

    async def records(self, mode: str) -> None:
        """The queue says so before the agent ("notice", "consent"), or records nothing ("off")."""
        await self.store.write(record_calls, mode)

    # ---- agents ---------------------------------------------------------------------------------

    async def offers(self, contact_id: str, agent_id: str | None = None) -> str:
        line = ContactLine(
            contact_id=contact_id, queue="support", tier="standard", channel="phone",
            waited_s=0, target_s=60, urgency=0,
        )  # fmt: skip
        proposal = Proposal(
            contact_id=contact_id,
            agent_id=agent_id or self.ann,
            queue="support",
            channel="phone",
            cost=100,
            expires_at=self.clock.now() + timedelta(seconds=30),
            why=Why(chosen=line, rule=Rule.MOST_URGENT, agent_rule=AgentRule.ONLY_ONE),
        )
        made = await self.store.write(routing.make_offers, routing.MakeOffer(proposal))
        return str(made.offer_id)

    async def takes(self, contact_id: str, agent_id: str | None = None) -> str:
        """An agent is offered it and accepts; return the contact."""
        offer_id = await self.offers(contact_id, agent_id)
        await self.store.write(accept, routing.AcceptOffer(offer_id, agent_id or self.ann))
        return contact_id

    async def dials(self, contact_id: str, identity_id: str | None = None) -> str | None:
        return await self.store.write(dial_now, DialNow(contact_id, self.ann, identity_id))

    async def skips(self, contact_id: str, reason: str = "not_now") -> None:
        await self.store.write(skip, Skip(contact_id, self.ann, reason))

    async def says(self, contact_id: str, result: str, **more: Any) -> None:
        await self.store.write(
            give_result, GiveResult(contact_id, self.ann, Result(result), **more)
        )

    # ---- phones ---------------------------------------------------------------------------------

    async def told(self, contact_id: str, moment: CallMoment, **more: Any) -> None:
        now = self.clock.now()
        news = CallEvent(new_id(), "hotline", contact_id, moment, now, **more)
        await self.store.write(report, news)

    async def fails(self, contact_id: str, outcome: str) -> None:
        await self.told(contact_id, CallMoment.DIALLING)
        await self.told(contact_id, CallMoment.NOT_REACHED, outcome=CallOutcome(outcome))

    async def talks(self, contact_id: str, after_s: float = 1.0, who: str = "human") -> None:
        """They pick up, and hear the agent so much later."""
        await self.told(contact_id, CallMoment.DIALLING)
        await self.told(contact_id, CallMoment.RINGING)
        await self.told(contact_id, CallMoment.PICKED_UP)
        self.clock.advance(after_s)
        await self.told(contact_id, CallMoment.AGENT_JOINED)
        if who:
            await self.told(contact_id, CallMoment.ANSWERED_BY, detail=who)

    async def hangs_up(self, contact_id: str) -> None:
        await self.told(contact_id, CallMoment.CUSTOMER_LEFT)

    async def answered(self, count: int, key: str = "spring") -> None:
        """So many calls of the list were answered by a person, and talked to."""
        row = await self.store.read(get_list, key)

        def write(tx: Tx, _: None) -> None:
            add(
                tx,
                [
                    {
                        "contact_id": new_id(), "list_id": row.id, "customer_id": "", "arm": "all",
                        "identity_id": "", "by_itself": False, "dialled_at": tx.now,
                        "answered_at": tx.now, "answered_by": "human", "joined_at": tx.now,
                        "abandoned": False, "result": "reached",
                    }
                    for _ in range(count)
                ],
            )  # fmt: skip

        await self.store.write(write, None)

    # ---- what is there --------------------------------------------------------------------------

    async def waiting(self) -> list[str]:
        """Return the contacts that wait in the queue, the oldest first."""
        rows = await self.house.rows(contacts)
        return [row.id for row in rows if row.state == "queued"]

    async def contact(self, contact_id: str) -> Row[Any]:
        return await self.house.centre.contact(contact_id)

    async def person(self, place: int = 0) -> Row[Any]:
        customer_id = self.people[number_of(place)]
        rows = await self.store.read(_people, None)
        return next(row for row in rows if row.customer_id == customer_id)

    async def people_rows(self) -> list[Row[Any]]:
        return await self.store.read(_people, None)

    async def attempts(self) -> list[Row[Any]]:
        return await self.store.read(
            lambda tx, _: list(
                tx.execute(select(phone_list_attempts).order_by(phone_list_attempts.c.dialled_at))
            ),
            None,
        )

    async def row(self) -> Row[Any]:
        return (await self.house.rows(phone_lists))[-1]

    async def calls(self) -> list[Dial]:
        """Return the calls of ours that are in the outbox."""
        rows = await self.house.rows(outbox)
        return [
            msgspec.json.decode(row.effect, type=Dial)
            for row in rows
            if '"type":"dial"' in row.effect and row.state == "pending"
        ]


def _turn(tx: Tx, _: None) -> int:
    return fire_due_phone_lists(tx, tx.now, 200)


def _people(tx: Tx, _: None) -> list[Row[Any]]:
    return list(tx.execute(select(phone_list_people).order_by(phone_list_people.c.customer_id)))


async def open_room(store: Store, clock: ManualClock) -> Room:
    room = Room(await open_house(store, clock))
    await room.later(seconds=1)
    return room


async def taken(room: Room, **given: Any) -> str:
    """Somebody of the list is with Ann, who reads."""
    await room.hires(1)
    await room.runs(**given)
    [contact_id] = await room.waiting()
    return await room.takes(contact_id)


def handle(room: Room, contact_id: str) -> Handle:
    return Handle(contact_id, room.ann, room.ann, "Ann", call=True)


async def talked(room: Room, **given: Any) -> str:
    contact_id = await taken(room, **given)
    await room.dials(contact_id)
    await room.talks(contact_id)
    return contact_id
