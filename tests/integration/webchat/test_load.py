"""A call center's chats at their pace: nothing is lost, nothing comes twice or out of order.

A thousand customers and fifty agents at 200 messages a second, for a quarter of a minute; for
longer with `HUB_LOAD_S=300` (seconds). `benchmarks/chat.py` measures the same for five minutes.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.chat import Size, measure

SECONDS = float(os.environ.get("HUB_LOAD_S", "15"))


@pytest.mark.timeout(240 + 2 * SECONDS)
async def test_no_message_is_lost_doubled_or_out_of_order(tmp_path: Path) -> None:
    size = Size(customers=1000, agents=50, per_s=200.0, seconds=SECONDS)
    result = await measure(tmp_path, size, lambda _: None)
    assert result.written.refused == []
    assert (result.lost, result.written.reordered, result.written.twice) == (0, 0, 0)
    assert result.written.acked_in_the_end == round(size.per_s * SECONDS)
