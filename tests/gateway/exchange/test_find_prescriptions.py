"""Country A, prescriptions, against the simulator over sockets: every way a prescription is held back, and its twin.

The rich person's prescriptions are changed on their way to the simulator: one tampered with, one unsigned, one cut.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from gateway.admission import VerifiedTreatment
from gateway.errors import (
    ClassCodeUnknown,
    PrescriptionDispensed,
    PrescriptionGone,
    PrescriptionTaken,
    RequiredMappingMissing,
)
from gateway.exchange.country_a.find import find_documents
from gateway.exchange.country_a.find_prescriptions import UNREADABLE
from gateway.exchange.country_a.retrieve import retrieve_documents
from gateway.exchange.ports import CountryOfAffiliation, Doors, IdentityPolicy, Trail
from gateway.messages import DocumentRequest, DocumentsReply, FindDocuments, RetrieveDocuments
from gateway.national.doors import NationalDoors
from gateway.national.exportable_prescriptions import ExportablePrescriptions
from gateway.national.prescription_broker import FoundPrescriptions, PrescriptionBroker, PrescriptionOriginals
from tests.support.authoring.people import VIKA
from tests.support.authoring.signing import prescriber, signed
from tests.support.callers.certificates import authority
from tests.support.callers.pki import ListsInMemory
from tests.support.callers.verified import EP, PS
from tests.support.norway.doors import doors_to, national_table_with_prescriptions, verified_treatment
from tests.support.norway.eresept_messages import dispensing, norwegian_medicine
from tests.support.norway.in_memory import MemoryShelf
from tests.support.norway.m1 import ROOT, policy
from tests.support.norway.simulator import CLIENT_ID, SAMPLES, Simulator, running
from tests.support.norway.source_messages import SYSTEMS
from tests.support.persons.prescriptions import prescription_id, sources
from tests.support.persons.samples import composer, persons
from transformers.cda.documents.prescription import read_prescription
from transformers.model.values import Coded, Quantity
from transformers.norway.dispensing_report import DispensingReport
from transformers.norway.eresept_fields import PackageSize
from transformers.norway.prescription_status import PrescriptionStatus
from trust.certificates import CertificateVerifier
from trust.revocation import RevocationPolicy

RICH = "rich"
_CHANGED = {"metoprolol": (b"<Antall>1<", b"<Antall>9<"), "prednisolone": (b"<Utloper>", b"<Utloperx>")}
_UNSIGNED = "apixaban"


@pytest.fixture(scope="module")
def national(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("prescriptions")
    samples = folder / "samples"
    shutil.copytree(SAMPLES, samples)
    home = samples / "persons" / RICH / "prescriptions"
    for key, (old, new) in _CHANGED.items():
        _rewrite(home / f"{key}.xml", lambda content, old=old, new=new: _replaced(content, old, new))
    _rewrite(home / f"{_UNSIGNED}.xml", _without_signature)
    _rewrite(samples / "persons" / "kode-7" / "prescriptions" / "insulin.xml", _with_a_remark)
    with running(folder, samples=samples) as simulator:
        yield simulator


def _rewrite(file: Path, change) -> None:
    before = file.read_bytes()
    after = change(before)
    assert after != before
    file.write_bytes(after)


def _replaced(content: bytes, old: bytes, new: bytes) -> bytes:
    if old == b"<Utloper>":
        start, end = content.index(b"<Utloper>"), content.index(b"</Utloper>") + len(b"</Utloper>")
        return content[:start] + content[end:]
    return content.replace(old, new, 1)


def _without_signature(content: bytes) -> bytes:
    start, end = content.index(b"<Signature"), content.index(b"</Signature>") + len(b"</Signature>")
    return content[:start] + content[end:]


def _with_a_remark(content: bytes) -> bytes:
    """Signed anew by the same prescriber, with an amount, and words that may tell where the patient lives."""
    changed = b'<Mengde V="30" U="ml"/><Merknad>Hentes i Aure</Merknad>'
    return signed(_without_signature(content).replace(b"<Antall>1</Antall>", changed, 1), prescriber(VIKA))


@pytest.fixture(scope="module")
def doors(national: Simulator) -> Iterator[NationalDoors]:
    table = national_table_with_prescriptions(national.base_url, national.client_key_file, CLIENT_ID)
    with doors_to(table) as made:
        yield made


def structured(listed):
    """Entries or kept documents that are of no original."""
    return [one for one in listed if getattr(one, "entry", one).transformed_from is None]


@dataclass
class Answered:
    """What a query came to."""

    place: CountryOfAffiliation
    trail: Trail
    reply: DocumentsReply | None = None
    reasons: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By the name of the sample's file."""


def norway(doors: NationalDoors, **changes) -> CountryOfAffiliation:
    assert doors.prescriptions is not None
    known = ExportablePrescriptions(
        doors.prescriptions, sources().fest, sources().certificates, policy(), SYSTEMS, ROOT
    )
    return CountryOfAffiliation(
        Doors(doors.person_register, doors.privacy_services, doors.critical_information, doors.medicines,
              doors.vaccinations),
        IdentityPolicy(reserved_as_unknown=True, deceased_as_unknown=True, source_unavailable={}),
        MemoryShelf(),
        replace(known, **changes),
    )  # fmt: skip


def ask(
    doors: NationalDoors, person: str, place: CountryOfAffiliation | None = None, made=None, *, next_of_kin=False
) -> Answered:
    treatment = asking(person, next_of_kin=next_of_kin)
    answered = Answered(place or norway(doors), Trail())
    query = FindDocuments(treatment.request.patient, (EP,))
    try:
        answered.reply = find_documents(treatment, query, answered.place, made or composer(), answered.trail, uuid4)
    finally:
        by_id = dict(answered.trail.withheld)
        keys = [file.stem for file in (SAMPLES / "persons" / person / "prescriptions").glob("*.xml")]
        named = {key: by_id.get(prescription_id(person, key)) for key in keys}
        answered.reasons = {key: why for key, why in named.items() if why is not None}
    return answered


def asking(person: str, *, next_of_kin: bool = False):
    treatment = verified_treatment(persons()[person])
    asker = replace(treatment.request.asker, next_of_kin=next_of_kin)
    return replace(treatment, request=replace(treatment.request, asker=asker))


def test_a_signature_that_does_not_stand_holds_a_prescription_back_and_the_others_are_listed(doors: NationalDoors):
    answered = ask(doors, RICH)
    assert answered.reasons["metoprolol"] == ("signature/broken",)
    assert answered.reasons[_UNSIGNED] == ("signature/missing",)
    assert answered.reasons["prednisolone"] == ("unreadable",)
    assert "salbutamol" not in answered.reasons
    assert answered.reply is not None
    assert len(structured(answered.reply.entries)) == 6
    assert answered.reply.problems == (UNREADABLE,)


def test_of_a_protected_person_no_free_words_leave_and_the_prescription_does(doors: NationalDoors):
    answered = ask(doors, "kode-7")
    assert answered.reasons == {}
    kept, _original = answered.place.shelf.documents.values()  # type: ignore[attr-defined] - it is one in memory
    assert b"AURE" not in kept.content.upper()
    assert b"Lantus" in kept.content


def test_prescribers_of_an_unknown_issuer_sign_nothing_that_is_listed(doors: NationalDoors):
    nobody = CertificateVerifier([authority().der], [], ListsInMemory(), RevocationPolicy.HARD_FAIL)
    answered = ask(doors, "ordinary-old-woman", norway(doors, certificates=nobody))
    assert answered.reply is not None
    assert (answered.reply.entries, [one.code for one in answered.reply.problems]) == ((), ["ERROR_EP_NOT_FOUND"])
    assert answered.reasons["furosemide"] == ("signature/untrusted",)
    assert len(structured(ask(doors, "ordinary-old-woman").reply.entries)) == 2  # type: ignore[union-attr] - it was answered


def test_what_the_young_reserved_is_listed_to_nobody_and_the_rest_is(doors: NationalDoors):
    for next_of_kin in (False, True):
        answered = ask(doors, "guardian-reserved", next_of_kin=next_of_kin)
        assert answered.reasons == {"contraceptive": ("guardian-reserved",)}
        assert answered.reply is not None
        assert len(structured(answered.reply.entries)) == 1


def test_when_nothing_that_may_cross_has_the_required_codes_the_answer_is_a_failure(doors: NationalDoors):
    strict = replace(composer(), required_codes_of_prescriptions=frozenset({"PrescribedItem.substitution_code"}))
    with pytest.raises(RequiredMappingMissing):
        ask(doors, "ordinary-old-woman", made=strict)
    lenient = replace(composer(), required_codes_of_prescriptions=frozenset({"MedicinalProduct.form"}))
    assert ask(doors, "ordinary-old-woman", made=lenient).reply is not None


@dataclass
class Changed:
    """The broker, with what it says changed on the way."""

    broker: PrescriptionBroker
    multidose: bool = False
    recalled: bool = False
    lost: bool = False
    reserved: bool = False
    taken: bool = False
    closed: bool = False
    dispensed: tuple[DispensingReport, ...] = ()

    def search(self, treatment, person, *, reference_numbers=()) -> FoundPrescriptions:
        found = self.broker.search(treatment, person, reference_numbers=reference_numbers)
        said = {"guardian_reserved": True} if self.reserved else {}
        if self.taken:
            said["status"] = PrescriptionStatus.LOCKED
        rows = tuple(replace(one, **said) for one in found.prescriptions)
        return replace(found, prescriptions=rows, multidose=self.multidose)

    def originals(self, treatment, person, *, reference_numbers=()) -> PrescriptionOriginals:
        read = self.broker.originals(treatment, person, reference_numbers=reference_numbers)
        said = {"status": PrescriptionStatus.CLOSED} if self.closed else {}
        rows = tuple(replace(row, recall_pending=self.recalled, **said) for row in read.rows)
        return replace(read, rows=rows, originals={} if self.lost else read.originals)

    def dispensings(self, treatment, person, prescription_id):
        return (*self.broker.dispensings(treatment, person, prescription_id), *self.dispensed)


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        ("multidose", "multidose"),
        ("recalled", "status"),
        ("taken", "status"),
        ("closed", "status"),
        ("lost", "not-attached"),
        ("reserved", "guardian-reserved"),
        (None, None),
    ],
)
def test_what_reseptformidleren_says_beside_the_message_counts(doors: NationalDoors, fact, reason):
    assert doors.prescriptions is not None
    broker = Changed(doors.prescriptions, **({fact: True} if fact else {}))
    answered = ask(doors, "ordinary-old-woman", norway(doors, broker=broker))
    assert answered.reply is not None
    assert len(structured(answered.reply.entries)) == (0 if reason else 2)
    assert answered.reasons.get("furosemide") == ((reason,) if reason else None)


def handed_out(id_: str, *, closed: bool = False) -> DispensingReport:
    """One package of whatever was prescribed."""
    return dispensing(id=id_, closed=closed, medicine=norwegian_medicine(item_number=None, packages=Decimal(1)))


def test_what_the_dispensings_used_up_is_held_back_and_what_is_left_is_listed(doors: NationalDoors):
    assert doors.prescriptions is not None
    for closed, why in ((True, ("nothing-left",)), (False, None)):
        broker = Changed(doors.prescriptions, dispensed=(handed_out("r-1", closed=closed),))
        answered = ask(doors, "ordinary-old-woman", norway(doors, broker=broker))
        assert answered.reasons.get("furosemide") == why
        assert answered.reply is not None
        assert bool(answered.reply.entries) is (why is None)


def of_abroad(tablets: str, unit: str = "stk") -> DispensingReport:
    """A Portuguese package of so many tablets."""
    code = Coded("stykk", SYSTEMS.coding(unit, "2.16.578.1.12.4.1.1.7452", "stykk"))
    size = PackageSize(tablets, code)
    medicine = norwegian_medicine(item_number="999999", packages=Decimal(1), package_size=size)
    return dispensing(id=f"r-{tablets}", closed=False, medicine=medicine)


def test_a_part_of_a_package_that_is_left_is_listed_as_an_amount(doors: NationalDoors):
    """1 x 100 tablets four times, 330 of them handed out: 70 are left, which are no package."""
    assert doors.prescriptions is not None
    answered = ask(
        doors, "ordinary-old-woman", norway(doors, broker=Changed(doors.prescriptions, dispensed=(of_abroad("330"),)))
    )
    shelf = answered.place.shelf
    assert isinstance(shelf, MemoryShelf)
    (furosemide,) = [one for one in structured(shelf.documents.values()) if b"Furix" in one.content]
    item = read_prescription(furosemide.content)[0].item
    assert item.packages == Quantity(Decimal(1))
    assert [layer.quantity and layer.quantity.value for layer in item.product.packages] == [Decimal(70)]


def test_what_does_not_compare_is_not_listed_and_says_why_in_the_evidence(doors: NationalDoors):
    assert doors.prescriptions is not None
    for unit, why in (("ml", ("left-not-comparable/unit-differs",)), ("stk", None)):
        broker = Changed(doors.prescriptions, dispensed=(of_abroad("28", unit),))
        answered = ask(doors, "ordinary-old-woman", norway(doors, broker=broker))
        assert answered.reasons.get("furosemide") == why


def retrieved(answered: Answered, broker: PrescriptionBroker | None = None):
    """What is said of each document that was listed, asked for again."""
    place = answered.place
    assert isinstance(place.shelf, MemoryShelf)
    assert isinstance(place.prescriptions, ExportablePrescriptions)
    if broker is not None:
        place = replace(place, prescriptions=replace(place.prescriptions, broker=broker))
    asked = RetrieveDocuments(tuple(map(DocumentRequest, answered.place.shelf.documents)))
    return retrieve_documents(asking("ordinary-old-woman"), asked, place, lambda _kept: None, Trail())


@pytest.mark.parametrize(
    ("since", "reason"),
    [
        ({"dispensed": ("r-1", "r-2")}, PrescriptionDispensed),
        ({"dispensed": ("r-2",)}, PrescriptionDispensed),
        ({"dispensed": ()}, PrescriptionDispensed),
        ({"dispensed": ("r-1",), "taken": True}, PrescriptionTaken),
        ({"dispensed": ("r-1",), "closed": True}, PrescriptionGone),
        ({"dispensed": ("r-1",)}, None),
    ],
)
def test_what_is_sent_is_what_the_dispensings_then_and_now_leave(doors: NationalDoors, since, reason):
    assert doors.prescriptions is not None
    before = Changed(doors.prescriptions, dispensed=(handed_out("r-1"),))
    answered = ask(doors, "ordinary-old-woman", norway(doors, broker=before))
    now = {**since, "dispensed": tuple(map(handed_out, since["dispensed"]))}
    found = retrieved(answered, Changed(doors.prescriptions, **now))
    assert {type(one) for _, one in found.refused} == ({reason} if reason else set())
    assert bool(found.documents) is (reason is None)


def test_a_prescription_whose_message_is_another_now_is_not_sent(doors: NationalDoors):
    assert doors.prescriptions is not None
    answered = ask(doors, "ordinary-old-woman")
    assert all(
        kept.prescription is not None and len(set(kept.prescription.sha256)) > 1 and not kept.guardian_reserved
        for kept in answered.place.shelf.documents.values()  # type: ignore[attr-defined] - it is one in memory
    )
    digests = {kept.prescription.sha256 for kept in answered.place.shelf.documents.values()}  # type: ignore[attr-defined] - as above
    assert 2 * len(digests) == len(retrieved(answered).documents) == 4


def test_a_prescription_that_was_changed_since_it_was_listed_is_not_sent(doors: NationalDoors):
    answered = ask(doors, "ordinary-old-woman")
    shelf = answered.place.shelf
    assert isinstance(shelf, MemoryShelf)
    first, second = structured(shelf.documents.values())
    assert first.prescription is not None
    shelf.documents[first.entry.unique_id] = replace(first, prescription=replace(first.prescription, sha256="0" * 64))
    requests = tuple(DocumentRequest(kept.entry.unique_id) for kept in (first, second))
    trail = Trail()
    found = retrieve_documents(
        asking("ordinary-old-woman"), RetrieveDocuments(requests), answered.place, lambda _kept: None, trail
    )
    assert [type(reason) for _, reason in found.refused] == [PrescriptionGone]
    assert [kept.content for _, kept in found.documents] == [second.content]
    assert trail.documents == [(EP[0], second.entry.unique_id)]


def test_a_prescription_listed_before_the_time_that_is_asked_for_is_made_anew(doors: NationalDoors):
    place, first = norway(doors), asking("kode-7")
    later = replace(first, request=replace(first.request, now=first.request.now + timedelta(hours=1)))

    def listed(treatment: VerifiedTreatment, **filters: datetime) -> set[str]:
        query = FindDocuments(treatment.request.patient, (EP,), **filters)
        reply = find_documents(treatment, query, place, composer(), Trail(), uuid4)
        assert len(reply.entries) == 2
        return {entry.unique_id for entry in reply.entries}

    before = listed(first)
    assert listed(later, created_after=first.request.now) == before
    assert not listed(later, created_after=later.request.now) & before


def test_a_node_without_fest_and_prescribers_lists_and_sends_none_and_gives_summaries(doors: NationalDoors):
    answered = ask(doors, "ordinary-old-woman")
    without = replace(answered.place, prescriptions=None)
    with pytest.raises(ClassCodeUnknown):
        ask(doors, "ordinary-old-woman", without)
    first, *_ = answered.reply.entries  # type: ignore[union-attr] - it was answered
    asked = RetrieveDocuments((DocumentRequest(first.unique_id),))
    found = retrieve_documents(asking("ordinary-old-woman"), asked, without, lambda _kept: None, Trail())
    assert [type(reason) for _, reason in found.refused] == [PrescriptionGone]
    treatment = asking("ordinary-old-woman")
    summaries = FindDocuments(treatment.request.patient, (PS,))
    assert find_documents(treatment, summaries, without, composer(), Trail(), uuid4).entries


def test_a_prescription_is_noted_as_listed_to_the_country_that_asked(doors: NationalDoors):
    answered = ask(doors, "ordinary-old-woman")
    shelf = answered.place.shelf
    assert isinstance(shelf, MemoryShelf)
    assert len(shelf.documents) == 4
    assert {(one, "PT") for one in shelf.documents} == set(shelf.listings)
    again = ask(doors, "ordinary-old-woman", answered.place)
    assert again.reply is not None
    assert {one.unique_id for one in again.reply.entries} == set(shelf.documents)
