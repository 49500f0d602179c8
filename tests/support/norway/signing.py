"""Keys that test messages are signed with: a professional's and an enterprise's, made once a process."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.national.message_seal import MessageSeal, read_message_seal
from gateway.national.settings import NationalTable, SigningTable
from tests.support.callers.keys import same_key

PERSONAL, ENTERPRISE = ("ERM95", "ERM97", "ERM911"), ("ERM10",)


@cache
def message_seal(kind: str) -> MessageSeal:
    """``personal`` or ``enterprise``: the latter's certificate names an organisation."""
    names = [x509.NameAttribute(NameOID.COUNTRY_NAME, "NO"), x509.NameAttribute(NameOID.COMMON_NAME, "Fara Bjørk")]
    if kind == "enterprise":
        names.insert(1, x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Nasjonalt kontaktpunkt"))
    name, key = x509.Name(names), same_key(f"message-{kind}")
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
    return MessageSeal(key, made.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ncpeh-signing-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def signing_files(kind: str) -> Mapping[str, str]:
    """The same pair as files, by the keys of its table."""
    seal = message_seal(kind)
    certificate, key = _folder() / f"{kind}.pem", _folder() / f"{kind}.key"
    certificate.write_bytes(x509.load_der_x509_certificate(seal.certificate).public_bytes(Encoding.PEM))
    key.write_bytes(seal.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return {"certificate_file": str(certificate), "key_file": str(key)}


def prescriber_table() -> dict[str, Any]:
    """[national.prescriber]."""
    return {
        "family": "Bjørk", "given": "Fara", "hpr_number": "990000081", "kind": "LE", "kind_name": "Lege",
        **signing_files("personal"),
    }  # fmt: skip


def seals_of(table: NationalTable) -> dict[str, Callable[[], MessageSeal] | None]:
    """What doors are opened with, read once."""

    def read(named: SigningTable | None) -> Callable[[], MessageSeal] | None:
        if named is None:
            return None
        seal = read_message_seal(named.certificate_file, named.key_file)
        return lambda: seal

    return {"personal": read(table.prescriber), "enterprise": read(table.enterprise)}
