"""The part of the business set-up that the console draws from: names, trees and lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Row, select

from hub.accounts.tables import teams
from hub.contacts.closing import ClosingField
from hub.contacts.panel.service import load_panel
from hub.contacts.tables import entry_points, outcomes, reasons
from hub.contacts.tags.service import list_tags
from hub.customers.pinyin import search_words
from hub.routing.queue_states import stops_of_queues
from hub.routing.settings import Label as SetupLabel
from hub.routing.settings import RoutingSettings, WrapMode
from hub.routing.tables import queue_teams, queues, skills, tiers
from hub.storage import Tx

from .board import stop_view
from .disposition_shapes import AskView, ClosingFieldView, Label, OutcomeView, ReasonView
from .joining_views import NOTHING, Capabilities
from .opening import may_open_originals
from .readers import Reader
from .shapes import (
    ConsoleSetup,
    EntryPointView,
    QueueLabel,
    TagLabel,
    TierView,
)

# console.md section 3: the categories of not ready, in the words of the glossary.
NOT_READY = (
    Label(id="break", zh="小休", en="Break"),
    Label(id="meal", zh="用餐", en="Meal"),
    Label(id="meeting", zh="会议", en="Meeting"),
    Label(id="training", zh="培训", en="Training"),
    Label(id="backoffice", zh="后台事务", en="Back office"),
    Label(id="technical", zh="技术故障", en="Technical problem"),
)
DECLINE = (
    Label(id="conflict", zh="与客户有利益冲突", en="Conflict of interest"),
    Label(id="language", zh="语言不通", en="Wrong language"),
    Label(id="skill", zh="超出我的技能", en="Beyond my skills"),
    Label(id="technical", zh="技术故障", en="Technical problem"),
)
NEXT_ACTIONS = (
    Label(id="callback", zh="回拨", en="Call back"),
    Label(id="visit", zh="上门", en="Visit"),
    Label(id="repair", zh="维修", en="Repair"),
    Label(id="quote", zh="报价", en="Quote"),
    Label(id="send", zh="寄送资料", en="Send something"),
)


@dataclass(frozen=True, slots=True)
class SetupFacts:
    """What the app knows of the organisation; the lists have the defaults of the product."""

    organisation: str
    demo: bool = False
    not_ready: tuple[Label, ...] = field(default=NOT_READY)
    decline: tuple[Label, ...] = field(default=DECLINE)
    next_actions: tuple[Label, ...] = field(default=NEXT_ACTIONS)


def show_setup(
    tx: Tx, reader: Reader, capabilities: Capabilities, facts: SetupFacts
) -> ConsoleSetup:
    """Return everything the console needs to draw: names of what rows only give the id of."""
    return ConsoleSetup(
        organisation=reader.settings.organisation or facts.organisation,
        timezone=reader.settings.zone,
        tiers=_tiers(tx, reader),
        queues=_queues(tx, reader),
        reasons=[
            ReasonView(
                id=row.id,
                zh=row.zh,
                en=row.en,
                parent_id=row.parent_id,
                queues=row.queues,
                asks=msgspec.convert(row.asks, list[AskView]),
                words=search_words(row.zh),
            )
            for row in _listed(tx, reasons)
        ],
        outcomes=[
            OutcomeView(
                id=row.id, zh=row.zh, en=row.en, asks=msgspec.convert(row.asks, list[AskView])
            )
            for row in _listed(tx, outcomes)
        ],
        closing_fields=[_closing_field(one) for one in reader.settings.closing_fields],
        next_actions=_labels(reader.settings.next_actions, facts.next_actions),
        not_ready_reasons=_labels(reader.settings.not_ready_reasons, facts.not_ready),
        decline_reasons=_labels(reader.settings.decline_reasons, facts.decline),
        branches=_branches(tx),
        skills=_skills(tx),
        entry_points=_entry_points(tx, capabilities),
        tags=_tags(tx),
        panel=_panel(tx),
        opens_originals=may_open_originals(tx, reader.principal),
        may_pull=reader.settings.may_pull(steers=reader.steers),
        demo=facts.demo,
    )


def _closing_field(one: ClosingField) -> ClosingFieldView:
    return ClosingFieldView(
        id=one.key,
        zh=one.zh,
        en=one.en,
        kind=one.kind,
        unit=one.unit,
        longest=one.longest,
        least=one.least,
        most=one.most,
        choices=[Label(id=choice.id, zh=choice.zh, en=choice.en) for choice in one.choices],
    )


def _listed(tx: Tx, table: Any) -> list[Row[Any]]:
    """Rows of a set-up table with `retired` and `position`, in their order."""
    found = select(table).where(table.c.retired.is_(False))
    return list(tx.execute(found.order_by(table.c.position, table.c.id)))


def _branches(tx: Tx) -> list[Label]:
    found = select(teams).where(teams.c.is_branch, ~teams.c.retired).order_by(teams.c.id)
    return [Label(id=row.id, zh=row.zh, en=row.en) for row in tx.execute(found)]


def _skills(tx: Tx) -> list[Label]:
    """Every skill, retired ones too: what was promised still names them."""
    return [Label(id=row.id, zh=row.zh, en=row.en) for row in tx.execute(select(skills))]


def _labels(chosen: Sequence[SetupLabel], otherwise: Sequence[Label]) -> list[Label]:
    """The list of the business set-up, or the product's own where it has none."""
    return [Label(id=one.id, zh=one.zh, en=one.en) for one in chosen] or list(otherwise)


def _tiers(tx: Tx, reader: Reader) -> list[TierView]:
    """The tiers this reader may be told of: those that some tier is shown to them as."""
    return [
        TierView(id=row.id, zh=row.zh, en=row.en, chip=row.chip, position=row.position)
        for row in _listed(tx, tiers)
        if reader.tier(row.id) == row.id
    ]


def _queues(tx: Tx, reader: Reader) -> list[QueueLabel]:
    """Every queue: also others' are named where a contact can be transferred to."""
    team: dict[str, str] = {}
    for row in tx.execute(select(queue_teams).order_by(queue_teams.c.team_id)):
        team.setdefault(row.queue_id, row.team_id)
    stops = stops_of_queues(tx)
    seen = reader.sight.queues
    return [
        QueueLabel(
            id=row.id,
            zh=row.zh,
            en=row.en,
            team_id=team.get(row.id),
            disposition_required=row.id in reader.settings.queues
            and reader.settings.queues[row.id].disposition_required,
            full_wrap_up=_full_wrap_up(reader.settings, row.id),
            mine=seen is None or row.id in seen,
            stop=stop_view(stops[row.id]) if row.id in stops else None,
        )
        for row in _listed(tx, queues)
    ]


def _full_wrap_up(settings: RoutingSettings, queue_id: str) -> list[str]:
    if queue_id not in settings.queues:
        return []
    modes = {channel: settings.wrap_up(queue_id, channel).mode for channel in settings.channels}
    return sorted(channel for channel, mode in modes.items() if mode is WrapMode.FULL)


def _entry_points(tx: Tx, capabilities: Capabilities) -> list[EntryPointView]:
    rows = tx.execute(
        select(entry_points).where(entry_points.c.retired.is_(False)).order_by(entry_points.c.id)
    )
    return [
        EntryPointView(
            id=row.id,
            channel=row.channel,
            address=row.address,
            display_name=row.display_name,
            queue_id=row.queue_id,
            language=row.language,
            capabilities=capabilities.get(row.channel, NOTHING),
        )
        for row in rows
    ]


def _tags(tx: Tx) -> list[TagLabel]:
    return [
        TagLabel(id=row.id, zh=row.zh, en=row.en, colour=row.colour, retired=row.retired)
        for row in list_tags(tx, None)
    ]


def _panel(tx: Tx) -> list[str]:
    panel = load_panel(tx)
    return [one for one in panel.shown if one != "links" or panel.links]
