"""An answer that comes in pieces is read whole, and one that never ends is cut."""

from __future__ import annotations

from typing import cast
from unittest.mock import AsyncMock, Mock

import aiohttp
import pytest

from hub.vendors.mail.bodies import read_body


@pytest.mark.parametrize(
    ("pieces", "body"),
    [
        ([b'{"access_', b'token": "x"}', b""], b'{"access_token": "x"}'),
        ([b"", b"never asked for"], b""),
        ([b"x" * 20, b"y" * 12, b"never asked for"], b"x" * 20 + b"y" * 12),
    ],
)
async def test_all_pieces_are_read_up_to_the_limit(pieces: list[bytes], body: bytes) -> None:
    response = Mock(content=Mock(read=AsyncMock(side_effect=pieces)))
    assert await read_body(cast(aiohttp.ClientResponse, response), 32) == body
