"""Who is at a contact: leases by console, one line a user, gone when silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hub.agent_console.viewers import LEASE_S, Doing, Said, Viewer, Viewers

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def said(user: str, doing: Doing = Doing.LOOKING, *, window: str = "1", after_s: int = 0) -> Said:
    viewer = Viewer(user, user.title(), doing, NOON + timedelta(seconds=after_s))
    return Said("contact", f"{user}-{window}", viewer)


def at(viewers: Viewers, *, without: str = "me") -> list[tuple[str, str]]:
    return [(one.user_id, one.doing) for one in viewers.at("contact", without=without)]


def test_only_what_is_new_is_told() -> None:
    viewers = Viewers()
    assert viewers.heard(said("li"), 0)
    assert not viewers.heard(said("li"), 5)
    assert viewers.heard(said("li", Doing.NOTE), 6)
    assert viewers.gone("contact", "li-1")
    assert not viewers.gone("contact", "li-1")


def test_nobody_is_told_of_themselves() -> None:
    viewers = Viewers()
    viewers.heard(said("li"), 0)
    viewers.heard(said("me"), 0)
    assert at(viewers) == [("li", "looking")]


def test_who_is_silent_is_gone_and_who_beats_stays() -> None:
    viewers = Viewers()
    viewers.heard(said("li"), 0)
    viewers.heard(said("chen"), 0)
    viewers.heard(said("chen"), 5)
    assert viewers.expire(LEASE_S - 0.1) == []
    assert viewers.expire(LEASE_S) == ["contact"]
    assert at(viewers) == [("chen", "looking")]
    assert viewers.occupied(["contact", "other"]) == {"contact"}
    viewers.gone("contact", "chen-1")
    assert viewers.occupied(["contact"]) == set()


def test_two_windows_of_one_user_are_one_viewer_who_does_the_most() -> None:
    viewers = Viewers()
    viewers.heard(said("li", window="1"), 0)
    viewers.heard(said("li", Doing.REPLY, window="2", after_s=3), 0)
    assert at(viewers) == [("li", "reply")]
    viewers.gone("contact", "li-2")
    assert at(viewers) == [("li", "looking")]


def test_who_began_first_stands_first() -> None:
    viewers = Viewers()
    viewers.heard(said("li", Doing.REPLY, after_s=9), 0)
    viewers.heard(said("chen", Doing.REPLY, after_s=2), 0)
    assert at(viewers) == [("chen", "reply"), ("li", "reply")]
