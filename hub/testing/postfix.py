"""Postfix as a mail server of one test: private queue, loopback only, nothing of it leaves.

The programs are Debian's, installed or unpacked: `tools/system-parts` unpacks them below
build/postfix. What goes neither to the hub nor to itself goes to one given port, the world.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_UNPACKED = Path(__file__).parents[2] / "build" / "postfix"
_DAEMONS = Path("usr/lib/postfix/sbin")
_START_S = 20.0
_OWN_FOLDERS = (
    "active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private",
    "maildrop", "public", "saved", "trace",
)  # fmt: skip


class PostfixMissing(Exception):
    """Postfix's programs are not on this machine, or we are not root: run tools/system-parts."""


def _root() -> Path:
    if os.geteuid() == 0:
        for root in (_UNPACKED, Path("/")):
            if (root / _DAEMONS / "master").exists():
                return root
    raise PostfixMissing("postfix, run as root")


@dataclass(frozen=True, slots=True)
class Route:
    """Where mail for a domain goes: `protocol` is smtp or lmtp, `port` one on loopback."""

    domain: str
    protocol: str
    port: int


@dataclass(frozen=True, slots=True)
class Submission:
    """How agents' mail is taken: encrypted, and of who signs in.

    `certificate`: a PEM file with key and certificate, None: nothing is encrypted; `auth`: where a
    Dovecot says who may sign in; `mechanisms`: by which of those that it has.
    """

    certificate: Path | None
    auth: Path
    mechanisms: str = "plain, login"


@dataclass(frozen=True, slots=True)
class ClientTls:
    """How it encrypts what it hands to the hub (Postfix: smtp_tls_security_level).

    `level`: may, encrypt or verify; `authority` and `name`: whom, and as what, it believes the
    other side; `version`: the one it speaks, "": any.
    """

    level: str
    authority: Path | None = None
    name: str = ""
    version: str = ""


class PrivatePostfix:
    """A mail server on a free loopback port, with a queue of its own. Use with `with`.

    Needs root, because Postfix gives up its rights itself. What cannot be delivered yet is tried
    again every second, and its sender is told of the delay after one second where `warns`.
    `world_port`: where an SMTP server takes what no route is for; `size_limit`: of a mail, bytes.
    Of relay.test it knows jane, any other address there is refused at RCPT. With `submission` who
    has not signed in sends nothing; `port` wants STARTTLS before that, `tls_port` TLS at once.
    """

    def __init__(
        self,
        *routes: Route,
        world_port: int,
        size_limit: int = 50 << 20,
        warns: bool = False,
        submission: Submission | None = None,
        client_tls: ClientTls | None = None,
    ) -> None:
        self._programs = _root()
        self._settings = (routes, world_port, size_limit, warns)
        self._folder = Path(tempfile.mkdtemp(prefix="hub-postfix-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._submission = submission
        self._client_tls = client_tls
        self.port = _free_port()
        self.tls_port = _free_port()

    def __enter__(self) -> Self:
        self._make_folders()
        for name, text in (("main.cf", self._main()), ("master.cf", self._master())):
            file = self._folder / "etc" / name
            file.write_text(text)
            # What was written in the last seconds may be half a file: it would wait for its rest.
            os.utime(file, (0, 0))
        self._process = subprocess.Popen(  # noqa: S603 - Debian's program, no outside input
            [self._programs / _DAEMONS / "master", "-c", self._folder / "etc", "-d"],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        give_up = time.monotonic() + _START_S
        while time.monotonic() < give_up and self._process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 2) as probe:
                    if probe.recv(3) == b"220":
                        return self
            except OSError:
                time.sleep(0.05)
        log = self.log()
        self.__exit__(None, None, None)
        raise RuntimeError(f"postfix does not answer:\n{log[-2000:]}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            # The whole group at once: its processes wait for their clients when asked politely.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None
        shutil.rmtree(self._folder, ignore_errors=True)

    def log(self) -> str:
        """Return what it has logged: a line for each mail and try."""
        file = self._folder / "log"
        return file.read_text(errors="replace") if file.exists() else ""

    def waiting(self) -> int:
        """Return how many mails are in its queue, whatever they wait for. One that just goes from
        one part of it to another may be counted twice, or not."""
        queues = (self._folder / "queue" / name for name in ("incoming", "active", "deferred"))
        return sum(path.is_file() for queue in queues for path in queue.rglob("*"))

    def _environment(self) -> dict[str, str]:
        library = self._programs / "usr/lib"
        folders = (library / "postfix", *library.glob("*-linux-gnu*"))
        return {
            "PATH": os.environ["PATH"],
            "MAIL_CONFIG": str(self._folder / "etc"),
            "LD_LIBRARY_PATH": ":".join(map(str, folders)),
        }

    def _make_folders(self) -> None:
        self._folder.chmod(0o755)
        owner = pwd.getpwnam("mail").pw_uid
        for name in ("etc", "queue", "queue/pid", "data"):
            (self._folder / name).mkdir()
        os.chown(self._folder / "data", owner, -1)
        for name in _OWN_FOLDERS:
            folder = self._folder / "queue" / name
            folder.mkdir(mode=0o700)
            os.chown(folder, owner, -1)

    def _main(self) -> str:
        routes, world_port, size_limit, warns = self._settings
        listed = ", ".join(
            f"{{ {to.domain} = {to.protocol}:inet:127.0.0.1:{to.port} }}"
            if to.protocol == "lmtp"
            else f"{{ {to.domain} = smtp:[127.0.0.1]:{to.port} }}"
            for to in routes
        )
        relays = "permit_mynetworks" if self._submission is None else "permit_sasl_authenticated"
        return f"""compatibility_level = 3.6
queue_directory = {self._folder}/queue
data_directory = {self._folder}/data
daemon_directory = {self._programs / _DAEMONS}
command_directory = {self._programs}/usr/sbin
meta_directory = {self._folder}/etc
shlib_directory = no
maillog_file = {self._folder}/log
maillog_file_prefixes = {self._folder}
import_environment = MAIL_CONFIG LD_LIBRARY_PATH PATH
export_environment = MAIL_CONFIG LD_LIBRARY_PATH PATH
mail_owner = mail
setgid_group = uucp
default_privs = nobody
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.relay.test
mydestination = relay.test
local_recipient_maps = inline:{{ {{ jane = known }} }}
local_transport = smtp:[127.0.0.1]:{world_port}
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = {relays}, reject
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
lmtp_dns_support_level = disabled
smtp_host_lookup = native
lmtp_host_lookup = native
{_client_settings(self._client_tls)}transport_maps = inline:{{ {listed} }}
default_transport = smtp:[127.0.0.1]:{world_port}
smtputf8_enable = yes
message_size_limit = {size_limit}
mailbox_size_limit = 0
delay_warning_time = {"1s" if warns else "0"}
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
transport_retry_time = 1s
notify_classes =
{_submission_settings(self._submission)}"""

    def _master(self) -> str:
        encrypted = (
            f"127.0.0.1:{self.tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n"
            if self._submission is not None and self._submission.certificate is not None
            else ""
        )
        return f"""127.0.0.1:{self.port} inet n - n - - smtpd
{encrypted}tlsmgr unix - - n 1000? 1 tlsmgr
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
scache unix - - n - 1 scache
anvil unix - - n - 1 anvil
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
"""


def _client_settings(tls: ClientTls | None) -> str:
    tls = tls or ClientTls("none")
    lines = [f"tls_security_level = {tls.level}", "tls_loglevel = 1"]
    if tls.authority is not None:
        lines += [f"tls_CAfile = {tls.authority}", f"tls_verify_cert_match = {tls.name}"]
    if tls.version:
        lines += [f"tls_mandatory_protocols = >={tls.version}, <={tls.version}"]
    return "".join(f"{way}_{line}\n" for line in lines for way in ("smtp", "lmtp"))


def _submission_settings(submission: Submission | None) -> str:
    if submission is None:
        return ""
    signing_in = f"""smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {submission.auth}
smtpd_sasl_mechanism_filter = {submission.mechanisms}
"""
    if submission.certificate is None:
        return signing_in
    return f"""{signing_in}smtpd_tls_chain_files = {submission.certificate}
smtpd_tls_security_level = encrypt
smtpd_tls_loglevel = 1
"""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
