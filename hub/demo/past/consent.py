"""Who of the customers wants no offers, and who complains."""

from __future__ import annotations

from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.contacts.complaints.service import OpenComplaint, open_complaint
from hub.contacts.outreach.opting_out import OptOut
from hub.customers.consent.model import STOP_SELLING
from hub.customers.tables import identities
from hub.intake.opt_out import opt_out
from hub.storage import Store, Tx

from .scene import Scene

_COMPLAINTS = {
    "zh": "洗衣机修了两次仍然漏水，要求给个说法。",
    "en": "Repaired twice and it still leaks: I want to know what happens now.",
}


async def write_consent(store: Store, scene: Scene) -> None:
    """The third customer has said stop by the link in a mail, the fourth complains."""
    stopped, complaining = scene.world.people[2:4]
    await store.write(_stop, scene.customers[stopped.email])
    words = _COMPLAINTS["zh" if complaining.language.startswith("zh") else "en"]
    cmd = OpenComplaint(SYSTEM, words, customer_id=scene.customers[complaining.email])
    await store.write(open_complaint, cmd)


def _stop(tx: Tx, customer_id: str) -> None:
    found = select(identities.c.id).where(
        identities.c.customer_id == customer_id, identities.c.kind == "email"
    )
    opt_out(tx, [OptOut(tx.execute(found.limit(1)).scalar_one(), STOP_SELLING, "link")])
