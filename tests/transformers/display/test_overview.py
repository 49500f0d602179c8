"""The overview of a summary: what stands in it, in which order, what of it is never folded, and what is marked."""

import pytest

from gateway.exchange.country_a.compose import write_document
from tests.support.documents.foreign import (
    LOINC,
    SNOMED,
    absent,
    allergy,
    document,
    medicine,
    observation,
    problem,
    section,
)
from tests.support.documents.pages import show, tree_of, words
from tests.support.persons import samples
from transformers.display.chrome import CHROME

ATC = 'codeSystem="2.16.840.1.113883.6.73"'
NAMED = '<name>{}</name><code code="N02BE01" codeSystem="2.999.7"/>'


def reaction(code: str, display: str, inner: str = "") -> str:
    """What happened."""
    return (
        '<entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" moodCode="EVN">'
        f'<templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.44"/><code code="404684003" {SNOMED}/>'
        f'<statusCode code="completed"/><value xsi:type="CD" code="{code}" {SNOMED} displayName="{display}"/>{inner}'
        "</observation></entryRelationship>"
    )


def side(code: str, value: str) -> str:
    """A criticality, a certainty, a status, a severity."""
    return (
        '<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS" moodCode="EVN">'
        f'<code {code}/><statusCode code="completed"/>{value}</observation></entryRelationship>'
    )


SEVERE = side('code="SEV" codeSystem="2.16.840.1.113883.5.4"', f'<value xsi:type="CD" code="24484000" {SNOMED}/>')
HIGH = side(f'code="82606-5" {LOINC}', '<value xsi:type="CE" code="high" codeSystem="2.16.840.1.113883.4.642.4.130"/>')
RESOLVED = side(
    f'code="33999-4" {LOINC}', '<value xsi:type="CE" code="resolved" codeSystem="2.16.840.1.113883.4.642.4.1373"/>'
)


def rows(content: bytes, group: str, language="nb") -> list[str]:
    """The rows of a group that are not folded."""
    found = tree_of(show(content, language)).xpath(f"//*[@id='o-{group}']/table/tbody/tr")
    return [words(row) for row in found]


def group_of(content: bytes, group: str, language="nb"):
    return tree_of(show(content, language)).get_element_by_id(f"o-{group}")


def used(low: str = "", high: str = "") -> str:
    """A period of use."""
    ends = (low and f'<low value="{low}"/>') + (high and f'<high value="{high}"/>')
    return f'<effectiveTime xsi:type="IVL_TS">{ends}</effectiveTime>'


def test_the_gravest_allergy_stands_first_and_what_is_over_last():
    mild, anaphylaxis = reaction("1", "Urticaria"), reaction("39579001", "Anaphylaxis")
    content = document(
        section(
            "allergies",
            allergy("Gone", anaphylaxis, RESOLVED),
            allergy("Mild", mild),
            allergy("Severe", reaction("1", "Oedema", SEVERE)),
            allergy("High", mild, HIGH),
            allergy("Deadly", anaphylaxis),
        )
    )
    found = rows(content, "allergies")
    assert [row.removeprefix("ALVORLIG ").split()[0] for row in found] == ["Deadly", "High", "Severe", "Mild", "Gone"]
    assert [row.startswith("ALVORLIG ") for row in found] == [True, True, True, False, True]


@pytest.mark.parametrize("written", ["Anafilaxia", "anafylaktisk sjokk", "Anaphylaxie", "Αναφυλαξία", "Анафилаксия"])
def test_anaphylaxis_in_words_alone_is_severe_and_another_reaction_in_words_is_not(written: str):
    for words_of, severe in ((written, True), ("utslett", False)):
        said = reaction("1", words_of).replace(f' code="1" {SNOMED}', ' nullFlavor="OTH"')
        (row,) = rows(document(section("allergies", allergy("Latex", said))), "allergies")
        assert row.startswith("ALVORLIG ") == severe


@pytest.mark.parametrize(
    ("severe", "other"),
    [
        ("alvorlig utslett", "ikke alvorlig utslett"), ("severe rash", "not severe rash"),
        ("exantema grave", "exantema não grave"), ("schwerer Ausschlag", "nicht schwerer Ausschlag"),
        ("éruption grave", "éruption peu grave"), ("ernstige uitslag", "niet ernstige uitslag"),
        ("ciężka wysypka", "mniej ciężka wysypka"), ("σοβαρό εξάνθημα", "μη σοβαρό εξάνθημα"),
        ("тежък обрив, тежка", "не тежка"), ("súlyos kiütés", "nem súlyos kiütés"),
        ("vakava ihottuma", "lievä ihottuma"), ("smags", "metal smag"), ("alvorlig", "rødme i hud, raske utslett"),
        ("závažná vyrážka", "mírná vyrážka"), ("livshotande utslag", "engraved"),
    ],
)  # fmt: skip
def test_a_reaction_that_its_own_words_call_severe_stands_out_in_any_language(severe: str, other: str):
    for words_of, marked in ((severe, True), (other, False)):
        said = reaction("1", words_of).replace(f' code="1" {SNOMED}', ' nullFlavor="OTH"')
        (row,) = rows(document(section("allergies", allergy("Latex", said))), "allergies")
        assert row.startswith("ALVORLIG ") == marked


def test_no_allergy_medicine_implant_or_pregnancy_is_folded_whatever_their_number():
    allergies = section("allergies", *(allergy(f"Agent{n}") for n in range(60)))
    medicines = section("medications", *(medicine(NAMED.format(f"Drug{n}")) for n in range(60)))
    content = document(allergies, medicines)
    tree = tree_of(show(content, "nb"))
    for name, stem in (("allergies", "Agent"), ("medications", "Drug")):
        found = [words(row).split()[0] for row in tree.xpath(f"//*[@id='o-{name}']/table//tr[td]")]
        assert found == [f"{stem}{n}" for n in range(60)]
        assert words(tree.get_element_by_id(f"o-{name}").find("h2")).endswith(" 60")
    assert not [e for e in tree.xpath("//details//tr") if "Agent" in words(e) and e.iterancestors("section") is None]


CREATED = "2026-03-01"


@pytest.mark.parametrize(
    ("status", "times", "folded", "mark"),
    [
        ("active", used("20250101"), False, None),
        ("completed", used("20240101", "20240201"), True, None),
        ("completed", used("20240101"), True, None),
        ("completed", used("20240101", "20270201"), False, "completed_goes_on"),
        ("active", used("20240101", "20240201"), False, "ended_active"),
        ("active", used("20240101", "20270201"), False, None),
        (None, used("20240101", "20240201"), True, None),
        (None, used("20240101"), False, "no_status"),
    ],
)
def test_a_medicine_is_past_only_when_status_or_end_says_so_and_the_other_agrees(
    status: str | None, times: str, folded: bool, mark: str | None
):
    entry = medicine(NAMED.format("Prøvex"), times=times)
    stated = '<statusCode code="active"/>'
    entry = entry.replace(stated, f'<statusCode code="{status}"/>' if status else "")
    group = group_of(document(section("medications", entry)), "medications")
    shown = [words(row) for row in group.xpath("./table/tbody/tr")]
    past = [words(row) for row in group.xpath("./details//tbody/tr")]
    assert (len(shown), len(past)) == ((0, 1) if folded else (1, 0))
    marks = {key: text for key, text in CHROME["nb"].items() if key.startswith("overview.mark.")}
    said = {key.rpartition(".")[2] for key, text in marks.items() if text in (shown + past)[0]}
    assert said == ({mark} if mark else set())
    if folded:
        assert words(group.find("details/summary")) == "1 avsluttede"


def test_strength_dose_route_and_since_stand_in_the_medicines_row():
    ingredient = (
        '<pharm:ingredient classCode="ACTI"><pharm:quantity><numerator xsi:type="PQ" value="100.0" unit="[IU]"/>'
        '<denominator xsi:type="PQ" value="1.0" unit="mL"/></pharm:quantity><pharm:ingredientSubstance>'
        f'<pharm:code code="A10AE06" {ATC} displayName="insulin degludec"/></pharm:ingredientSubstance>'
        "</pharm:ingredient>"
    )
    dose = (
        '<routeCode code="20066000" codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="Subcutaneous use"/>'
        '<doseQuantity value="10.50" unit="[iU]"/>'
    )
    weekly = '<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="1" unit="wk"/></effectiveTime>'
    entry = medicine(f"<name>Tresiba</name>{ingredient}", times=used("20250102") + weekly + dose)
    (row,) = rows(document(section("medications", entry)), "medications")
    for said in ("Styrke 100\N{NO-BREAK SPACE}IE/ml", "Dose 10,5\N{NO-BREAK SPACE}IE, én gang i UKEN"):
        assert " ".join(said.split()) in row
    assert "Siden 02.01.2025" in row


def test_a_dose_without_a_unit_says_so_and_shows_the_senders_row():
    text = '<paragraph ID="m">Tresiba 10 enheter til kvelden</paragraph>'
    more = '<text><reference value="#m"/></text><doseQuantity value="10"/>'
    entry = medicine("<name>Tresiba</name>", times=more)
    (row,) = rows(document(section("medications", entry, text=text)), "medications")
    assert "10 (enhet ikke oppgitt)" in row
    assert "10 enheter til kvelden" in row


def test_a_medicine_without_a_dose_as_data_shows_the_senders_row():
    text = '<paragraph ID="m">Marevan efter skema</paragraph>'
    entry = medicine("<name>Marevan</name>", times='<text><reference value="#m"/></text>')
    (row,) = rows(document(section("medications", entry, text=text)), "medications")
    assert "Dose ikke oppgitt som data" in row
    assert "Marevan efter skema" in row


def test_data_and_words_with_other_numbers_are_marked_and_with_the_same_are_not():
    told = '<doseQuantity value="{}" unit="{{Tablet}}"/>'
    instruction = (
        '<entryRelationship typeCode="SUBJ"><act classCode="ACT" moodCode="INT"><code code="PINSTRUCT"'
        ' codeSystem="1.3.6.1.4.1.19376.1.5.3.2"/><text>2 comprimidos</text></act></entryRelationship>'
    )
    mark = CHROME["nb"]["overview.mark.numbers_differ"]
    for value, differs in (("2", False), ("3", True)):
        entry = medicine("<name>Prøvex</name>", times=told.format(value), more=instruction)
        (row,) = rows(document(section("medications", entry)), "medications")
        assert (mark in row) == differs
        assert "2 comprimidos" in row


def test_each_absence_has_a_sentence_of_its_own():
    plain = "<paragraph>Sem alergias</paragraph>"
    said = [
        words(group_of(content, "allergies").find("p"))
        for content in (
            document(),
            document(section("allergies", absent("no-known-allergies"), text=" ")),
            document(section("allergies", absent("no-allergy-info"), text=" ")),
            document(section("allergies", text=" ")),
            document(section("allergies", text=" ").replace("<section>", '<section nullFlavor="MSK">')),
            document(section("allergies", '<encounter classCode="ENC" moodCode="EVN"/>', text=" ")),
        )
    ]
    only_words = group_of(document(section("allergies", text=plain)), "allergies")
    said.append(words(only_words.find_class("absence")[0]))
    assert "Sem alergias" in words(only_words)
    assert len(set(said)) == len(said) == 7
    assert said[0] == "Ikke i dokumentet: ingenting er sagt om det"
    assert said[1].startswith("INGEN KJENTE")


def test_words_that_list_more_than_a_coded_absence_stand_first_beneath_a_banner():
    table = "<table><tbody><tr><td>Latex</td><td>utslett</td></tr></tbody></table>"
    banner = CHROME["nb"]["absence.contradicted"]
    for text, contradicted in ((table, True), ("<paragraph>Ingen kjente</paragraph>", False)):
        group = group_of(document(section("allergies", absent("no-allergy-info"), text=text)), "allergies")
        said = words(group)
        assert (banner in said) == contradicted
        if contradicted:
            assert said.index(banner) < said.index("Latex · utslett") < said.index("Avsenderen har ingen opplysninger")


def test_an_absence_beside_an_allergy_is_a_banner_and_the_allergy_stands():
    group = group_of(document(section("allergies", absent("no-known-allergies"), allergy("Latex"))), "allergies")
    assert CHROME["nb"]["absence.contradicted"] in words(group)
    assert len(group.xpath("./table/tbody/tr")) == 1
    assert "INGEN KJENTE" in words(group)


def test_an_absence_beside_an_entry_that_cannot_be_read_is_a_banner_too():
    odd = f'<encounter classCode="ENC" moodCode="EVN"><code code="1" {SNOMED} displayName="Contact"/></encounter>'
    for beside, contradicted in ((odd, True), ("", False)):
        group = group_of(document(section("allergies", absent("no-known-allergies"), beside, text=" ")), "allergies")
        assert (CHROME["nb"]["absence.contradicted"] in words(group)) == contradicted
        assert "INGEN KJENTE" in words(group)


def test_what_could_not_be_read_is_counted_at_the_heading_and_stands_in_its_words():
    text = '<paragraph ID="a">Penicilina: choque</paragraph>'
    odd = (
        f'<encounter classCode="ENC" moodCode="EVN"><code code="1" {SNOMED} displayName="Contact"/>'
        '<text><reference value="#a"/></text></encounter>'
    )
    group = group_of(document(section("allergies", allergy("Latex"), odd, text=text)), "allergies")
    assert words(group.find("h2")).endswith("1 kunne ikke leses")
    assert "Penicilina: choque" in words(group)
    whole = group_of(document(section("allergies", allergy("Latex"))), "allergies")
    assert "kunne ikke leses" not in words(whole)


def test_a_denied_allergy_is_no_row_and_is_said_to_be_denied():
    denied = allergy("Latex").replace('<observation classCode="OBS"', '<observation negationInd="true" classCode="OBS"')
    group = group_of(document(section("allergies", denied)), "allergies")
    assert group.xpath("./table") == []
    assert "GJELDER IKKE" in words(group)


def test_resolved_problems_are_folded_beneath_their_number_and_active_ones_are_not():
    resolved = side(f'code="33999-4" {LOINC}', f'<value xsi:type="CE" code="413322009" {SNOMED}/>')
    value = '<value xsi:type="CD" code="{}" codeSystem="2.999.8" displayName="{}"/>'
    content = document(
        section("problems", problem(value.format("1", "Asthma")), problem(value.format("2", "Measles"), resolved))
    )
    group = group_of(content, "problems")
    assert [words(row).split()[0] for row in group.xpath("./table/tbody/tr")] == ["Asthma"]
    assert [words(row).split()[0] for row in group.xpath("./details//tbody/tr")] == ["Measles"]
    assert words(group.find("details/summary")) == "1 avsluttede"


def test_pregnancy_stands_in_the_overview_only_when_it_is_told():
    told = observation(
        f'<code code="82810-3" {LOINC} displayName="Pregnancy status"/>',
        f'<value xsi:type="CD" code="77386006" {SNOMED} displayName="Pregnant"/>',
    )
    content = document(section("results", told).replace("30954-2", "10162-6"))
    (row,) = rows(content, "pregnancies", "en")
    assert "Pregnant" in row
    assert tree_of(show(document(), "en")).xpath("//*[@id='o-pregnancies']") == []


def potassium(value: str, flag: str) -> str:
    """One result in its panel, with what is usual."""
    return (
        '<organizer classCode="BATTERY" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.42"/>'
        f'<code code="24326-1" {LOINC} displayName="Electrolytes panel"/><statusCode code="completed"/>'
        '<effectiveTime><low value="20260203"/></effectiveTime><component><observation classCode="OBS" moodCode="EVN">'
        f'<templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.43"/><code code="2823-3" {LOINC} displayName="Potassium"/>'
        f'<statusCode code="completed"/><effectiveTime value="20260204"/>{value}'
        f'<interpretationCode code="{flag}" codeSystem="2.16.840.1.113883.5.83" displayName="{flag}"/>'
        '<referenceRange typeCode="REFV"><observationRange><value xsi:type="IVL_PQ"><low value="3.50" unit="mmol/L"/>'
        '<high value="5.00" unit="mmol/L"/></value></observationRange></referenceRange></observation></component>'
        "</organizer>"
    )


def test_a_result_stands_in_one_row_with_its_own_digits_its_flag_and_what_is_usual():
    value = '<value xsi:type="PQ" value="5.90" unit="mmol/L"/>'
    content = document(section("results", potassium(value, "H")))
    (row,) = rows(content, "results", "nb")
    places = [row.index(part) for part in ("Potassium", "5,90 mmol/L", "Vurdering", "Referanse 3.50 – 5.00 mmol/L")]
    assert places == sorted(places)
    assert row.endswith("Når 04.02.2026")
    group = group_of(content, "results")
    assert words(group.xpath(".//span[@class='fact'][strong]")[1]).startswith("Vurdering")
    usual = group_of(document(section("results", potassium(value, "N"))), "results")
    assert len(usual.xpath(".//span[@class='fact'][strong]")) == 1
    unread = document(section("results", potassium('<value xsi:type="PQ" nullFlavor="UNK"/>', "N")))
    assert CHROME["nb"]["not_stated"] in rows(unread, "results")[0]
    elsewhere = tree_of(show(content, "nb")).xpath("string(//*[@id='o-elsewhere'])")
    assert CHROME["nb"]["section.results"] not in elsewhere


def test_an_untranslated_word_is_marked_with_its_language_and_counted():
    content = document(section("allergies", allergy("Amendoim")))
    tree = tree_of(show(content, "nb"))
    (strange,) = tree.xpath("//*[@id='overview']//bdi[@class='strange']")
    assert (words(strange), strange.get("lang")) == ("Amendoim", "pt-PT")
    assert words(tree.xpath("//*[@id='overview']/p")[0]).startswith("1 uttrykk er ikke oversatt")


def test_a_document_of_another_kind_has_no_overview():
    other = document(section("allergies", allergy("Latex"))).replace(b'"60591-5"', b'"34133-9"')
    other = other.replace(b'.10.1.3.1.1.3"', b'.10.1.3.1.1.9"')
    assert tree_of(show(other, "nb")).xpath("//*[@id='overview']") == []


@pytest.mark.parametrize(
    ("said", "severe"),
    [
        ("Alvorlig hudreaksjon", True),
        ("Mindre alvorlig hudreaksjon", False),
        ("Severe rash", True),
        ("Less severe rash", False),
        ("Utslett", False),
    ],
)
def test_a_reaction_that_its_own_words_call_severe_stands_out(said: str, severe: bool):
    low = HIGH.replace('code="high"', 'code="low"')
    (row,) = rows(document(section("allergies", allergy("Latex", reaction("1", said), low))), "allergies")
    assert row.startswith("ALVORLIG ") == severe


def test_that_the_patient_is_dead_stands_with_the_name_and_no_age():
    dead = '<sdtc:deceasedTime xmlns:sdtc="urn:hl7-org:sdtc" value="20260115"/></patient>'
    alive = document()
    for content, died in ((alive, False), (alive.replace(b"</patient>", dead.encode()), True)):
        (line,) = tree_of(show(content, "nb")).find_class("patient")
        assert ("Død 15.01.2026" in words(line)) == died
        assert ("63 år" in words(line)) != died


def test_an_allergy_of_two_sources_says_on_its_row_that_it_is_stated_several_times():
    content, _ = write_document(samples.summary("rich"), samples.release(), 8)
    twice = [row for row in rows(content, "allergies") if CHROME["nb"]["overview.mark.twice"] in row]
    assert len(twice) == 2
    assert all("Fenoksymetylpenicillin" in row for row in twice)


def test_a_dose_says_when_no_data_tell_how_often():
    """What is taken as needed has no form in the document's data: the dose alone would be one that nobody wrote."""
    content, _ = write_document(samples.summary("rich"), samples.release(), 8)
    stated = rows(content, "medications", "en")
    needed, daily = (next(row for row in stated if name in row) for name in ("Paracetamol", "Selo-Zok"))
    unstated = CHROME["en"]["overview.rhythm_unstated"]
    assert f"2 tablets, {unstated}, at most 8 tablets a day" in needed and "ved behov" in needed
    assert unstated not in daily and "once a day" in daily


def marks(content: bytes, group: str) -> list[str]:
    """What is marked on the rows of a group, and what of its words no code states."""
    found = group_of(content, group)
    return [words(each) for each in found.xpath(".//span[contains(@class, 'doubt')] | .//ul[@class='kept']/li")]


def test_words_that_say_another_severity_or_date_than_the_code_stand_on_the_row_with_both():
    refers = '<text><reference value="#r0"/></text><statusCode'
    text = '<table><tbody><tr ID="r0"><td>Latex</td><td>{}</td><td>{}</td></tr></tbody></table>'
    onset = '<effectiveTime><low value="20120304"/></effectiveTime>'
    one = allergy("Latex", SEVERE, more=onset).replace("<statusCode", refers, 1)
    differing = document(section("allergies", one, text=text.format("Mild", "06.05.2019")))
    said = " ".join(marks(differing, "allergies"))
    assert CHROME["nb"]["overview.mark.words_differ"] in said
    assert "mild / " in said
    assert "2019-05-06 / 2012-03-04" in said
    alike = document(section("allergies", one, text=text.format("Severe", "04.03.2012")))
    assert marks(alike, "allergies") == []


def test_a_row_of_words_without_entry_stands_in_the_overview_and_an_entry_without_words_is_marked():
    row = '<tr ID="{}"><td>{}</td><td>{}</td></tr>'
    rows_ = f"<table><tbody>{row.format('r0', 'Latex', 'x')}{row.format('r1', 'Nozes', 'y')}</tbody></table>"
    refers = '<text><reference value="#r0"/></text><statusCode'
    latex = allergy("Latex").replace("<statusCode", refers, 1)
    (kept,) = marks(document(section("allergies", latex, text=rows_)), "allergies")
    assert kept == f"{CHROME['nb']['overview.row_alone']}: Nozes · y"
    unmentioned = document(section("allergies", latex, allergy("Amendoim"), text=rows_.replace("Nozes", "Latex")))
    assert CHROME["nb"]["overview.mark.unmentioned"] in " ".join(marks(unmentioned, "allergies"))
