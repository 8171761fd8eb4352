from __future__ import annotations

import pytest

from hub.channels.fax.failures import why_not_delivered


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Busy signal detected; too many attempts to dial", "fax_busy"),
        ("No answer from remote", "fax_no_answer"),
        ("No carrier detected", "fax_not_a_fax"),
        ("could not be completed before the appointed deadline", "fax_given_up"),
        ("was deleted from the queue", "fax_taken_back"),
        ("No local dialtone", "fax_no_line"),
        ("The call dropped prematurely", "fax_broken_off"),
        ("Invalid fax number", "fax_bad_number"),
        ("对方占线", "fax_busy"),
        ("无人接听", "fax_no_answer"),
        ("空号", "fax_bad_number"),
        ("4711", "fax_not_delivered"),
    ],
)
def test_what_gateways_say_is_told_by_its_cause(said: str, code: str) -> None:
    assert why_not_delivered(said) == f"{code}: {said}"


def test_a_gateway_that_gives_no_reason_is_no_fault() -> None:
    assert why_not_delivered(None) == "fax_not_delivered: "
