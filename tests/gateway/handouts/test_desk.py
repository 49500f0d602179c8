"""At the desk: a foreign prescription is dispensed once, and what nobody answered is neither a yes nor a no."""

from copy import copy
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.counter.decide import CounterBar, CounterDecision
from gateway.counter.rules import ReportingAgreement
from gateway.demonstration.norwegian_pharmacy import pharmacist
from gateway.evidence.read import newest_events
from gateway.handouts import desk
from gateway.handouts.book import HandoutBook
from gateway.handouts.desk import HandoutStanding
from gateway.handouts.errors import (
    DiscardTooLate,
    DraftTooOld,
    HandoutBarred,
    HandoutNotOpen,
    HandoutOfAnother,
    HandoutRefused,
    HandoutTaken,
    HandoutUnknown,
    HandoutUnsettled,
)
from gateway.handouts.states import HandoutState
from gateway.peers.errors import PatientUnproven, PeerNotAgreed
from tests.gateway.handouts.counter import (
    GENERIC,
    METOPROLOL,
    MORPHINE,
    SELO_ZOK,
    Abroad,
    handing_out,
)
from tests.support.machine.generated import of_the_day
from transformers.cda.documents.dispensation import read_dispensation
from transformers.cda.documents.prescription import read_prescription
from transformers.model.values import Identifier

S = HandoutState
UNANSWERED = ["slow", "lost", "fault", "garbage", "contradiction"]


def asked(standing: HandoutStanding) -> tuple[HandoutState, list[str], str | None]:
    return standing.state, [problem.code for problem in standing.answer], standing.seen


def test_what_is_confirmed_is_accepted_there_once_whoever_asks_again(abroad: Abroad):
    session = abroad.session()
    draft = abroad.drafted(session)
    assert abroad.received() == []
    for _ in range(3):
        assert asked(abroad.confirmed(session, draft.document)) == (S.ACCEPTED, [], None)
    assert (abroad.received(), abroad.in_force()) == (["dispense"], 1)
    assert abroad.ledger()["dispensations"][0]["product"] == "Selo-Zok Depottab 50 mg"


def test_the_supply_is_the_norwegian_package_and_the_prescription_is_named_verbatim(abroad: Abroad):
    session = abroad.session()
    document, _ = session.fetched(METOPROLOL)
    prescription, _ = read_prescription(document.content)
    draft = abroad.drafted(session, handing_out(GENERIC, packages="1", **{"amount-a-little-over": "no smaller one"}))
    made, report = read_dispensation(draft.content)
    assert made.item.product.name == "Metoprolol Prøve Depottab 50 mg"
    assert made.item.prescription_item == prescription.item.id
    assert made.prescription == prescription.id
    assert made.item.prescribed_product is not None
    assert made.item.prescribed_product.name == prescription.item.product.name
    assert (made.item.substituted, made.id) == (True, draft.document)
    assert [one.code for one in report.findings if one.severity.name in ("ERROR", "FATAL")] == []


@pytest.mark.parametrize("fault", of_the_day("never twice", UNANSWERED, 2))
def test_silence_is_never_sent_again_to_a_country_that_takes_nothing_twice(abroad: Abroad, fault: str):
    session = abroad.session()
    draft = abroad.drafted(session)
    abroad.order(fault, seconds=30, times=1)
    first = abroad.confirmed(session, draft.document)
    assert first.state is S.SENT_ASKED
    assert abroad.confirmed(session, draft.document).state is S.SENT_ASKED
    assert (abroad.received(), abroad.in_force()) == (["dispense"], 1)


@pytest.mark.parametrize("fault", of_the_day("the same twice", UNANSWERED, 2))
def test_silence_is_asked_again_of_a_country_that_takes_the_same_document_once(abroad: Abroad, fault: str):
    abroad.order("none")
    session = abroad.session(idempotent=True)
    draft = abroad.drafted(session)
    abroad.order(fault, seconds=30, times=1)
    standing = abroad.confirmed(session, draft.document)
    # the simulator is none: it refuses the repetition (4106), and that is no answer to the first
    assert standing.state is S.SENT_ASKED
    assert abroad.in_force() == 1
    assert len({one["sha256"] for one in abroad.ledger()["received"]}) == 1
    assert abroad.received() == ["dispense", "dispense"]


def test_what_was_not_sent_is_refused_and_the_prescription_is_free_again(abroad: Abroad):
    session = abroad.session()
    draft = abroad.drafted(session)
    nowhere = session.treatment.session.peer.model_copy(update={"xdr": "https://127.0.0.1:9/XDR"})
    treatment = replace(session.treatment, session=replace(session.treatment.session, peer=nowhere))
    assert asked(abroad.desk().confirm(treatment, draft.document)) == (S.REFUSED, [], None)
    again = abroad.drafted(session)
    assert abroad.confirmed(session, again.document).state is S.ACCEPTED
    assert abroad.received() == ["dispense"]


def test_a_refusal_is_the_countrys_with_its_code_and_its_own_words(abroad: Abroad):
    session = abroad.session()
    draft = abroad.drafted(session)
    abroad.order("refuse", code="4106")
    standing = abroad.confirmed(session, draft.document)
    assert asked(standing) == (S.REFUSED, ["4106"], None)
    assert standing.answer[0].text.endswith("^recusado")
    abroad.order("none")
    assert asked(abroad.confirmed(session, draft.document)) == (S.REFUSED, ["4106"], None)
    assert abroad.received() == []


def test_a_country_that_does_not_know_itself_has_not_refused(abroad: Abroad):
    session = abroad.session()
    draft = abroad.drafted(session)
    abroad.order("refuse", code="ERROR_ED_EPRESCRIPTION_NOT_UPDATED")
    assert abroad.confirmed(session, draft.document).state is S.SENT_ASKED


def test_a_list_says_probably_and_no_more(abroad: Abroad):
    session = abroad.session()
    draft = abroad.drafted(session)
    abroad.order("lost", times=1)
    # two dispensings are left of it, so that the list shows it as before
    assert asked(abroad.confirmed(session, draft.document)) == (S.SENT_ASKED, [], "not-seen-there")
    abroad.order("closed-early")
    assert abroad.confirmed(session, draft.document).seen == "probably-accepted"
    assert abroad.confirmed(session, draft.document).state is S.SENT_ASKED


def test_while_one_is_not_known_no_other_is_drafted_or_discarded(abroad: Abroad):
    session = abroad.session()
    draft, beside = abroad.drafted(session), abroad.drafted(session)
    abroad.order("lost", times=1)
    assert abroad.confirmed(session, draft.document).state is S.SENT_ASKED
    for step in (
        lambda: abroad.drafted(session),
        lambda: abroad.confirmed(session, beside.document),
        lambda: abroad.desk().discard(session.treatment, draft.document),
    ):
        with pytest.raises(HandoutUnsettled):
            step()
    assert abroad.received() == ["dispense"]


def test_what_is_barred_here_is_never_drafted_and_what_may_pass_needs_a_recorded_reason(abroad: Abroad):
    session = abroad.session()
    for of, item in ((MORPHINE, "990235"), (METOPROLOL, "000000"), (METOPROLOL, "990136")):
        with pytest.raises(HandoutBarred):
            abroad.drafted(session, handing_out(item), of)
    with pytest.raises(HandoutBarred) as barred:
        abroad.drafted(session, handing_out(GENERIC))
    (reason,) = [one for one in barred.value.decision.reasons if one.holds]
    assert (reason.bar, reason.may_pass) == (CounterBar.AMOUNT_A_LITTLE_OVER, True)
    draft = abroad.drafted(session, handing_out(GENERIC, **{reason.key: "no smaller one is sold"}))
    assert abroad.confirmed(session, draft.document).state is S.ACCEPTED
    events = newest_events(abroad.foundation.store, 6)
    (confirmed,) = [one for one in events if one["transaction"] == "HANDOUT-CONFIRMED"]
    assert confirmed["access"]["origins"] == [f"{reason.key}: no smaller one is sold"]
    assert "999800080" not in str(events)


@pytest.mark.parametrize("packages", ["0", "-1", "1.1", "1E+9", "NaN"])
def test_no_part_of_a_package_and_no_impossible_number_is_handed_out(abroad: Abroad, packages: str):
    session = abroad.session()
    with pytest.raises(HandoutBarred):
        abroad.drafted(session, handing_out(SELO_ZOK, packages))


def test_an_accepted_one_is_taken_back_once(abroad: Abroad):
    session = abroad.session()
    draft = abroad.drafted(session)
    abroad.confirmed(session, draft.document)
    for _ in range(2):
        assert asked(abroad.desk().discard(session.treatment, draft.document)) == (S.DISCARDED, [], None)
    assert (abroad.received(), abroad.in_force()) == (["dispense", "discard"], 0)
    assert abroad.confirmed(session, draft.document).state is S.DISCARDED
    assert abroad.confirmed(session, abroad.drafted(session).document).state is S.ACCEPTED


def test_a_discard_that_was_not_answered_is_told_by_the_list_alone(abroad: Abroad):
    session = abroad.session()
    draft = abroad.drafted(session)
    abroad.confirmed(session, draft.document)
    abroad.order("lost", times=1)
    first = abroad.desk().discard(session.treatment, draft.document)
    assert asked(first) == (S.DISCARD_ASKED, [], "probably-discarded")
    # asked again, the country answers that there is none: it may be the first that was carried out
    again = abroad.desk().discard(session.treatment, draft.document)
    assert (again.state, abroad.in_force()) == (S.DISCARD_ASKED, 0)


def test_a_discard_that_is_refused_leaves_it_handed_out(abroad: Abroad):
    session = abroad.session()
    draft = abroad.drafted(session)
    abroad.confirmed(session, draft.document)
    abroad.order("refuse", code="ERROR_ED_DISCARD_FAILED")
    standing = abroad.desk().discard(session.treatment, draft.document)
    assert asked(standing) == (S.DISCARD_REFUSED, ["ERROR_ED_DISCARD_FAILED"], None)
    assert abroad.in_force() == 1


def test_after_a_day_nothing_is_taken_back_and_after_half_an_hour_no_draft_is_confirmed(abroad: Abroad):
    session = abroad.session()
    accepted, draft = abroad.drafted(session), abroad.drafted(session)
    abroad.confirmed(session, accepted.document)
    abroad.later = timedelta(minutes=31)
    with pytest.raises(DraftTooOld):
        abroad.confirmed(session, draft.document)
    abroad.later = timedelta(hours=24, minutes=1)
    with pytest.raises(DiscardTooLate):
        abroad.desk().discard(session.treatment, accepted.document)
    assert abroad.received() == ["dispense"]


def test_another_pharmacy_neither_confirms_nor_discards_and_nobody_what_is_not_there(abroad: Abroad):
    session = abroad.session()
    draft = abroad.drafted(session)
    clinician = session.treatment.session.clinician
    other = replace(
        session.treatment,
        session=replace(session.treatment.session, clinician=replace(clinician, organisation_id="o-2")),
    )
    nobody = Identifier("1.2.3", "x")
    for step in (abroad.desk().confirm, abroad.desk().discard, abroad.desk().standing):
        with pytest.raises(HandoutOfAnother):
            step(other, draft.document)
        with pytest.raises(HandoutUnknown):
            step(session.treatment, nobody)
    colleague = replace(
        session.treatment, session=replace(session.treatment.session, clinician=replace(clinician, id="another"))
    )
    assert abroad.desk().confirm(colleague, draft.document).state is S.ACCEPTED


def test_a_draft_is_not_taken_back(abroad: Abroad):
    session = abroad.session()
    draft = abroad.drafted(session)
    with pytest.raises(HandoutNotOpen) as refused:
        abroad.desk().discard(session.treatment, draft.document)
    assert refused.value.state == "DRAFT"


def test_a_refusal_of_the_pharmacist_is_recorded_with_the_rules_reasons(abroad: Abroad):
    session = abroad.session()
    assert session.refuse(MORPHINE, "narcotics are not handed out here") == ("group-a", "scheduled-substance")
    (event,) = newest_events(abroad.foundation.store, 1)
    assert (event["transaction"], event["access"]["purpose"]) == ("NOT-HANDED-OUT", "narcotics are not handed out here")
    assert abroad.received() == []


def test_the_second_dispensing_of_a_prescription_that_is_listed_again_is_one_more(abroad: Abroad):
    session = abroad.session()
    for _ in range(2):
        draft = abroad.drafted(session)
        assert abroad.confirmed(session, draft.document).state is S.ACCEPTED
    assert (abroad.in_force(), abroad.ledger()["prescriptions"][0]["left"]) == (2, 0)


def test_a_country_that_closes_at_the_first_is_not_believed_when_it_lists_again(abroad: Abroad):
    session = abroad.session(closes_at_first=True)
    draft = abroad.drafted(session)
    assert abroad.confirmed(session, draft.document).state is S.ACCEPTED
    with pytest.raises(HandoutBarred):
        abroad.drafted(session)


def test_another_patients_prescription_is_drafted_for_nobody(abroad: Abroad):
    session = abroad.session()
    _, fetched = session.fetched(METOPROLOL)
    other = replace(fetched, content=fetched.content.replace(b'extension="999800080"', b'extension="999800081"'))
    assert other.content != fetched.content
    with pytest.raises(PatientUnproven):
        abroad.desk().draft(session.treatment, other, handing_out(), pharmacist())
    assert abroad.desk().draft(session.treatment, fetched, handing_out(), pharmacist()).document


def test_nothing_is_sent_of_a_row_that_somebody_else_has_taken(abroad: Abroad, monkeypatch: pytest.MonkeyPatch):
    session = abroad.session()
    draft = abroad.drafted(session)

    def taken(*_: object) -> None:
        raise HandoutTaken

    monkeypatch.setattr(HandoutBook, "still_ours", taken)
    with pytest.raises(HandoutTaken):
        abroad.confirmed(session, draft.document)
    assert abroad.received() == []


def test_one_that_was_answered_while_another_was_decided_refuses_that_one(
    abroad: Abroad, monkeypatch: pytest.MonkeyPatch
):
    session = abroad.session()
    slow, quick = abroad.drafted(session), abroad.drafted(session)
    decide, states = desk.decide_handout, []

    def decides(*given: Any) -> CounterDecision:
        decision = decide(*given)
        monkeypatch.setattr(desk, "decide_handout", decide)
        states.append(abroad.confirmed(session, quick.document).state)
        return decision

    monkeypatch.setattr(desk, "decide_handout", decides)
    with pytest.raises(HandoutUnsettled):
        abroad.confirmed(session, slow.document)
    assert states == [S.ACCEPTED]
    assert abroad.desk().standing(session.treatment, slow.document).state is S.REFUSED
    assert abroad.received() == ["dispense"]


def test_without_an_agreement_about_dispensations_nothing_is_drafted(abroad: Abroad):
    session = abroad.session()
    peer = session.treatment.session.peer.model_copy(update={"answers": frozenset({"ep"})})
    treatment = replace(session.treatment, session=replace(session.treatment.session, peer=peer))
    _, fetched = session.fetched(METOPROLOL)
    with pytest.raises(PeerNotAgreed):
        abroad.desk().draft(treatment, fetched, handing_out(), pharmacist())
    assert abroad.drafted(session).document


def test_each_refusal_of_the_desk_has_words_in_three_languages():
    from gateway.handouts import errors
    from gateway.handouts.words import say_handout_refusal

    leaves = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, HandoutRefused)]
    made = [one(*["x"] * len(getattr(one, "__dataclass_fields__", ()))) for one in leaves if one is not HandoutRefused]
    for language in ("en", "nb", "nn"):
        said = {say_handout_refusal(one, language) for one in made}
        assert len(said) == len(made) == 9


@pytest.mark.parametrize(
    ("root", "why"), [("2.16.578.1.12.4.1.2", "agreement-not-yet"), ("2.16.578.1.12.4.1.4.101", "no-agreement")]
)
def test_who_reports_at_home_is_told_by_the_pharmacys_her_id_and_stands_in_the_row(abroad: Abroad, root: str, why: str):
    session = abroad.session()
    _, fetched = session.fetched(METOPROLOL)
    desk = copy(abroad.desk())
    rules = replace(desk._means.tables.rules, agreements={"4711": ReportingAgreement("4711", "a-1", date(2999, 1, 1))})
    desk._means = replace(desk._means, tables=replace(desk._means.tables, rules=rules))
    place = pharmacist().organisation
    assert place is not None
    who = replace(pharmacist(), organisation=replace(place, identifiers=(Identifier(root, "4711"),)))
    draft = desk.draft(session.treatment, fetched, handing_out(), who)
    row = abroad.book()[0].by_document(draft.document)
    assert row is not None
    assert row.facts.reporter == f"own-system/{why}"


def test_what_a_pharmacist_does_is_evidence_towards_the_country_and_what_follows_is_our_own(abroad: Abroad):
    session = abroad.session()
    abroad.confirmed(session, abroad.drafted(session).document)
    told = {one["transaction"]: one["direction"] for one in newest_events(abroad.foundation.store, 5)}
    assert (told["HANDOUT-CONFIRMED"], told["HANDOUT-SETTLED"]) == ("outbound", "internal")


def test_a_pharmacist_is_known_by_the_pharmacy_that_a_discard_is_judged_by():
    pharmacy = pharmacist().organisation
    assert pharmacy is not None
    assert pharmacy.identifiers
