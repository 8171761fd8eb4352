"""The indicators: what each says in both languages, and what is counted for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from hub.core.errors import NotFound
from hub.customers.lifecycle.model import Stage

from . import faxes, sides
from .sides import Side


class Group(StrEnum):
    PROCESS = "process"
    LOYALTY = "loyalty"
    CHURN = "churn"
    FAX = "fax"


class RowKind(StrEnum):
    """What one row behind a figure is."""

    CUSTOMER = "customer"
    INTERACTION = "interaction"
    COMMITMENT = "commitment"


class Text(NamedTuple):
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Part:
    """A numerator or a denominator: its words, and its rows. `adds_up`: not how many there are
    counts, but the sum of their amounts.
    """

    text: Text
    side: Side
    adds_up: bool = False


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure: how many of the numerator, and of how many where there is a denominator."""

    key: str
    group: Group
    rows: RowKind
    name: Text
    definition: Text
    numerator: Part
    denominator: Part | None = None


_STAGES = {
    Stage.PROSPECT: Text("潜在客户", "prospect"),
    Stage.OPPORTUNITY: Text("商机", "opportunity"),
    Stage.ORDERING: Text("下单中", "ordering"),
    Stage.USER: Text("用户", "user"),
}


def _conversion(stage: Stage, then: Stage) -> Indicator:
    zh, en = _STAGES[stage]
    then_zh, then_en = _STAGES[then]
    return Indicator(
        f"conversion_{stage}",
        Group.PROCESS,
        RowKind.CUSTOMER,
        Text(f"转化率：{zh} → {then_zh}", f"Conversion: {en} → {then_en}"),
        Text(
            f"期间内进入“{zh}”阶段的客户中，此后（截至今天）进入“{then_zh}”阶段的比例。"
            "首次判定时已处于该阶段的，仅计期间内建立的客户。",
            f"Of the customers who came to the stage “{en}” in the period, the share who have "
            f"come to “{then_en}” since, until today. Who was found there at the first look counts "
            "only if their record was made in the period.",
        ),
        Part(
            Text(f"此后进入“{then_zh}”的客户", f"customers who came to “{then_en}” since"),
            sides.went_on(stage, then),
        ),
        Part(
            Text(f"期间内进入“{zh}”的客户", f"customers who came to “{en}” in the period"),
            sides.entered(stage),
        ),
    )


def _loyalty(score: int) -> Indicator:
    return Indicator(
        f"loyalty_{score}",
        Group.LOYALTY,
        RowKind.CUSTOMER,
        Text(f"满意度 {score} 分的复购率", f"Ordered again after a score of {score}"),
        Text(
            f"期间内最后一次满意度评分为 {score} 分的客户中，此后（截至今天）再次下单的比例。",
            f"Of the customers whose last satisfaction score in the period is {score}, the share "
            "who have ordered since, until today. Orders cancelled or returned do not count.",
        ),
        Part(
            Text("此后下单的客户", "customers who ordered since"), sides.scored_who_ordered(score)
        ),
        Part(
            Text(f"最后评分为 {score} 分的客户", f"customers whose last score is {score}"),
            sides.scored(score),
        ),
    )


_AWAY = Part(
    Text("期间内转为沉睡或流失的客户", "customers who became dormant or lost in the period"),
    sides.went_away,
)
_SIGNS: dict[str, tuple[Text, Text]] = {
    "complaint": (Text("投诉", "Complaint"), Text("曾投诉", "had complained")),
    "dissatisfied": (
        Text("不满意（1–2 分）", "Dissatisfied (1–2)"),
        Text("曾给出 1–2 分", "had scored 1 or 2"),
    ),
    "broken": (
        Text("未兑现的承诺", "A broken promise"),
        Text("有承诺未按时兑现", "had a promise broken"),
    ),
    "defect": (Text("产品故障", "A defect"), Text("曾报告故障", "had reported a defect")),
    "competitor": (
        Text("提到竞争对手", "A competitor named"),
        Text("曾提到竞争对手", "had named a competitor"),
    ),
    "": (Text("无已知原因", "No sign known"), Text("没有上述任何迹象", "had none of these signs")),
}


def _churn(sign: str) -> Indicator:
    name, had = _SIGNS[sign]
    return Indicator(
        f"churn_{sign or 'unknown'}",
        Group.CHURN,
        RowKind.CUSTOMER,
        name,
        Text(
            f"期间内转为沉睡或流失的客户中，此前（自期间开始前 {sides.SIGN_DAYS} 天起）{had.zh}的"
            "比例。一位客户可有多种迹象。首次判定时已沉睡或流失的，以及由沉睡转为流失的，不计。",
            "Of the customers who became dormant or lost in the period, the share who "
            f"{had.en} before, counted from {sides.SIGN_DAYS} days before the period. One "
            "customer may show several signs. Who was found so at the first look does not count, "
            "nor who was dormant and became lost.",
        ),
        Part(
            Text(f"其中{had.zh}的客户", f"those of them who {had.en}"),
            sides.away_with(sign),
        ),
        _AWAY,
    )


_PROCESS = (
    Indicator(
        "customers",
        Group.PROCESS,
        RowKind.CUSTOMER,
        Text("客户数", "Customers"),
        Text(
            "期间结束前建立的客户；合并的记录只计一次，已归档的不计。",
            "Customers made before the end of the period. Merged records count once, archived "
            "customers not at all.",
        ),
        Part(Text("客户", "customers"), sides.known_customers),
    ),
    Indicator(
        "new_customers",
        Group.PROCESS,
        RowKind.CUSTOMER,
        Text("新客户", "New customers"),
        Text(
            "期间内建立的客户；合并的记录只计一次。",
            "Customers made in the period. Merged records count once.",
        ),
        Part(Text("期间内建立的客户", "customers made in the period"), sides.new_customers),
    ),
    _conversion(Stage.PROSPECT, Stage.OPPORTUNITY),
    _conversion(Stage.OPPORTUNITY, Stage.ORDERING),
    _conversion(Stage.ORDERING, Stage.USER),
    Indicator(
        "success_rate",
        Group.PROCESS,
        RowKind.CUSTOMER,
        Text("成功率", "Success rate"),
        Text(
            "期间内收到报价的客户中，首次报价后（截至今天）下单的比例。已取消或退货的订单不计。",
            "Of the customers who were given a quote in the period, the share who have ordered "
            "since the first of them, until today. Orders cancelled or returned do not count.",
        ),
        Part(Text("此后下单的客户", "customers who ordered since"), sides.quoted_who_ordered),
        Part(Text("收到报价的客户", "customers who were given a quote"), sides.quoted_customers),
    ),
    Indicator(
        "visits",
        Group.PROCESS,
        RowKind.INTERACTION,
        Text("拜访", "Visits"),
        Text(
            "期间内进行并登记在客户时间线上的拜访。",
            "Visits made in the period and logged on the customers' timelines.",
        ),
        Part(Text("登记的拜访", "visits logged"), sides.visits),
    ),
    Indicator(
        "visits_in_time",
        Group.PROCESS,
        RowKind.COMMITMENT,
        Text("按时上门率", "Visits kept in time"),
        Text(
            "约定在期间内且时间已到的拜访和维修中，按时完成的比例。已撤回的不计；曾逾期后改期的不算按时。",
            "Of the visits and repairs promised for a time in the period that has come, the share "
            "kept before they were due. Withdrawn ones do not count; one that was missed and then "
            "postponed is not in time.",
        ),
        Part(Text("按时完成的", "kept in time"), sides.visits_in_time),
        Part(Text("约定的拜访和维修", "visits and repairs promised"), sides.due_visits),
    ),
    Indicator(
        "deciders_met",
        Group.PROCESS,
        RowKind.CUSTOMER,
        Text("见到的决策人", "Deciders met"),
        Text(
            "截至期间结束已知的决策人中，期间内有拜访登记在其本人时间线上的比例。",
            "Of the deciders of organisations known by the end of the period, the share with a "
            "visit in the period logged on their own timeline.",
        ),
        Part(Text("期间内拜访过的决策人", "deciders visited in the period"), sides.deciders_met),
        Part(Text("已知的决策人", "deciders known"), sides.deciders),
    ),
    Indicator(
        "quotes",
        Group.PROCESS,
        RowKind.COMMITMENT,
        Text("报价", "Quotes"),
        Text("期间内作出且未撤回的报价。", "Quotes made in the period and not withdrawn."),
        Part(Text("报价", "quotes"), sides.quotes),
    ),
)
_SENT = Part(Text("期间内发出的传真", "faxes sent in the period"), faxes.faxes_sent)
_FAILED = Part(Text("未送达的传真", "faxes not delivered"), faxes.faxes_failed)
_FAX = (
    Indicator(
        "fax_received",
        Group.FAX,
        RowKind.INTERACTION,
        Text("收到的传真", "Faxes received"),
        Text(
            "期间内收到的传真，垃圾传真和隔离中的除外。",
            "Faxes that came in the period, without spam and what waits in quarantine.",
        ),
        Part(Text("收到的传真", "faxes received"), faxes.faxes_received),
    ),
    Indicator(
        "fax_pages_received",
        Group.FAX,
        RowKind.INTERACTION,
        Text("收到的传真页数", "Fax pages received"),
        Text(
            "期间内收到的传真的总页数，以网关说明或实际读到的页数为准；垃圾传真和隔离中的除外。",
            "Pages of the faxes that came in the period, as the gateway says or as were read; "
            "without spam and what waits in quarantine.",
        ),
        Part(Text("收到的页数", "pages received"), faxes.faxes_received, adds_up=True),
    ),
    Indicator(
        "fax_pages_delivered",
        Group.FAX,
        RowKind.INTERACTION,
        Text("送达的传真页数", "Fax pages delivered"),
        Text(
            "期间内发出且网关报告已送达的传真的总页数，含封面。",
            "Pages of the faxes sent in the period that the gateway says have arrived, covers "
            "among them.",
        ),
        Part(Text("送达的页数", "pages delivered"), faxes.faxes_delivered, adds_up=True),
    ),
    Indicator(
        "fax_delivered",
        Group.FAX,
        RowKind.INTERACTION,
        Text("传真送达率", "Faxes delivered"),
        Text(
            "期间内发出的传真中，网关报告已送达的比例。待发送的不计；尚无结果的计入分母。",
            "Of the faxes sent in the period, the share that the gateway says have arrived. What "
            "waits to be sent does not count; what has no result yet is among those sent.",
        ),
        Part(Text("已送达的传真", "faxes delivered"), faxes.faxes_delivered),
        _SENT,
    ),
    Indicator(
        "fax_failed",
        Group.FAX,
        RowKind.INTERACTION,
        Text("传真失败率", "Faxes not delivered"),
        Text(
            "期间内发出的传真中，未能送达的比例。改发其他号码的另计一件。",
            "Of the faxes sent in the period, the share that did not arrive. One that was sent on "
            "to another number counts as a fax of its own.",
        ),
        _FAILED,
        _SENT,
    ),
)
_FAILURES = {
    "busy": (Text("占线", "The line was busy"), ("fax_busy",)),
    "no_answer": (Text("无人接听", "Nobody answered"), ("fax_no_answer",)),
    "no_fax": (Text("对方不是传真机", "No fax machine answered"), ("fax_not_a_fax",)),
    "bad_number": (Text("号码无效", "There is no such number"), ("fax_bad_number",)),
    "broken_off": (Text("传输中断", "The call broke off"), ("fax_broken_off",)),
    "other": (Text("其他原因", "Another reason"), ()),
}


def _failure(why: str) -> Indicator:
    name, codes = _FAILURES[why]
    return Indicator(
        f"fax_failed_{why}",
        Group.FAX,
        RowKind.INTERACTION,
        Text(f"传真失败：{name.zh}", f"Not delivered: {name.en[0].lower()}{name.en[1:]}"),
        Text(
            f"期间内未送达的传真中，原因为“{name.zh}”的比例，以网关说明为准。",
            "Of the faxes of the period that did not arrive, the share for this reason, as the "
            f"gateway says: {name.en}.",
        ),
        Part(
            Text(f"其中{name.zh}的传真", "those of them for this reason"),
            faxes.faxes_failed_for(codes),
        ),
        _FAILED,
    )


_ALL = (
    *_PROCESS,
    *(_loyalty(score) for score in range(1, 6)),
    *(_churn(sign) for sign in _SIGNS),
    *_FAX,
    *(_failure(why) for why in _FAILURES),
)
INDICATORS: Mapping[str, Indicator] = {one.key: one for one in _ALL}


def get_indicator(key: str) -> Indicator:
    """Return the indicator of this key. Raises NotFound, which lists them."""
    found = INDICATORS.get(key)
    if found is None:
        raise NotFound(f"There is no indicator of that name. There are: {', '.join(INDICATORS)}.")
    return found
