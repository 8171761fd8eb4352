"""What follows from news of a call of ours: the agent's phone first, then the customer's. Pure.

The rules of the first connection of an outbound call; when it was transferred, the next agents are
joined as to any caller. The agent who hangs up ends the call: nobody we called is left waiting.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hub.contacts.model import CallOutcome

from .model import Call, Cause, Connection, Leg, LegState, Reduced, Step, Todo, Verdict, Watch

# How it ended and a code for why: of the customer's phone, and of the agent's.
NOT_REACHED: dict[Cause, tuple[CallOutcome, str]] = {
    Cause.BUSY: (CallOutcome.BUSY, ""),
    Cause.NO_ANSWER: (CallOutcome.NO_ANSWER, ""),
    Cause.FAILED: (CallOutcome.FAILED, "number"),
    Cause.CANCELLED: (CallOutcome.CANCELLED, ""),
    Cause.GONE: (CallOutcome.FAILED, "lost"),
}
AGENT_NOT_REACHED: dict[Cause, tuple[CallOutcome, str]] = {
    Cause.COMPLETED: (CallOutcome.CANCELLED, "agent_left"),
    Cause.CANCELLED: (CallOutcome.CANCELLED, "agent_left"),
    Cause.NO_ANSWER: (CallOutcome.FAILED, "agent_no_answer"),
    Cause.BUSY: (CallOutcome.FAILED, "agent_busy"),
    Cause.FAILED: (CallOutcome.FAILED, "agent_failed"),
    Cause.GONE: (CallOutcome.FAILED, "agent_failed"),
}


def not_reached(
    at: datetime, connection_id: str, outcome: CallOutcome, reason: str, words: str = ""
) -> Step:
    """Return the step that tells it; its detail is read by `read_not_reached`."""
    detail = f"{outcome}:{reason}:{words}"
    return Step(Todo.TELL_NOT_REACHED, at, connection_id, detail)


def read_not_reached(detail: str) -> tuple[CallOutcome, str, str]:
    outcome, reason, words = detail.split(":", 2)
    return CallOutcome(outcome), reason, words


def decide_dialled(
    before: Call, connection: Connection, after: Call, folded: Connection, at: datetime
) -> Reduced:
    """Return what follows of one folded event; each consequence can become true only once."""
    steps: list[Step] = []
    if folded.agent.was_in and not connection.agent.was_in:
        steps += _agent_arrived(after, folded, at)
    steps += _picked_up(before, after, folded, at)
    began_ringing = after.leg.state is LegState.RINGING and before.leg.state is LegState.CREATED
    if began_ringing and folded.verdict is Verdict.PENDING and not folded.released:
        steps.append(Step(Todo.TELL_RINGING, at, folded.id))
    if folded.joined and folded.verdict is Verdict.PENDING and not folded.released:
        joined_at = max(folded.agent.joined_at or at, folded.customer.joined_at or at)
        steps.append(Step(Todo.TELL_JOINED, joined_at, folded.id))
        folded = replace(folded, verdict=Verdict.JOINED)
    steps += hold_changed(connection, folded, at)
    if after.leg.ended and not before.leg.ended:
        steps += _customer_left(after, folded)
    elif before.sid is None and after.sid is not None and _is_unwanted(after, folded):
        steps.append(Step(Todo.END_CUSTOMER, at, folded.id))
    elif folded.over and not folded.released and not after.leg.ended:
        after, folded, settled = _agent_left(after, folded, at)
        steps += settled
    return Reduced(after, folded, tuple(steps))


def _picked_up(before: Call, after: Call, connection: Connection, at: datetime) -> list[Step]:
    """Return what is told of a watched call once it was answered."""
    answered = after.leg.answered_at
    if after.watch is Watch.NOTHING or answered is None or before.leg.answered_at is not None:
        return []
    return [Step(Todo.TELL_PICKED_UP, answered, connection.id)]


def hears_nobody(call: Call, connection: Connection | None) -> bool:
    """Say whether a customer whom we called is on the line, and no agent ever was with them."""
    never = connection is not None and connection.verdict is not Verdict.JOINED
    left = connection is not None and connection.verdict is Verdict.LEFT
    on_the_line = call.leg.state is LegState.ANSWERED
    return call.watch is not Watch.NOTHING and on_the_line and never and not left


def _is_unwanted(call: Call, connection: Connection) -> bool:
    """Say whether a customer's phone that is heard of only now rings for nobody."""
    return call.leg.ended or call.ended_by_us or connection.released or connection.over


def decide_called_first(before: Call, after: Call, at: datetime) -> list[Step]:
    """Return what follows of news of a customer who is called before any agent. Each once."""
    if after.leg.ended and not before.leg.ended:
        ended_at, cause = after.leg.ended_at or at, after.leg.cause or Cause.COMPLETED
        if after.leg.answered_at is None and cause is not Cause.COMPLETED:
            told = not_reached(ended_at, "", *NOT_REACHED[cause])
            return [replace(told, connection_id=None)]
        return [] if after.voicemail else [Step(Todo.TELL_CUSTOMER_LEFT, ended_at)]
    steps = []
    if before.sid is None and after.sid is not None and after.ended_by_us:
        steps.append(Step(Todo.END_CUSTOMER, at))
    if after.leg.state is LegState.RINGING and before.leg.state is LegState.CREATED:
        steps.append(Step(Todo.TELL_RINGING, at))
    if after.leg.state is LegState.ANSWERED and before.leg.state is not LegState.ANSWERED:
        steps.append(Step(Todo.TELL_ON_THE_LINE, at))
    return steps


def hold_changed(before: Connection, after: Connection, at: datetime) -> list[Step]:
    """Return what is told of hold, while both are on the line."""
    if after.verdict is not Verdict.JOINED or _on_hold(before) == _on_hold(after):
        return []
    return [Step(Todo.TELL_HELD if after.hold.held else Todo.TELL_RESUMED, at, after.id)]


def _on_hold(connection: Connection) -> bool:
    return connection.verdict is Verdict.JOINED and connection.hold.held


def _agent_arrived(call: Call, connection: Connection, at: datetime) -> list[Step]:
    if call.leg.ended or connection.released:
        return [Step(Todo.END_AGENT, at, connection.id)]
    if connection.over:
        return []
    return [
        Step(Todo.TELL_DIALLING, at, connection.id),
        Step(Todo.BRING_CUSTOMER, at, connection.id),
    ]


def _customer_left(call: Call, connection: Connection) -> list[Step]:
    ended_at, cause = call.leg.ended_at or call.started_at, call.leg.cause or Cause.COMPLETED
    was_answered = connection.verdict in (Verdict.JOINED, Verdict.LEFT)
    steps = []
    if was_answered or cause is Cause.COMPLETED:
        if not call.voicemail:
            steps.append(Step(Todo.TELL_CUSTOMER_LEFT, ended_at, connection.id))
    else:
        steps.append(not_reached(ended_at, connection.id, *NOT_REACHED[cause]))
    if not connection.over and connection.verdict is Verdict.PENDING:
        steps.append(Step(Todo.END_AGENT, ended_at, connection.id))
    return steps


def _agent_left(
    call: Call, connection: Connection, at: datetime
) -> tuple[Call, Connection, list[Step]]:
    """The agent is off the line first: the customer is let go, or never called."""
    if connection.verdict not in (Verdict.PENDING, Verdict.JOINED):
        return call, connection, []
    talked = connection.verdict is Verdict.JOINED
    connection = replace(connection, verdict=Verdict.LEFT if talked else Verdict.FAILED)
    if call.dialled_at is not None:
        ended = replace(call, ended_by_us=True)
        return ended, connection, [Step(Todo.END_CUSTOMER, at, connection.id)]
    cause = connection.leg.cause or Cause.COMPLETED
    told = not_reached(at, connection.id, *AGENT_NOT_REACHED[cause])
    return never_called(call, at), connection, [told]


def never_called(call: Call, at: datetime) -> Call:
    """Return a call of ours that ends before the customer's phone was asked for."""
    leg: Leg = replace(call.leg, state=LegState.ENDED, ended_at=at, cause=Cause.CANCELLED)
    return replace(call, leg=leg)
