from __future__ import annotations

import pytest

from hub.channels.email.settings import EmailSettings, check_settings
from hub.channels.fax.settings import check_settings as check_fax_settings
from hub.core.errors import Invalid


def test_settings_of_a_mail_address_are_read() -> None:
    written = {"aliases": ["help@shop.example"], "plus_addressing": True}
    assert check_settings("mail", written) == EmailSettings(
        aliases=("help@shop.example",), plus_addressing=True
    )


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"alias": "x"}, "alias"),
        ({"aliases": "x"}, "aliases"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
    ],
)
def test_wrong_mail_settings_are_named(written: dict[str, object], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        check_settings("mail", written)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"reply_to": "fax@gateway.example"}, "number"),
        ({"gateway": "nobody"}, "nobody"),
        ({"number_form": "roman"}, "number_form"),
    ],
)
def test_wrong_fax_settings_are_named(written: dict[str, object], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        check_fax_settings("fax", written)
