"""Parts of the guard that need no server: names of cookies, origins, CSRF tokens, file names."""

from __future__ import annotations

import pytest

from hub.core.errors import TooMany, Unauthenticated
from hub.web import Principal, Role, Via, csrf_token_of, session_cookie_name
from hub.web.dispatch import content_disposition
from hub.web.guard import origin_of
from hub.web.problems import problem_of, problem_response


def test_the_cookie_is_bound_to_the_host_where_browsers_accept_it() -> None:
    assert session_cookie_name("https://hub.example.com") == "__Host-hub_session"
    assert session_cookie_name("http://127.0.0.1:8080") == "hub_session"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Hub.Example.com/console", "https://hub.example.com"),
        ("https://hub.example.com:443", "https://hub.example.com"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str) -> None:
    assert origin_of(url) == origin


def test_a_csrf_token_belongs_to_one_session_and_does_not_reveal_it() -> None:
    assert csrf_token_of("a") == csrf_token_of("a")
    assert csrf_token_of("a") != csrf_token_of("b")
    assert "secret-token" not in csrf_token_of("secret-token")


def test_roles_are_ordered() -> None:
    assert Role.ADMIN.at_least(Role.SUPERVISOR)
    assert Role.SUPERVISOR.at_least(Role.AGENT)
    assert not Role.AGENT.at_least(Role.SUPERVISOR)


def test_nobody_but_an_admin_sees_what_has_no_team() -> None:
    agent = Principal("u", "A", Role.AGENT, frozenset({"north"}), Via.SESSION, "s")
    admin = Principal("u", "A", Role.ADMIN, frozenset(), Via.SESSION, "s")
    assert agent.sees_team("north")
    assert not agent.sees_team("south")
    assert not agent.sees_team(None)
    assert admin.sees_team(None)


@pytest.mark.parametrize(
    "name", ['a"b.pdf', "a\r\nSet-Cookie: x=1.pdf", "../../etc/passwd", "发票 ü.pdf", "", "..."]
)
def test_no_file_name_breaks_out_of_its_header(name: str) -> None:
    header = content_disposition(name, inline=False)
    assert header.isascii()
    assert "\r" not in header
    assert "\n" not in header
    assert "/" not in header
    assert header.count('"') == 2


def test_a_problem_says_when_to_come_back() -> None:
    response = problem_response(problem_of(TooMany("Slow down.", retry_after_s=1.2), "r"))
    assert response.status == 429
    assert response.headers["Retry-After"] == "2"


def test_who_is_not_signed_in_is_told_how_to() -> None:
    response = problem_response(problem_of(Unauthenticated("Sign in."), "r"))
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
