"""Use cases of campaigns: drafted, started, paused, gone on with, stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import SYSTEM, Actor
from hub.contacts.model import Channel
from hub.contacts.tables import entry_points
from hub.core.errors import Conflict, Fault, Invalid
from hub.core.ids import new_id
from hub.customers.access import Scope
from hub.customers.consent.model import Purpose
from hub.storage import Tx
from hub.storage.bulk import insert_values

from .audience import check_customers, find_group, is_counted
from .holding import find_sender
from .judging import REACHES
from .model import (
    MAX_PACE,
    MOVES,
    Arm,
    Halt,
    PersonState,
    State,
    Wrong,
    check_arms,
    interval_us,
    must_confirm,
)
from .reads import count_meant
from .tables import campaign_arms, campaign_people, campaigns

MAX_LIST = 10_000
LONGEST = timedelta(days=366)
_PURPOSES = frozenset({Purpose.MARKETING, Purpose.SURVEY})


class StaleCampaign(Conflict):
    """Somebody else changed it meanwhile."""

    code = "campaign.stale"


@dataclass(frozen=True, slots=True)
class PutCampaign:
    """A new campaign (`version` 0), or other values of a draft at that version. Whom: the group
    `group_key`, or these `customer_ids`. `scope`: whose customers the actor may write to.
    """

    actor: Actor
    scope: Scope
    key: str
    zh: str
    en: str
    purpose: str
    channel: str
    entry_point_id: str
    group_key: str | None
    customer_ids: tuple[str, ...]
    material: str | None
    survey_key: str | None
    starts_at: datetime | None
    ends_at: datetime
    result_days: int
    pace_per_hour: int
    arms: tuple[Arm, ...]
    version: int = 0


@dataclass(frozen=True, slots=True)
class StartCampaign:
    """`version`: the one that the actor read and counted. `confirmed`: the number of people that
    they were told, above CONFIRM_ABOVE.
    """

    actor: Actor
    row: Row[Any]
    version: int
    confirmed: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeState:
    actor: Actor
    row: Row[Any]


def put_campaign(tx: Tx, cmd: PutCampaign) -> str:
    """Make a draft or change it; return its id. Nothing goes out.

    Raises Invalid with everything that is wrong, NotFound for a customer out of sight, Conflict for
    a campaign that is no draft any more, StaleCampaign.
    """
    table = campaigns.c
    row = tx.execute(select(campaigns).where(table.key == cmd.key).with_for_update()).first()
    if (row.version if row else 0) != cmd.version or (row and not sees(cmd.scope, row)):
        raise StaleCampaign("There is such a campaign, or somebody else changed it: load it again.")
    if row is not None and row.state != State.DRAFT:
        raise Conflict(
            "A campaign that was started is not changed any more.", code="campaign.begun"
        )
    wrong = _faults(tx, cmd)
    group_id = find_group(tx, cmd.group_key, wrong)
    if wrong:
        faults = [Fault(one.path, one.text) for one in wrong]
        raise Invalid(
            "The campaign cannot be used like this.", code="campaign.wrong", faults=faults
        )
    values = {
        "zh": cmd.zh.strip(),
        "en": cmd.en.strip(),
        "purpose": cmd.purpose,
        "channel": cmd.channel,
        "entry_point_id": cmd.entry_point_id,
        "group_id": group_id,
        "material": cmd.material,
        "survey_key": cmd.survey_key,
        "starts_at": cmd.starts_at or tx.now,
        "ends_at": cmd.ends_at,
        "result_days": cmd.result_days,
        "pace_per_hour": cmd.pace_per_hour,
    }
    campaign_id = new_id() if row is None else str(row.id)
    if row is None:
        branches = None if cmd.scope.everything else sorted(cmd.scope.branches)
        made = {"id": campaign_id, "key": cmd.key, "made_at": tx.now, "version": 1}
        fixed = {"state": State.DRAFT, "branches": branches, "made_by": cmd.actor.id or ""}
        tx.execute(insert(campaigns).values(**made, **fixed, **values))
    else:
        changed = {**values, "version": row.version + 1}
        tx.execute(update(campaigns).where(table.id == campaign_id).values(**changed))
    _put_arms(tx, campaign_id, cmd.arms)
    _put_list(tx, campaign_id, cmd)
    audit(tx, cmd.actor, "campaign.put", "campaign", campaign_id, {"key": cmd.key})
    tx.hint("campaign.changed", campaign_id)
    return campaign_id


def sees(scope: Scope, row: Row[Any]) -> bool:
    """Say whether somebody may see a campaign: all its customers are of their branches."""
    if scope.everything:
        return True
    return row.branches is not None and set(row.branches) <= scope.branches


def _faults(tx: Tx, cmd: PutCampaign) -> list[Wrong]:
    wrong = check_arms(cmd.arms)
    if not cmd.zh.strip() or not cmd.en.strip():
        wrong.append(Wrong("zh", "A campaign has a name in both languages."))
    if cmd.purpose not in _PURPOSES:
        wrong.append(Wrong("purpose", "A campaign is for marketing or a survey."))
    if (cmd.purpose == Purpose.SURVEY) != (cmd.survey_key is not None):
        wrong.append(Wrong("survey_key", "A survey has a key, and only a survey."))
    if not 1 <= cmd.pace_per_hour <= MAX_PACE:
        wrong.append(Wrong("pace_per_hour", f"1 to {MAX_PACE} an hour."))
    begins = max(cmd.starts_at or tx.now, tx.now)
    if not begins < cmd.ends_at <= begins + LONGEST:
        wrong.append(Wrong("ends_at", "It ends after it begins, within a year."))
    if bool(cmd.group_key) == bool(cmd.customer_ids):
        wrong.append(Wrong("group_key", "Say whom: a group, or a list of customers."))
    if len(cmd.customer_ids) > MAX_LIST:
        wrong.append(Wrong("customer_ids", f"At most {MAX_LIST}: make a group of them."))
    return wrong + _faults_of_sender(tx, cmd)


def _faults_of_sender(tx: Tx, cmd: PutCampaign) -> list[Wrong]:
    if cmd.channel not in REACHES:
        known = ", ".join(sorted(REACHES))
        return [Wrong("channel", f"Campaigns go out by {known} so far, not by {cmd.channel}.")]
    found = select(entry_points.c.channel).where(
        entry_points.c.id == cmd.entry_point_id, ~entry_points.c.retired
    )
    channel = tx.execute(found).scalar_one_or_none()
    if channel is None or Channel(channel) != Channel(cmd.channel):
        return [Wrong("entry_point_id", f"There is no entry point {cmd.entry_point_id} for it.")]
    return []


def _put_arms(tx: Tx, campaign_id: str, arms: Sequence[Arm]) -> None:
    tx.execute(delete(campaign_arms).where(campaign_arms.c.campaign_id == campaign_id))
    rows = [
        {
            "campaign_id": campaign_id,
            "key": arm.key,
            "place": place,
            "share": arm.share,
            "holdout": arm.holdout,
            "texts": {language: text._asdict() for language, text in arm.texts.items()},
        }
        for place, arm in enumerate(arms)
    ]
    tx.execute(insert(campaign_arms), rows)


_LISTED = ("campaign_id", "customer_id", "arm", "state")


def _put_list(tx: Tx, campaign_id: str, cmd: PutCampaign) -> None:
    tx.execute(delete(campaign_people).where(campaign_people.c.campaign_id == campaign_id))
    ids = set(cmd.customer_ids)
    if not ids:
        return
    check_customers(tx, cmd.scope, ids)
    rows = [(campaign_id, id_, "", PersonState.LISTED.value) for id_ in sorted(ids)]
    insert_values(tx, campaign_people, _LISTED, rows)


# ---- its states ---------------------------------------------------------------------------------


def start_campaign(tx: Tx, cmd: StartCampaign) -> None:
    """Let a draft go out, from its time on. Raises StaleCampaign for another version than the one
    that was counted, Conflict where it may not, or has to be confirmed: then `people` says how
    many it means.
    """
    row = cmd.row
    _check_move(row, State.RUNNING)
    if row.state != State.DRAFT:
        raise Conflict("The campaign was started before.", code="campaign.begun")
    if cmd.version != row.version:
        raise StaleCampaign("Somebody else changed it since it was counted: count it again.")
    if row.ends_at <= tx.now:
        raise Conflict("Its time is over: give it another end.", code="campaign.over")
    _check_sender(tx, row)
    if not is_counted(tx, row.group_id):
        raise Conflict(
            "Its group is still being counted, or is gone.", code="campaign.group_counting"
        )
    people = count_meant(tx, row)
    if not people:
        raise Conflict("It would reach nobody.", code="campaign.nobody")
    if must_confirm(people, cmd.confirmed):
        raise Conflict(
            f"It means {people} people: confirm that number.",
            code="campaign.confirm",
            people=people,
        )
    _move(
        tx,
        cmd.actor,
        row,
        State.RUNNING,
        {"people": people, **({} if cmd.confirmed is None else {"confirmed": cmd.confirmed})},
        started_at=tx.now,
        filled_to="",
        next_at=tx.now,
    )


def pause_campaign(tx: Tx, cmd: ChangeState) -> None:
    """Nothing more goes out until it is gone on with."""
    _move(tx, cmd.actor, cmd.row, State.PAUSED, {}, next_at=None)


def resume_campaign(tx: Tx, cmd: ChangeState) -> None:
    """Go on where it was paused."""
    if cmd.row.state != State.PAUSED:
        raise Conflict("Only a paused campaign is gone on with.", code="campaign.state")
    _check_sender(tx, cmd.row)
    gap = timedelta(microseconds=interval_us(cmd.row.pace_per_hour))
    again = {"next_at": tx.now + gap, "resumed_at": tx.now, "paused_why": None}
    _move(tx, cmd.actor, cmd.row, State.RUNNING, {}, **again)


def halt_campaign(tx: Tx, row: Row[Any], why: Halt) -> None:
    """Pause a campaign that cannot go on by itself. Hint: `campaign.halted`, for its maker."""
    _move(tx, SYSTEM, row, State.PAUSED, {"why": str(why)}, next_at=None, paused_why=why)
    tx.hint("campaign.halted", row.id)


def stop_campaign(tx: Tx, cmd: ChangeState) -> None:
    """End it for good: who was not written to yet never is. Their rows get the reason by its
    timer, in pieces.
    """
    row = cmd.row
    over = {"finished_at": tx.now, "filled_to": None, "paused_why": None}
    _move(tx, cmd.actor, row, State.STOPPED, {}, next_at=tx.now, **over)


def delete_campaign(tx: Tx, cmd: ChangeState) -> None:
    """Forget a draft. Raises Conflict for a campaign that was started."""
    row = cmd.row
    if row.state != State.DRAFT:
        raise Conflict("What was started is kept, with its results.", code="campaign.begun")
    tx.execute(delete(campaign_people).where(campaign_people.c.campaign_id == row.id))
    tx.execute(delete(campaign_arms).where(campaign_arms.c.campaign_id == row.id))
    tx.execute(delete(campaigns).where(campaigns.c.id == row.id))
    audit(tx, cmd.actor, "campaign.delete", "campaign", row.id, {"key": row.key})
    tx.hint("campaign.changed", row.id)


def _check_move(row: Row[Any], to: State) -> None:
    if to not in MOVES[State(row.state)]:
        raise Conflict(f"A campaign that is {row.state} cannot be {to}.", code="campaign.state")


def _check_sender(tx: Tx, row: Row[Any]) -> None:
    if find_sender(tx, row) is None:
        raise Conflict("The mailbox it is sent from is gone.", code="campaign.sender_gone")


def _move(
    tx: Tx, actor: Actor, row: Row[Any], to: State, detail: Mapping[str, int | str], **columns: Any
) -> None:
    _check_move(row, to)
    tx.execute(
        update(campaigns)
        .where(campaigns.c.id == row.id)
        .values(state=to, version=row.version + 1, **columns)
    )
    audit(tx, actor, f"campaign.{to}", "campaign", row.id, {"key": row.key, **detail})
    tx.hint("campaign.changed", row.id)
