from __future__ import annotations

import pytest

from hub.vendors.mail.language import guess_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("请问退货怎么办理？", "zh"),
        ("Order 10023 请问什么时候发货", "zh"),
        ("Where is my order?", "en"),
        ("Hello, please call 王小明 about the order and tell him that it is here", "en"),
        ("商品について質問があります。", None),
        ("Grüße aus München", None),
        ("10023", None),
        ("", None),
    ],
)
def test_the_language_is_read_from_the_script(text: str, language: str | None) -> None:
    assert guess_language(text) == language
