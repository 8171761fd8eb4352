"""An authority of a test, and what it issues."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Issued:
    """`authority`: the file to trust it by; `chain`: key and certificate of a server."""

    authority: Path
    chain: Path


def issue(folder: Path, name: str = "localhost") -> Issued:
    """Make an authority and have it issue a server's certificate for `name`."""
    now = datetime.datetime.now(datetime.UTC)

    def sign(
        subject: str, issuer: str, key: ec.EllipticCurvePublicKey, by: ec.EllipticCurvePrivateKey
    ) -> bytes:
        called, called_by = (
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (subject, issuer)
        )
        is_authority = subject == issuer
        built = (
            x509.CertificateBuilder()
            .subject_name(called)
            .issuer_name(called_by)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=90))
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(subject)]), critical=False)
        )
        return built.sign(by, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    authority, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issued = Issued(folder / "authority.pem", folder / "server.pem")
    issued.authority.write_bytes(sign("Our CA", "Our CA", authority.public_key(), authority))
    key = server.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    issued.chain.write_bytes(key + sign(name, "Our CA", server.public_key(), authority))
    return issued
