"""When a nightly backup is due."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.jobs.nightly import last_due


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 3, 2, 18, 59, tzinfo=UTC), datetime(2026, 3, 1, 19, tzinfo=UTC)),
        (datetime(2026, 3, 2, 19, 0, tzinfo=UTC), datetime(2026, 3, 2, 19, tzinfo=UTC)),
        (datetime(2026, 3, 1, 0, 0, tzinfo=UTC), datetime(2026, 2, 28, 19, tzinfo=UTC)),
    ],
)
def test_a_backup_is_due_once_a_day_at_the_hour(now: datetime, due: datetime) -> None:
    assert last_due(now, 19) == due
