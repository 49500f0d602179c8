"""The simulator as a process: says when it is ready, keeps quiet, ends on SIGTERM, speaks TLS."""

import json
import signal
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.norway.helseid_client import HelseIdClient
from tests.support.norway.simulator import identifier_of, running


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "server.pem", folder / "server.key"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return public, private


def test_it_ends_cleanly_on_sigterm_and_says_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as simulator:
        assert HelseIdClient(simulator).find(identifier_of("rich")).status == 200
        assert json.loads((tmp_path / "national.json").read_text()) == {
            "version": 1,
            "base_url": simulator.base_url,
            "pid": simulator.process.pid,
        }
    assert simulator.process.returncode == 0
    assert simulator.log.read_bytes() == b""


def test_it_ends_on_sigint_while_a_call_waits(tmp_path: Path) -> None:
    with running(tmp_path) as simulator:
        simulator.fault("persontjenesten", "slow", 0.01)
        assert HelseIdClient(simulator).find(identifier_of("rich")).status == 200
        simulator.process.send_signal(signal.SIGINT)
        assert simulator.process.wait(timeout=180) == 0


def test_it_speaks_tls_with_a_certificate(tmp_path: Path) -> None:
    public, private = _certificate(tmp_path)
    with running(tmp_path, tls=(public, private), trusts=public) as simulator:
        assert simulator.base_url.startswith("https://127.0.0.1:")
        assert HelseIdClient(simulator).find(identifier_of("rich")).status == 200
