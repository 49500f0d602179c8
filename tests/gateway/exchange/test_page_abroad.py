"""Country B: that a patient is named otherwise stands above all of the page, with both names and what to do."""

import pytest

from gateway.exchange.country_b.page import page_of
from gateway.messages import DocumentRequest
from gateway.peers.ports import DocumentAbroad, PatientDifference
from tests.support.documents.identified import identified
from tests.support.documents.integrity import sound_summary
from tests.support.documents.pages import tree_of, words
from tests.support.persons.samples import release
from transformers.display.write_html import Shown
from transformers.model.finding import Report
from transformers.words import Language

SOUND = sound_summary()
NAME = PatientDifference("name", "Ana <b>Prøve</b>", "Bo Annen")
SEX = PatientDifference("sex", "F", "M")
COMPARE: dict[Language, str] = {
    "en": "Compare with the person's identity document.",
    "nb": "Sammenlign med personens legitimasjon.",
    "nn": "Samanlikn med legitimasjonen til personen.",
}
SEXES: dict[Language, tuple[str, str]] = {"en": ("female", "male"), "nb": ("kvinne", "mann"), "nn": ("kvinne", "mann")}


def notices(differences: tuple[PatientDifference, ...], language: Language) -> list[str]:
    """What stands on the page before all else."""
    document = DocumentAbroad(DocumentRequest("1.2"), SOUND, "text/xml", differences=differences)
    page = page_of(document, identified(SOUND), "Portugal", release=release(), language=language)
    body = tree_of(Shown(page, Report())).find(".//body")
    above = list(body)[: [element.tag for element in body].index("header")]
    above = [element for element in above if element.tag != "a"]  # the skip link, seen only by who reaches it by key
    assert all(element.get("role") == "alert" for element in above)
    return [words(element) for element in above]


@pytest.mark.parametrize("language", COMPARE)
def test_a_differing_name_or_sex_stands_above_all_with_both_and_what_to_do(language: Language):
    name, sex = notices((NAME, SEX), language)
    assert all(said in name for said in ("Ana <b>Prøve</b>", "Bo Annen", COMPARE[language]))
    assert all(said in sex for said in (*SEXES[language], COMPARE[language]))
    assert notices((), language) == []
