"""The listener is tried on two loops: the hub runs on uvloop, whose transports are others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Each test of this folder once by each."""
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
