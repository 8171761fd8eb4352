"""Pictures of a mail that lie on other servers, fetched by the hub when an agent asks for them.

The sender learns that somebody looked, but not who, from where, or with what: the request is the
hub's own. It is no open proxy: only addresses that stand in the mail are fetched.
"""

from __future__ import annotations

from hub.contacts.access import access_interaction
from hub.core.errors import Invalid, NotFound
from hub.storage import Store, Tx
from hub.vendors.mail.sanitise import remote_images
from hub.vendors.outbound import Failed, OutboundHttp, sniff_image
from hub.web import Access, BytesAnswer, Key, Principal, Query, route

from .readers import sight_of

_KEPT_S = 3600
_ACCEPT = "image/png, image/jpeg, image/gif, image/webp"


class ImageQuery(Query, frozen=True):
    """`url` as it stands in the mail."""

    url: str = ""


class ImageRoutes:
    def __init__(self, store: Store, outbound: OutboundHttp) -> None:
        self._store = store
        self._outbound = outbound

    @route(
        "GET",
        "/api/v1/interactions/{interaction_id}/image",
        access=Access.AGENT,
        summary="Get a picture that a mail shows from another server",
    )
    async def image(
        self, principal: Principal, interaction_id: Key, query: ImageQuery
    ) -> BytesAnswer:
        await self._store.read(_check_named, (principal, interaction_id, query.url))
        answer = await self._outbound.fetch(query.url, _ACCEPT)
        if isinstance(answer, Failed):
            raise _not_shown(answer.reason)
        media_type = sniff_image(answer.data)
        if media_type is None:
            raise _not_shown("type")
        return BytesAnswer(answer.data, media_type, "image", _KEPT_S)


def _check_named(tx: Tx, asked: tuple[Principal, str, str]) -> None:
    """Raises NotFound unless this user may see the mail and the address stands in it."""
    principal, interaction_id, url = asked
    entry = access_interaction(tx, sight_of(tx, principal), interaction_id)
    if url not in remote_images(entry.html or ""):
        raise NotFound("There is no such picture in this mail.")


def _not_shown(reason: str) -> Invalid:
    return Invalid(
        "The picture cannot be shown: its server did not give one, or it is not allowed.",
        code="image.not_shown",
        why=reason,
    )
