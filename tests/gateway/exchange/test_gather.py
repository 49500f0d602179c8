"""Country A, gather: three sources asked side by side, each down by each policy, what a next of kin may not have."""

import threading
from dataclasses import replace

import pytest

from gateway.errors import (
    GuardianForbidden,
    NationalAccessDenied,
    NationalAnswerUnreadable,
    NationalRefused,
    NationalRejected,
    NationalServiceDown,
    NationalServiceSlow,
)
from gateway.exchange.country_a.gather import Gathered, gather
from gateway.exchange.ports import CountryOfAffiliation, Trail
from gateway.national.ports import CriticalInformation, Medicines, Vaccinations
from gateway.national.words import NORWEGIAN
from tests.support.norway.in_memory import Remembered, norway, person, treatment
from transformers.model.finding import Finding, Report, Severity
from transformers.model.standing import Standing
from transformers.model.summary import (
    Allergy,
    Immunisation,
    ImplantedDevice,
    KeptInWords,
    KnownAbsent,
    NoInformation,
    NotReadable,
    Present,
    Problem,
    Procedure,
    SourceUnavailable,
)
from transformers.model.values import Coded, Moment, Period, Provenance

SOURCES = ("critical-information", "medicines", "vaccinations")
NAMES = {
    "critical-information": "Kjernejournal – kritisk informasjon",
    "medicines": "Reseptformidleren",
    "vaccinations": "SYSVAK",
}
SECTIONS = {
    "critical-information": ("allergies", "problems", "procedures", "devices"),
    "medicines": ("medications",),
    "vaccinations": ("immunisations",),
}
FIELDS = {"critical-information": "critical", "medicines": "medicines", "vaccinations": "vaccinations"}
REFUSALS = [NationalServiceDown, NationalServiceSlow, NationalAccessDenied, NationalAnswerUnreadable, NationalRejected]
HERE = Provenance("a source", "1")
NUTS = Allergy("a", Coded("Nøtter"), False, Coded("Allergi"), (), None, None, None, None, HERE)


def finding(code: str) -> Report:
    return Report([Finding(Severity.INFO, code, "x", "x")])


def full(**changes: object) -> Remembered:
    """Every source holds something of its own."""
    remembered = Remembered(
        critical=CriticalInformation(
            Present((NUTS,)),
            Present((Problem("p", Coded("Astma"), Period(), resolved=False, provenance=HERE),)),
            Present((Procedure("o", Coded("Bypass"), Period(), "completed", HERE),)),
            Present((ImplantedDevice("d", Coded("Pacemaker"), Period(), HERE),)),
            finding("critical"),
        ),
        medicines=Medicines(
            KnownAbsent("no-known-medications", HERE), reconciled=True, guardian_reserved=False,
            report=finding("medicines"),
        ),
        vaccinations=Vaccinations(
            Present((Immunisation("v", Coded("HPV"), Moment("2024-01-01"), HERE),)), finding("vaccinations")
        ),
    )  # fmt: skip
    return replace(remembered, **changes)  # type: ignore[arg-type]  # changes are named fields


def policy(**changes: str) -> dict[str, str]:
    return {source: changes.get(FIELDS[source], "refuse") for source in SOURCES}


def gathered(remembered: Remembered, *, next_of_kin: bool = False, **changes: str) -> Gathered:
    place = norway(remembered, source_unavailable=policy(**changes))
    return gather(treatment(next_of_kin=next_of_kin), person(), place, NORWEGIAN, Trail())


def test_every_source_is_asked_once_and_fills_its_own_sections():
    remembered = full()
    content = gathered(remembered).content
    assert sorted(remembered.calls) == sorted(SOURCES)
    assert isinstance(remembered.critical, CriticalInformation)
    assert isinstance(remembered.medicines, Medicines)
    assert isinstance(remembered.vaccinations, Vaccinations)
    assert (content.allergies, content.problems, content.procedures, content.devices) == (
        remembered.critical.allergies, remembered.critical.problems, remembered.critical.procedures,
        remembered.critical.devices,
    )  # fmt: skip
    assert (content.medications, content.medications_reconciled) == (remembered.medicines.medications, True)
    assert content.immunisations == remembered.vaccinations.immunisations
    assert content.past_illness == NoInformation()


def test_what_each_source_remarked_is_kept():
    assert [f.code for f in gathered(full()).report.findings] == ["critical", "medicines", "vaccinations"]


def test_a_list_that_is_not_reconciled_is_said_to_be_none():
    loose = Medicines(NoInformation(), reconciled=False, guardian_reserved=False)
    assert gathered(full(medicines=loose)).content.medications_reconciled is False


class Meeting:
    """Doors that answer only when all three are open at the same time."""

    def __init__(self, remembered: Remembered) -> None:
        self.barrier = threading.Barrier(3, timeout=180)
        usual = norway(remembered)
        self.norway: CountryOfAffiliation = replace(
            usual,
            doors=replace(
                usual.doors,
                critical_information=self.door(usual.doors.critical_information),
                medicines=self.door(usual.doors.medicines),
                vaccinations=self.door(usual.doors.vaccinations),
            ),
        )

    def door(self, behind):
        barrier = self.barrier

        class Door:
            def read(self, asked, who):
                barrier.wait()
                return behind.read(asked, who)

        return Door()


def test_the_sources_are_asked_side_by_side():
    """One after the other, the first would wait for the others until the barrier broke."""
    remembered = full()
    assert gather(treatment(), person(), Meeting(remembered).norway, NORWEGIAN, Trail()).unavailable == ()
    assert sorted(remembered.calls) == sorted(SOURCES)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_source_that_does_not_answer_refuses_the_document_where_policy_says_so(
    source: str, refusal: type[NationalRefused]
):
    remembered = full(**{FIELDS[source]: refusal(source)})
    others = {FIELDS[other]: "section" for other in SOURCES if other != source}
    with pytest.raises(refusal) as refused:
        gathered(remembered, **others)
    assert refused.value.service == source
    assert sorted(remembered.calls) == sorted(SOURCES)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_source_that_does_not_answer_is_said_in_its_sections_alone_where_policy_says_so(
    source: str, refusal: type[NationalRefused]
):
    remembered = full(**{FIELDS[source]: refusal(source)})
    made = gathered(remembered, **{FIELDS[source]: "section"})
    assert made.unavailable == (NAMES[source],)
    for section in SECTIONS[source]:
        assert getattr(made.content, section) == SourceUnavailable(NAMES[source])
    whole = gathered(full()).content
    for other in SOURCES:
        for section in SECTIONS[other] if other != source else ():
            assert getattr(made.content, section) == getattr(whole, section)
    assert made.content.medications_reconciled is (source != "medicines")
    assert source.partition("-")[0] not in [f.code for f in made.report.findings]
    assert sorted(remembered.calls) == sorted(SOURCES)


def test_a_source_without_a_policy_refuses():
    remembered = full(vaccinations=NationalServiceDown("vaccinations"))
    place = norway(remembered, source_unavailable={})
    with pytest.raises(NationalServiceDown):
        gather(treatment(), person(), place, NORWEGIAN, Trail())


def test_why_a_source_that_is_left_out_rejected_us_is_in_the_evidence():
    rejected = full(medicines=NationalRejected("medicines", ("38",)))
    trail = Trail()
    place = norway(rejected, source_unavailable=policy(medicines="section"))
    assert gather(treatment(), person(), place, NORWEGIAN, trail).unavailable == (NAMES["medicines"],)
    assert trail.withheld == [("medicines", ("rejected/38",))]


def test_all_sources_down_and_all_said_leaves_a_summary_of_nothing():
    down = {FIELDS[source]: NationalServiceDown(source) for source in SOURCES}
    made = gathered(full(**down), **dict.fromkeys(FIELDS.values(), "section"))
    assert made.unavailable == tuple(NAMES.values())
    assert not made.guardian_reserved


def test_reactions_of_the_list_do_not_hide_that_kritisk_informasjon_is_down():
    listed = Medicines(NoInformation(), reconciled=True, guardian_reserved=False, allergies=(NUTS,))
    made = gathered(
        full(critical=NationalServiceDown("critical-information"), medicines=listed), critical="section"
    )  # fmt: skip
    assert made.content.allergies == SourceUnavailable(NAMES["critical-information"], ("a source: Nøtter",))
    assert "allergy-beside-unavailable-source" in [f.code for f in made.report.findings]
    assert made.unavailable == (NAMES["critical-information"],)


def test_reactions_of_the_list_stand_beside_kritisk_informasjon():
    listed = replace(NUTS, id="b", agent=Coded("Kodein"))
    made = gathered(
        full(medicines=Medicines(NoInformation(), reconciled=True, guardian_reserved=False, allergies=(listed,)))
    )
    assert made.content.allergies == Present((NUTS, listed))


RESERVED = Medicines(NoInformation(), reconciled=True, guardian_reserved=True)


def test_a_next_of_kin_is_refused_where_a_prescription_is_reserved_against_guardians():
    remembered = full(medicines=RESERVED)
    with pytest.raises(GuardianForbidden):
        gathered(remembered, next_of_kin=True)
    assert sorted(remembered.calls) == sorted(SOURCES)


def test_her_clinician_gets_it_and_it_is_said_to_be_reserved():
    assert gathered(full(medicines=RESERVED)).guardian_reserved


def test_a_next_of_kin_gets_what_is_not_reserved():
    made = gathered(full(), next_of_kin=True)
    assert not made.guardian_reserved
    assert isinstance(made.content.allergies, Present)


def test_a_next_of_kin_gets_a_summary_that_holds_no_prescription():
    down = NationalServiceDown("medicines")
    made = gathered(full(medicines=down), next_of_kin=True, medicines="section")
    assert made.content.medications == SourceUnavailable(NAMES["medicines"])


@pytest.mark.parametrize("answer", [None, NationalServiceDown("medicines")], ids=["answered", "refused"])
def test_the_trail_names_every_source_and_category_in_order_whatever_they_answered(answer: NationalRefused | None):
    trail = Trail(origins=["person-register", "privacy-services"], categories=["identity"])
    remembered = full() if answer is None else full(medicines=answer)
    try:
        gather(treatment(), person(), norway(remembered, source_unavailable=policy()), NORWEGIAN, trail)
    except NationalRefused as refused:
        assert refused is answer
    assert trail.origins == ["person-register", "privacy-services", *SOURCES]
    assert trail.categories == ["identity", *SOURCES]


LOST = KeptInWords(Standing.NOT_READABLE, "noe")


def damaged(section: str, *unread: KeptInWords) -> Remembered:
    remembered = full()
    assert isinstance(remembered.critical, CriticalInformation)
    state = getattr(remembered.critical, section)
    return full(critical=replace(remembered.critical, **{section: replace(state, unread=unread)}))


@pytest.mark.parametrize("section", ["allergies", "problems", "procedures", "devices"])
def test_a_record_that_could_not_be_read_is_counted_in_answer_and_evidence(section: str):
    trail = Trail()
    answer = gather(treatment(), person(), norway(damaged(section, LOST, LOST)), NORWEGIAN, trail)
    assert answer.unread == {section: 2}
    assert trail.withheld == [(section, ("not-readable/2",))]
    assert isinstance(getattr(answer.content, section), Present)


@pytest.mark.parametrize("section", ["allergies", "problems", "devices"])
def test_a_policy_refuses_the_whole_for_one_record_that_could_not_be_read(section: str):
    place = norway(damaged(section, LOST), unreadable_records={section: "refuse"})
    trail = Trail()
    with pytest.raises(NationalAnswerUnreadable):
        gather(treatment(), person(), place, NORWEGIAN, trail)
    assert trail.withheld == [(section, ("not-readable/1",))]
    whole = norway(full(), unreadable_records={section: "refuse"})
    assert gather(treatment(), person(), whole, NORWEGIAN, Trail()).unread == {}


def test_what_was_read_and_is_denied_is_no_loss():
    denied = KeptInWords(Standing.DENIED, "noe")
    assert gathered(damaged("allergies", denied)).unread == {}


def test_a_section_of_nothing_that_could_be_read_is_counted():
    remembered = full()
    assert isinstance(remembered.critical, CriticalInformation)
    answer = gathered(full(critical=replace(remembered.critical, devices=NotReadable((LOST,)))))
    assert answer.unread == {"devices": 1}
