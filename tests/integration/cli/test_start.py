"""What a hub says that cannot start: one sentence with the setting's key, never a trace."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from .test_commands import hub


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def sentence_of(folder: Path, *arguments: str, **settings: str) -> str:
    done = hub(folder, *arguments, **settings)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("key", ["port", "chat_port", "mail_port"])
def test_a_port_in_use_is_named_with_its_key(tmp_path: Path, taken: int, key: str) -> None:
    said = sentence_of(tmp_path, "serve", **{f"HUB__SERVER__{key.upper()}": str(taken)})
    assert f"server.{key}: 127.0.0.1 port {taken}" in said


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = sentence_of(tmp_path, "serve", HUB__DATA_DIR=str(tmp_path / "file" / "data"))
    assert "data_dir: " in said


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://hub:secret@127.0.0.1:1/hub"
    said = sentence_of(tmp_path, "serve", HUB__DATABASE_URL=url)
    assert "127.0.0.1:1/hub cannot be used" in said
    assert "secret" not in said


def test_the_demo_names_a_port_in_use_and_a_folder_that_cannot_be_made(
    tmp_path: Path, taken: int
) -> None:
    assert f"Port {taken} is in use" in sentence_of(tmp_path, "demo", "--port", str(taken))
    (tmp_path / "file").touch()
    for option in ("--data", "--ready-file"):
        said = sentence_of(tmp_path, "demo", option, str(tmp_path / "file" / "a" / "b"))
        assert "cannot be made" in said
