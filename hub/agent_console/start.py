"""POST /contacts: begin a mail or a call, or file a contact from a shop, a form or a visit."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row, select

from hub.contacts.inbound import IdentityKind, Inbound, InboundFile, SenderIdentity
from hub.contacts.model import Channel
from hub.contacts.tables import attachments, entry_points
from hub.core.errors import Forbidden, Invalid, NotFound
from hub.core.ids import new_id
from hub.customers.access import access_customer, access_identity
from hub.customers.consent.model import Purpose
from hub.customers.model import IdentityStatus
from hub.customers.normalise import Refusal, has_control, parse_address
from hub.customers.tables import identities
from hub.desk.calling import StartCall, start_call
from hub.desk.commands import Reply
from hub.desk.messages import reply
from hub.desk.permits import OwnAccord, file_key
from hub.desk.start import StartContact, start_contact
from hub.desk.start import Started as Begun
from hub.intake.receive import receive
from hub.storage import Store, Tx
from hub.web import Access, Principal, Role, route

from .answers import check_length
from .bodies import StartContactBody, Started
from .capabilities import CapabilitiesView
from .joining_views import NOTHING, Capabilities
from .readers import scope_of, sight_of, visible_queues

_MAX_IDENTITIES = 20


class StartRoutes:
    def __init__(self, store: Store, capabilities: Capabilities) -> None:
        self._store = store
        self._capabilities = capabilities

    @route(
        "POST",
        "/api/v1/contacts",
        access=Access.AGENT,
        summary="Begin a contact, or file one that came in elsewhere",
        status=201,
        limit_bytes=2 * 1_048_576,
    )
    async def start(self, principal: Principal, body: StartContactBody) -> Started:
        if body.direction == "out" and self._capabilities.get(body.channel, NOTHING).call:
            begun = await self._store.write(_call, (principal, body))
            return Started(contact_id=begun.contact_id, conversation_id=begun.conversation_id)
        if body.direction == "out":
            return await self._begin(principal, body)
        inbound = await self._store.read(_inbound, (principal, body))
        receipt = await self._store.write(receive, inbound)
        if receipt.contact_id is None:
            raise Invalid("This was filed without a contact: its conversation is closed to it.")
        return Started(contact_id=receipt.contact_id, conversation_id=receipt.conversation_id)

    async def _begin(self, principal: Principal, body: StartContactBody) -> Started:
        capabilities = self._capabilities.get(body.channel, NOTHING)
        check_length(body.text, capabilities)
        cmd = await self._store.read(_outbound, (principal, body, capabilities))
        begun = await self._store.write(start_contact, cmd)
        if body.text.strip() or body.attachments:
            await self._store.write(
                reply,
                Reply(
                    contact_id=begun.contact_id,
                    agent_id=principal.user_id,
                    agent_name=principal.name,
                    client_id=body.dedupe_key or new_id(),
                    text=body.text,
                    instant=capabilities.instant,
                    subject=body.subject,
                    attachment_ids=tuple(body.attachments),
                ),
            )
        return Started(contact_id=begun.contact_id, conversation_id=begun.conversation_id)


def _call(tx: Tx, asked: tuple[Principal, StartContactBody]) -> Begun:
    """Access, capacity and the call in one transaction."""
    principal, body = asked
    point, number = line_and_number(tx, principal, body)
    cmd = StartCall(
        agent_id=principal.user_id,
        agent_name=principal.name,
        entry_point=point,
        number=number,
        queue_id=body.queue_id,
        client_key=body.dedupe_key,
        sight=sight_of(tx, principal),
        what_for=_what_for(tx, principal, body),
    )
    return start_call(tx, cmd)


def line_and_number(tx: Tx, principal: Principal, body: StartContactBody) -> tuple[Row[Any], str]:
    """Return the entry point to call from and the number asked for. Another team's line is not
    there: NotFound.
    """
    queue_ids = visible_queues(tx, principal)
    try:
        point = _entry_point(tx, principal, msgspec.structs.replace(body, queue_id=None))
    except Forbidden:
        raise NotFound(f"There is no such entry point for {body.channel}.") from None
    if body.queue_id is not None and queue_ids is not None and body.queue_id not in queue_ids:
        raise NotFound("There is no such queue.")
    return point, _senders(tx, principal, body)[0].value


def _outbound(tx: Tx, asked: tuple[Principal, StartContactBody, CapabilitiesView]) -> StartContact:
    principal, body, can = asked
    point = _entry_point(tx, principal, body)
    return StartContact(
        agent_id=principal.user_id,
        entry_point_id=point.id,
        to=_reachable(_senders(tx, principal, body)[0], Channel(body.channel), point.region),
        subject=body.subject,
        queue_id=body.queue_id,
        what_for=_what_for(tx, principal, body),
        instant=can.instant,
        one_thread=can.one_thread,
    )


def _what_for(tx: Tx, principal: Principal, body: StartContactBody) -> OwnAccord:
    """Return what the contact is for. Raises Forbidden where an agent would override a refusal."""
    if body.override_reason is not None and not principal.role.at_least(Role.SUPERVISOR):
        raise Forbidden(
            "Only a supervisor lets this go out all the same.", code="outreach.override"
        )
    files = _files(tx, principal, body.attachments) if body.purpose != "service" else []
    keys = [file_key(file.name, file.size_bytes) for file in files]
    return OwnAccord(
        Purpose(body.purpose),
        tuple(dict.fromkeys([*([body.material] if body.material else []), *keys])),
        body.override_reason,
    )


def _inbound(tx: Tx, asked: tuple[Principal, StartContactBody]) -> Inbound:
    principal, body = asked
    point = _entry_point(tx, principal, body)
    if not body.dedupe_key:
        raise Invalid(
            "Give a `dedupe_key`: the same key again files nothing twice.", field="dedupe_key"
        )
    return Inbound(
        entry_point_id=point.id,
        channel=Channel(body.channel),
        dedupe_key=f"api:{body.dedupe_key}"[:200],
        senders=tuple(_senders(tx, principal, body)),
        received_at=tx.now,
        text=body.text,
        subject=body.subject,
        files=tuple(_files(tx, principal, body.attachments)),
        meta={"filed_by": principal.user_id, "filed_by_name": principal.name},
    )


def _entry_point(tx: Tx, principal: Principal, body: StartContactBody) -> Row[Any]:
    """Return the entry point asked for, else the channel's first whose queue is the principal's.

    Raises NotFound, Forbidden.
    """
    found = select(entry_points).where(
        entry_points.c.channel == body.channel, entry_points.c.retired.is_(False)
    )
    if body.entry_point_id is not None:
        found = found.where(entry_points.c.id == body.entry_point_id)
    rows = tx.execute(found.order_by(entry_points.c.id)).all()
    if not rows:
        raise NotFound(f"There is no such entry point for {body.channel}.")
    queue_ids = visible_queues(tx, principal)
    for row in rows:
        if queue_ids is None or (body.queue_id or row.queue_id) in queue_ids:
            return row
    raise Forbidden("This queue belongs to another team.", code="queue.other_team")


def _senders(tx: Tx, principal: Principal, body: StartContactBody) -> list[SenderIdentity]:
    """Return for whom it is: the identities given, else the customer's own for this channel.

    A customer whom this user may not see is not there: NotFound.
    """
    if len(body.identities) > _MAX_IDENTITIES:
        raise Invalid(f"At most {_MAX_IDENTITIES} identities.", field="identities")
    given = [SenderIdentity(IdentityKind(one.kind), one.value, one.name) for one in body.identities]
    if given:
        return given
    if body.identity_id is not None:
        access_identity(tx, scope_of(tx, principal), body.identity_id)
        return [_identity(tx, body.identity_id, _KINDS[Channel(body.channel)])]
    if body.customer_id is None:
        raise Invalid("Say for whom it is: `customer_id` or `identities`.", field="identities")
    access_customer(tx, scope_of(tx, principal), body.customer_id)
    kinds = _KINDS[Channel(body.channel)]
    rows = tx.execute(
        select(identities.c.kind, identities.c.value_raw)
        .where(
            identities.c.customer_id == body.customer_id,
            identities.c.kind.in_(kinds),
            identities.c.status == "active",
        )
        .order_by(identities.c.id)
    ).all()
    if not rows:
        raise Invalid(
            "This customer has no address for this channel: add one to the record first.",
            code="customer.no_address",
            field="customer_id",
        )
    return [SenderIdentity(IdentityKind(row.kind), row.value_raw) for row in rows]


def _reachable(sender: SenderIdentity, channel: Channel, region: str) -> SenderIdentity:
    """Return the address in the form we send to. Raises Invalid where it is none of the channel."""
    if sender.kind not in _KINDS[channel]:
        raise Invalid(
            f"A contact by {channel} begins with an address of that kind, not with {sender.kind}.",
            code="address.invalid",
            field="identities",
        )
    address = parse_address(sender.kind, sender.value, region)
    if isinstance(address, Refusal):
        raise Invalid(address.reason, code="address.invalid", field="identities")
    if has_control(sender.value):
        raise Invalid(
            "An address has no line ends or other control characters.",
            code="address.invalid",
            field="identities",
        )
    return SenderIdentity(sender.kind, address.written, sender.name)


def _identity(tx: Tx, identity_id: str, kinds: list[str]) -> SenderIdentity:
    row = tx.execute(
        select(identities.c.kind, identities.c.value_raw).where(
            identities.c.id == identity_id,
            identities.c.kind.in_(kinds),
            identities.c.status != IdentityStatus.REMOVED,
        )
    ).first()
    if row is None:
        raise NotFound("There is no such address of a customer for this channel.")
    return SenderIdentity(IdentityKind(row.kind), row.value_raw)


# By what a customer is reached on each channel.
_KINDS: dict[Channel, list[str]] = {
    Channel.PHONE: [IdentityKind.PHONE],
    Channel.EMAIL: [IdentityKind.EMAIL],
    Channel.FAX: [IdentityKind.FAX],
    Channel.SMS: [IdentityKind.PHONE],
    Channel.WEBCHAT: [IdentityKind.VISITOR],
}


def _files(tx: Tx, principal: Principal, attachment_ids: list[str]) -> list[InboundFile]:
    if not attachment_ids:
        return []
    rows = tx.execute(
        select(attachments)
        .where(
            attachments.c.id.in_(attachment_ids),
            attachments.c.uploader == f"user:{principal.user_id}",
            attachments.c.interaction_id.is_(None),
        )
        .order_by(attachments.c.id)
    ).all()
    if len(rows) != len(set(attachment_ids)):
        raise Invalid(
            "A file was not uploaded by you, or is used already.",
            code="file.unknown",
            field="attachments",
        )
    return [InboundFile(row.blob_id, row.name, row.media_type, row.size_bytes) for row in rows]
