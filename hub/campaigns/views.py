"""What the API takes and gives of campaigns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from hub.web import Body, Key, PageQuery, View

from .model import MAX_ARMS, MAX_PACE, MAX_SUBJECT, MAX_TEXT
from .service import MAX_LIST

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
_Language = Annotated[str, msgspec.Meta(max_length=16)]
StateName = Literal["draft", "running", "paused", "done", "stopped"]


class MailBody(Body, frozen=True):
    subject: Annotated[str, msgspec.Meta(max_length=MAX_SUBJECT)]
    text: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]


class ArmBody(Body, frozen=True):
    """`share`: of 100. `holdout`: left out to compare; it has no texts. `texts`: by language, with
    {name} and {sender} as placeholders.
    """

    key: Key
    share: Annotated[int, msgspec.Meta(ge=1, le=100)]
    holdout: bool = False
    texts: Annotated[dict[_Language, MailBody], msgspec.Meta(max_length=10)] = msgspec.field(
        default_factory=dict
    )


class CampaignBody(Body, frozen=True):
    """`version` 0: a new one. Whom: `group_key`, or `customer_ids`. `starts_at` None: at once.
    `result_days`: how long a reply or an order counts for it.
    """

    zh: _Name
    en: _Name
    entry_point_id: Key
    ends_at: datetime
    arms: Annotated[list[ArmBody], msgspec.Meta(min_length=1, max_length=MAX_ARMS)]
    purpose: Literal["marketing", "survey"] = "marketing"
    channel: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,16}$")] = "email"
    group_key: Key | None = None
    customer_ids: Annotated[list[Key], msgspec.Meta(max_length=MAX_LIST)] = msgspec.field(
        default_factory=list
    )
    material: Annotated[str, msgspec.Meta(min_length=1, max_length=120)] | None = None
    survey_key: Key | None = None
    starts_at: datetime | None = None
    result_days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 14
    pace_per_hour: Annotated[int, msgspec.Meta(ge=1, le=MAX_PACE)] = 600
    version: int = 0


class StartBody(Body, frozen=True):
    """`version`: the one that was counted. `confirmed`: the number of people, where there are more
    than 10,000.
    """

    version: int
    confirmed: int | None = None


class CampaignMail(View, frozen=True):
    subject: str
    text: str


class CampaignArm(View, frozen=True):
    key: str
    share: int
    holdout: bool
    texts: dict[str, CampaignMail]


class CampaignLine(View, frozen=True):
    """`people`: how many are in which state; of a draft only who is listed by name."""

    key: str
    zh: str
    en: str
    purpose: str
    channel: str
    state: StateName
    starts_at: datetime
    ends_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    made_by_name: str | None
    people: dict[str, int]
    version: int


class CampaignView(View, frozen=True):
    """`filling`: who is in it is still being written down. `paused_why`: where the hub itself
    paused it.
    """

    line: CampaignLine
    entry_point_id: str
    group_key: str | None
    customer_ids: list[str]
    material: str | None
    survey_key: str | None
    result_days: int
    pace_per_hour: int
    filling: bool
    paused_why: Literal["sender_gone", "undelivered"] | None
    arms: list[CampaignArm]


class CountsView(View, frozen=True):
    """Whom it would reach now. `looked_at` fewer than `people`: the rest of it is of a sample."""

    people: int
    looked_at: int
    reach: int
    held_out: int
    later: dict[str, int]
    suppressed: dict[str, int]
    confirm: bool


class PeopleQuery(PageQuery, frozen=True, kw_only=True):
    state: Literal["", "listed", "due", "sent", "held_out", "failed", "suppressed"] = ""


class CampaignPerson(View, frozen=True):
    """One of its people, as of now. `result`: the best that came of it."""

    customer_id: str
    name: str | None
    arm: str
    state: str
    reason: str | None
    due_at: datetime | None
    at: datetime | None
    result: Literal["ordered", "answered", "replied"] | None
    replied_at: datetime | None
    answered_at: datetime | None
    score: int | None
    ordered_at: datetime | None


class ShareView(View, frozen=True):
    """`rate` and its 95 % interval (Wilson): none where the arm has fewer than five people."""

    good: int
    rate: float | None
    low: float | None
    high: float | None


class AgainstView(View, frozen=True):
    """How much more of the arm than of the hold-out ordered, with its 95 % interval."""

    difference: float
    low: float
    high: float


class CampaignArmReport(View, frozen=True):
    """`n`: who was written to, arrived or not; of the hold-out who would have been."""

    key: str
    share: int
    holdout: bool
    n: int
    failed: int
    waiting: int
    suppressed: int
    replied: ShareView
    answered: ShareView
    ordered: ShareView
    mean_score: float | None
    against: AgainstView | None


class CampaignReport(View, frozen=True):
    """As of `collected_at`; None: nothing was collected yet."""

    arms: list[CampaignArmReport]
    suppressed: dict[str, int]
    collected_at: datetime | None
