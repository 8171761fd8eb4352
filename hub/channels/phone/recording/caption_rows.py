"""Which talks that are not recorded are transcribed no more, for now: one row for each of which
that was ever asked. Plain functions of a transaction.
"""

from __future__ import annotations

from sqlalchemy import insert, select, update

from hub.channels.phone.joining import find_talk
from hub.storage import Tx

from .model import PausedBy, Stage
from .rows import Turned
from .tables import caption_turns, tapings


def begin_caption_turn(tx: Tx, turned: Turned) -> str | None:
    """Note a pause of what is transcribed of a talk, or its end; return the call. None: nobody
    talks, its recording is what is paused, or a newer wish has overtaken this one.
    """
    talk = find_talk(tx, turned.contact_id)
    if talk is None or talk.connection is None or not talk.connection.talking:
        return None
    recorded = select(tapings.c.id).where(
        tapings.c.connection_id == talk.connection.id,
        tapings.c.stage.in_((Stage.ASKED, Stage.RUNNING)),
    )
    if tx.execute(recorded).first() is not None:
        return None
    one = caption_turns.c.connection_id == talk.connection.id
    known = tx.execute(select(caption_turns.c.turned_at).where(one).with_for_update()).first()
    if known is not None and known.turned_at > turned.at:
        return None
    values = {"paused": turned.by is not PausedBy.NOBODY, "turned_at": turned.at}
    if known is None:
        place = {"connection_id": talk.connection.id, "call_id": talk.call.id}
        tx.execute(insert(caption_turns).values(**place, **values))
    else:
        tx.execute(update(caption_turns).where(one).values(**values))
    return talk.call.id
