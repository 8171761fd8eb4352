from __future__ import annotations

import pytest

from hub.demo.feed import Feed
from hub.demo.mailroom import Mailroom, Received


def a_mail(text: str, to: str = "chen@mail.example", files: tuple[str, ...] = ()) -> Received:
    return Received(to, "Re: Washer", text, "<1@x>", (), automatic=False, files=files)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It comes today.", "It comes today."),
        ("It comes.\n\nOn 1 May, Chen wrote:\n> When?\n> And how?", "It comes."),
        ("> all of it quoted", "> all of it quoted"),
    ],
)
def test_what_an_answer_says_is_shown_without_what_it_quotes(text: str, words: str) -> None:
    assert a_mail(text).words == words


def test_a_faxed_answer_is_shown_by_its_file() -> None:
    assert a_mail("", files=("answer.pdf",)).words == "answer.pdf"


async def test_the_newest_mail_to_an_address_is_the_one_to_reply_to() -> None:
    room = Mailroom(Feed())
    room.mails.extend([a_mail("one"), a_mail("two"), a_mail("other", "li@mail.example")])
    newest = room.newest_to("chen@mail.example")
    assert newest is not None
    assert newest.text == "two"
    assert room.newest_to("nobody@mail.example") is None


async def test_a_fax_to_a_visitor_is_found_by_its_number() -> None:
    room = Mailroom(Feed(), lanes={"862155670002": "gold-zh-CN"})
    assert room.lane_of("862155670002@fax.lakeside.example") == "gold-zh-CN"
    assert room.lane_of("4930@fax.lakeside.example") == ""
