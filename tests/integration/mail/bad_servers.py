"""Mail servers on loopback that answer as a test says, in clear or with a certificate."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = Callable[[str, str], str]  # (tag, the rest of the line) -> what is sent


def imap_answers(
    capabilities: str = "IMAP4rev1 IDLE MOVE", told: dict[str, str] | None = None
) -> Answer:
    """Speak as much IMAP as a check needs. `told`: by command, the tagged answer instead of OK."""

    def answer(tag: str, line: str) -> str:
        command = line.split(" ")[0].upper()
        before = f"* CAPABILITY {capabilities}\r\n" if command == "CAPABILITY" else ""
        if command == "SELECT":
            before = "* 3 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] yes\r\n"
        return f"{before}{tag} {(told or {}).get(command, 'OK done')}\r\n"

    return answer


@contextmanager
def server(
    greeting: str, answer: Answer, context: ssl.SSLContext | None = None
) -> Iterator[tuple[int, list[str]]]:
    """Run a line server; yields its port and the lines it heard. Greeting "": it says nothing."""
    heard: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(line: socket.socket) -> None:
        with suppress(OSError):
            if context is not None:
                line = context.wrap_socket(line, server_side=True)
            with line, line.makefile("rwb") as wire:
                if greeting:
                    wire.write(greeting.encode())
                    wire.flush()
                for raw in wire:
                    said = raw.decode("utf-8", "replace").rstrip("\r\n")
                    heard.append(said)
                    tag, _, rest = said.partition(" ")
                    wire.write(answer(tag, rest).encode())
                    wire.flush()

    def accept() -> None:
        with suppress(OSError):
            while True:
                line, _ = listener.accept()
                threading.Thread(target=serve, args=(line,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with listener:
        yield listener.getsockname()[1], heard


def certificate(folder: Path, days: int, name: str = "localhost") -> tuple[ssl.SSLContext, Path]:
    """Return a server's context with a self-signed certificate, and the file to trust it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    made = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "public.pem", folder / "private.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, public
