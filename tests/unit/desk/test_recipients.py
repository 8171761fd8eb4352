from __future__ import annotations

import pytest

from hub.core.errors import Invalid
from hub.desk.recipients import MAX_RECIPIENTS, Recipients, check_recipients


def test_good_addresses_go_out_as_written_each_once() -> None:
    checked = check_recipients(
        [" Wang@Example.test ", "Wang@example.test"], [], ["li@example.test"], can_choose=True
    )
    assert checked == Recipients(("Wang@example.test",), (), ("li@example.test",))


def test_a_name_before_an_address_is_left_out() -> None:
    given = ["Wang <wang@example.test>", '"Li, Na" <li@example.test>']
    checked = check_recipients(given, [], [], can_choose=True)
    assert checked.to == ("wang@example.test", "li@example.test")


def test_without_any_the_answer_goes_to_where_the_customer_wrote_from() -> None:
    assert check_recipients(None, [], [], can_choose=False) == Recipients()
    assert check_recipients([], [], [], can_choose=False) == Recipients()


@pytest.mark.parametrize(
    "bad",
    [
        "no address",
        "a@b",
        "",
        "a@example.test, b@example.test",
        "Wang <nobody>",
        "Wang <wang@example.test\r\nBcc: everybody@example.test>",
        "wang@example.test\r\nBcc: everybody@example.test",
        "wang@example.test\n",
        "wang@example.test\u202e",
        "a@example.test\x00",
        "x" * 300 + "@example.test",
    ],
)
@pytest.mark.parametrize("field", ["to", "cc", "bcc"])
def test_what_is_no_address_is_refused_and_the_field_named(field: str, bad: str) -> None:
    given = {"to": ["ok@example.test"], "cc": [], "bcc": []} | {field: ["ok@example.test", bad]}
    with pytest.raises(Invalid) as refused:
        check_recipients(given["to"], given["cc"], given["bcc"], can_choose=True)
    assert refused.value.details["field"] == field


def test_the_number_of_all_recipients_together_is_limited() -> None:
    many = [f"a{number}@example.test" for number in range(MAX_RECIPIENTS)]
    assert check_recipients(many, [], [], can_choose=True).to == tuple(many)
    with pytest.raises(Invalid) as refused:
        check_recipients(many, [], ["b@example.test"], can_choose=True)
    assert refused.value.details["field"] == "bcc"


def test_where_the_channel_has_no_recipients_none_is_taken() -> None:
    with pytest.raises(Invalid) as refused:
        check_recipients(None, ["a@example.test"], [], can_choose=False)
    assert refused.value.details["field"] == "cc"
