"""Words for people: no machine word in a value, a row's words once, no empty row, no translation that nobody made."""

import re
from collections import Counter

import pytest

from gateway.exchange.country_a.compose import write_document
from tests.support.documents.foreign import SNOMED, document, observation, section
from tests.support.documents.pages import edispensation, eprescription, rows, show, tree_of, words
from tests.support.machine.generated import of_the_day
from tests.support.machine.require import artefacts
from tests.support.persons import samples
from transformers.display.chrome import CHROME

MACHINE = re.compile(r"[\[{]|urn:|tel:|mailto:|\d\.\d+\.\d+\.\d+|\d{4}-\d\d-\d\d|µ|\b[a-z]{2}-[A-Z]{2}\b")
EDQM = "0.4.0.127.0.16.1.1.2.1"
MEDICINES = {"prescription": eprescription, "dispensation": edispensation}
EXAMPLES = (
    *("openncp-2-5678-W8.xml", "reference-test-data-W5.xml", "psf_full.xml", "ps_b_med2eff.xml", "PlRequest1.xml"),
    *(
        "openncp-1-1234-W8.xml",
        "ep_a.xml",
        "ep_e_pack2.xml",
        "ep_k5_bid_pivl.xml",
        "ed_a.xml",
        "l1_LAB.xml",
        "l1_PS.xml",
    ),
)


def sample_or_example(name: str) -> bytes:
    """A sample person's summary, a sample of a medicine's document, or an example of an authority."""
    if name in MEDICINES:
        return MEDICINES[name]().encode()
    if name.endswith(".xml"):
        return next(artefacts("cda-examples").rglob(name)).read_bytes()
    return write_document(samples.summary(name), samples.release(), 8)[0]


def machine_words(content: bytes) -> list[str]:
    """Values on the page of a document that are words of machines; the sender's own words are theirs."""
    tree = tree_of(show(content, "nb"))
    theirs = "//*[contains(@class, 'codes') or contains(@class, 'scroll')] | //main//*[@lang] | //*[@class='original']"
    for each in tree.xpath(theirs):
        each.drop_tree()
    values = tree.xpath("//td | //header/*/p | //*[@class='fact'] | //li")
    return [said for value in values if MACHINE.search(said := words(value))]


@pytest.mark.parametrize("name", of_the_day("machine words", (*samples.persons(), *EXAMPLES, *MEDICINES), 8))
def test_no_value_is_a_word_of_machines(name: str):
    assert machine_words(sample_or_example(name)) == []


def test_a_machine_word_is_found_here():
    value = '<value xsi:type="PQ" value="1" unit="{}"/>'
    known, other = (
        document(section("results", observation(f'<code code="1" {SNOMED}/>', value.format(unit))))
        for unit in ("mmol/L", "[nobody's]")
    )
    assert machine_words(known) == []
    assert machine_words(other) != []


def row_referred_to_by_every_field() -> bytes:
    """An allergy each of whose codes refers to the whole row of the table."""
    text = '<table><tbody><tr ID="r"><td>Amendoim</td><td>Choque</td><td>Grave</td><td>2003</td></tr></tbody></table>'
    whole = '<originalText><reference value="#r"/></originalText>'
    entry = (
        '<act classCode="ACT" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.16"/>'
        '<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>'
        '<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">'
        '<templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.17"/>'
        f'<code code="609328004" {SNOMED}>{whole}</code><text><reference value="#r"/></text>'
        '<statusCode code="completed"/><participant typeCode="CSM"><participantRole classCode="MANU">'
        f'<playingEntity classCode="MMAT"><code code="762952008" {SNOMED}>{whole}</code></playingEntity>'
        '</participantRole></participant><entryRelationship typeCode="MFST" inversionInd="true">'
        f'<observation classCode="OBS" moodCode="EVN"><code code="404684003" {SNOMED}/><statusCode code="completed"/>'
        f'<value xsi:type="CD" code="39579001" {SNOMED}>{whole}</value></observation></entryRelationship></observation>'
        "</entryRelationship></act>"
    )
    return document(section("allergies", entry, text=text))


@pytest.mark.parametrize("language", ["nb", "en"])
def test_the_words_of_a_row_stand_once_beside_its_codes(language: str):
    tree = tree_of(show(row_referred_to_by_every_field(), language))
    (entry,) = tree.xpath("//main/section//div[@class='entry']")
    counted = Counter(re.findall(r"\w+", " ".join(entry.itertext())))
    assert {word: counted[word] for word in ("Amendoim", "Choque", "Grave", "2003")} == dict.fromkeys(
        ("Amendoim", "Choque", "Grave", "2003"), 1
    )
    (row,) = tree.xpath("//*[@id='o-allergies']/table/tbody/tr")
    assert "Grave" not in words(row)


def test_an_original_text_of_its_own_stands_beside_its_code():
    own = (
        row_referred_to_by_every_field()
        .decode()
        .replace(
            '<originalText><reference value="#r"/></originalText></value>',
            "<originalText>Choque</originalText></value>",
        )
    )
    assert any(row[2] == "Choque" for row in rows(tree_of(show(own, "nb"))))


def test_a_note_and_a_dosage_are_rows_of_their_own_wherever_their_words_stand():
    content, _ = write_document(samples.summary("rich"), samples.release(), 8)
    found = rows(tree_of(show(content, "nb")))
    said = {(label, original) for label, _, original in found}
    assert ("Dosering og råd til pasienten", "1 tablett morgen") in said
    assert any(label == "Merknad" and "adrenalin" in original for label, original in said)
    assert not any("Annotation comment" in cell for row in found for cell in row)


@pytest.mark.parametrize("name", ["rich", "ordinary-man"])
def test_no_row_says_nothing(name: str):
    content, _ = write_document(samples.summary(name), samples.release(), 8)
    tree = tree_of(show(content, "nb"))
    for row in tree.xpath("//main//section//tbody/tr"):
        assert any(words(cell) for cell in row.xpath("td"))
    unknown = CHROME["nb"]["null.UNK"]
    assert [row for row in tree.xpath("//tr[@class='d1']") if words(row).endswith(f"Når{unknown}")] == []


def route(code: str, display: str) -> str:
    """A prescription by another route."""
    own = re.compile(r"<routeCode[^>]*/>|<routeCode.*?</routeCode>", re.DOTALL)
    other = f'<routeCode code="{code}" codeSystem="{EDQM}" displayName="{display}"/>'
    return own.sub(other, eprescription())


def test_under_translated_stand_words_of_the_reader_or_marked_ones():
    """A display in the sender's language is the sender's, and an English word says that it is English."""
    tree = tree_of(show(route("20053000", "Via oral"), "nb"))
    (row,) = [each for each in rows(tree) if each[0] == "Administrasjonsvei"][:1]
    assert row[1].startswith("Oral bruk")
    assert "Via oral" not in row[1]
    assert row[2] == "Via oral"
    unknown = tree_of(show(route("1", "Via oral"), "nb"))
    (row,) = [each for each in rows(unknown) if each[0] == "Administrasjonsvei"][:1]
    assert row[1:] == (CHROME["nb"]["untranslated"], "Via oral")


def test_an_english_word_on_a_norwegian_page_is_marked_as_english_and_untranslated():
    value = f'<value xsi:type="CD" code="271807003" {SNOMED} displayName="Eruption of skin"/>'
    tree = tree_of(show(document(section("results", observation(f'<code code="1" {SNOMED}/>', value))), "nb"))
    strange = tree.xpath("//main/section//bdi[@class='strange']")
    assert {(each.get("lang"), words(each)) for each in strange} <= {("en", "Eruption of skin")}
    for each in strange:
        assert words(each.getparent()).endswith(f"{CHROME['nb']['tongue.en']}, {CHROME['nb']['untranslated']}")


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_a_code_and_words_that_differ_carry_a_mark_with_both(language: str):
    mark = CHROME[language]["differs"]
    for display, marked in (("Intravenous use", True), ("Oral use", False), ("ORAL  use", False)):
        tree = tree_of(show(route("20053000", display), language))
        found = [row for row in rows(tree) if row[0] == CHROME[language]["of.routeCode"]]
        assert found
        assert all((mark in row[1]) == marked for row in found)
        assert all(display.split()[0] in " ".join(row) or not marked for row in found)


def test_a_code_and_words_that_differ_are_marked_in_the_overview():
    content, _ = write_document(samples.summary("rich"), samples.release(), 8)
    mark = CHROME["nb"]["differs"]
    other = content.replace(b'displayName="Peanut"', b'displayName="Latex allergen"')
    for whole, marked in ((content, False), (other, True)):
        found = tree_of(show(whole, "nb")).xpath("//*[@id='o-allergies']//tr[contains(., 'Peanøtt')]")
        assert [mark in words(row) for row in found] == [marked]
    assert "Latex allergen" in words(found[0])


def test_a_person_of_whom_nothing_is_known_has_no_rows_and_one_with_an_id_has():
    unknown = (
        '<participant typeCode="IND"><associatedEntity classCode="NOK"><addr nullFlavor="UNK"/>'
        '<telecom nullFlavor="NI"/><associatedPerson><name nullFlavor="UNK"/></associatedPerson></associatedEntity>'
        "</participant>"
    )
    whole = document(section("allergies")).decode()
    bare = whole.replace("<component>", f"{unknown}<component>", 1)
    group = CHROME["nb"]["group.participant"]

    def groups(content: str) -> list[str]:
        return [words(heading) for heading in tree_of(show(content, "nb")).xpath("//header//h2")]

    assert group not in groups(bare)
    withheld = bare.replace('<name nullFlavor="UNK"/>', '<name nullFlavor="MSK"/>')
    assert group in groups(withheld)
    known = bare.replace("<addr nullFlavor", '<id root="2.999.7"/><addr nullFlavor')
    assert group in groups(known)
