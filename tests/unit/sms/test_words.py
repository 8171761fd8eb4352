"""Words that stop and resume texts."""

from __future__ import annotations

import pytest

from hub.channels.sms.settings import SmsSettings, check_settings
from hub.channels.sms.words import Heard, hear
from hub.contacts.inbound import Wish
from hub.core.errors import Invalid

STOP = Heard(Wish.STOP, confirmed=True)
NO_SELLING = Heard(Wish.STOP_SELLING)
START = Heard(Wish.START, confirmed=True)
NOTHING = Heard()


@pytest.mark.parametrize(
    ("said", "stopped", "heard"),
    [
        ("STOP", False, STOP),
        (" stop. ", False, STOP),
        ("Ｕｎｓｕｂｓｃｒｉｂｅ", False, STOP),
        ("退订", False, NO_SELLING),
        ("“td”", False, NO_SELLING),
        ("取消订阅。", False, NO_SELLING),
        ("取消", False, NOTHING),  # a visit, it may be
        ("取消明天的上门", False, NOTHING),
        ("please stop calling", False, NOTHING),
        ("YES", False, NOTHING),
        ("YES", True, START),
        ("恢复", True, START),
        ("", True, NOTHING),
        ("stop" * 1_000, False, NOTHING),
    ],
)
def test_a_word_counts_alone(said: str, stopped: bool, heard: Heard) -> None:
    assert hear(said, "", SmsSettings(), stopped=stopped) == heard


def test_yes_is_an_answer_where_only_selling_was_stopped() -> None:
    for said, heard in (("Yes", NOTHING), ("START", START), ("恢复", START)):
        found = hear(said, "", SmsSettings(), stopped=True, to_everything=False)
        assert found == heard


def test_what_the_provider_has_read_counts_before_our_words() -> None:
    assert hear("arrêt", "STOP", SmsSettings(), stopped=False) == STOP
    assert hear("début", "start", SmsSettings(), stopped=False) == START
    assert hear("HELP", "HELP", SmsSettings(), stopped=False) == Heard(help=True)


def test_the_words_are_settings_and_bounded() -> None:
    settings = check_settings("texts", {"no_selling_words": ["basta"]})
    assert hear("Basta!", "", settings, stopped=False) == NO_SELLING
    assert hear("退订", "", settings, stopped=False) == NOTHING
    for wrong in ({"stop_words": ["x" * 41]}, {"parts_per_second": 0}, {"colour": "red"}):
        with pytest.raises(Invalid, match="texts"):
            check_settings("texts", wrong)
