"""Every kind of page in Chromium: readable on a wide and on a narrow screen, by keyboard, by ear, and on paper.

All of it in one file, so that one browser serves it all. The checklist per screen is `transformers/display/README.md`.
"""

import csv
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from gateway.exchange.country_a.compose import write_document
from tests.support.documents.many import of_size
from tests.support.documents.questions import Question, questions_of
from tests.support.documents.screens import KINDS, page
from tests.support.machine.browser import browser, looked_at
from tests.support.machine.generated import of_the_day
from tests.support.machine.require import artefacts
from tests.support.persons import samples
from transformers.display.chrome import CHROME
from transformers.display.write_html import write_html

WIDE, NARROW = 1280, 320
PATIENTS = {
    "summary": "Ryddig Lerke Havreåker",
    "no-information": "Stille Måneskinn",
    "prescription": "Ana Prøve",
    "dispensation": "Ana Prøve",
    "original": "Máhtte Áilu Čieŧŧa Đuvžžá Šearrát Ŋuorjjot-Æsjåsen",
    "orcd": "Ana Prøve",
}
LANGUAGES = ("nb", "nn", "en")
_VIOLATIONS = {"resultTypes": ["violations"], "preload": False}


@pytest.fixture(scope="module")
def chromium() -> Iterator[BrowserContext]:
    with browser() as opened:
        yield opened


def seen(shown: Page, words: str) -> bool:
    """The words stand on the screen, in an element that takes room."""
    return shown.get_by_text(words, exact=False).first.is_visible()


@pytest.mark.parametrize("kind", of_the_day("sideways", KINDS, 3))
def test_no_page_scrolls_sideways_loads_anything_or_makes_the_browser_complain(chromium: BrowserContext, kind: str):
    with looked_at(chromium, page(kind, "nb"), width=WIDE) as looked:
        for _ in ("folded", "unfolded"):
            for width in (WIDE, NARROW):
                looked.resize(width)
                assert looked.overflow() <= 0
            looked.unfold()
        assert looked.asked == ["http://display.test/"]
        assert looked.complaints == []


def test_a_page_that_scrolls_sideways_is_found_here(chromium: BrowserContext):
    wide = (
        b"<!doctype html><html lang=en><title>x</title><main><h1>x</h1><div style='width:400px'>x</div></main></html>"
    )
    with looked_at(chromium, wide, width=NARROW) as looked:
        assert looked.overflow() > 0


SCHEMES = ("light", "dark")


@pytest.mark.parametrize(
    ("kind", "language", "width", "scheme"),
    of_the_day("accessibility", product(KINDS, LANGUAGES, (WIDE, NARROW), SCHEMES), 2),
)
def test_the_rules_of_accessibility_find_nothing(
    chromium: BrowserContext, kind: str, language: str, width: int, scheme: Literal["light", "dark"]
):
    with looked_at(chromium, page(kind, language), width=width) as looked:
        looked.page.emulate_media(color_scheme=scheme)
        looked.unfold()
        found = Axe().run(looked.page, options=_VIOLATIONS).response["violations"]
        assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []


def test_a_page_with_a_fault_is_found_by_those_rules(chromium: BrowserContext):
    faulty = page("prescription", "nb").replace(b'<html lang="nb">', b"<html>")
    with looked_at(chromium, faulty, width=WIDE) as looked:
        assert "html-has-lang" in {
            rule["id"] for rule in Axe().run(looked.page, options=_VIOLATIONS).response["violations"]
        }


@pytest.mark.parametrize(("kind", "patient"), of_the_day("right patient", PATIENTS.items(), 3))
def test_the_right_patient_stands_first(chromium: BrowserContext, kind: str, patient: str):
    with looked_at(chromium, page(kind, "nb"), width=WIDE) as looked:
        for width in (WIDE, NARROW):
            looked.resize(width)
            heading = looked.page.locator("h1")
            assert heading.inner_text() == patient
            box = heading.bounding_box()
            assert box is not None
            assert box["y"] < 100


def test_the_original_stands_beside_the_translation_and_beneath_it_where_there_is_no_room(chromium: BrowserContext):
    for width in (WIDE, NARROW):
        with looked_at(chromium, page("summary", "nb"), width=width) as looked:
            row = looked.page.locator("tr", has_text="Anaphylaxis").first
            translated, original = (row.locator("td").nth(n) for n in (0, 1))
            assert "Anaphylaxis" in translated.inner_text()
            assert original.inner_text().strip() == "Anafylaktisk reaksjon"
            left, right = translated.bounding_box(), original.bounding_box()
            assert left is not None
            assert right is not None
            if width == WIDE:
                assert left["y"] == right["y"]
                assert left["x"] + left["width"] <= right["x"]
            else:
                assert left["y"] + left["height"] <= right["y"]


def test_where_columns_are_stacked_each_cell_says_which_it_is(chromium: BrowserContext):
    label = "getComputedStyle(document.querySelector('main td.original[data-column]'), '::before').content"
    with looked_at(chromium, page("summary", "nb"), width=NARROW) as looked:
        assert CHROME["nb"]["original"] in looked.page.evaluate(label)
    with looked_at(chromium, page("summary", "nb"), width=WIDE) as looked:
        assert looked.page.evaluate(label) == "none"


@pytest.mark.parametrize(
    ("kind", "language", "said"),
    of_the_day(
        "seen",
        [
            (
                "prescription",
                "nb",
                ("Styrke (Paracetamol)", "500 mg", "IKKE tillatt", "1 tablett 3 ganger daglig", "Eske"),
            ),
            (
                "dispensation",
                "en",
                ("Dispensed by", "Rita Sol, Farmácia do Mar", "another product than the prescribed one"),
            ),
            ("no-information", "en", ("No information about allergies", "No information about medications")),
            ("original", "nb", ("Selve dokumentet er en fil", "Lagre filen (PDF")),
            ("orcd", "nn", ("Lagre fila (PDF",)),
            ("refusal", "nb", ("Det nevner flere pasienter", "Dette sier ingenting om pasienten")),
        ],
        3,
    ),
)
def test_what_the_reader_came_for_can_be_seen(
    chromium: BrowserContext, kind: str, language: str, said: tuple[str, ...]
):
    with looked_at(chromium, page(kind, language), width=WIDE) as looked:
        for width in (WIDE, NARROW):
            looked.resize(width)
            assert [words for words in said if not seen(looked.page, words)] == []


def test_what_is_folded_away_is_not_seen_before_it_is_asked_for(chromium: BrowserContext):
    with looked_at(chromium, page("prescription", "nb"), width=WIDE) as looked:
        code = looked.page.get_by_text("10219000").first
        assert not code.is_visible()
        looked.page.get_by_text(CHROME["nb"]["all_details"]).first.click()
        looked.page.locator("main details details summary").first.click()
        assert code.is_visible()


FOCUSED = """() => { const e = document.activeElement, r = e.getBoundingClientRect(), s = getComputedStyle(e);
  return [e.tagName, r.top + scrollY, s.outlineStyle, parseFloat(s.outlineWidth)]; }"""


@pytest.mark.parametrize("kind", of_the_day("keyboard", ["no-information", "prescription", "original"], 1))
def test_the_keyboard_goes_down_the_page_is_seen_and_leaves_it(chromium: BrowserContext, kind: str):
    with looked_at(chromium, page(kind, "nb"), width=NARROW) as looked:
        looked.unfold()
        expected = looked.page.locator("summary, a[href], [tabindex='0']").count()
        stops = []
        for _ in range(expected + 1):
            looked.page.keyboard.press("Tab")
            stops.append(looked.page.evaluate(FOCUSED))
        inside = [stop for stop in stops if stop[0] != "BODY"]
        assert len(inside) >= expected > 0
        assert [stop[1] for stop in inside[:expected]] == sorted(stop[1] for stop in inside[:expected])
        assert all(style == "solid" and width >= 2 for _, _, style, width in inside[:expected])


def test_the_keyboard_unfolds(chromium: BrowserContext):
    with looked_at(chromium, page("prescription", "nb"), width=WIDE) as looked:
        looked.page.keyboard.press("Tab")
        looked.page.keyboard.press("Enter")
        assert looked.page.locator("header details").first.get_attribute("open") is not None


def test_allergies_are_two_key_presses_away_and_the_patient_stays_in_sight(chromium: BrowserContext):
    with looked_at(chromium, page("summary", "nb"), width=NARROW, height=600) as looked:
        looked.page.keyboard.press("Tab")
        assert looked.page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        looked.page.keyboard.press("Enter")
        assert looked.page.evaluate("location.hash") == "#o-allergies"
        looked.page.evaluate("window.scrollTo(0, 3000)")
        box = looked.page.locator("h1").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 100


def test_a_row_of_the_overview_leads_to_all_that_is_said_of_it(chromium: BrowserContext):
    with looked_at(chromium, page("summary", "nb"), width=WIDE) as looked:
        looked.page.locator("#o-allergies a", has_text="Peanøtt").first.click()
        target = looked.page.locator(looked.page.evaluate("location.hash"))
        assert "Larynxødem" in target.inner_text()
        box, head = target.bounding_box(), looked.page.locator(".patient").bounding_box()
        assert box is not None
        assert head is not None
        assert head["y"] + head["height"] <= box["y"] < 900


def test_a_dark_screen_has_a_dark_page(chromium: BrowserContext):
    ground = "getComputedStyle(document.body).backgroundColor"
    with looked_at(chromium, page("prescription", "nb"), width=WIDE) as looked:
        looked.page.emulate_media(color_scheme="light")
        light = looked.page.evaluate(ground)
        looked.page.emulate_media(color_scheme="dark")
        assert looked.page.evaluate(ground) != light


def test_what_is_folded_away_stands_on_paper(chromium: BrowserContext):
    with looked_at(chromium, page("prescription", "nb"), width=WIDE) as looked:
        codes = looked.page.get_by_text("10219000").first
        assert not codes.is_visible()
        looked.page.emulate_media(media="print")
        assert codes.is_visible()
        assert looked.page.locator("section").first.evaluate("e => getComputedStyle(e).borderTopWidth") == "0px"


def test_the_file_that_is_saved_is_the_file_of_the_document(chromium: BrowserContext, tmp_path):
    with looked_at(chromium, page("orcd", "nb"), width=NARROW) as looked:
        with looked.page.expect_download() as coming:
            looked.page.locator("a.save").click()
        coming.value.save_as(tmp_path / "saved")
        assert coming.value.suggested_filename == "document.pdf"
        assert (tmp_path / "saved").read_bytes() == b"%PDF-1.4 pr\xc3\xb8ve"


def test_nothing_of_a_hostile_document_runs(chromium: BrowserContext):
    evil = page("prescription", "nb").replace(b"<main>", b"<main><script>document.title='run'</script><img src=x>")
    with looked_at(chromium, evil, width=WIDE) as looked:
        assert looked.page.title() == "E-resept"
        assert looked.asked == ["http://display.test/"]
        assert any("Content Security Policy" in complaint for complaint in looked.complaints)


# Questions and a stopwatch: each answer in one row with its label, within the first screen ----------------------------


FOREIGN = (
    "cda-examples/ps/openncp-2-5678-W8.xml",
    "cda-examples/ps/reference-test-data-W5-known-absence.xml",
    "cda-examples/ps/reference-test-data-W5.xml",
    "cda-examples/skeletons/ps_b_med2eff.xml",
    "cda-examples/skeletons/psf_full.xml",
)
SIZES = {"8 and 12": (8, 12), "15 and 25": (15, 25)}
FIRST_SCREEN = {1280: 900, 360: 1600}
ROWS = """() => [...document.querySelectorAll('.group')].map(group => [group.id, [...group.querySelectorAll(
  ':scope > table > tbody > tr, :scope > p, :scope > ul > li, :scope > .sent > p, :scope > h2')].map(row => {
    const box = row.getBoundingClientRect();
    return [row.innerText.replace(/\\s+/g, ' '), box.bottom + scrollY, box.height, row.tagName]; })])"""


def summary_of(name: str) -> bytes:
    """A sample person's summary, or a foreign or official one."""
    if name in SIZES:
        return of_size(*SIZES[name])
    if name.endswith(".xml"):
        return artefacts(*name.split("/")).read_bytes()
    return write_document(samples.summary(name), samples.release(), 8)[0]


def answered(asked: Question, rows: list[tuple[str, float, float, str]]) -> float | None:
    """How far down the first row ends that answers a question; None where no row that is seen does."""
    for text, bottom, height, _ in rows:
        said = all(any(way.casefold() in text.casefold() for way in ways) for ways in asked.all_of)
        if said and asked.label in text and height > 0:
            return bottom
    return None


@pytest.mark.parametrize("name", of_the_day("stopwatch", (*samples.persons(), *FOREIGN, *SIZES), 3))
def test_every_question_is_answered_on_the_first_screen_in_one_row_with_its_label(chromium: BrowserContext, name: str):
    content = summary_of(name)
    asked = questions_of(content, samples.release())
    html = write_html(content, release=samples.release(), language="nb").html
    for width, most in FIRST_SCREEN.items():
        with looked_at(chromium, html, width=width) as looked:
            groups = dict(looked.page.evaluate(ROWS))
            found = {(one.what, one.all_of): answered(one, groups.get(one.group, [])) for one in asked}
            assert [one for one, bottom in found.items() if bottom is None] == []
            if name != "15 and 25":
                assert [one for one, bottom in found.items() if bottom is not None and bottom > most] == []
            assert looked.page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") >= 16
            inside = "[...document.querySelectorAll('#overview *')].filter(e => e.scrollHeight > e.clientHeight + 1"
            assert (
                looked.page.evaluate(f"{inside} && ['auto', 'scroll'].includes(getComputedStyle(e).overflowY)).length")
                == 0
            )


ANY_ROW = """() => [...document.querySelectorAll(
  'h1, .patient p, .about p, .asked tbody tr, .absence, .elsewhere li, [data-kind="keys"] tbody tr')].map(
  row => [row.innerText.replace(/\\s+/g, ' '), row.getBoundingClientRect().bottom + scrollY])"""
ASKED = Path(__file__).parents[2] / "data/page_questions.csv"


def asked_by_hand() -> dict[str, list[tuple[str, list[str]]]]:
    """Questions that a person wrote from the documents, with the words of their answers."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    with ASKED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["document"], []).append((row["question"], row["answer"].split("|")))
    return found


@pytest.mark.parametrize("name", of_the_day("by hand", asked_by_hand(), 1))
def test_what_a_person_asks_of_a_document_is_answered_on_the_first_screen(chromium: BrowserContext, name: str):
    asked = asked_by_hand()[name]
    assert len(asked) >= 10
    html = write_html(summary_of(name), release=samples.release(), language="nb").html
    with looked_at(chromium, html, width=1280) as looked:
        for width, most in FIRST_SCREEN.items():
            looked.page.set_viewport_size({"width": width, "height": 900})
            rows = [text for text, bottom in looked.page.evaluate(ANY_ROW) if bottom <= most]
            assert [q for q, answer in asked if not any(all(a in row for a in answer) for row in rows)] == []


def test_of_many_rows_each_heading_with_its_number_is_on_the_first_screen_and_each_row_follows(
    chromium: BrowserContext,
):
    html = write_html(of_size(15, 25), release=samples.release(), language="nb").html
    for width, most in FIRST_SCREEN.items():
        with looked_at(chromium, html, width=width) as looked:
            links = looked.page.locator("nav a")
            named = [links.nth(n).inner_text() for n in range(links.count())]
            assert {"Allergier 15", "Legemidler 25"} <= set(named)
            assert all(links.nth(n).bounding_box()["y"] < most for n in range(links.count()))
            for group, count in (("o-allergies", 15), ("o-medications", 25)):
                rows = dict(looked.page.evaluate(ROWS))[group]
                assert sum(tag == "TR" for _, _, height, tag in rows if height > 1) == count


def test_an_answer_that_is_folded_away_or_below_the_first_screen_is_found_here(chromium: BrowserContext):
    content = summary_of("rich")
    asked = questions_of(content, samples.release())
    html = write_html(content, release=samples.release(), language="nb").html
    assert len(asked) > 25
    pushed = html.replace(b'<div class="overview"', b'<div style="height:900px"></div><div class="overview"')
    for spoiled in (
        html.replace(b"Fenoksymetylpenicillin", b"Noe annet"),
        pushed.replace(b"style-src", b"style-src-attr 'unsafe-inline'; x"),
    ):
        with looked_at(chromium, spoiled, width=1280) as looked:
            groups = dict(looked.page.evaluate(ROWS))
            bottoms = [answered(one, groups.get(one.group, [])) for one in asked]
            assert any(bottom is None or bottom > FIRST_SCREEN[1280] for bottom in bottoms)
