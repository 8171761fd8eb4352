"""An answer's pages before it is faxed: made as it is sent, and shown as a fax that came in is."""

from __future__ import annotations

from hub.channels.base import Door, EntryPoint
from hub.contacts.effects import Drawn, Send

from .pages import PageMaker, PagesFailed
from .sending import compose_fax
from .settings import FaxSettings

_PATIENCE_S = 8.0
_SHOWN = 20  # pages; the number of all is told
_SHOWN_BYTES = 6 * 1024 * 1024


async def draw_fax(
    door: Door, point: EntryPoint, settings: FaxSettings, pages: PageMaker, send: Send
) -> Drawn:
    """Return the first pages as pictures, or why there are none. Raises PagesBusy."""
    try:
        composed = await compose_fax(door, point, settings, pages, send, _PATIENCE_S)
    except PagesFailed as failure:
        return Drawn(reason=str(failure))
    made = await pages.read(composed.pdf, patience_s=_PATIENCE_S, most=_SHOWN)
    shown: list[bytes] = []
    for image in made.images:
        if sum(map(len, shown)) + len(image) > _SHOWN_BYTES:
            break
        shown.append(image)
    return Drawn(composed.pages, tuple(shown), None if shown else made.error)
