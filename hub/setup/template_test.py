"""A template as it would go out, mailed to the admin who is writing it. Nothing is saved."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Row, select

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.accounts.tables import users
from hub.contacts.inbound import IdentityKind
from hub.contacts.outreach.lone_mail import LoneMail, lone_mail
from hub.contacts.outreach.service import AskFor, may_contact, require
from hub.contacts.own_addresses import is_ours
from hub.contacts.proving.letter import code_letter
from hub.contacts.tables import entry_points
from hub.contacts.templates.filling import one_line, say
from hub.contacts.templates.model import Below, Template
from hub.contacts.templates.near import base_of
from hub.contacts.templates.service import changed_templates
from hub.contacts.templates.usual import CHAT_CODE, TEMPLATES
from hub.core.errors import Invalid, NotFound
from hub.core.ids import new_id
from hub.customers.consent.model import Purpose
from hub.customers.settings import TemplateWords
from hub.storage import Tx
from hub.storage.outbox import add_effects

from .check import BadSetup
from .templates import words_problems

_MARK = {"en": "[Test] ", "zh-CN": "[测试] "}
_LONGEST_SUBJECT = 60
_BELOW = {
    Below.NOTHING: {"en": "", "zh-CN": ""},
    Below.SAID: {"en": "(Here is what was said.)", "zh-CN": "（此处为对话内容。）"},
    Below.LINK: {"en": "https://hub.example.com/…", "zh-CN": "https://hub.example.com/…"},
}


class WrongTemplate(BadSetup):
    """The words of a draft could not go out; `faults` say where."""

    code = "template.wrong"


class OwnMailbox(Invalid):
    """A test would arrive among the mails of customers."""

    code = "template.own_mailbox"


class Ways(NamedTuple):
    """`mails`: the channels that mail; `senders`: the entry points whose mailboxes can send."""

    mails: Collection[str]
    senders: Collection[str]


class SendTest(NamedTuple):
    """`words`: of a draft; what is "" is as it is in force."""

    key: str
    language: str
    words: TemplateWords
    entry_point_id: str
    ways: Ways
    by: Actor


class Sender(NamedTuple):
    key: str
    name: str
    address: str


def list_senders(tx: Tx, ways: Ways) -> list[Sender]:
    """Return the entry points that can mail a test."""
    rows = tx.execute(
        select(entry_points)
        .where(
            entry_points.c.channel.in_(sorted(ways.mails)),
            entry_points.c.id.in_(sorted(ways.senders)),
            entry_points.c.retired.is_(False),
        )
        .order_by(entry_points.c.id)
    )
    return [Sender(row.id, row.display_name, row.address) for row in rows]


def send_test(tx: Tx, cmd: SendTest) -> str:
    """Mail the words with examples in their places; return the admin's address.

    Raises NotFound for a template or an entry point that is none, WrongTemplate for words that
    would be refused, OwnMailbox, Invalid for a user who has no address.
    """
    template = TEMPLATES.get(cmd.key)
    if template is None:
        raise NotFound("There is no such template.")
    if faults := list(words_problems("words", template, cmd.words)):
        raise WrongTemplate.of(faults, "The template")
    point = _point(tx, cmd)
    address = tx.execute(select(users.c.email).where(users.c.id == cmd.by.id)).scalar()
    if not address:
        raise Invalid(
            "Your account has no mail address to send a test to.", code="template.no_address"
        )
    if is_ours(tx, address):
        raise OwnMailbox(
            f"{address} is an address of the contact center, where the test would arrive as a"
            " customer's mail: use an account with a mailbox of its own."
        )
    asked = AskFor(
        Purpose.SERVICE, point.channel, address=(IdentityKind.EMAIL, address), asked_for=True
    )
    subject, text, html = _mail(tx, template, cmd)
    test_id = new_id()
    mail = LoneMail(
        to=address,
        subject=subject,
        text=text,
        html=html,
        language=cmd.language,
        message=f"test-{test_id}",
        key=f"template_test:{test_id}",
    )
    permit = require(may_contact(tx, [asked])[0])
    add_effects(tx, [lone_mail(permit, point, mail)])
    audit(tx, cmd.by, "template.test", "template", cmd.key, {"language": cmd.language})
    return str(address)


def _point(tx: Tx, cmd: SendTest) -> Row[tuple[object, ...]]:
    found = select(entry_points).where(
        entry_points.c.id == cmd.entry_point_id, entry_points.c.retired.is_(False)
    )
    row = tx.execute(found).first()
    if row is None or row.channel not in cmd.ways.mails or row.id not in cmd.ways.senders:
        raise NotFound("There is no such entry point that sends mail.")
    return row


def _mail(tx: Tx, template: Template, cmd: SendTest) -> tuple[str, str, str | None]:
    """Return subject, text and, where the mail has one of its own, its HTML."""
    base = base_of(cmd.language)
    values = {name: examples[base] for name, examples in template.places.items()}
    changed = changed_templates(tx)
    own = {**changed.get(template.key, {}), cmd.language: cmd.words}
    changed = {**changed, template.key: own}
    said = say(changed, template, cmd.language, **values)
    html = None
    if template is CHAT_CODE:
        html = code_letter(changed, cmd.language, values["name"], values["code"]).html
    body = "\n\n".join(filter(None, (said.body, _BELOW[template.below][base])))
    subject = said.subject or one_line(said.body)[:_LONGEST_SUBJECT]
    return f"{_MARK[base]}{subject}", body, html
