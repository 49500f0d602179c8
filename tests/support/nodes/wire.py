"""What the tests of the codecs share: a sender with counted ids, sample values and strategies, schemas, envelopes."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from hypothesis import strategies as st
from lxml import etree

from gateway.configuration.document_types import DocumentTypes, load_document_types
from gateway.configuration.refusals import RefusalRow, Refusals, Transaction, load_refusals
from gateway.configuration.shipped import shipped
from gateway.messages import DocumentEntry, DocumentRequest, FindPatient, FoundPatient, PatientIdentifier, Remark
from gateway.wire.names import ENV, WSA, Sender
from gateway.wire.soap import Envelope, read_envelope
from tests.support.machine.require import artefacts
from trust.xml import Element, parse

NORWAY, PORTUGAL = "2.16.578.1.12.4.5.10.1", "2.16.17.710.820.1000.990.1"
FNR = "2.16.578.1.12.4.1.4.1"
SOAP = 'application/soap+xml; charset=UTF-8; action="urn:ihe:iti:2007:CrossGatewayQuery"'
NOW = datetime(2026, 11, 24, 9, 30, 15, 123000, tzinfo=UTC)
# Synthetic, invented here: the month is over 80; control digits do not matter to a codec.
KARI = PatientIdentifier(FNR, "13879912340")


def counted_ids() -> Callable[[], UUID]:
    """Ids 1, 2, 3, … as UUIDs, anew for each caller."""
    count = 0

    def new_id() -> UUID:
        nonlocal count
        count += 1
        return UUID(int=count)

    return new_id


def sender(home_community: str = NORWAY) -> Sender:
    return Sender(home_community, "NO", "Norway", "2.16.578.1.12.4.5.10.1.2", NOW, counted_ids())


def find_patient(**changes: object) -> FindPatient:
    values: dict[str, object] = {
        "receiver": NORWAY,
        "sender": PORTUGAL,
        "identifiers": (KARI,),
        "family": "Nordmann & Čáhppe",
        "given": ("Kari", "Ærlig"),
        "birth_date": date(1999, 7, 13),
        "gender": "F",
    }
    return FindPatient(**{**values, **changes})  # type: ignore[arg-type] - the test names real fields


def found_patient(**changes: object) -> FoundPatient:
    values: dict[str, object] = {
        "identifier": KARI,
        "family": "Nordmann",
        "given": ("Kari Ærlig",),
        "gender": "F",
        "birth_date": "19990713",
        "street": "Storgata 1 <B>",
        "postal_code": "0181",
        "city": "Oslo",
        "country": "NO",
    }
    return FoundPatient(**{**values, **changes})  # type: ignore[arg-type] - the test names real fields


def document_entry(**changes: object) -> DocumentEntry:
    values: dict[str, object] = {
        "unique_id": "2.16.578.1.12.4.5.10.1.1^PS-1",
        "patient": KARI,
        "class_code": "60591-5",
        "format_code": "urn:epSOS:ps:ps:2010",
        "title": "Patient Summary",
        "description": "Patient Summary (CDA L3 / structured body)",
        "created": datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC),
        "language": "nb-NO",
        "size": 12345,
        "sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "repository": "2.16.578.1.12.4.5.10.1.2",
        "home_community": NORWAY,
    }
    return DocumentEntry(**{**values, **changes})  # type: ignore[arg-type] - the test names real fields


def document_request(unique_id: str = "2.16.578.1.12.4.5.10.1.1^PS-1") -> DocumentRequest:
    return DocumentRequest(unique_id, NORWAY, "2.16.578.1.12.4.5.10.1.2")


@cache
def refusals() -> Refusals:
    return load_refusals(shipped("config") / "refusals.toml")


def row(transaction: Transaction, cause: str) -> RefusalRow:
    """The row of a cause by name."""
    return next(r for r in refusals() if (r.transaction, r.cause) == (transaction, cause))


@cache
def document_types() -> DocumentTypes:
    return load_document_types(shipped("config") / "document_types.toml")


def enveloped(body: str, header: str = "") -> bytes:
    """A SOAP 1.2 envelope as a peer would write it."""
    return (
        f'<s:Envelope xmlns:s="{ENV}" xmlns:a="{WSA}"><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>'
    ).encode()


def received(body: bytes | str, header: str = "") -> Envelope:
    """The envelope a body arrives in."""
    return read_envelope(SOAP, enveloped(body if isinstance(body, str) else body.decode(), header))


def tree(data: bytes | str) -> Element:
    return parse(data if isinstance(data, bytes) else data.encode())


def edited(data: bytes, changes: Mapping[str, str]) -> Element:
    """The tree of a message after replacements, each of which must hit."""
    text = data.decode()
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return tree(text)


@cache
def _schema(path: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(path))


def assert_valid(data: bytes, *schema: str) -> None:
    """Valid against an official schema below the artefacts' xsd folder."""
    official = _schema(artefacts("xsd", *schema))
    official.validate(tree(data))
    assert not official.error_log, str(official.error_log)


MULTIPART = 'multipart/related; boundary=B; type="application/xop+xml"; start="<0.root@apache.org>"; action="urn:a"'
_ROOT_TYPE = 'application/xop+xml; charset=UTF-8; type="application/soap+xml"'


def multipart(root: bytes, *attachments: tuple[str, bytes]) -> bytes:
    """A multipart body as Axis2 writes it; its content type is MULTIPART."""
    parts = [f"Content-Type: {_ROOT_TYPE}\r\nContent-ID: <0.root@apache.org>\r\n\r\n".encode() + root]
    parts += [f"Content-ID: <{name}>\r\n\r\n".encode() + content for name, content in attachments]
    return b"".join(b"--B\r\n" + part + b"\r\n" for part in parts) + b"--B--\r\n"


OIDS = st.lists(st.integers(0, 9999), min_size=2, max_size=8).map(lambda arcs: ".".join(["2", *map(str, arcs)]))
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="^&"), min_size=1, max_size=30
)
PATIENTS = st.builds(PatientIdentifier, OIDS, WORDS)
PROBLEMS = st.builds(Remark, WORDS, st.sampled_from(["Error", "Warning"]), WORDS, st.none() | WORDS)
