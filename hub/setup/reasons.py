"""The tree of reasons: its rows, what is wrong with it, where nothing of it is offered. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from hub.contacts.closing import Ask, BuiltIn, inherited
from hub.core.errors import Fault

from .closing import asks_of
from .model import Setup
from .naming import refer
from .parts import Reason

LEVELS = 3
MOST_REASONS = 1_000
MOST_IN_A_LIST = 100
LONGEST_CODE = 64
NO_ACTION = "none"


class Node(NamedTuple):
    """A reason in its tree: `path` is its place in the set-up, `level` counts from 1."""

    reason: Reason
    code: str
    path: str
    level: int


def nodes(tree: Sequence[Reason], path: str = "reasons", above: str = "") -> Iterator[Node]:
    """Yield every reason of the tree with its code, each before those below it."""
    yield from _nodes(tree, path, above, 1)


def _nodes(tree: Sequence[Reason], path: str, above: str, level: int) -> Iterator[Node]:
    for index, reason in enumerate(tree):
        code, here = code_of(reason, above), f"{path}[{index}]"
        yield Node(reason, code, here, level)
        yield from _nodes(reason.children, f"{here}.children", code, level + 1)


def code_of(reason: Reason, above: str) -> str:
    """Return what contacts know a reason by; `above`: the code of the reason it hangs on."""
    return reason.code or (f"{above}/{reason.key}" if above else reason.key)


def reason_rows(
    tree: Sequence[Reason],
    parent: str = "",
    *,
    complaint: bool = False,
    above: Sequence[Ask] = (),
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows of the tree by their codes: "repair/visit/late"."""
    for position, reason in enumerate(tree):
        code = code_of(reason, parent)
        asks = inherited(above, asks_of(reason))
        complains = complaint or reason.complaint
        yield (
            code,
            {
                "parent_id": parent or None,
                "zh": reason.zh,
                "en": reason.en,
                "position": position,
                "queues": list(reason.queues),
                "complaint": complains,
                "asks": msgspec.to_builtins(asks),
            },
        )
        yield from reason_rows(reason.children, code, complaint=complains, above=asks)


def reason_problems(setup: Setup) -> Iterator[Fault]:
    """Yield what is wrong with the tree, and with the lists beside it."""
    queues = [queue.key for queue in setup.queues]
    found = list(nodes(setup.reasons))
    if len(found) > MOST_REASONS:
        yield Fault("reasons", f"are more than {MOST_REASONS}")
    neighbours = Counter((_list_of(node), node.reason.key) for node in found)
    owners = _owners(found)
    for node in found:
        yield from refer(f"{node.path}.queues", "queue", node.reason.queues, queues)
        if node.level > 1 and neighbours[_list_of(node), node.reason.key] > 1:
            key = node.reason.key
            yield Fault(f"{node.path}.key", f"{key!r} is used more than once among its neighbours")
        if len(node.code) > LONGEST_CODE:
            yield Fault(
                f"{node.path}.key", f"with those above it has more than {LONGEST_CODE} characters"
            )
        elif owners.get(node.code, node.path) != node.path:
            yield Fault(
                f"{node.path}.key",
                f"the code {node.code!r} belongs to another reason already: take another key",
            )
        if node.reason.children and node.level == LEVELS:
            yield Fault(f"{node.path}.children", f"the tree of reasons has at most {LEVELS} levels")
    yield from _lists(setup)
    yield from _no_action_to_choose(setup, found)


def _list_of(node: Node) -> str:
    """The list a reason stands in: keys name the reasons of one list."""
    return node.path.rpartition("[")[0]


def _owners(found: Sequence[Node]) -> dict[str, str]:
    """Return code -> path of the reason that says it is its own, the first of several."""
    owners: dict[str, str] = {}
    for node in found:
        if node.reason.code:
            owners.setdefault(node.code, node.path)
    return owners


def _lists(setup: Setup) -> Iterator[Fault]:
    for name in (
        "outcomes", "closing_fields", "next_actions", "not_ready_reasons", "decline_reasons",
    ):  # fmt: skip
        if len(getattr(setup, name)) > MOST_IN_A_LIST:
            yield Fault(name, f"are more than {MOST_IN_A_LIST}")
    for index, field in enumerate(setup.closing_fields):
        if len(field.choices) > MOST_IN_A_LIST:
            yield Fault(f"closing_fields[{index}].choices", f"are more than {MOST_IN_A_LIST}")


def _no_action_to_choose(setup: Setup, found: Sequence[Node]) -> Iterator[Fault]:
    """Who has to choose a next action needs one; without a list, the product's own is there."""
    listed = [action.key for action in setup.next_actions]
    if not listed or any(key != NO_ACTION for key in listed):
        return
    places = [(node.path, node.reason.asks) for node in found]
    ends = [(f"outcomes[{index}]", one.asks) for index, one in enumerate(setup.outcomes)]
    for path, asks in (*places, *ends):
        for index, ask in enumerate(asks):
            if ask.required and ask.field == BuiltIn.NEXT_ACTION:
                yield Fault(
                    f"{path}.asks[{index}]",
                    "nobody can fill this in: there is no next action to choose",
                )


def unclosable_queues(setup: Setup) -> Iterator[str]:
    """Yield a sentence for each queue that asks for a disposition and offers none to choose."""
    if not setup.reasons and not setup.outcomes:
        return
    offered = [node.reason.queues for node in nodes(setup.reasons)]
    for queue in setup.queues:
        if not queue.disposition_required:
            continue
        if not any(not queues or queue.key in queues for queues in offered):
            yield (
                f"queue {queue.key}: nobody can close its contacts, it asks for a reason and none "
                "is offered in it; offer one, or ask for no disposition there"
            )
        elif not setup.outcomes:
            yield (
                f"queue {queue.key}: nobody can close its contacts, it asks for an outcome and "
                "there is none; add one, or ask for no disposition there"
            )
