"""A call center's chats at their pace: nothing is lost, nothing comes twice or out of order.

`benchmarks/chat.py` is the same at full size: 1,000 customers, 50 agents, five minutes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.chat import Size, measure


@pytest.mark.timeout(240)
async def test_no_message_is_lost_doubled_or_out_of_order(tmp_path: Path) -> None:
    size = Size(customers=200, agents=10, per_s=200.0, seconds=8.0)
    result = await measure(tmp_path, size, lambda _: None)
    assert result.written.refused == []
    assert (result.lost, result.written.reordered, result.written.twice) == (0, 0, 0)
    assert result.written.acked_in_the_end == 1600
