"""What the API takes and gives of phone lists."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from hub.campaigns.model import WHOLE
from hub.campaigns.service import MAX_LIST
from hub.campaigns.views import ShareView, StateName
from hub.web import Body, Key, PageQuery, View

from .guard import MOST_PERMILLE
from .model import MAX_ATTEMPTS, MAX_GAP_S, MIN_GAP_S
from .service import MAX_ARMS

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
_Clock = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
_Script = Annotated[str, msgspec.Meta(max_length=4_000)]
_Day = Annotated[int, msgspec.Meta(ge=1, le=7)]
_Gap = Annotated[int, msgspec.Meta(ge=MIN_GAP_S, le=MAX_GAP_S)]
_Result = Annotated[str, msgspec.Meta(max_length=16)]
Purposes = Literal["marketing", "survey", "service"]
Modes = Literal["preview", "progressive"]


class ListArmBody(Body, frozen=True):
    """`share`: of 100. `holdout`: left out to compare: nobody of it is called."""

    key: Key
    share: Annotated[int, msgspec.Meta(ge=1, le=WHOLE)]
    holdout: bool = False


class PhoneListBody(Body, frozen=True):
    """`version` 0: a new one. Whom: `group_key`, or `customer_ids`. `starts_at` None: at once.

    `window_from`, `window_until`, `days` (ISO, Monday is 1): on each customer's own clock. `gaps`:
    seconds until somebody is tried again, by result. `abandon_permille`: how many of a thousand
    calls that a person answers may be answered by nobody of ours.
    """

    zh: _Name
    en: _Name
    entry_point_id: Key
    queue_id: Key
    ends_at: datetime
    purpose: Purposes = "marketing"
    mode: Modes = "preview"
    group_key: Key | None = None
    customer_ids: Annotated[list[Key], msgspec.Meta(max_length=MAX_LIST)] = msgspec.field(
        default_factory=list
    )
    material: Annotated[str, msgspec.Meta(min_length=1, max_length=120)] | None = None
    starts_at: datetime | None = None
    window_from: _Clock = "09:00"
    window_until: _Clock = "20:00"
    days: Annotated[list[_Day], msgspec.Meta(min_length=1, max_length=7)] = msgspec.field(
        default_factory=lambda: [1, 2, 3, 4, 5, 6]
    )
    attempts: Annotated[int, msgspec.Meta(ge=1, le=MAX_ATTEMPTS)] = 3
    gaps: Annotated[dict[_Result, _Gap], msgspec.Meta(max_length=10)] = msgspec.field(
        default_factory=dict
    )
    preview_s: Annotated[int, msgspec.Meta(ge=15, le=900)] = 120
    abandon_permille: Annotated[int, msgspec.Meta(ge=0, le=MOST_PERMILLE)] = MOST_PERMILLE
    detects_machines: bool = True
    script_zh: _Script = ""
    script_en: _Script = ""
    arms: Annotated[list[ListArmBody], msgspec.Meta(min_length=1, max_length=MAX_ARMS)] = (
        msgspec.field(default_factory=lambda: [ListArmBody("all", WHOLE)])
    )
    version: int = 0


class StartListBody(Body, frozen=True):
    """`version`: the one that was counted. `confirmed`: the number of people, where there are more
    than 10,000.
    """

    version: int
    confirmed: int | None = None


class ListArm(View, frozen=True):
    key: str
    share: int
    holdout: bool


class PhoneListLine(View, frozen=True):
    """`people`: how many are in which state; of a draft only who is listed by name."""

    key: str
    zh: str
    en: str
    purpose: str
    mode: str
    state: StateName
    queue_id: str
    starts_at: datetime
    ends_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    made_by_name: str | None
    people: dict[str, int]
    version: int


class PhoneListView(View, frozen=True):
    """`filling`: who is in it is still being written down. `dials_itself`: the hub dials for free
    agents now; False: an agent presses a key for each call. `asks_first`: what customers hear
    before the agent, for which nobody is dialled by the hub.
    """

    line: PhoneListLine
    entry_point_id: str
    group_key: str | None
    customer_ids: list[str]
    material: str | None
    window_from: str
    window_until: str
    days: list[int]
    attempts: int
    gaps: dict[str, int]
    preview_s: int
    abandon_permille: int
    detects_machines: bool
    script_zh: str
    script_en: str
    arms: list[ListArm]
    filling: bool
    paused_why: Literal["sender_gone", "queue_gone"] | None
    dials_itself: bool
    asks_first: Literal["", "notice", "consent"]


class PhoneListCounts(View, frozen=True):
    """Whom it would reach now. `looked_at` fewer than `people`: the rest of it is of a sample."""

    people: int
    looked_at: int
    reach: int
    held_out: int
    later: dict[str, int]
    suppressed: dict[str, int]
    confirm: bool


class ListPeopleQuery(PageQuery, frozen=True, kw_only=True):
    state: Literal[
        "",
        "listed",
        "due",
        "queued",
        "calling",
        "done",
        "given_up",
        "suppressed",
        "held_out",
    ] = ""


class PhoneListPerson(View, frozen=True):
    """One of its people. `attempts`: those that reached nobody. `agreed`: `due_at` is what they
    asked for. `contact_id`: of the attempt that is next, under way, or was last.
    """

    customer_id: str
    name: str | None
    arm: str
    state: str
    reason: str | None
    due_at: datetime | None
    agreed: bool
    attempts: int
    last_at: datetime | None
    last_result: str | None
    contact_id: str | None


class PhoneListArmReport(View, frozen=True):
    """`dialled`: attempts. `reached`: people who were talked to. `results`: of attempts."""

    key: str
    share: int
    holdout: bool
    people: int
    remaining: int
    dialled: int
    answered_human: int
    answered_machine: int
    not_answered: int
    reached: int
    abandoned: int
    results: dict[str, int]
    talk_s: int
    reached_rate: ShareView


class AbandonmentView(View, frozen=True):
    """Calls that a person answered and no agent within two seconds, of the last `days`. `rate`:
    None while nobody has answered. `room`: how many calls the hub may make by itself now.
    """

    days: int
    answered: int
    abandoned: int
    in_flight: int
    rate: float | None
    limit: float
    room: int


class PhoneListReport(View, frozen=True):
    arms: list[PhoneListArmReport]
    total: PhoneListArmReport
    suppressed: dict[str, int]
    abandonment: AbandonmentView


class NumbersBody(Body, frozen=True):
    """Numbers as written, read in `region` (ISO 3166). `source`: where they are from."""

    numbers: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=3, max_length=40)]],
        msgspec.Meta(min_length=1, max_length=1_000),
    ]
    source: _Name
    region: Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")] = "CN"


class NumbersAdded(View, frozen=True):
    added: int
    known: int
    wrong: list[str]


class NumberLine(View, frozen=True):
    number: str
    source: str
    added_at: datetime
    added_by_name: str | None
