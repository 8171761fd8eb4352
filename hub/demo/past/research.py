"""How satisfied the demo's customers are, and what a register knows of them and of a competitor."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from hub.accounts.model import SYSTEM
from hub.contacts.research.feed import Answer, PutAnswers, put_answers
from hub.contacts.research.model import SATISFACTION
from hub.customers.business.facts import PutFacts, put_facts
from hub.customers.business.feeds import SetFeed, set_feed
from hub.customers.business.rows import Fact
from hub.demo.world import Person
from hub.routing.recovery import recovery_aims
from hub.routing.settings import tier_of_new_customers
from hub.storage import Store, Tx

from .scene import Scene

RIVAL = "borealis"
RIVAL_NAMES = ["北极星电器", "Borealis"]
_PANEL, _REGISTER = "panel", "register"
_DAY = timedelta(days=1)
_EVERY_DAYS = 30
_SCORES = ((5, 4, 5, 4, 5), (4, 5, 4), (5, 5, 3), (3, 4, 4, 5), (4, 4, 1))  # the oldest first
_SAID = {  # in Chinese, in English
    1: ("装好两周就坏了，没有人回电话。", "It broke after two weeks, and nobody called me back."),
    3: ("师傅来晚了两小时。", "The technician was two hours late."),
    5: ("师傅很专业，半小时就修好了。", "Very competent: repaired in half an hour."),
}
_LICENCE = "CC BY 4.0"


class _Known(NamedTuple):
    """What the register says of an organisation; `rival`: it is about the competitor."""

    kind: str
    texts: tuple[str, str]
    rival: bool = False
    days: int | None = None  # that it is true for


_FIRMS = (
    _Known("contract", ("洗衣房设备由北极星电器维保，明年六月到期",
                        "Laundry machines under a Borealis service contract until next June"),
           rival=True, days=210),
    _Known("company", ("三家分店，客房共 420 间", "Three sites, about 120 staff")),
)  # fmt: skip


async def write_research(store: Store, scene: Scene) -> None:
    """Deliver what a survey panel and a register of companies know."""
    await store.write(_deliver, scene)


def _deliver(tx: Tx, scene: Scene) -> None:
    answers: list[Answer] = []
    facts: list[Fact] = []
    for number, person in enumerate(scene.world.people):
        if number < 2 * len(_SCORES):
            answers += _answers(tx, person, _SCORES[number % len(_SCORES)])
        if person.organisation:
            facts += _facts(tx, person)
    put_answers(tx, PutAnswers(_PANEL, answers, tier_of_new_customers, recovery_aims))
    put_facts(tx, PutFacts(_REGISTER, facts, tier_of_new_customers))
    set_feed(tx, SetFeed(SYSTEM, _PANEL, "满意度调查", "Satisfaction survey", None))
    set_feed(tx, SetFeed(SYSTEM, _REGISTER, "企业名录", "Register of companies", None))


def _answers(tx: Tx, person: Person, scores: Sequence[int]) -> list[Answer]:
    """One a month, the last one two days ago: a low one is somebody's job."""
    chinese = person.language.startswith("zh")
    made = []
    for turn, score in enumerate(reversed(scores)):
        said = _SAID.get(score) if turn == 0 else None
        made.append(
            Answer(
                external_id=f"{person.shop_account}/{turn}",
                customer=person.shop_account,
                survey="monthly",
                question=SATISFACTION,
                score=score,
                text=said[0 if chinese else 1] if said else None,
                campaign=None,
                answered_at=tx.now - (2 + turn * _EVERY_DAYS) * _DAY,
            )
        )
    return made


def _facts(tx: Tx, person: Person) -> list[Fact]:
    chinese = person.language.startswith("zh")
    return [
        Fact(
            external_id=f"{person.shop_account}/{known.kind}",
            customer=person.shop_account,
            kind=known.kind,
            text=known.texts[0 if chinese else 1],
            licence=_LICENCE,
            url=f"https://register.example/firms/{person.shop_account.rpartition(':')[2]}",
            competitor=RIVAL if known.rival else None,
            learned_at=tx.now - 20 * _DAY,
            expires_at=tx.now + known.days * _DAY if known.days else None,
        )
        for known in _FIRMS
    ]
