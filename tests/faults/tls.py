"""Faults of an https server: certificates made on the spot, and handshakes that fail."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.table import Fault

_CERTIFICATES = Path(__file__).parents[1] / "api"
GOOD = _CERTIFICATES / "localhost.pem"
EXPIRED = _CERTIFICATES / "expired.pem"


@dataclass(frozen=True)
class Certificates:
    """PEM files: ``other`` is for another name, ``untrusted`` is not in ``bundle``."""

    bundle: Path
    other: Path
    untrusted: Path


def made(folder: Path) -> Certificates:
    """Make the certificates in ``folder``. Needs the ``openssl`` command."""
    other, untrusted = (_self_signed(folder / f"{name}.pem", name) for name in ("elsewhere.example", "localhost"))
    bundle = folder / "bundle.pem"
    bundle.write_text("".join(path.read_text(encoding="ascii") for path in (GOOD, EXPIRED, other)), encoding="ascii")
    return Certificates(bundle, other, untrusted)


def _self_signed(path: Path, name: str) -> Path:
    key = path.with_suffix(".key")
    options = ["-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", f"/CN={name}", "-addext"]
    command = [
        "openssl",
        "req",
        "-x509",
        *options,
        f"subjectAltName=DNS:{name}",
        "-keyout",
        str(key),
        "-out",
        str(path),
    ]
    subprocess.run(command, check=True, capture_output=True)
    path.write_text(key.read_text(encoding="ascii") + path.read_text(encoding="ascii"), encoding="ascii")
    return path


def context(path: Path = GOOD) -> ssl.SSLContext:
    """A server's context with the certificate and key in ``path``."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(path)
    return made


def _no_common_cipher() -> ssl.SSLContext:
    made = context()
    made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers("PSK")
    return made


def tls_faults(certificates: Certificates) -> Iterator[Fault]:
    """The faults for a program that trusts ``certificates.bundle``."""
    kinds: list[tuple[str, str, Callable[[], ssl.SSLContext | None]]] = [
        ("expired certificate", "has expired", lambda: context(EXPIRED)),
        ("certificate for another name", "for another name", lambda: context(certificates.other)),
        ("untrusted certificate", "is not trusted", lambda: context(certificates.untrusted)),
        ("plain http on the port", "does not speak https", lambda: None),
        ("no cipher in common", "secure connection", _no_common_cipher),
    ]
    for name, says, tls in kinds:
        yield Fault("TLS", name, None, says=says, tls=tls)
