"""The adapter of Twilio holds what every adapter has to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp.test_utils import unused_port

from hub.channels.phone.port import PhonePort
from hub.channels.phone.twilio import TwilioPort
from hub.channels.phone.twilio.twiml import Style, Urls
from hub.testing.twilio_simulator import Trouble, TwilioSimulator
from hub.vendors.twilio import Account, TwilioTransport
from tests.integration.phone.conftest import OURS
from tests.integration.phone.port_kit import (
    Broken,
    test_each_way_to_fail_is_a_value_with_its_own_meaning,
    test_no_secret_is_told,
    test_nothing_is_repeated_by_the_adapter,
    test_what_is_no_longer_there_is_gone,
    test_what_was_never_made_is_not_found,
)

__all__ = [
    "test_each_way_to_fail_is_a_value_with_its_own_meaning",
    "test_no_secret_is_told",
    "test_nothing_is_repeated_by_the_adapter",
    "test_what_is_no_longer_there_is_gone",
    "test_what_was_never_made_is_not_found",
]

_TROUBLES = {
    Broken.UNKNOWN_THING: Trouble(404, times=99),
    Broken.TOO_MANY: Trouble(429, retry_after_s=3, times=99),
    Broken.REFUSED: Trouble(400, times=99),
    Broken.FAULT: Trouble(503, times=99),
    Broken.NO_ANSWER: Trouble(lose_answer=True, times=99),
}


@dataclass
class Twilio:
    """The simulated provider, and its port; another one leads where nobody listens."""

    provider: TwilioSimulator
    here: PhonePort
    nowhere: PhonePort
    is_away: bool = False
    unknown_leg: str = "CA" + "0" * 32
    unknown_room: str = "CF" + "0" * 32
    unknown_recording: str = "RE" + "0" * 32

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.provider.auth_token,)

    @property
    def port(self) -> PhonePort:
        return self.nowhere if self.is_away else self.here

    def break_down(self, how: Broken) -> None:
        self.is_away = how is Broken.AWAY
        self.provider.api.troubles[:] = [_TROUBLES[how]] if how in _TROUBLES else []

    def requests(self) -> int:
        return len(self.provider.api.requests)


@pytest.fixture
async def provider_of_port(provider: TwilioSimulator) -> AsyncIterator[Twilio]:
    provider.add_number(OURS, "http://127.0.0.1:9/channels/hotline")
    here, nowhere = _port(provider, provider.base_url), _port(provider, _nowhere())
    yield Twilio(provider, here, nowhere)
    await here.close()
    await nowhere.close()


def _nowhere() -> str:
    return f"http://127.0.0.1:{unused_port()}"


def _port(provider: TwilioSimulator, url: str) -> PhonePort:
    account = Account(provider.account_sid, provider.auth_token, base_url=url)
    urls = Urls.of("http://127.0.0.1:9", "hotline")
    style = Style(urls, {}, urls("music.wav"), 60)
    return TwilioPort(account, TwilioTransport(url), style, calls_per_second=100.0)
