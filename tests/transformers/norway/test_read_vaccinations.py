"""SYSVAK SokResponse: hers by number and birth date, deleted ones gone, nobody named under address protection."""

import pytest
from lxml import etree

from tests.support.machine.require import artefacts
from tests.support.norway.source_messages import (
    FORMER,
    OUR_MESSAGE,
    PATIENT,
    STRANGER,
    SYSTEMS,
    sok_response,
    vaccination,
)
from transformers.model.finding import Report
from transformers.model.standing import Standing
from transformers.model.summary import Immunisation, KeptInWords, NoInformation, NotReadable, Present, Section
from transformers.model.values import Moment
from transformers.norway.errors import Malformed, Rejected, UnknownVersion, WrongPatient, WrongReference
from transformers.norway.identifiers import ENH
from transformers.norway.read_vaccinations_sysvak import SOURCE, VaccinationSubject, read_vaccinations

BORN = Moment("1974-07-13")


def read(data: bytes, *, protected: bool = False) -> tuple[Section[Immunisation], Report]:
    asked = VaccinationSubject(frozenset({PATIENT, FORMER}), BORN, protected)
    return read_vaccinations(data, asked, SYSTEMS, answers=OUR_MESSAGE)


def given(data: bytes, *, protected: bool = False) -> tuple[Immunisation, ...]:
    section = read(data, protected=protected)[0]
    assert isinstance(section, Present)
    return section.entries


def test_a_vaccination_has_code_product_lot_day_and_who_gave_it():
    (one,) = given(sok_response(vaccination()))
    assert one.vaccine.original is not None
    assert (one.vaccine.original.code, one.vaccine.original.system) == ("ENC01", "2.16.578.1.12.4.1.1.9501")
    assert [c.system for c in one.vaccine.others] == ["2.16.578.1.12.4.1.1.9554"]
    assert (one.given.iso, one.product_name, one.lot) == ("2024-05-22", "Ticovac", "TV24")
    assert one.performer is not None
    assert [(i.root, i.extension) for i in one.performer.identifiers] == [(ENH, "999999999")]
    assert one.provenance.recorded is not None
    assert one.provenance.recorded.iso == "2024-05-22T14:00:00+02:00"


def test_a_deleted_vaccination_is_gone_and_named():
    section, report = read(sok_response(vaccination(action="Sletting")))
    assert isinstance(section, NoInformation)
    assert [(f.code, f.original) for f in report.findings] == [("deleted", "Skogflåttencefalitt")]


def test_what_is_registered_for_the_day_and_vaccine_of_a_deleted_one_is_told():
    _, report = read(sok_response(vaccination(), vaccination(action="Sletting")))
    assert [f.code for f in report.findings] == ["deleted", "same-day-deleted"]
    _, apart = read(sok_response(vaccination(day="2024-05-23"), vaccination(action="Sletting")))
    assert [f.code for f in apart.findings] == ["deleted"]


def test_what_was_registered_from_papers_is_said_to_be():
    papers = '<Dokumentasjon V="2" S="2.16.578.1.12.4.1.1.9552" DN="Vaksinasjonskort"/></Vaksinasjon>'
    _, report = read(sok_response(vaccination(here=False).replace("</Vaksinasjon>", papers)))
    assert [(f.code, f.original) for f in report.findings] == [("registered-afterwards", "Vaksinasjonskort")]


def test_remarks_of_the_register_are_told():
    remark = b'</HarValideringsFeil><Valideringsmelding><Arsak V="17"/></Valideringsmelding>'
    _, report = read(sok_response(vaccination()).replace(b"</HarValideringsFeil>", remark))
    assert [(f.code, f.original) for f in report.findings] == [("sysvak-remark", "17")]


def test_no_vaccination_states_nothing():
    assert isinstance(read(sok_response())[0], NoInformation)


def test_nobody_found_states_nothing():
    assert isinstance(read(sok_response(persons=0))[0], NoInformation)


def test_two_equal_events_keep_two_ids():
    first, second = given(sok_response(vaccination(), vaccination()))
    assert first.id != second.id


def test_ids_are_the_same_at_every_reading():
    assert given(sok_response(vaccination()))[0].id == given(sok_response(vaccination()))[0].id


def test_what_was_given_elsewhere_is_not_the_registering_units():
    assert given(sok_response(vaccination(here=False)))[0].performer is None


def test_under_address_protection_no_unit_is_named():
    assert given(sok_response(vaccination()), protected=True)[0].performer is None


def test_a_former_number_is_hers():
    assert given(sok_response(vaccination(), patient=FORMER))


@pytest.mark.parametrize("patient", [STRANGER, None])
def test_refuses_the_vaccinations_of_another(patient: str | None):
    with pytest.raises(WrongPatient):
        read(sok_response(vaccination(), patient=patient))


def test_a_person_without_number_and_vaccination_states_nothing():
    assert isinstance(read(sok_response(patient=None))[0], NoInformation)


def test_refuses_a_birth_date_that_contradicts_the_register():
    with pytest.raises(WrongPatient):
        read(sok_response(vaccination(), birth="1975-07-13"))


def test_refuses_several_persons():
    with pytest.raises(Malformed):
        read(sok_response(vaccination(), persons=2))


def test_refuses_an_answer_that_says_our_question_was_wrong():
    with pytest.raises(Rejected):
        read(sok_response(failed=True))


def test_refuses_another_generation():
    with pytest.raises(UnknownVersion):
        read(sok_response(namespace="http://www.kith.no/xmlstds/sysvak/sokresponse/2030-01-01"))


def test_refuses_an_answer_to_another_question():
    with pytest.raises(WrongReference):
        read(sok_response().replace(OUR_MESSAGE.encode(), b"another"))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (sok_response(birth=""), "Fodselsdato"),
        (sok_response()[:-40], "MsgHead"),
    ],
)
def test_refuses_what_is_missing_or_broken_by_name(data: bytes, what: str):
    with pytest.raises(Malformed) as refused:
        read(data)
    assert refused.value.what == what


def official() -> tuple[bytes, str, str]:
    """The published answer, its person's number and the birth date it states, which contradicts the number."""
    data = artefacts("norway-messages", "sysvak", "310_srequest_med_ident_response.xml").read_bytes()
    person = etree.fromstring(data).find(".//{*}Vaksinand")
    assert person is not None
    return data, str(person.findtext("{*}Ident/{*}Id")), str(person.findtext("{*}Fodselsdato"))


def test_the_published_answer_is_read_and_its_deleted_vaccination_is_gone():
    data, number, born = official()
    section, report = read_vaccinations(data, VaccinationSubject(frozenset({number}), Moment(born)), SYSTEMS)
    assert isinstance(section, NoInformation)
    assert [f.code for f in report.findings] == ["deleted"]


def test_the_published_answer_is_refused_when_the_register_says_another_birth_date():
    data, number, born = official()
    with pytest.raises(WrongPatient):
        read_vaccinations(
            data, VaccinationSubject(frozenset({number}), Moment(f"{int(born[:4]) - 11}{born[4:]}")), SYSTEMS
        )


WORSE = {
    "an unknown action": vaccination(action="Endring", code="XYZ01"),
    "no action": vaccination(action="", code="XYZ01"),
    "no vaccine": vaccination().replace("<Vaksine ", "<Annet "),
    "two vaccines": vaccination().replace("<Vaksine ", '<Vaksine V="A" S="2.16.578.1.12.4.1.1.9501"/><Vaksine '),
    "a place that is neither": vaccination().replace(">true<", ">kanskje<"),
}


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("case", WORSE)
def test_a_list_survives_its_worst_event_and_says_so(case: str, position: int):
    events = [vaccination(), vaccination(code="DIF01")]
    events.insert(position, WORSE[case])
    section, report = read(sok_response(*events))
    assert isinstance(section, Present)
    assert (len(section.entries), [one.why for one in section.unread]) == (2, [Standing.NOT_READABLE])
    assert [f.code for f in report.findings].count("entry-unreadable") == 1


def test_an_unknown_action_is_named_and_its_vaccine_kept_in_words():
    section, report = read(sok_response(vaccination(action="Endring")))
    assert section == NotReadable((KeptInWords(Standing.NOT_READABLE, "Skogflåttencefalitt"),), SOURCE)
    assert [f.original for f in report.findings if f.code == "entry-unreadable"] == ["Endring"]


@pytest.mark.parametrize("day", ["22.05.2024", "", "٢٠٢٤-05-22"])
def test_a_vaccination_of_a_day_that_cannot_be_read_was_given_on_an_unknown_one(day: str):
    section, report = read(sok_response(vaccination(day=day)))
    assert isinstance(section, Present)
    assert (section.entries[0].given, section.unread) == (None, ())
    assert "date-unknown" in [f.code for f in report.findings]
