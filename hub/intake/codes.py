"""A visitor proves that a mailbox is theirs: a code goes there, and they type it into the chat.

What is answered never says whether anybody has the address: who is blocked, wants no mail, or is
one of us gets none, and the answer is the same.
"""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from sqlalchemy import Row, and_, insert, or_, select, text, update

from hub.contacts import service as contact_service
from hub.contacts.blocks.model import candidates_of
from hub.contacts.blocks.service import find_blocked
from hub.contacts.history import find_open_contact
from hub.contacts.inbound import IdentityKind, SenderIdentity
from hub.contacts.outreach.lone_mail import LoneMail, lone_mail
from hub.contacts.outreach.model import Permit
from hub.contacts.outreach.service import may_contact
from hub.contacts.own_addresses import is_ours
from hub.contacts.proving.letter import code_letter
from hub.contacts.proving.model import (
    DAY,
    DIGITS,
    GOOD_FOR,
    HOUR,
    OF_VISITOR,
    PER_DAY,
    PER_HOUR,
    SAME,
    TRIES,
    WHOLE_DAY,
    WHOLE_HOUR,
    AskCode,
    CodeAnswer,
    CodeSent,
    GiveCode,
    digest_of,
    free_at,
    network_digest,
    read_code,
)
from hub.contacts.proving.service import mail_key
from hub.contacts.proving.tables import address_codes
from hub.contacts.templates.filling import at_point
from hub.contacts.templates.service import changed_templates
from hub.core.errors import Conflict, NotFound, TooMany
from hub.core.ids import new_id
from hub.customers.secrets import ADDRESS_CODE, keep_secret
from hub.storage import Tx
from hub.storage.outbox import add_effects

from .by_mail import check_address
from .mailing import ask_for, lock_head, points_of, told, writers_of

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:address, 0))")


def send_code(tx: Tx, ask: AskCode) -> CodeSent:
    """Mail a code to the address. Asked for twice at once, one goes out.

    Raises Invalid for what is no address, Conflict where no mail entry point writes for the chat,
    TooMany, NotFound for an entry point that is none.
    """
    address = check_address(ask.address)
    points = points_of(tx, {ask.entry_point_id})
    if ask.entry_point_id not in points:
        raise NotFound("There is no such chat.")
    writer = writers_of(tx, points).get(ask.entry_point_id)
    if writer is None:
        raise Conflict(
            "No mail entry point writes for this chat: name one in its settings (`mail`).",
            code="chat.no_mail",
        )
    if tx.dialect == "postgresql":
        tx.execute(_LOCK, {"address": f"code:{address}"})
    lately = _lately(tx, ask.visitor_id, address)
    for row in lately:
        if row.visitor_id == ask.visitor_id and row.address == address and _is_same(tx, row):
            return CodeSent(address, int((row.expires_at - tx.now).total_seconds()))
    key = keep_secret(tx, ADDRESS_CODE)
    network = network_digest(key, ask.network)
    _check_often(tx, ask, address, network, lately)
    code_id, code = new_id(), f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    tx.execute(
        update(address_codes)  # only the newest is good
        .where(address_codes.c.visitor_id == ask.visitor_id, address_codes.c.expires_at > tx.now)
        .values(expires_at=tx.now)
    )
    tx.execute(
        insert(address_codes).values(
            id=code_id,
            visitor_id=ask.visitor_id,
            address=address,
            digest=digest_of(key, code_id, code),
            network=network,
            tries_left=TRIES,
            made_at=tx.now,
            expires_at=tx.now + GOOD_FOR,
        )
    )
    _mail(tx, ask, points[ask.entry_point_id], writer, address, code_id, code)
    return CodeSent(address, int(GOOD_FOR.total_seconds()))


def check_code(tx: Tx, given: GiveCode) -> CodeAnswer:
    """Take the code a visitor has typed. The right one again gives the same answer."""
    row = tx.execute(
        select(address_codes)
        .where(address_codes.c.visitor_id == given.visitor_id)
        .order_by(address_codes.c.made_at.desc(), address_codes.c.id.desc())
        .limit(1)
        .with_for_update()
    ).first()
    code = read_code(given.code)
    if row is None or row.expires_at <= tx.now or not row.tries_left:
        return CodeAnswer(None)
    if code is None:  # no guess, but a slip
        return CodeAnswer(None, row.tries_left)
    digest = digest_of(keep_secret(tx, ADDRESS_CODE), row.id, code)
    if not hmac.compare_digest(digest, row.digest):
        _change(tx, row, tries_left=row.tries_left - 1)
        return CodeAnswer(None, row.tries_left - 1, guessed=True)
    if row.proved_at is None:
        _change(tx, row, proved_at=tx.now)
        if given.conversation_id is not None:
            _tell(tx, given.conversation_id, row.address)
    return CodeAnswer(row.address, row.tries_left)


def _lately(tx: Tx, visitor_id: str, address: str) -> list[Row[Any]]:
    """Return what was made for the address in a day, or for the visitor in an hour."""
    table = address_codes.c
    found = select(address_codes).where(
        or_(
            and_(table.address == address, table.made_at > tx.now - DAY),
            and_(table.visitor_id == visitor_id, table.made_at > tx.now - HOUR),
        )
    )
    return list(tx.execute(found).all())


def _is_same(tx: Tx, row: Row[Any]) -> bool:
    unused = row.proved_at is None and row.tries_left > 0 and row.expires_at > tx.now
    return unused and bool(row.made_at > tx.now - SAME)


def _check_often(tx: Tx, ask: AskCode, address: str, network: str, lately: list[Row[Any]]) -> None:
    """Raise TooMany where codes were sent often enough. Whoever proved this very mailbox before is
    counted alone: others cannot use up what the owner has.
    """
    to_address = [row for row in lately if row.address == address]
    own = [row.made_at for row in to_address if row.visitor_id == ask.visitor_id]
    near = [row.made_at for row in to_address if row.network == network]
    whole = [row.made_at for row in to_address]
    of_visitor = [row.made_at for row in lately if row.visitor_id == ask.visitor_id]
    counted = [(of_visitor, OF_VISITOR, HOUR)]
    if ask.proved == address:
        counted += [(own, PER_HOUR, HOUR), (own, PER_DAY, DAY)]
    else:
        counted += [(near, PER_HOUR, HOUR), (near, PER_DAY, DAY)]
        counted += [(whole, WHOLE_HOUR, HOUR), (whole, WHOLE_DAY, DAY)]
    free = max(free_at(made, limit, span, tx.now) for made, limit, span in counted)
    if free > tx.now:
        raise TooMany(
            "A code was sent often enough: please wait.",
            code="code.too_many",
            retry_after_s=(free - tx.now).total_seconds(),
        )


def _mail(
    tx: Tx,
    ask: AskCode,
    point: Row[Any],
    writer: Row[Any],
    address: str,
    code_id: str,
    code: str,
) -> None:
    """Let the mail go out, where mail may go there. It names no conversation: whoever answers it
    may be somebody whom a stranger has named.
    """
    permit = may_contact(tx, [ask_for(writer, address)])[0]
    who = SenderIdentity(IdentityKind.EMAIL, address)
    if (
        not isinstance(permit, Permit)
        or find_blocked(tx, candidates_of([who], point.region))
        or is_ours(tx, address)
    ):
        return
    language = ask.language or point.language
    letter = code_letter(
        at_point(changed_templates(tx), point.id), language, point.display_name, code
    )
    mail = LoneMail(
        to=address,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        language=language,
        message=f"code-{code_id}",
        key=mail_key(code_id),
        until=tx.now + GOOD_FOR,
        secret=True,
    )
    add_effects(tx, [lone_mail(permit, writer, mail)])


def _change(tx: Tx, row: Row[Any], **values: Any) -> None:
    tx.execute(update(address_codes).where(address_codes.c.id == row.id).values(**values))


def _tell(tx: Tx, conversation_id: str, address: str) -> None:
    """Let the timeline tell it."""
    head = lock_head(tx, conversation_id)
    facts = {"code": "chat_address_proved", "address": address}
    entry = told(tx, head, find_open_contact(tx, conversation_id), facts)
    contact_service.append_system(tx, [entry], {head.id: head.last_seq})
