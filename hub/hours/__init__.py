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
    opens_never,
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
    "opens_never",
    "subtract_open",
]
