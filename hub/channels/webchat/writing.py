"""What a message of a page becomes, with its files and, once a socket, with what is known."""

from __future__ import annotations

from dataclasses import dataclass

from hub.channels.base import Door
from hub.contacts.inbound import Inbound, InboundFile, Scalar
from hub.contacts.model import Channel

from . import protocol as p
from . import service
from .actions import StoreMessage
from .help import Help
from .identity import SiteIdentity
from .inbound import meta_of, proof_of, senders_of


@dataclass(frozen=True, slots=True)
class Introduction:
    """What goes with the first message of a socket: the page it is shown on, and who the site says
    they are.
    """

    page: str
    identity: SiteIdentity | None


async def inbound_of(
    door: Door,
    help_: Help | None,
    visitor: service.Visitor,
    message: StoreMessage,
    introduction: Introduction | None,
) -> Inbound:
    """Return a message for the hub. Raises NotFound for a file that is no more."""
    identity = introduction.identity if introduction else None
    now = door.clock.now()
    return Inbound(
        entry_point_id=visitor.entry_point_id,
        channel=Channel.WEBCHAT,
        refusable=True,
        # Our page's ids begin with the time: so do the keys, and new ones share their pages.
        dedupe_key=f"{message.client_id}:{visitor.id}",
        client_id=message.client_id,
        senders=senders_of(
            visitor,
            now=now,
            introduce=introduction is not None,
            phone=identity.phone if identity else "",
        ),
        received_at=now,
        text=message.text,
        language=visitor.language or None,
        files=await _files(door, visitor, message),
        conversation_id=visitor.conversation_id,
        proof=proof_of(visitor),
        meta=await _meta(help_, message.before, introduction),
    )


async def _files(
    door: Door, visitor: service.Visitor, message: StoreMessage
) -> tuple[InboundFile, ...]:
    if not message.files:
        return ()
    wanted = service.GetUploads(visitor.id, message.files)
    return tuple(
        InboundFile(upload.blob_id, upload.name, upload.media_type, upload.size_bytes)
        for upload in await door.store.read(service.get_uploads, wanted)
    )


async def _meta(
    help_: Help | None, before: p.Before | None, introduction: Introduction | None
) -> dict[str, Scalar]:
    """What goes with a message: once a socket the page and the plan, what was read before the
    chat.
    """
    page = introduction.page if introduction else ""
    plan = introduction.identity.plan if introduction and introduction.identity else ""
    if before is None:
        return meta_of(page, (), (), plan)
    titles = await help_.titles(before.read) if help_ is not None and before.read else ()
    return meta_of(page, before.searched, titles, plan)
