"""What the technician did and has to do, and two prices that one customer was told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import insert, select

from hub.accounts.model import SYSTEM, Actor
from hub.accounts.tables import users
from hub.contacts.commitments.commands import MakeCommitment, Terms, Visit
from hub.contacts.commitments.model import CommitmentKind, CommitmentState
from hub.contacts.commitments.service import make_commitment
from hub.contacts.commitments.tables import commitments, specialist_skills
from hub.core.ids import new_id
from hub.customers.addresses import record_identity
from hub.customers.business.tables import products
from hub.storage import Store, Tx
from hub.web.principal import Role

from .scene import Scene

_SKILL, _GRADE = "repair", 4
_PRODUCT = "LD-300"
_VISITS = 12  # of the last weeks, one of them missed
_WORDS = {
    "zh-CN": ("洗衣机脱水时剧烈晃动，需检查减震器", "两台洗碗机报价"),
    "en": ("The washing machine shakes when it spins: check the dampers", "Two dishwashers"),
}


async def write_field_work(store: Store, scene: Scene) -> None:
    """Let the technician have a past, one repair to come, and a pair of quotes to decide."""
    await store.write(_write, scene)


def _write(tx: Tx, scene: Scene) -> None:
    specialist = select(users.c.id).where(users.c.role == Role.SPECIALIST).limit(1)
    technician = tx.execute(specialist).scalar_one_or_none()
    people = [one for one in scene.world.people if one.tier == "standard"]
    if technician is None or not people:
        return
    skill = {"user_id": technician, "skill_id": _SKILL, "grade": _GRADE}
    tx.execute(insert(specialist_skills).values(**skill))
    ids = [scene.customers[one.email] for one in people]
    _history(tx, technician, [record_identity(tx, id_) for id_ in ids])
    words = _WORDS.get(people[0].language, _WORDS["en"])
    start = (tx.now + timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
    by_you = Actor(scene.you, _name(tx, scene.you), "session")
    make_commitment(
        tx,
        MakeCommitment(
            by_you,
            CommitmentKind.REPAIR,
            words[0],
            start,
            customer_id=ids[0],
            owner_id=technician,
            visit=Visit(start, start + timedelta(hours=2), _SKILL),
        ),
    )
    colleague = Actor(scene.colleagues[0], _name(tx, scene.colleagues[0]), "session")
    for actor, price_minor in ((by_you, 759_800), (colleague, 719_800)):
        _quote(tx, actor, ids[-1], words[1], price_minor)


def _name(tx: Tx, user_id: str) -> str:
    return str(tx.execute(select(users.c.name).where(users.c.id == user_id)).scalar_one())


def _quote(tx: Tx, actor: Actor, customer_id: str, text: str, price_minor: int) -> None:
    listed = select(products.c.id).where(products.c.external_id == _PRODUCT)
    terms = Terms(
        product_id=tx.execute(listed).scalar_one_or_none(),
        product_name=_PRODUCT,
        price_minor=price_minor,
        currency="CNY",
        valid_until=tx.now + timedelta(days=30),
    )
    make_commitment(
        tx,
        MakeCommitment(
            actor,
            CommitmentKind.QUOTE,
            text,
            tx.now + timedelta(days=2),
            customer_id=customer_id,
            terms=terms,
        ),
    )


def _history(tx: Tx, technician: str, identity_ids: Sequence[str]) -> None:
    def at(number: int) -> datetime:
        return tx.now - timedelta(days=3 * number + 2)

    tx.execute(
        insert(commitments),
        [
            {
                "id": new_id(),
                "identity_id": identity_ids[number % len(identity_ids)],
                "kind": CommitmentKind.REPAIR,
                "text": _WORDS["zh-CN"][0],
                "owner_id": technician,
                "made_by": SYSTEM.id,
                "made_at": at(number) - timedelta(days=1),
                "remind_at": at(number) - timedelta(hours=12),
                "reminded_at": at(number) - timedelta(hours=12),
                "due_at": at(number),
                "state": CommitmentState.KEPT,
                "broken_at": at(number) if number == 4 else None,  # late, but done
                "first_broken_at": at(number) if number == 4 else None,
                "finished_at": at(number),
                "finished_by": technician,
                "skill_id": _SKILL,
            }
            for number in range(_VISITS)
        ],
    )
