"""Allergies of two sources in one section: side by side, nothing said twice, nothing silently decided."""

from dataclasses import replace

import pytest

from gateway.exchange.country_a.allergies import lay_allergies
from gateway.national.ports import CriticalInformation, Medicines
from gateway.national.words import NORWEGIAN
from tests.support.persons.samples import sample_of
from transformers.model.finding import Report, Severity
from transformers.model.standing import Standing
from transformers.model.summary import (
    Allergy,
    KeptInWords,
    KnownAbsent,
    NoInformation,
    NotReadable,
    Present,
    Reaction,
    Section,
    SourceUnavailable,
)
from transformers.model.values import Coded, Coding, Moment, Provenance

MAIN = NORWEGIAN.critical_information
LIST = "Pasientens legemiddelliste (Reseptformidleren)"
ATC = "2.16.578.1.12.4.1.1.7180"
CODEINE = Coded("Kodein", Coding("R05DA04", ATC, "Kodein"))
PENICILLIN = Coded("Fenoksymetylpenicillin", Coding("J01CE02", ATC, "Fenoksymetylpenicillin"))
VOMITING = Coded("Oppkast", Coding("13", "2.16.578.1.12.4.1.1.7497", "Oppkast"))
ITCHING = Coded("Kløe")
ACTIVE = Coded(original=Coding("active", "2.16.840.1.113883.4.642.4.1373"))


def allergy(agent: Coded = CODEINE, *reactions: Coded, source: str = LIST, **changes: object) -> Allergy:
    made = Allergy(
        id="a", agent=agent, agent_is_medicine=True, kind=Coded("Legemiddelreaksjon"),
        reactions=tuple(Reaction(one) for one in reactions), criticality=None, certainty=None, status=None, onset=None,
        provenance=Provenance(source, "1", Moment("2022-01-10")),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]  # changes are named fields


def known(agent: Coded = CODEINE, *reactions: Coded, **changes: object) -> Allergy:
    return allergy(agent, *reactions, source=MAIN, **{"status": ACTIVE, **changes})


def critical(*allergies: Allergy, refuted: tuple[Coded, ...] = ()) -> CriticalInformation:
    section: Section[Allergy] = Present(allergies) if allergies else NoInformation(MAIN)
    nothing = NoInformation(MAIN)
    return CriticalInformation(section, nothing, nothing, nothing, refuted_allergies=refuted)


def medicines(*allergies: Allergy, refuted: tuple[Coded, ...] = ()) -> Medicines:
    return Medicines(
        NoInformation(), reconciled=True, guardian_reserved=False, allergies=allergies, refuted_allergies=refuted
    )


def laid(first: CriticalInformation | None, second: Medicines | None) -> tuple[Section[Allergy], Report]:
    return lay_allergies(first, second, NORWEGIAN)


def codes(report: Report) -> list[tuple[str, Severity]]:
    return [(finding.code, finding.severity) for finding in report.findings]


def test_both_sources_stand_side_by_side_kritisk_informasjon_first():
    one, other = known(PENICILLIN), allergy(CODEINE)
    assert laid(critical(one), medicines(other))[0] == Present((one, other))


def test_a_reaction_only_the_list_states_makes_the_section_present():
    section, report = laid(critical(), medicines(allergy()))
    assert (section, report.findings) == (Present((allergy(),)), [])


def test_two_sources_that_hold_nothing_are_no_information():
    assert laid(critical(), medicines()) == (NoInformation(MAIN), Report())


def test_no_medicine_source_leaves_the_section_to_kritisk_informasjon():
    assert laid(critical(known()), None) == (Present((known(),)), Report())


def test_what_the_list_only_repeats_is_left_out_and_named():
    note = "Kilde: Pasientens egne opplysninger"
    main = known(CODEINE, VOMITING, ITCHING, note=f"Hendte to ganger. {note}")
    for repeated in (allergy(CODEINE, VOMITING, note=note), allergy(CODEINE, ITCHING), allergy(CODEINE)):
        section, report = laid(critical(main), medicines(repeated))
        assert section == Present((main,))
        assert [(f.code, f.severity, f.original) for f in report.findings] == [
            ("allergy-stated-twice", Severity.INFO, "Kodein")
        ]


@pytest.mark.parametrize(
    "adding",
    [
        allergy(CODEINE, VOMITING),
        allergy(CODEINE, Coded("Utslett")),
        allergy(CODEINE, note="Måtte innlegges"),
        allergy(replace(CODEINE, text="Paralgin forte, Kodein")),
        allergy(Coded("Kodein", Coding("N02AJ06", ATC, "Kodein og paracetamol"))),
        allergy(Coded("Kodein")),
    ],
    ids=["reaction", "reaction-in-words", "note", "name", "code", "without-code"],
)
def test_what_adds_a_reaction_a_sentence_a_name_or_another_code_is_kept(adding: Allergy):
    main = known(CODEINE, ITCHING, note="Måtte ikke innlegges")
    assert laid(critical(main), medicines(adding)) == (Present((main, adding)), Report())


def test_what_is_over_there_is_not_the_same_as_what_the_list_states_now():
    over = known(status=Coded(original=Coding("inactive", "2.16.840.1.113883.4.642.4.1373")))
    assert laid(critical(over), medicines(allergy()))[0] == Present((over, allergy()))


@pytest.mark.parametrize(
    "refuted", [CODEINE, Coded("kodein"), Coded("Noe", None, (Coding("R05DA04", ATC),))], ids=["code", "name", "other"]
)
def test_what_kritisk_informasjon_refutes_is_kept_with_a_note_that_says_so(refuted: Coded):
    section, report = laid(critical(refuted=(refuted,)), medicines(allergy(note="Kvalm")))
    assert section == Present((allergy(note=f"Kvalm. Avkreftet i {MAIN}"),))
    assert codes(report) == [("sources-disagree", Severity.WARNING)]


def test_what_the_list_refutes_is_kept_with_a_note_that_says_so():
    section, report = laid(critical(known()), medicines(refuted=(CODEINE,)))
    assert section == Present((known(note="Avkreftet i pasientens legemiddelliste"),))
    assert codes(report) == [("sources-disagree", Severity.WARNING)]


def test_a_refutation_of_something_else_marks_nothing():
    section, report = laid(critical(refuted=(PENICILLIN,)), medicines(allergy()))
    assert (section, report.findings) == (Present((allergy(),)), [])


def test_what_both_refute_is_nowhere():
    assert laid(critical(refuted=(CODEINE,)), medicines(refuted=(CODEINE,)))[0] == NoInformation(MAIN)


def test_without_kritisk_informasjon_the_section_stays_unavailable_and_tells_the_list_in_words():
    section, report = laid(None, medicines(allergy(CODEINE, VOMITING, note="Kvalm")))
    assert section == SourceUnavailable(MAIN, (f"{LIST}: Kodein (Oppkast). Kvalm",))
    assert codes(report) == [("allergy-beside-unavailable-source", Severity.WARNING)]


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (Coded("Kodein", Coding("R05DA04", ATC, "Codeine")), "Kodein"),
        (Coded(None, Coding("R05DA04", ATC, "Kodein")), "Kodein"),
        (Coded(None, Coding("R05DA04", ATC)), "R05DA04"),
    ],
    ids=["text", "display", "code"],
)
def test_an_allergy_told_in_words_is_named_by_text_else_display_else_code(agent: Coded, words: str):
    section, _ = laid(None, medicines(allergy(agent, agent)))
    assert section == SourceUnavailable(MAIN, (f"{LIST}: {words} ({words})",))


def test_an_allergy_section_that_is_unavailable_stays_so_too():
    nothing = NoInformation(MAIN)
    answer = CriticalInformation(SourceUnavailable(MAIN), nothing, nothing, nothing)
    section, report = laid(answer, medicines(allergy()))
    assert section == SourceUnavailable(MAIN, (f"{LIST}: Kodein",))
    assert codes(report) == [("allergy-beside-unavailable-source", Severity.WARNING)]


def test_without_either_source_there_is_nothing_to_tell():
    assert laid(None, None) == (SourceUnavailable(MAIN), Report())


def test_a_known_absence_that_the_list_contradicts_is_a_disagreement():
    nothing = NoInformation(MAIN)
    answer = CriticalInformation(KnownAbsent("no-known-allergies", Provenance(MAIN)), nothing, nothing, nothing)
    section, report = laid(answer, medicines(allergy()))
    assert (section, codes(report)) == (Present((allergy(),)), [("sources-disagree", Severity.WARNING)])
    assert laid(answer, medicines()) == (answer.allergies, Report())


def test_the_rich_sample_loses_no_allergy():
    """Her codeine reaction is in the medicines list alone; her penicillin reaction has a comment there."""
    _, critical_information, in_use, _ = sample_of("rich")
    section, report = laid(critical_information, in_use)
    assert isinstance(section, Present)
    assert [(a.agent.text, a.provenance.source) for a in section.entries] == [
        ("Fenoksymetylpenicillin", MAIN), ("Peanøtt", MAIN), ("Voltaren", MAIN), ("Latex", MAIN),
        ("Fenoksymetylpenicillin", LIST), ("Paralgin forte, Kodein", LIST),
    ]  # fmt: skip
    assert "Adrenalin gitt på legevakt" in (section.entries[4].note or "")
    assert report.findings == []


def test_what_could_not_be_read_stays_beside_what_could():
    nothing, unread = NoInformation(MAIN), (KeptInWords(Standing.NOT_READABLE, "noe"),)
    answer = CriticalInformation(Present((known(),), unread), nothing, nothing, nothing)
    assert laid(answer, medicines())[0] == Present((known(),), unread)
    answer = CriticalInformation(NotReadable(unread), nothing, nothing, nothing)
    assert laid(answer, medicines())[0] == NotReadable(unread)
    assert laid(answer, medicines(allergy(PENICILLIN)))[0] == Present((allergy(PENICILLIN),), unread)


def test_a_reaction_of_the_list_that_could_not_be_read_is_told_in_the_section():
    lost = KeptInWords(Standing.NOT_READABLE, "Kodein")
    listed = Medicines(NoInformation(), False, False, unread_allergies=(lost,))
    nothing = NoInformation(MAIN)
    for state, expected in (
        (Present((known(),)), Present((known(),), (lost,))),
        (nothing, NotReadable((lost,), MAIN)),
    ):
        answer = CriticalInformation(state, nothing, nothing, nothing)
        assert laid(answer, listed)[0] == expected
    absent = CriticalInformation(KnownAbsent("no-known-allergies", Provenance(MAIN)), nothing, nothing, nothing)
    told = laid(absent, listed)[0]
    assert isinstance(told, NotReadable)
    assert lost in told.unread
    assert laid(None, listed)[0] == SourceUnavailable(MAIN, ("Kodein",))
