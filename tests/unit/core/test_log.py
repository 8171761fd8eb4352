"""Logs: what is on a line, and above all what is not."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from hub.core import log

HIDDEN = "my card is 4111 1111 1111 1111"


@pytest.fixture(autouse=True)
def _same_logging_afterwards() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def written(format: log.Format, level: log.Level = "info") -> io.StringIO:
    stream = io.StringIO()
    log.configure(level, format, stream)
    return stream


def test_a_line_is_json_with_its_fields_and_the_request() -> None:
    stream = written("json")
    with log.request("r-1"):
        logging.getLogger("hub.x").info("mail from %s taken in", "imap", extra={"tries": 2})
    entry = json.loads(stream.getvalue())
    assert entry["message"] == "mail from imap taken in"
    assert (entry["level"], entry["logger"], entry["tries"]) == ("info", "hub.x", 2)
    assert entry["request_id"] == "r-1"
    assert entry["time"].endswith("+00:00")
    assert log.current_request() == ""


@pytest.mark.parametrize("format", ["json", "human"])
@pytest.mark.parametrize(
    "name", ["text", "body", "mail_body", "html", "subject", "auth_token", "password", "raw"]
)
def test_content_and_secrets_are_replaced_by_their_size(format: log.Format, name: str) -> None:
    stream = written(format)
    logging.getLogger("hub.x").warning("refused", extra={name: HIDDEN})
    assert HIDDEN not in stream.getvalue()
    assert f"<{len(HIDDEN)}>" in stream.getvalue()


def test_a_size_of_content_is_shown_as_it_is() -> None:
    stream = written("json")
    logging.getLogger("hub.x").info("taken in", extra={"body_bytes": 12})
    assert json.loads(stream.getvalue())["body_bytes"] == 12


def test_long_values_are_cut() -> None:
    stream = written("json")
    logging.getLogger("hub.x").info("odd", extra={"answer": "x" * 10_000})
    assert len(json.loads(stream.getvalue())["answer"]) == 500


def test_a_trace_is_part_of_the_one_json_line() -> None:
    stream = written("json")
    try:
        raise ValueError("bug")
    except ValueError:
        logging.getLogger("hub.x").exception("broke")
    (line,) = stream.getvalue().splitlines()
    assert "ValueError: bug" in json.loads(line)["trace"]


def test_a_forged_line_break_stays_inside_the_line() -> None:
    stream = written("human")
    logging.getLogger("hub.x").info("from %s", "a\nERROR forged\x1b[2J")
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


def test_lines_below_the_level_are_not_written() -> None:
    stream = written("json", "warning")
    logging.getLogger("hub.x").info("quiet")
    assert stream.getvalue() == ""


def test_a_pipe_gets_json_and_a_terminal_gets_people() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    pipe, terminal = written("auto"), Terminal()
    logging.getLogger("hub.x").info("one")
    log.configure("info", "auto", terminal)
    logging.getLogger("hub.x").info("two", extra={"tries": 2})
    assert json.loads(pipe.getvalue())["message"] == "one"
    assert "hub.x: two  tries=2" in terminal.getvalue()
