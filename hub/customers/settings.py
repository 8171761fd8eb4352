"""The part of the business set-up that is about customers: what later rules read, with defaults.

The sections of the file are these very types (hub.setup.model), kept as one document by each
version that is put in force. Shares are 0-1, money is in minor units, days are calendar days.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field
from sqlalchemy import delete, insert, select

from hub.storage import Tx

from .tables import customer_setup

_ID = "current"
_ZONE_ID = "zone"
_USUAL_ZONE = "UTC"
Key = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Name = Annotated[str, Meta(min_length=1, max_length=120)]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Days = Annotated[int, Meta(ge=1, le=3650)]
Count = Annotated[int, Meta(ge=0, le=1000)]
Minor = Annotated[int, Meta(ge=0, le=10**12)]
Share = Annotated[float, Meta(ge=0, le=1)]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]


class _Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every table of these sections."""


class Outreach(_Section, frozen=True, kw_only=True):
    """When and how often we may write or call of our own accord, by the customer's clock.

    `per_week`, `per_month`: to one customer, 0 for no limit. `low_score_is_complaint`: a survey
    answered with the lowest scores opens a complaint, which stops selling. `only_with_consent`:
    for these purposes nobody is reached who has not said yes.
    """

    quiet_from: Clock = "20:00"
    quiet_until: Clock = "09:00"
    per_week: Count = 1
    per_month: Count = 3
    low_score_is_complaint: bool = False
    only_with_consent: list[Literal["marketing", "survey"]] = []


class CostRate(_Section, frozen=True, kw_only=True):
    """What a contact of a channel costs from a day on, in minor units of the base currency."""

    channel: Key
    per_minute: Minor = 0
    per_contact: Minor = 0
    valid_from: date = date(2000, 1, 1)


class Cost(_Section, frozen=True, kw_only=True):
    rates: list[CostRate] = []


class ExchangeRate(_Section, frozen=True, kw_only=True):
    """One unit of `currency` in units of the base currency, from a day on."""

    currency: Currency
    rate: Annotated[float, Meta(gt=0, le=1_000_000_000)]
    valid_from: date = date(2000, 1, 1)


class Value(_Section, frozen=True, kw_only=True):
    """What a customer is worth: the window, and the margin of an order whose cost is not known.

    `run_at`: when the nightly tier run begins, by the clock of the set-up; `nightly` false: by hand
    only. `clv`: also what each will bring in the next `clv_days`, by BG/NBD and Gamma-Gamma, where
    the extra of that name is installed.
    """

    currency: Currency = "CNY"
    window_days: Days = 365
    margin: Share = 1.0
    nightly: bool = True
    run_at: Clock = "03:30"
    clv: bool = False
    clv_days: Days = 365
    exchange: list[ExchangeRate] = []


class Step(_Section, frozen=True, kw_only=True):
    key: Key
    zh: Name
    en: Name


_LOYALTY = (
    ("unaware", "未知", "Unaware"),
    ("aware", "知晓", "Aware"),
    ("interested", "兴趣", "Interested"),
    ("first_time", "首购", "First purchase"),
    ("satisfied", "满意", "Satisfied"),
    ("repeat", "复购", "Repeat"),
    ("preferring", "偏好", "Preferring"),
    ("committed", "忠诚", "Committed"),
    ("advocate", "推荐", "Advocate"),
)


def _loyalty() -> list[Step]:
    return [Step(key=key, zh=zh, en=en) for key, zh, en in _LOYALTY]


class Lifecycle(_Section, frozen=True, kw_only=True):
    """After how many days without an order a customer is dormant, and lost; steps of loyalty.

    `user_after_days`: an order so old has arrived, where no delivery is told of. `loyal_orders`:
    who has ordered so often, and is not dissatisfied, is loyal.
    """

    dormant_after_days: Days = 180
    lost_after_days: Days = 365
    user_after_days: Days = 30
    loyal_orders: Annotated[int, Meta(ge=3, le=1000)] = 4
    loyalty: Annotated[list[Step], Meta(min_length=2, max_length=20)] = field(
        default_factory=_loyalty
    )


class Surveys(_Section, frozen=True, kw_only=True):
    """`low_score`: such an answer, of 5, and any below it is somebody's job to make good within
    `recovery_days` business days. `by_mail`: where the channel of a contact cannot ask how it was
    by itself, the customer is sent a link; nobody more often than every `ask_again_days`.
    """

    low_score: Annotated[int, Meta(ge=1, le=4)] = 2
    recovery_days: Days = 1
    by_mail: bool = False
    ask_again_days: Days = 30


class Competitor(_Section, frozen=True, kw_only=True):
    """`names`: how customers call it, in any language."""

    key: Key
    names: Annotated[list[Name], Meta(min_length=1, max_length=50)]


class Knowledge(_Section, frozen=True, kw_only=True):
    """`precision`: of suggestions that are made. `review_after_uses`: by as many agents, then an
    article that nobody has checked is to be reviewed.
    """

    precision: Share = 0.9
    review_after_uses: Annotated[int, Meta(ge=1, le=100)] = 3
    forget_searches_days: Days = 180


class Commitments(_Section, frozen=True, kw_only=True):
    """`tell_customer`: by kind of commitment, when its customer hears of it by themselves: never
    ("no"), when it is kept ("done"), or also when it is late ("late"); visits and repairs are
    "late" unless said otherwise, the others "no". `wishes`: a mail that asks to be contacted
    becomes a commitment.
    """

    tell_customer: dict[
        Literal["callback", "visit", "repair", "quote", "recovery", "other"],
        Literal["no", "done", "late"],
    ] = {}
    wishes: bool = True


KeepDays = Annotated[int, Meta(ge=0, le=36_500)]
"""Whole days from the end of a contact; 0: without end."""


class Keep(_Section, frozen=True, kw_only=True):
    """How long what was said is kept. `deletes` false: nothing goes, `hub doctor` tells how much
    would. `anonymous_chats_days`: of visitors of whom no address is known. `originals_days`: mails
    and faxes as they came, from their arrival. `access_log_days`: who signed in and who looked at
    what, at least half a year. `calls_days`: the entries of calls; recordings have
    days of their own.
    """

    deletes: bool = False
    anonymous_chats_days: KeepDays = 90
    chats_days: KeepDays = 1095
    mails_days: KeepDays = 1095
    faxes_days: KeepDays = 1095
    texts_days: KeepDays = 1095
    calls_days: KeepDays = 1095
    originals_days: KeepDays = 365
    access_log_days: Annotated[int, Meta(ge=180, le=36_500)] = 365


class QueueKeep(_Section, frozen=True, kw_only=True):
    """What differs for the contacts of one queue; None: as `Keep` says."""

    anonymous_chats_days: KeepDays | None = None
    chats_days: KeepDays | None = None
    mails_days: KeepDays | None = None
    faxes_days: KeepDays | None = None
    texts_days: KeepDays | None = None
    calls_days: KeepDays | None = None


class Privacy(_Section, frozen=True, kw_only=True):
    """`hide_card_numbers`: of a card number in what is said, in and out, only the last four digits
    are kept. `originals`: the least role that may open what came in as it came, where nothing is
    hidden.
    """

    hide_card_numbers: bool = True
    originals: Literal["agent", "supervisor", "admin"] = "supervisor"
    keep: Keep = Keep()


Minutes = Annotated[int, Meta(ge=5, le=527_040)]


class AllocationRule(_Section, frozen=True, kw_only=True):
    """Who gets a new customer: a user (by mail address), or whose turn it is in a team.

    `when`: a rule about customers (rules/model.py); without, it holds for all. The first one that
    holds and has somebody who is there gives. `touch_within_minutes`: until they are written to,
    called or visited; by the open time of `hours` where those are named, else by the clock.
    """

    key: Key
    zh: Name
    en: Name
    when: dict[str, Any] | None = None
    user: Name | None = None
    team: Key | None = None
    by: Literal["round_robin", "least_loaded"] = "least_loaded"
    touch_within_minutes: Minutes = 240
    hours: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class Allocation(_Section, frozen=True, kw_only=True):
    """How new customers find who looks after them.

    `absent`: mail addresses of who gets nobody for now; nor does who was not at the desk for
    `absent_after_hours`. `touch_within_minutes`: where somebody is given a customer by hand.
    """

    rules: Annotated[list[AllocationRule], Meta(max_length=50)] = []
    absent: list[Name] = []
    absent_after_hours: Annotated[int, Meta(ge=1, le=8784)] = 72
    touch_within_minutes: Minutes = 240


class PlanTemplate(_Section, frozen=True, kw_only=True):
    """What is done with every customer of a class (`when`), once: a list of steps, one every
    `every_days`, all of them within `within_days`. `owner`: whose job it is.
    """

    key: Key
    zh: Name
    en: Name
    when: dict[str, Any] | None = None
    steps: Annotated[list[Step], Meta(min_length=1, max_length=30)]
    every_days: Days = 7
    within_days: Days = 90
    owner: Literal["owner", "supervisor"] = "owner"


class TemplateWords(_Section, frozen=True, kw_only=True):
    """What a text of the hub's own says in one language; "": as usual (contacts/templates)."""

    subject: Annotated[str, Meta(max_length=200)] = ""
    body: Annotated[str, Meta(max_length=10_000)] = ""


Tag = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
Templates = dict[str, dict[Tag, TemplateWords]]
"""By template and language (BCP 47)."""


class CustomerSettings(Struct, frozen=True, kw_only=True):
    """All of it, as it is in force. What an older version kept and no longer is passes unread.

    `zone`: the set-up's own (IANA): the clock of customers of whom nothing better is known.
    `queue_keep`: by queue, how long what was said in it is kept, where that differs.
    """

    zone: str = "UTC"
    outreach: Outreach = Outreach()
    cost: Cost = Cost()
    value: Value = Value()
    lifecycle: Lifecycle = Lifecycle()
    surveys: Surveys = Surveys()
    competitors: list[Competitor] = []
    knowledge: Knowledge = Knowledge()
    commitments: Commitments = Commitments()
    privacy: Privacy = Privacy()
    queue_keep: dict[str, QueueKeep] = {}
    allocation: Allocation = Allocation()
    plans: list[PlanTemplate] = []
    templates: Templates = {}


def load_customer_settings(tx: Tx) -> CustomerSettings:
    """Return the rules in force; the defaults before the first `hub apply`. One small read."""
    rows = tx.fetch("SELECT document FROM customer_setup WHERE id = 'current'", ())
    return read_customer_settings(rows[0].document if rows else None)


def read_customer_settings(document: str | None) -> CustomerSettings:
    """Return the rules that the row `current` of `customer_setup` holds; the defaults for none."""
    return CustomerSettings() if document is None else _decode(document)


def save_customer_settings(tx: Tx, settings: CustomerSettings) -> None:
    """Put rules in force (`hub apply`, which tells of it)."""
    tx.execute(delete(customer_setup).where(customer_setup.c.id == _ID))
    document = msgspec.json.encode(settings).decode()
    tx.execute(insert(customer_setup).values(id=_ID, document=document))


def save_home_zone(tx: Tx, zone: str) -> None:
    """Keep the set-up's zone where customers' days are counted by it (`hub apply`)."""
    tx.execute(delete(customer_setup).where(customer_setup.c.id == _ZONE_ID))
    tx.execute(insert(customer_setup).values(id=_ZONE_ID, document=zone))


def find_home_zone(tx: Tx) -> str:
    """Return the set-up's zone; UTC before the first `hub apply`."""
    found = select(customer_setup.c.document).where(customer_setup.c.id == _ZONE_ID)
    return read_home_zone(tx.execute(found).scalar_one_or_none())


def read_home_zone(document: str | None) -> str:
    """Return the zone that a row of `customer_setup` holds, or none."""
    return document or _USUAL_ZONE


@lru_cache(maxsize=4)
def _decode(text: str) -> CustomerSettings:
    return msgspec.json.decode(text, type=CustomerSettings)
