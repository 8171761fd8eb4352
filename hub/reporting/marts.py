"""The marts: views of migrations 0022 and 0038, their columns, and by what they are paged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    String,
    TableClause,
    column,
    or_,
    select,
    table,
    true,
)

from hub.core.errors import NotFound
from hub.customers.access import Scope
from hub.customers.tables import customers
from hub.storage import UTCDateTime


class Kind(StrEnum):
    """Of a column: what it is in a file, too."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    FLAG = "flag"


_TYPES = {
    Kind.TEXT: String,
    Kind.NUMBER: BigInteger,
    Kind.TIME: UTCDateTime,
    Kind.FLAG: Boolean,
}


@dataclass(frozen=True, slots=True)
class Mart:
    """A view `mart_<name>`. `key`: its columns that name a row, in the order rows are sent.

    `parts`: the values of its column `part`, sent one after the other, each from a view of its own
    (`mart_<name>_<part>`); () where it has none.
    `by_branch`: rows are of a branch, not of a customer, and add up what there is.
    """

    name: str
    zh: str
    en: str
    key: tuple[str, ...]
    columns: Mapping[str, Kind]
    parts: tuple[str, ...] = ()
    by_branch: bool = False

    @property
    def view(self) -> TableClause:
        """All of it, to select from: one object, however often it is asked for."""
        return _VIEWS[self.name]

    def view_of(self, part: str | None) -> TableClause:
        """One part, to select from; None: all of it."""
        return self.view if part is None else _VIEWS[f"{self.name}_{part}"]

    def seen_by(self, scope: Scope, part: str | None = None) -> ColumnElement[bool]:
        """The condition on the view that keeps what is of customers whom this user sees."""
        if scope.everything:
            return true()
        view = self.view_of(part)
        if self.by_branch:
            return view.c.branch_id.in_(["", *sorted(scope.branches)])
        seen = select(customers.c.id).where(customers.c.id == view.c.customer_id, scope.customers())
        return seen.exists()


def _columns(text: str) -> dict[str, Kind]:
    """Read "name name:number …": text unless said otherwise."""
    kinds = {}
    for word in text.split():
        name, _, kind = word.partition(":")
        kinds[name] = Kind(kind or "text")
    return kinds


_ALL = (
    Mart(
        "interactions",
        "往来记录",
        "Interactions",
        ("interaction_id",),
        _columns("""interaction_id at:time created_at:time source channel kind direction customer_id
        branch_id identity_id conversation_id contact_id author_id queue_id tier reason_id
        outcome_id"""),
    ),
    Mart(
        "contacts",
        "服务请求",
        "Contacts",
        ("contact_id",),
        _columns("""contact_id reference customer_id branch_id identity_id channel entry_point_id
        queue_id tier direction state ended_as language opened_at:time answered_at:time
        closed_at:time agent_id reason_id outcome_id next_action score:number knowledge_outcome
        waited_us:number handled_us:number closing_values"""),
    ),
    Mart(
        "customers",
        "客户",
        "Customers",
        ("customer_id",),
        _columns("""customer_id kind name language tier tier_source branch_id owner_id source
        created_at:time archived_at:time stage stage_since:time standing standing_since:time loyalty
        loyalty_since:time merged_records:number contacts:number last_contact_at:time orders:number
        first_order_at:time last_order_at:time currency revenue_minor:number
        open_commitments:number quotes:number complaints:number open_complaints:number
        scores:number score_total:number"""),
    ),
    Mart(
        "customer_history",
        "客户变更历史",
        "History of customers",
        ("entry_id",),
        _columns("""part entry_id customer_id record_id branch_id axis before after cause reason
        at:time by_id"""),
        parts=("tier", "stage", "owner", "source"),
    ),
    Mart(
        "orders",
        "订单",
        "Orders",
        ("order_id",),
        _columns("""order_id customer_id record_id branch_id source external_id ordered_at:time
        state state_at:time currency amount_minor:number cost_minor:number revenue_minor:number
        product_summary"""),
    ),
    Mart(
        "products",
        "产品",
        "Products",
        ("product_id", "branch_id"),
        _columns("""product_id branch_id external_id name family list_minor:number list_currency
        retired:flag orders:number buyers:number quantity:number currency sold_minor:number
        quotes:number quoted_customers:number contacts:number asking_customers:number scores:number
        score_total:number satisfied:number complaints:number defects:number repairs:number
        open_cases:number"""),
        by_branch=True,
    ),
    Mart(
        "product_events",
        "产品明细",
        "Products, event by event",
        ("event_id", "detail_id"),
        _columns("""part event_id detail_id product_id customer_id branch_id at:time state
        quantity:number amount_minor:number cost_minor:number revenue_minor:number currency
        score:number complaints:number"""),
        parts=("order", "contact", "quote", "defect", "repair"),
    ),
    Mart(
        "commitments",
        "承诺",
        "Commitments",
        ("commitment_id",),
        _columns("""commitment_id customer_id branch_id identity_id contact_id kind state
        detected:flag owner_kind owner_id taken_by made_by made_at:time due_at:time broken_at:time
        finished_at:time finished_by escalated_at:time window_from:time window_until:time product_id
        product_name price_minor:number currency valid_until:time"""),
    ),
    Mart(
        "answers",
        "调查答复",
        "Survey answers",
        ("answer_id",),
        _columns("""answer_id customer_id branch_id identity_id contact_id campaign_id survey_key
        question_key score:number at:time source"""),
    ),
)
MARTS: Mapping[str, Mart] = {mart.name: mart for mart in _ALL}
_VIEWS: Mapping[str, TableClause] = {
    name: table(
        f"mart_{name}", *(column(key, _TYPES[kind]()) for key, kind in mart.columns.items())
    )
    for mart in _ALL
    for name in (mart.name, *(f"{mart.name}_{part}" for part in mart.parts))
}


def get_mart(name: str) -> Mart:
    """Return the mart of this name. Raises NotFound, which lists them."""
    mart = MARTS.get(name)
    if mart is None:
        raise NotFound(f"There is no mart of that name. There are: {', '.join(MARTS)}.")
    return mart


def after_key(mart: Mart, view: TableClause, after: tuple[str, ...]) -> ColumnElement[bool]:
    """The condition that keeps the rows behind the one with this key."""
    first, *rest = (view.c[name] for name in mart.key)
    beyond = first > after[0]
    if not rest:
        return beyond
    (second,) = rest
    return (first >= after[0]) & or_(beyond, second > after[1])
