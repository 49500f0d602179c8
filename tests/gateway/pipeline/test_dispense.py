"""A dispensation from abroad, decided before anything is sent; and what every situation is answered, as a table."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.configuration.refusals import Transaction
from gateway.errors import (
    DispensationIncomplete,
    EvidenceUnavailable,
    MoreThanLeft,
    NationalServiceDown,
    NationalServiceSlow,
    PrescriptionDispensed,
    PrescriptionGone,
    PrescriptionTaken,
    ProductUnidentified,
    StoreUnavailable,
    SubstitutionForbidden,
)
from gateway.exchange.country_a.dispense import REFUSED_AS, WARNINGS
from gateway.exchange.ports import KeptDocument
from gateway.journal.ports import DispensationAnswer, DispensationOutcome, FallReason
from gateway.messages import PatientIdentifier, ProvideDocuments
from gateway.national.ports import AddressConfidentiality, AmountRemark, PrivacyStatus, Sharing
from gateway.pipeline.answer import Reply
from gateway.wire.soap import read_envelope
from gateway.wire.xdr import ProvideAnswer, read_provided
from tests.support.callers.assertions import PERMISSION, nok
from tests.support.callers.verified import DNR, NOW, OTHER, PATIENT
from tests.support.nodes.in_process import InProcess, hcp, in_process, trc
from tests.support.nodes.submissions import (
    DISCARD,
    as_openncp_discards,
    edispensation,
    provided,
    sent,
    submission,
)
from tests.support.nodes.wire import refusals, row
from tests.support.norway.desk import DONE, LISTED, STATE, Desk, dispensing_norway, listed_prescription
from tests.support.norway.in_memory import Remembered, person
from tests.support.pivots.rich_prescriptions import RESEPT_ID, dispensed, pharmacist
from transformers.model.values import Identifier, Moment

WHOLE = submission(provided(edispensation()))
DISCARDED = submission(provided(as_openncp_discards(edispensation()), DISCARD))
HOUR = timedelta(hours=1)


def node(desk: Desk, remembered: Remembered | None = None, *documents: KeptDocument, **changes: Any) -> InProcess:
    """A node that reports dispensings to this desk."""
    raises = changes.pop("raises", ())
    place = dispensing_norway(desk, remembered, *documents, **{"ago": HOUR, **changes})
    made = in_process(raises=raises)
    return in_process(raises=raises, country_a=replace(made.country_a, country=place))


def answer(reply: Reply) -> ProvideAnswer:
    assert reply.status == 200
    return read_provided(read_envelope(reply.content_type, reply.body).body)


def asked(at: InProcess, what: ProvideDocuments | bytes = WHOLE, *shown: bytes, **changes: Any) -> ProvideAnswer:
    body = what if isinstance(what, bytes) else sent(what)
    return answer(at.soap("xdr", body, *(shown or (hcp(), trc())), **changes))


# --- taken -----------------------------------------------------------------------------------------------------------


def test_a_dispensation_in_order_is_reported_once_and_answered_with_success():
    desk, remembered = Desk(), Remembered()
    at = node(desk, remembered)
    assert asked(at) == ProvideAnswer("Success", ())
    assert desk.calls == ["answered PT", "decide", "submit"]
    assert remembered.calls == ["person-register", "privacy-services"]
    (decided,) = desk.decided
    assert (decided.document.extension, decided.supply.extension) == ("ED-77", "DS-0001")
    assert (decided.prescription, decided.closes, decided.content) == (STATE, True, WHOLE.documents[0].content)
    assert decided.prescribed is not None


def test_its_evidence_says_what_was_handed_out_where_and_by_which_messages():
    at = node(Desk())
    asked(at)
    (event,) = at.rows.events
    assert (event.transaction, event.outcome.value, event.life_cycle) == ("ITI-41", "success", 12)
    assert event.peer.country == "PT"
    (one,) = event.dispensings
    assert (one.document, one.prescription_id) == (f"{Identifier('2.16.17.710.820.1000.990.1').root}^ED-77", "0a1b")
    assert (one.product, one.amount, one.pharmacy) == ("Pinex tablett 500 mg", "1", "Apotek Fjellvåken")
    assert (one.verdict, one.proof) == ("within", ("before: prescribed 2",))
    assert event.national_messages == ("m-1", "m-2")
    assert PATIENT.extension not in str(event)


def test_two_documents_are_decided_and_reported_together():
    desk = Desk()
    two = submission(provided(edispensation("1")), provided(edispensation("2")))
    assert asked(node(desk), two).accepted
    assert desk.calls == ["answered PT", "decide", "submit"]
    assert [(one.document.extension, one.closes) for one in desk.decided] == [("1", False), ("2", True)]


@pytest.mark.parametrize("remark", AmountRemark)
def test_what_is_to_be_said_of_an_amount_is_a_warning_beside_the_success(remark: AmountRemark):
    said = asked(node(Desk(verdict=remark)))
    assert (said.status, said.accepted, said.problems) == ("Success", True, (WARNINGS[remark],))


def test_the_original_of_a_prescription_names_the_same_prescription():
    twin = listed_prescription()
    original = replace(
        twin, entry=replace(twin.entry, unique_id="1.2.3^original", transformed_from=LISTED), content=b"<pdf/>"
    )
    desk = Desk()
    named = edispensation(prescription=Identifier("1.2.3", "original"))
    assert asked(node(desk, None, twin, original), submission(provided(named))).accepted
    assert desk.wanted[0].listed == STATE


@pytest.mark.parametrize(("stated", "accepted"), [("41010112345", True), ("41010154321", False)])
def test_a_number_that_the_register_knew_her_by_is_hers_and_no_other_is(stated: str, accepted: bool):
    """Beside her number the document states one of another register: that she had once, or another person's."""
    hers = Remembered(register=person(historical=(PatientIdentifier(DNR, "41010112345"),)))
    own = f'<id root="{PATIENT.root}" extension="{PATIENT.extension}"/>'
    content = edispensation().decode()
    assert own in content
    both = content.replace(own, f'{own}<id root="{DNR}" extension="{stated}"/>').encode()
    desk = Desk()
    said = asked(node(desk, hers), submission(provided(both)))
    assert (said.accepted, "submit" in desk.calls) == (accepted, accepted)
    assert accepted or said.problems[0].code == "4206"


def test_what_came_before_is_answered_as_then_and_nobody_is_asked():
    for before, accepted in ((DONE, True), (DispensationOutcome(DispensationAnswer.REFUSED, FallReason.CLOSED), False)):
        desk, remembered = Desk(before=before), Remembered()
        at = node(desk, remembered)
        assert asked(at).accepted is accepted
        assert (desk.calls, remembered.calls) == (["answered PT"], [])
        assert at.rows.events[0].patient is not None


@pytest.mark.parametrize("remark", AmountRemark)
def test_a_success_that_is_answered_again_carries_its_first_warning(remark: AmountRemark):
    first = asked(node(Desk(verdict=remark)))
    again = asked(node(Desk(before=replace(DONE, remarks=(remark,)))))
    assert again.problems == first.problems == (WARNINGS[remark],)
    assert asked(node(Desk(before=DONE))).problems == ()


def test_the_same_content_has_the_same_digest_however_it_is_written_and_other_content_another():
    desk = Desk()
    again = edispensation().replace(b"<id ", b"<id\n ").replace(b"<title>", b"<title >")
    for number, content in enumerate((edispensation(), again, edispensation(item=dispensed(substituted=False)))):
        asked(
            node(desk),
            submission(provided(content)),
            message_id=f"urn:uuid:11111111-2222-4333-8444-55555555555{number}",
        )
    (_, first), (_, second), (_, third) = desk.came
    assert first == second != third


# --- the table of answers --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Situation:
    """One row: how it comes about, and what it is answered; ``reaches``: whether the journal is given anything."""

    name: str
    code: str
    cause: str
    desk: Callable[[], Desk] = Desk
    what: ProvideDocuments = WHOLE
    norway: Callable[[], Remembered] = Remembered
    documents: tuple[KeptDocument, ...] = ()
    place: dict[str, Any] = field(default_factory=dict)
    shown: Callable[[], tuple[bytes, ...]] = lambda: (hcp(), trc())
    reaches: bool = False


def _of(**changes: Any) -> ProvideDocuments:
    return submission(provided(edispensation(**changes)))


def _replaced(old: str, new: str, *, every: bool = False) -> ProvideDocuments:
    content = edispensation().decode()
    assert old in content
    return submission(provided(content.replace(old, new, -1 if every else 1).encode()))


def _fell(reason: FallReason | None, *codes: str, alone: tuple[Identifier, ...] = ()) -> Callable[[], Desk]:
    outcome = DispensationOutcome(DispensationAnswer.REFUSED, reason, codes, ("m-1",), alone)
    return lambda: Desk(outcome=outcome)


def _refuses(why: Any) -> Callable[[], Desk]:
    return lambda: Desk(verdict=why)


_UNKNOWN = DispensationOutcome(DispensationAnswer.UNKNOWN, messages=("m-1",))
_QUANTITY = '<quantity value="1" unit="1"/>'
_NOT_DISPENSABLE = "ERROR_ED_NOT_DISPENSABLE_EPRESCRIPTION"
_NOT_UPDATED = "ERROR_ED_EPRESCRIPTION_NOT_UPDATED"
_MISSING, _FORMAT = "ERROR_ED_MISSING_REQUIRED_FIELDS", "ERROR_ED_INCORRECT_FORMATTING"
_THEIRS = PatientIdentifier(PATIENT.root, OTHER.extension)

SITUATIONS = (
    Situation("it cannot be parsed", _FORMAT, "DispensationUnreadable", what=submission(provided(b"<a"))),
    Situation("prescription and item of it differ", _FORMAT, "DispensationUnreadable",
              what=_of(prescription=Identifier(RESEPT_ID.root, "OTHER"))),
    Situation("the item has no id", _MISSING, "DispensationIncomplete",
              what=_replaced('<id root="2.16.578.1.12.4.9999.23" extension="DS-0001"/>', "", every=True)),
    *(Situation(f"a quantity of {value}", _MISSING, "DispensationIncomplete",
                what=_replaced(_QUANTITY, f'<quantity value="{value}" unit="1"/>'))
      for value in ("0", "-1", "1.1", "1e9", "", "x")),
    Situation("no quantity", _MISSING, "DispensationIncomplete", what=_replaced(_QUANTITY, "")),
    Situation("a day in the future", _MISSING, "DispensationIncomplete",
              _refuses(DispensationIncomplete("item.dispensed"))),
    Situation("a product that cannot be told", "ERROR_ED_EPRESCRIPTION_NOT_IDENTIFIABLE", "ProductUnidentified",
              _refuses(ProductUnidentified())),
    Situation("no prescription of that id", "4105", "PrescriptionUnmatched",
              what=_of(prescription=Identifier("2.16.578.1.12.4.9999.21", "EP-0009"),
                       item=dispensed(prescription_item=Identifier("2.16.578.1.12.4.9999.21", "EP-0009.1")))),
    Situation("another person's prescription", "4105", "PrescriptionUnmatched",
              documents=(listed_prescription(_THEIRS),)),
    Situation("listed for another person", "4105", "PrescriptionUnmatched",
              documents=(replace(listed_prescription(), patient=_THEIRS),)),
    Situation("another item of the prescription", "4105", "PrescriptionUnmatched",
              what=_of(item=dispensed(prescription_item=Identifier("2.16.578.1.12.4.9999.21", "EP-0001")))),
    Situation("never listed to that country", "4105", "PrescriptionUnmatched", place={"country": "SE"}),
    Situation("listed too long ago", "4105", "PrescriptionUnmatched", place={"ago": timedelta(hours=4, seconds=1)}),
    Situation("listed and kept no longer", "4105", "PrescriptionUnmatched",
              documents=(listed_prescription(expires=NOW),)),
    Situation("a summary, no prescription", "4105", "PrescriptionUnmatched",
              documents=(listed_prescription(prescription=None),)),
    Situation("nobody of that number", "4105", "PatientUnknown", norway=lambda: Remembered(register=None)),
    Situation("a protected person", "4105", "PatientProtected", norway=lambda: Remembered(
        register=person(confidentiality=AddressConfidentiality.STRICTLY_CONFIDENTIAL))),
    Situation("a person who reserved herself since", "4105", "PatientReserved",
              norway=lambda: Remembered(privacy=PrivacyStatus(Sharing.RESERVED))),
    Situation("a person who died since", "4105", "PatientDeceased",
              norway=lambda: Remembered(register=person(deceased=True))),
    Situation("a person who blocked somebody", "4701", "SharingBlocked",
              norway=lambda: Remembered(privacy=PrivacyStatus(Sharing.BLOCKED))),
    Situation("reserved against guardians", "4701", "GuardianForbidden", shown=lambda: (hcp(), trc(), nok()),
              documents=(listed_prescription(guardian_reserved=True),)),
    Situation("another patient", "4206", "PatientDiffers", what=_of(patient=_THEIRS)),
    Situation("nothing is left", "4106", "PrescriptionDispensed", _refuses(PrescriptionDispensed())),
    Situation("held by a pharmacy", _NOT_DISPENSABLE, "PrescriptionTaken", _refuses(PrescriptionTaken())),
    Situation("recalled, expired, of group A", _NOT_DISPENSABLE, "PrescriptionGone", _refuses(PrescriptionGone())),
    Situation("more than is left", _NOT_DISPENSABLE, "MoreThanLeft", _refuses(MoreThanLeft())),
    Situation("a substitution that is forbidden", "ERROR_ED_SUBSTITUTION_INFORMATION_NOT_ALLOWED",
              "SubstitutionForbidden", _refuses(SubstitutionForbidden())),
    Situation("a register that is down before", "ERROR_ED_REGISTRY_NOT_AVAILABLE", "NationalServiceDown",
              norway=lambda: Remembered(register=NationalServiceDown("person-register"))),
    Situation("a service that is slow before", "ERROR_ED_REGISTRY_NOT_AVAILABLE", "NationalServiceSlow",
              _refuses(NationalServiceSlow("prescriptions"))),
    Situation("a store that cannot record", "ERROR_ED_INTERNAL_ERROR", "StoreUnavailable",
              lambda: Desk(outcome=StoreUnavailable("x")), reaches=True),
    Situation("sent, and no answer known", _NOT_UPDATED, "DispensationUnsettled", lambda: Desk(outcome=_UNKNOWN),
              reaches=True),
    Situation("a fault of ours after the effect", _NOT_UPDATED, "DispensationUnsettled",
              lambda: Desk(outcome=ValueError("x")), reaches=True),
    Situation("part of it could not be taken back", _NOT_UPDATED, "DispensationLeftInForce",
              _fell(FallReason.CLOSED, alone=(Identifier("1.2", "ED-1"),)), reaches=True),
    Situation("the service was down before", "ERROR_ED_REGISTRY_NOT_AVAILABLE", "NationalServiceDown",
              _fell(FallReason.UNREACHABLE), reaches=True),
    Situation("stopped before anything was sent", "ERROR_ED_REGISTRY_NOT_AVAILABLE", "NationalServiceDown",
              _fell(FallReason.STOPPED), reaches=True),
    Situation("what came was unreadable and given back", "ERROR_ED_INTERNAL_ERROR", "NationalAnswerUnreadable",
              _fell(FallReason.UNREADABLE), reaches=True),
    Situation("closed when it was taken", "4106", "PrescriptionDispensed", _fell(FallReason.CLOSED), reaches=True),
    Situation("gone when it was taken", _NOT_DISPENSABLE, "PrescriptionGone", _fell(FallReason.GONE), reaches=True),
    Situation("being dispensed elsewhere", _NOT_DISPENSABLE, "PrescriptionTaken", _fell(FallReason.ELSEWHERE),
              reaches=True),
    Situation("changed in between", _NOT_DISPENSABLE, "PrescriptionTaken", _fell(FallReason.CHANGED), reaches=True),
    Situation("the same id with other content", _FORMAT, "DispensationRewritten", _fell(FallReason.CONFLICT),
              reaches=True),
    Situation("discarded before it came", _NOT_DISPENSABLE, "DispensationDiscarded", _fell(FallReason.DISCARDED),
              reaches=True),
    Situation("no such permission", "4703", "PermissionMissing",
              shown=lambda: (hcp(attributes={PERMISSION: f"{PERMISSION}:PRD-004"}), trc())),
)  # fmt: skip


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda s: s.name)
def test_each_situation_is_answered_with_its_code_and_what_to_do(situation: Situation):
    desk = situation.desk()
    at = node(desk, situation.norway(), *situation.documents, **situation.place)
    said = asked(at, situation.what, *situation.shown())
    stated = row(Transaction.PROVIDE, situation.cause)
    assert (said.status, said.accepted, [one.code for one in said.problems]) == ("Failure", False, [situation.code])
    assert said.problems[0].text.startswith(stated.text)
    assert said.problems[0].severity == "Error"
    assert ("submit" in desk.calls) is situation.reaches
    (event,) = at.rows.events
    assert (event.refusal_class, event.refusal_code) == (situation.cause, situation.code)
    assert event.life_cycle is None


def test_every_reason_of_the_journal_has_its_answer():
    assert set(REFUSED_AS) | {FallReason.REJECTED} == set(FallReason)
    for reason, made in REFUSED_AS.items():
        assert refusals().row(Transaction.PROVIDE, made()).code
        assert made() is not made(), reason


@pytest.mark.parametrize("rejected", refusals().rejections, ids=lambda one: one.codes[0] if one.codes else "other")
def test_a_rejection_is_answered_by_its_row_and_its_codes_stand_in_the_evidence(rejected):
    code = rejected.codes[0] if rejected.codes else "999"
    at = node(_fell(FallReason.REJECTED, code)())
    said = asked(at)
    assert [(one.code, one.text) for one in said.problems] == [
        (rejected.code, f"{rejected.text}^Reseptformidleren {code}")
    ]
    (event,) = at.rows.events
    assert (event.refusal_class, event.refusal_national, event.national_messages) == (
        "NationalRejected",
        (code,),
        ("m-1",),
    )


def test_what_is_left_in_force_is_named_in_the_answer():
    said = asked(node(_fell(FallReason.CLOSED, alone=(Identifier("1.2", "ED-1"), Identifier("1.2", "ED-2")))()))
    assert said.problems[0].text.endswith("of what is registered: 1.2^ED-1, 1.2^ED-2")


@pytest.mark.parametrize(
    ("before", "cause"),
    [(None, "DispensationUnsettled"), (_UNKNOWN, "DispensationUnsettled")],
    ids=["reported now", "unknown"],
)
def test_an_effect_that_cannot_be_recorded_is_never_answered_as_if_nothing_had_happened(before, cause):
    desk = Desk(outcome=before or DONE)
    at = node(desk, raises=(EvidenceUnavailable("x"),))
    (problem,) = asked(at).problems
    assert problem.code == row(Transaction.PROVIDE, cause).code
    assert desk.calls[-1] == "submit"


def test_evidence_that_cannot_be_written_before_the_effect_is_our_own_fault():
    at = node(_refuses(PrescriptionTaken())(), raises=(EvidenceUnavailable("x"),))
    (problem,) = asked(at).problems
    assert problem.code == row(Transaction.PROVIDE, "EvidenceUnavailable").code == "ERROR_ED_INTERNAL_ERROR"


# --- taking back -----------------------------------------------------------------------------------------------------


def test_a_discard_names_the_document_and_nobody_is_asked_about_the_person():
    """It removes, and discloses nothing: neither a reservation nor a death stops it."""
    for remembered in (Remembered(), Remembered(register=None), Remembered(privacy=PrivacyStatus(Sharing.BLOCKED))):
        desk = Desk()
        at = node(desk, remembered)
        assert asked(at, DISCARDED) == ProvideAnswer("Success", ())
        assert desk.calls == [f"discard ED-77 by {DISCARDED.submission_set}"]
        assert remembered.calls == []
        (event,) = at.rows.events
        assert (event.life_cycle, event.national_messages) == (14, ("m-1", "m-2"))


def test_what_the_journal_knows_is_answered_at_once_and_what_is_decided_of_a_person_is_held():
    """Held answers leave after 2, 8, 32 or 128 seconds, and a report may take 120: a client gives up at 180."""
    unknown = Desk(outcome=_UNKNOWN)
    assert not node(unknown).soap("xdr", sent(WHOLE), hcp(), trc()).held
    assert not node(unknown).soap("xdr", sent(DISCARDED), hcp(), trc()).held
    assert not node(Desk(before=_UNKNOWN)).soap("xdr", sent(WHOLE), hcp(), trc()).held
    assert node(_refuses(PrescriptionGone())()).soap("xdr", sent(WHOLE), hcp(), trc()).held


@pytest.mark.parametrize("answered", [DispensationAnswer.REFUSED, DispensationAnswer.UNKNOWN])
def test_a_discard_that_is_not_carried_out_is_a_failure(answered: DispensationAnswer):
    (problem,) = asked(node(Desk(outcome=DispensationOutcome(answered))), DISCARDED).problems
    assert problem.code == "ERROR_ED_DISCARD_FAILED"


def test_a_discard_whose_evidence_cannot_be_written_has_not_succeeded():
    (problem,) = asked(node(Desk(), raises=(EvidenceUnavailable("x"),)), DISCARDED).problems
    assert problem.code == "ERROR_ED_DISCARD_FAILED"


def test_a_discard_of_several_documents_is_refused_whole():
    desk = Desk()
    content = as_openncp_discards(edispensation())
    several = submission(provided(content, DISCARD), provided(as_openncp_discards(edispensation("2")), DISCARD))
    (problem,) = asked(node(desk), several).problems
    assert (problem.code, desk.calls) == ("ERROR_ED_MISSING_REQUIRED_FIELDS", [])


def test_a_dispensation_of_an_author_without_organisation_names_no_pharmacy():
    at = node(Desk())
    alone = replace(pharmacist(), organisation=None)
    asked(at, _of(item=dispensed(dispenser=alone, dispensed=Moment("2026-05-04"))))
    assert at.rows.events[0].dispensings[0].amount == "1"
