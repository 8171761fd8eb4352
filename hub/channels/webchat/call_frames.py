"""Frames by which a customer asks to be called, and is told what became of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from hub.contacts.callback_wishes import CallbackTimes, WishedCallback

from .frames import FromPage, ToPage


class AskCallTimes(FromPage, frozen=True, kw_only=True, tag="ask_call_times"):
    """When may I be called?"""


class CallMe(FromPage, frozen=True, kw_only=True, tag="call_me"):
    """Call me at this number, as typed; `at`: not before (a time with its zone), None: soon."""

    number: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class CallNoMore(FromPage, frozen=True, kw_only=True, tag="call_no_more"):
    """I want no call any more."""


CallWished = AskCallTimes | CallMe | CallNoMore


class CallTimes(ToPage, frozen=True, kw_only=True, tag="call_times"):
    """When they may be called: from `opens` on (absent: from now on), or not before one of `times`.
    `region` (ISO 3166): that of a number without a country code.
    """

    region: str
    opens: datetime | None = None
    times: Sequence[datetime] = ()


class CallView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A call that is to come. `state`: waiting (for `at`), queued, dialling, or given_up: nobody
    was reached. `number`: its last digits.
    """

    state: str
    number: str
    at: datetime | None = None


class CallStands(ToPage, frozen=True, kw_only=True, tag="call"):
    """What became of the wish now; `call` absent: none is to come."""

    call: CallView | None = None


def call_view(wished: WishedCallback | None) -> CallView | None:
    """Return what the page is told of a callback."""
    if wished is None:
        return None
    return CallView(state=wished.state, number=wished.number, at=wished.at)


def call_times(times: CallbackTimes) -> CallTimes:
    """Return the frame that tells these times."""
    return CallTimes(region=times.region, opens=times.opens, times=tuple(times.times))
