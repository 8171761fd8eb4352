"""Settings: defaults, the file, the environment, and refusals that name the key."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from hub.settings import (
    Mailbox,
    MailServer,
    Secret,
    Settings,
    SettingsError,
    Twilio,
    load_settings,
)

EXAMPLE = Path(__file__).parents[2] / "config" / "hub.example.toml"


def load(tmp_path: Path, text: str, **environ: str) -> Settings:
    path = tmp_path / "hub.toml"
    path.write_text(text, "utf-8")
    return load_settings(path, environ)


def faults(tmp_path: Path, text: str, **environ: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text, **environ)
    return "\n".join(caught.value.faults)


def test_no_file_gives_a_working_hub_on_this_machine() -> None:
    settings = load_settings(None, {})
    assert settings == Settings()
    assert settings.server.base_url() == "http://127.0.0.1:8080"
    assert settings.server.chat_socket_url() == "ws://127.0.0.1:8081"
    assert settings.database().startswith("sqlite:////")
    assert settings.backup_path() == settings.data_path() / "backups"


def test_the_example_file_is_exactly_the_defaults() -> None:
    assert load_settings(EXAMPLE, {}) == Settings()
    raw = tomllib.loads(EXAMPLE.read_text("utf-8"))
    assert missing_keys(Settings(), raw) == []


def missing_keys(section: msgspec.Struct, raw: dict[str, object], where: str = "") -> list[str]:
    missing: list[str] = []
    for name in section.__struct_fields__:
        value = getattr(section, name)
        if isinstance(value, msgspec.Struct):
            below = raw.get(name, {})
            assert isinstance(below, dict)
            missing += missing_keys(value, below, f"{where}{name}.")
        elif name not in raw and name != "mailboxes":
            missing.append(f"{where}{name}")
    return missing


def test_the_example_mailbox_is_exactly_the_defaults(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text("utf-8").splitlines()
    block = "\n".join(line[2:].strip() for line in lines if line.startswith("#:"))
    raw = tomllib.loads(block)["mail"]["mailboxes"][0]
    expected = Mailbox(entry_point="support-mail")
    assert missing_keys(expected, raw) == []
    usable = block.replace('host = ""', 'host = "mail.example.org"')
    (mailbox,) = load(tmp_path, usable).mail.mailboxes
    server = MailServer(host="mail.example.org")
    assert mailbox == msgspec.structs.replace(expected, imap=server, smtp=server)


def test_every_key_of_the_example_has_a_comment() -> None:
    commented = False
    for line in EXAMPLE.read_text("utf-8").splitlines():
        line = line.removeprefix("#:").strip()
        if line.startswith("#"):
            commented = True
        elif line == "" or line.startswith("["):
            commented = False
        else:
            assert commented, f"no comment above {line}"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        'data_dir = "here"\n[server]\nport = 1\nhost = "::1"',
        HUB__SERVER__PORT="9000",
        HUB__DATA_DIR="there",
        HUB__SERVER__TRUSTED_PROXIES="10.0.0.1, 10.0.0.2",
        HUB__TWILIO__AUTH_TOKEN="123",
        PATH="/bin",
    )
    assert (settings.server.port, settings.data_dir) == (9000, "there")
    assert settings.server.host == "::1"
    assert settings.server.trusted_proxies == ("10.0.0.1", "10.0.0.2")
    assert settings.twilio.auth_token.reveal() == "123"


def test_the_environment_reaches_into_a_mailbox_by_its_number(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        '[[mail.mailboxes]]\nentry_point = "m"\nimap = {host = "mail.example.org"}',
        HUB__MAIL__MAILBOXES__0__IMAP__PASSWORD="geheim",
    )
    assert settings.mail.mailboxes[0].imap.password == Secret("geheim")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("colour = 1", "colour: there is no such key"),
        ("[server]\nprot = 1", "server.prot: there is no such key; did you mean server.port?"),
        ("[serve]\nport = 1", "serve: there is no such key; did you mean server?"),
        ('[[mail.mailboxes]]\nentry_point = "m"\nimap = {hots = ""}', "mail.mailboxes.0.imap.hots"),
        ('[server]\nport = "80"', "server.port: expected `int`, got `str`"),
        ("[server]\nport = 70000", "server.port: expected `int` <= 65535"),
        ("[backup]\nhour_utc = 24", "backup.hour_utc"),
        ('[log]\nlevel = "loud"', "log.level: invalid enum value 'loud'"),
        ("server = 3", "server: expected `object`"),
        ("[[mail.mailboxes]]\nfolder = 'INBOX'", "mail.mailboxes.0: object missing required field"),
        ("[[mail.mailboxes]]\nentry_point = 'm'", "mail.mailboxes.0: give imap.host, smtp.host"),
        ("[twilio]\naccount_sid = 'AC1'", "twilio.auth_token: needed"),
        ("[twilio]\nauth_token = 1", "twilio.auth_token"),
        ("[server]\npublic_base_url = 'hub.example.org'", "server.public_base_url: must look like"),
        ("[server]\nchat_url = 'https://x'", "server.chat_url: must look like wss://"),
        ("database_url = 'mysql://x'", "database_url: must begin with postgresql://"),
        ("port =", "is not TOML"),
    ],
)
def test_a_wrong_file_is_refused_by_the_path_of_the_key(
    tmp_path: Path, text: str, path: str
) -> None:
    assert path in faults(tmp_path, text)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("HUB__SERVER__PROT", "1", "no key 'prot'"),
        ("HUB__SERVER", "1", "'server' is a section"),
        ("HUB__DATA_DIR__X", "1", "'data_dir' is no section"),
        ("HUB__SERVER__PORT", "eighty", "expected a whole number, got 'eighty'"),
        ("HUB__MAIL__MAILBOXES__0__FOLDER", "x", "mailboxes has 0 entries"),
    ],
)
def test_a_wrong_variable_is_refused_by_its_name(
    tmp_path: Path, name: str, value: str, reason: str
) -> None:
    told = faults(tmp_path, "", **{name: value})
    assert told.startswith(f"{name}: ")
    assert reason in told


def test_all_unknown_keys_are_told_at_once(tmp_path: Path) -> None:
    told = faults(tmp_path, "colour = 1\n[log]\nlevle = 2", HUB__X="1")
    assert [part in told for part in ("colour", "log.levle", "HUB__X")] == [True] * 3


def test_two_mailboxes_of_one_entry_point_are_refused(tmp_path: Path) -> None:
    mailbox = '[[mail.mailboxes]]\nentry_point = "m"\nsmtp = {host = "x"}\n'
    assert "mail.mailboxes.1.entry_point: 'm' has a mailbox already" in faults(
        tmp_path, mailbox * 2
    )


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="No such file"):
        load_settings(tmp_path / "none.toml", {})


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\nsecond line\n", "utf-8")
    settings = load(
        tmp_path, f'[twilio]\naccount_sid = "AC1"\nauth_token_file = "{tmp_path}/token"'
    )
    assert settings.twilio.auth_token == Secret("s3cret")


def test_a_secret_given_twice_or_in_no_file_is_refused(tmp_path: Path) -> None:
    text = f'[twilio]\nauth_token_file = "{tmp_path}/none"'
    assert "twilio.auth_token_file:" in faults(tmp_path, text)
    assert "not both" in faults(tmp_path, text, HUB__TWILIO__AUTH_TOKEN="x")


def test_no_secret_is_in_any_repr(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        'database_url = "postgresql://hub:geheim@127.0.0.1/hub"\n'
        '[twilio]\naccount_sid = "AC1"\nauth_token = "geheim"\napi_secret = "geheim"\n'
        '[[mail.mailboxes]]\nentry_point = "m"\n'
        'imap = {host = "x", password = "geheim"}\nsmtp = {host = "x", password = "geheim"}',
    )
    shown = repr(settings) + str(settings) + repr(settings.twilio.auth_token)
    assert "geheim" not in shown
    assert "auth_token=Secret(set)" in shown


def test_every_password_and_token_is_a_secret() -> None:
    telling = re.compile(r"password|secret|token|database_url")
    for kind in (Settings, MailServer, Twilio):
        for field in msgspec.structs.fields(kind):
            if telling.search(field.name) and not field.name.endswith("_file"):
                assert field.type is Secret, f"{kind.__name__}.{field.name}"
