"""The doctor: each fault is named with its cure, against real sockets, servers and databases."""

from __future__ import annotations

import gc
import smtplib
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from hub.doctor import Finding, Verdict, examine
from hub.doctor.machine import check_data_folder, check_database, check_names, check_ports
from hub.doctor.phone import check_phone
from hub.doctor.rounds import check_setup_file
from hub.settings import Secret, Server, Settings, Twilio, load_settings
from hub.vendors.mail.check import check_mail


def worst(findings: Iterator[Finding]) -> Finding:
    """Return the first finding of the gravest kind."""
    found = list(findings)
    for verdict in (Verdict.FAULT, Verdict.WARNING):
        for finding in found:
            if finding.verdict is verdict:
                assert finding.mend, f"nothing to do about: {finding.what}"
                return finding
    return found[-1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as trial:
        port: int = trial.getsockname()[1]
    return port


# Configuration


def test_a_wrong_configuration_ends_the_rounds_with_its_key(tmp_path: Path) -> None:
    config = tmp_path / "hub.toml"
    config.write_text("[server]\nprot = 1", "utf-8")
    (finding,) = examine(config, {})
    assert finding.verdict is Verdict.FAULT
    assert "server.port" in finding.what


def test_a_new_machine_has_no_fault(tmp_path: Path) -> None:
    ports = {"HUB__SERVER__PORT": free_port(), "HUB__SERVER__CHAT_PORT": free_port()}
    environ = {name: str(port) for name, port in ports.items()}
    environ |= {"HUB__DATA_DIR": str(tmp_path / "data"), "HUB__SERVER__MAIL_PORT": "-1"}
    found = list(examine(None, environ))
    assert [finding for finding in found if finding.verdict is Verdict.FAULT] == []
    parts = ["configuration", "data", "database", "ports", "names", "mail", "phone"]
    assert list(dict.fromkeys(finding.part for finding in found)) == parts
    assert not (tmp_path / "data").exists(), "the doctor changes nothing"


EXAMPLE = Path(__file__).parents[3] / "config" / "contact_center.example.toml"


def test_the_example_set_up_is_well() -> None:
    finding = worst(check_setup_file(Settings(setup_file=str(EXAMPLE))))
    assert finding.verdict is Verdict.WELL


def test_a_wrong_set_up_is_a_fault_with_its_key(tmp_path: Path) -> None:
    setup = tmp_path / "contact_center.toml"
    setup.write_text(EXAMPLE.read_text("utf-8").replace("default_tier", "default_teir"), "utf-8")
    finding = worst(check_setup_file(Settings(setup_file=str(setup))))
    assert finding.verdict is Verdict.FAULT
    assert "default_teir" in finding.what


def test_a_mailbox_that_the_set_up_does_not_know_is_a_fault(tmp_path: Path) -> None:
    settings = mail_settings(tmp_path, 'smtp = {host = "127.0.0.1"}')
    settings = msgspec.structs.replace(settings, setup_file=str(EXAMPLE))
    finding = worst(check_setup_file(settings))
    assert finding.verdict is Verdict.FAULT
    assert "no entry point 'support'" in finding.what
    assert "support-mail" in finding.mend


# Data folder and database


def test_a_data_folder_that_is_a_file_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x", "utf-8")
    finding = worst(check_data_folder(Settings(data_dir=str(tmp_path / "data" / "below"))))
    assert (finding.verdict, finding.mend) == (Verdict.FAULT, "set data_dir to a folder")


@pytest.mark.parametrize("place", ["/proc/contact-hub", "/dev/null/data"])
def test_a_data_folder_that_can_never_be_made_is_a_fault_and_is_not_promised(place: str) -> None:
    settings = Settings(data_dir=place)
    for check in (check_data_folder, check_database):
        (finding,) = check(settings)
        assert finding.verdict is Verdict.FAULT
        assert str(Path(place).parent) in finding.what
        assert "set data_dir" in finding.mend


def test_the_doctor_leaves_nothing_where_it_tried(tmp_path: Path) -> None:
    list(check_data_folder(Settings(data_dir=str(tmp_path / "data"))))
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    finding = worst(check_data_folder(Settings(data_dir=str(tmp_path))))
    assert finding.mend == f"chmod 700 {tmp_path}"


def test_a_good_database_is_well(database_url: str) -> None:
    settings = Settings(database_url=Secret(database_url))
    found = list(check_database(settings))
    # The tests' PostgreSQL runs without fsync, for speed: the doctor says so.
    faults = [finding.what for finding in found if finding.verdict is Verdict.FAULT]
    assert [what for what in faults if "fsync is off" not in what] == []
    assert ("postgresql" in database_url) == bool(faults)
    assert found[0].verdict is Verdict.WELL


def test_a_database_without_tables_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "hub.sqlite").touch()
    finding = worst(check_database(Settings(data_dir=str(tmp_path))))
    assert finding.mend.startswith("hub migrate")


def test_a_database_that_is_not_one_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "hub.sqlite").write_bytes(b"no database" * 100)
    finding = worst(check_database(Settings(data_dir=str(tmp_path))))
    assert finding.verdict is Verdict.FAULT
    assert "file is not a database" in finding.what


def test_a_database_server_that_is_down_is_a_fault_without_its_password() -> None:
    url = f"postgresql://hub:geheim@127.0.0.1:{free_port()}/hub"
    finding = worst(check_database(Settings(database_url=Secret(url))))
    assert finding.verdict is Verdict.FAULT
    assert "refused" in finding.what.lower()
    assert "geheim" not in repr(finding)


# Ports and names


def test_a_port_that_another_program_has_is_a_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = Server(port=port, chat_port=free_port(), mail_port=-1)
        finding = worst(check_ports(Settings(server=server)))
    assert finding.verdict is Verdict.FAULT
    assert f"127.0.0.1:{port}" in finding.what
    assert "server.port" in finding.mend


def test_the_ports_of_a_running_hub_are_well() -> None:
    with web_server({"/healthz": (200, b"{}")}) as port:
        server = Server(port=port, chat_port=free_port(), mail_port=-1)
        finding = worst(check_ports(Settings(server=server)))
    assert finding.verdict is Verdict.WELL


@pytest.mark.parametrize(
    ("server", "verdict", "told"),
    [
        (Server(), Verdict.WELL, "this machine only"),
        (Server(host="::"), Verdict.FAULT, "no name"),
        (Server(public_base_url="https://hub.example.org"), Verdict.FAULT, "on this machine"),
        (
            Server(public_base_url="https://h.example.org", chat_url="ws://h.example.org"),
            Verdict.FAULT,
            "refuse ws://",
        ),
        (
            Server(public_base_url="http://h.example.org", chat_url="ws://h.example.org"),
            Verdict.WARNING,
            "unencrypted",
        ),
        (
            Server(public_base_url="https://h.example.org", chat_url="wss://h.example.org/chat"),
            Verdict.WELL,
            "https://h.example.org",
        ),
    ],
)
def test_names_are_checked_as_others_use_them(server: Server, verdict: Verdict, told: str) -> None:
    finding = worst(check_names(Settings(server=server)))
    assert finding.verdict is verdict
    assert told in finding.what


# Mail


def mail_settings(tmp_path: Path, text: str) -> Settings:
    config = tmp_path / "hub.toml"
    config.write_text(f'[[mail.mailboxes]]\nentry_point = "support"\n{text}', "utf-8")
    return load_settings(config, {})


@contextmanager
def smtp_server() -> Iterator[int]:
    def sign_in(_server: Any, _session: Any, _envelope: Any, _way: Any, told: Any) -> AuthResult:
        return AuthResult(success=told.password == b"right", handled=False)

    server = Controller(
        object(),
        hostname="127.0.0.1",
        port=0,
        authenticator=sign_in,
        auth_require_tls=False,
    )
    server.port = free_port()
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("password", "verdict", "told"),
    [("right", Verdict.WELL, "signed in"), ("wrong", Verdict.FAULT, "refused the sign-in: 535")],
)
def test_sending_mail_is_tried_by_signing_in(
    tmp_path: Path, password: str, verdict: Verdict, told: str
) -> None:
    with smtp_server() as port:
        server = f'host="127.0.0.1", port={port}, tls="none", user="u", password="{password}"'
        finding = worst(check_mail(mail_settings(tmp_path, f"smtp = {{{server}}}")))
    assert finding.verdict is verdict
    assert told in finding.what
    gc.collect()  # a connection that is left open is a warning now, and so an error


def imap_server(replies: dict[str, str]) -> type[socketserver.StreamRequestHandler]:
    """Return a handler that speaks the sign-in and SELECT of RFC 3501; `replies` by command."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            for line in self.rfile:
                tag, command, *rest = line.decode().split()
                of_folder = command in ("SELECT", "STATUS")
                known = f"{command} {rest[0].strip(chr(34))}" if of_folder else command
                if command == "CAPABILITY":
                    self.wfile.write(f"* CAPABILITY {replies['CAPABILITY']}\r\n".encode())
                answer = replies.get(known, "OK done") if command != "CAPABILITY" else "OK done"
                self.wfile.write(f"{tag} {answer}\r\n".encode())
                if command == "LOGOUT":
                    return

    return Handler


@pytest.mark.parametrize(
    ("replies", "verdict", "told"),
    [
        ({}, Verdict.WELL, "Done is there"),
        ({"LOGIN": "NO [AUTHENTICATIONFAILED] no"}, Verdict.FAULT, "refused the sign-in"),
        ({"SELECT INBOX": "NO no such folder"}, Verdict.FAULT, "no folder 'INBOX'"),
        ({"STATUS Done": "NO no such folder"}, Verdict.WARNING, "Done is not there yet"),
        ({"CAPABILITY": "IMAP4rev1 MOVE"}, Verdict.WARNING, "no IDLE"),
        ({"CAPABILITY": "IMAP4rev1 IDLE"}, Verdict.WARNING, "no MOVE"),
        ({"ID": "OK hello", "CAPABILITY": "IMAP4rev1 IDLE MOVE ID"}, Verdict.WELL, "Done"),
    ],
)
def test_reading_mail_is_tried_by_signing_in(
    tmp_path: Path, replies: dict[str, str], verdict: Verdict, told: str
) -> None:
    handler = imap_server({"CAPABILITY": "IMAP4rev1 IDLE MOVE", **replies})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        imap = f'host="127.0.0.1", port={port}, tls="none", user="u", password="p"'
        text = f'processed_folder = "Done"\nimap = {{{imap}}}'
        finding = worst(check_mail(mail_settings(tmp_path, text)))
        server.shutdown()
    assert finding.verdict is verdict
    assert told in finding.what


@pytest.mark.parametrize("kind", ["imap", "smtp"])
@pytest.mark.parametrize(
    ("tls", "told", "cure"), [("tls", "no TLS", "tls or"), ("none", "refused", "may connect")]
)
def test_a_mail_server_that_cannot_be_reached_is_a_fault(
    tmp_path: Path, kind: str, tls: str, told: str, cure: str
) -> None:
    with smtp_server() as port:
        where = port if tls == "tls" else free_port()
        text = f'{kind} = {{host="127.0.0.1", port={where}, tls="{tls}"}}'
        finding = worst(check_mail(mail_settings(tmp_path, text)))
    assert finding.verdict is Verdict.FAULT
    assert told in finding.what
    assert cure in finding.mend


def test_a_password_that_travels_unencrypted_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Answers(smtplib.SMTP):
        def connect(self, *_: object, **__: object) -> tuple[int, bytes]:
            raise OSError("not asked in this test")

    monkeypatch.setattr(smtplib, "SMTP", Answers)
    text = 'smtp = {host="mail.example.org", tls="none"}'
    found = list(check_mail(mail_settings(tmp_path, text)))
    assert found[0].verdict is Verdict.WARNING
    assert "unencrypted" in found[0].what


# Phone


@contextmanager
def web_server(answers: dict[str, tuple[int, bytes]]) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path, (404, b""))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "body", "verdict", "told"),
    [
        (200, b'{"status": "active"}', Verdict.WELL, "is active"),
        (200, b'{"status": "suspended"}', Verdict.FAULT, "suspended"),
        (200, b"<html>", Verdict.FAULT, "127.0.0.1"),
        (401, b"", Verdict.FAULT, "refused the sign-in (401)"),
        (503, b"", Verdict.FAULT, "answered 503"),
    ],
)
def test_the_phone_account_is_asked_for_itself(
    status: int, body: bytes, verdict: Verdict, told: str
) -> None:
    with web_server({"/2010-04-01/Accounts/AC1.json": (status, body)}) as port:
        twilio = Twilio(
            account_sid="AC1", auth_token=Secret("t"), base_url=f"http://127.0.0.1:{port}"
        )
        server = Server(public_base_url="https://hub.example.org")
        finding = worst(check_phone(Settings(twilio=twilio, server=server)))
    assert finding.verdict is verdict
    assert told in finding.what


def test_a_phone_account_needs_a_public_address() -> None:
    with web_server({"/2010-04-01/Accounts/AC1.json": (200, b'{"status": "active"}')}) as port:
        twilio = Twilio(
            account_sid="AC1", auth_token=Secret("t"), base_url=f"http://127.0.0.1:{port}"
        )
        finding = worst(check_phone(Settings(twilio=twilio)))
    assert "public https address" in finding.what


def test_a_fault_in_one_part_does_not_hide_the_next(tmp_path: Path) -> None:
    def breaks(_: Settings) -> Iterator[Finding]:
        yield Finding("one", Verdict.FAULT, "broken", "mend it")

    def works(_: Settings) -> Iterator[Finding]:
        yield Finding("two", Verdict.WELL, "fine")

    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (breaks, works)
    assert [finding.part for finding in examine(None, {}, checks)][1:] == ["one", "two"]


def test_findings_are_values() -> None:
    assert msgspec.to_builtins(Finding("a", Verdict.WELL, "b"))["verdict"] == "well"
