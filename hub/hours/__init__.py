"""Business hours: calendars and open-time arithmetic. Pure."""

from .calendar import (
    ALWAYS_OPEN,
    Calendar,
    add_open,
    check_calendar,
    elapsed,
    is_open,
    next_closing,
    next_opening,
    subtract_open,
)

__all__ = [
    "ALWAYS_OPEN",
    "Calendar",
    "add_open",
    "check_calendar",
    "elapsed",
    "is_open",
    "next_closing",
    "next_opening",
    "subtract_open",
]
