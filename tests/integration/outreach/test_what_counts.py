"""What counts as sent, and for whom a no counts: bounces, calls never made, shared addresses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from hub.accounts.model import Actor
from hub.channels.sender import Settled, settle
from hub.contacts.commitments.commands import FinishCommitment, MakeCommitment
from hub.contacts.commitments.model import CommitmentKind, CommitmentState, TellCustomer
from hub.contacts.commitments.service import finish_commitment, make_commitment
from hub.contacts.inbound import DeliveryReport, IdentityKind
from hub.contacts.model import DeliveryState
from hub.contacts.outreach.api import ConsentBody, OutreachRoutes
from hub.contacts.outreach.delivered import NotCalled
from hub.contacts.outreach.model import Later, Permit, Refused, Why, can_be_overridden
from hub.contacts.outreach.opting_out import OptOut, note_opt_out
from hub.contacts.outreach.service import AskFor, may_contact, refusal
from hub.contacts.tables import conversations
from hub.customers.consent.model import STOP_ALL, STOP_SELLING, Purpose
from hub.customers.tables import identities
from hub.desk.permits import OwnAccord
from hub.intake.opt_out import opt_out
from hub.intake.report import report
from hub.storage import Tx
from hub.storage.outbox import Claim, Finish, OutboxState, claim_effects
from hub.web import Principal, Role, Via
from tests.integration.sla.house import Counting

from .build import CHEN, DAY, MAIL, MARKETING, House, add_customer
from .test_paths import _call, refused

BROCHURE = OwnAccord(Purpose.MARKETING, materials=("brochure-7",))


async def told(house: House, interaction_id: str, state: DeliveryState) -> None:
    news = DeliveryReport(f"r{state}", "mail", DAY, state, interaction_id=interaction_id)
    await house.store.write(report, news)


async def test_what_bounced_stands_against_nothing(house: House) -> None:
    """Neither the limit nor "the same material": they never had it. Arrived after all, it does."""
    await house.change(per_week=1, per_month=0)
    await house.sells(BROCHURE)
    [first] = await house.outreach()
    assert await refused(house.begins(BROCHURE)) == "outreach.sent_before"
    await told(house, first.interaction_id, DeliveryState.FAILED)
    [row] = await house.outreach()
    assert (row.outcome, row.reason) == ("failed", "undelivered")
    await house.sells(BROCHURE)
    await told(house, first.interaction_id, DeliveryState.DELIVERED)
    assert [r.outcome for r in await house.outreach()] == ["failed", "sent"]  # once, all the same
    assert await refused(house.begins(MARKETING)) == "outreach.too_often"


async def test_what_arrived_after_all_counts_again(house: House) -> None:
    await house.sells(BROCHURE)
    [row] = await house.outreach()
    await told(house, row.interaction_id, DeliveryState.FAILED)
    await told(house, row.interaction_id, DeliveryState.DELIVERED)
    assert [r.outcome for r in await house.outreach()] == ["sent"]


async def test_a_call_that_was_never_made_counts_for_nothing(house: House) -> None:
    await house.change(per_week=1, per_month=0)
    assert await _call(house, MARKETING) == "begun"
    [claimed] = await house.store.write(claim_effects, Claim("h", 5, 20.0))
    assert claimed.identity_id is not None
    assert claimed.contact_id is not None
    lost = Settled(
        Finish(claimed.id, "h", OutboxState.FAILED, "no line"),
        None,
        DeliveryState.FAILED,
        "no line",
        None,
        not_called=NotCalled(claimed.identity_id, claimed.contact_id),
    )
    await house.store.write(settle, (lost, claimed.created_at))
    assert [row.outcome for row in await house.outreach()] == ["failed"]
    assert await _may(house, MAIL)


async def test_what_waits_or_was_refused_is_no_time_they_were_reached(house: House) -> None:
    await house.change(per_week=1, per_month=0)
    await house.sells()
    ask = AskFor(Purpose.MARKETING, "email", await house.identity(MAIL))
    [answer] = await house.store.read(may_contact, [ask])
    assert isinstance(answer, Later)
    assert answer.why is Why.TOO_OFTEN


def test_one_place_says_what_a_supervisor_may_set_aside() -> None:
    permit = Permit(Purpose.MARKETING, "i", Why.ALLOWED)
    for why, may in (
        (Why.TOO_OFTEN, True),
        (Why.QUIET_HOURS, False),
    ):
        later = Later(DAY, why, permit)
        assert can_be_overridden(later) is may
        assert refusal(later).details["overridable"] == int(may)
    for why in Why:
        assert can_be_overridden(Refused(why)) is (why in (Why.COMPLAINT, Why.TOO_OFTEN))
    assert not can_be_overridden(permit)


# ---- a no ----------------------------------------------------------------------------------------


async def test_many_noes_cost_what_one_does(house: House) -> None:
    def noes(tx: Tx, asked: list[OptOut]) -> int:
        counting = Counting(tx)
        note_opt_out(counting, asked)  # type: ignore[arg-type] # it counts
        return counting.count

    said = []
    for number in range(12):
        value = f"c{number}@example.test"
        await house.store.write(add_customer, (f"C{number}", [(IdentityKind.EMAIL, value)]))
        await house.closes(await house.sells(to=value))
        said.append(OptOut(await house.identity(value), STOP_SELLING, "words"))
    await house.store.write(noes, said[:1])  # warm
    one = await house.store.write(noes, said[1:2])
    many = await house.store.write(noes, said[2:])
    assert many == one
    assert await house.sent() == []


async def _share(house: House) -> None:
    """Chen's addresses are also another person's."""

    def shared(tx: Tx, _: None) -> None:
        tx.execute(update(identities).values(status="shared"))

    await house.store.write(shared, None)
    other = [(IdentityKind.EMAIL, "li@example.test")]
    await house.store.write(add_customer, ("Li", other))


async def _says(house: House, **body: Any) -> None:
    routes = OutreachRoutes(house.store, lambda _tx, _who: identities.c.id.is_(None), opt_out)
    who = Principal(house.ann, "Ann", Role.ADMIN, frozenset(), Via.SESSION, "s")
    body_ = ConsentBody(purpose="marketing", **body)
    await house.store.write(routes._say, (who, house.chen, body_))


async def _may(house: House, value: str) -> bool:
    ask = AskFor(Purpose.MARKETING, "email", await house.identity(value))
    [answer] = await house.store.read(may_contact, [ask])
    return isinstance(answer, Permit)


async def test_a_no_anywhere_counts_where_every_address_is_shared(house: House) -> None:
    await _share(house)
    await _says(house, allowed=False)
    assert not await _may(house, MAIL)
    assert not await _may(house, CHEN)
    await _says(house, allowed=True, note="She asked for the newsletter.")
    assert await _may(house, MAIL)
    assert await _may(house, CHEN)
    assert await _may(house, "li@example.test")


async def test_a_no_of_who_has_shared_addresses_only_counts_at_the_next_one(house: House) -> None:
    await _share(house)
    await _says(house, allowed=False)

    def moves(tx: Tx, _: None) -> None:
        tx.execute(
            update(identities)
            .where(identities.c.value_norm == "li@example.test")
            .values(customer_id=house.chen)
        )

    await house.store.write(moves, None)
    assert not await _may(house, "li@example.test")


async def test_nothing_is_begun_for_who_may_not_be_told(house: House) -> None:
    """A promise is kept; its customer wants to hear nothing: no empty conversation is left."""
    await house.stops(STOP_ALL)
    by = Actor(house.ann, "Ann", "session")
    promise = MakeCommitment(
        actor=by,
        kind=CommitmentKind.OTHER,
        text="look it up",
        due_at=house.centre.clock.now() + timedelta(hours=1),
        customer_id=house.chen,
        tell_customer=TellCustomer.DONE,
    )
    made = await house.store.write(make_commitment, promise)
    before = len(await house.rows(conversations))
    done = FinishCommitment(by, made, CommitmentState.KEPT)
    await house.store.write(lambda tx, cmd: finish_commitment(tx, cmd), done)
    assert len(await house.rows(conversations)) == before
