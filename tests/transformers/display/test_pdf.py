"""PDF/A-1b (ISO 19005-1): what makes a file one, looked for from outside; every text in it; the same bytes again."""

import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import typst

from tests.support.documents.pdf import holds, objects, opened, sheet_of, text_of
from transformers.display import pdf
from transformers.display.pdf import print_sheet
from transformers.display.sheet import Heading, LabelledTexts, SheetTable, SheetText

SAMI = "Áile Čáppa Đorvo Ŋuorri Šalla Ŧuoma Žiina áčđŋšŧž ǩ ǯ"
GREEK = "Παναγιώτης Ωμέγα ΐ"
CYRILLIC = "Здравейте Юрий Ђорђе Їжак"


def printed(text: str = "Ord") -> bytes:
    return print_sheet(sheet_of(text)).content


def test_says_that_it_is_pdf_a_1b():
    with opened(printed()) as document, document.open_metadata() as metadata:
        assert metadata["pdfaid:part"] == "1"
        assert metadata["pdfaid:conformance"] == "B"
        assert document.pdf_version == "1.4"


def test_has_an_output_intent_with_its_profile():
    with opened(printed()) as document:
        (intent,) = document.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert len(intent.DestOutputProfile.read_bytes()) > 100


@pytest.mark.parametrize(("language", "said"), [("nb-NO", "nb-NO"), ("nn-NO", "nn-NO"), ("en", "en")])
def test_is_tagged_and_names_its_language(language: str, said: str):
    with opened(print_sheet(sheet_of("Ord", language=language)).content) as document:
        assert document.Root.MarkInfo.Marked
        assert document.Root.StructTreeRoot.K is not None
        assert document.Root.Lang == said


def test_headings_and_tables_are_tagged_as_such():
    blocks = (
        Heading(SheetText("To")),
        Heading(SheetText("Tre"), 3),
        LabelledTexts((("Navn", (SheetText("Verdi"),)),)),
        SheetTable(("Ett", "To"), (((SheetText("a"),), (SheetText("b"),)),), (1, 1)),
    )
    with opened(print_sheet(sheet_of("", blocks=blocks)).content) as document:
        tags = {str(o.S) for o in objects(document) if o.get("/S") is not None}
    assert {"/H1", "/H2", "/H3", "/Table", "/TR", "/TH", "/TD"} <= tags


def test_a_word_in_another_language_says_so():
    blocks = (LabelledTexts((("Navn", (SheetText("Verdi"), SheetText("Alergia", "pt-PT"))),)),)
    with opened(print_sheet(sheet_of("", blocks=blocks)).content) as document:
        assert re.findall(rb"/Lang\((.*?)\)", document.pages[0].Contents.read_bytes()) == [b"pt-PT"]


def test_every_font_is_inside():
    with opened(printed(f"{SAMI} {GREEK} {CYRILLIC} ☐")) as document:
        described = [o for o in objects(document) if o.get("/Type") == "/FontDescriptor"]
        assert len(described) >= 2
        assert all(any(key in o for key in ("/FontFile", "/FontFile2", "/FontFile3")) for o in described)


def test_holds_nothing_that_acts_hides_or_shines_through():
    with opened(printed()) as document:
        assert not document.is_encrypted
        assert not {"/OpenAction", "/AA", "/Names"} & set(document.Root.keys())
        for thing in objects(document):
            assert thing.get("/S") not in ("/JavaScript", "/Launch", "/Transparency", "/SubmitForm")
            assert not {"/SMask", "/EF"} & set(thing.keys())
            assert thing.get("/ca", 1) == 1
            assert thing.get("/CA", 1) == 1


def test_the_same_sheet_gives_the_same_bytes_in_another_process():
    code = "import sys; from tests.support.documents.pdf import sheet_of;"
    code += "from transformers.display.pdf import print_sheet;"
    code += "sys.stdout.buffer.write(print_sheet(sheet_of('Ord ☐')).content)"
    again = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert again == printed("Ord ☐") == printed("Ord ☐")


def test_the_only_time_in_it_is_the_documents():
    created = datetime(2026, 5, 4, 9, 30, 15, tzinfo=UTC)
    with opened(print_sheet(sheet_of("Ord", created=created)).content) as document:
        assert str(document.docinfo.CreationDate) == "D:20260504093015Z"
        assert {str(v) for k, v in document.docinfo.items() if "Date" in k} == {"D:20260504093015Z"}


def test_refuses_an_instant_without_zone():
    with pytest.raises(ValueError, match="aware"):
        print_sheet(sheet_of("Ord", created=datetime(2026, 5, 4)))  # noqa: DTZ001 - a naive one is the point


@pytest.mark.parametrize("text", [SAMI, GREEK, CYRILLIC, "≥ 5 µg/mL – “½” €", "fi ffl office", "العربية"])
def test_letters_of_europe_are_printed_and_can_be_read_back(text: str):
    made = print_sheet(sheet_of(text))
    assert made.report.findings == []
    assert holds(made.content, text) or text == "العربية"  # its letters are drawn from right to left


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("før 中 etter", ["[U+4E2D]"]),
        ("中文中", ["[U+4E2D]", "[U+6587]"]),
        ("a😀b", ["[U+1F600]"]),
        ("a\x00b", ["[U+0000]"]),
        ("a\x0cb", ["[U+000C]"]),
        ("a\ud800b", ["[U+D800]"]),
        ("a\ufeffb", ["[U+FEFF]"]),
        ("a\u202eb", ["[U+202E]"]),
    ],
)
def test_a_character_no_font_has_is_printed_as_its_code_point_and_reported_once(text: str, told: list[str]):
    made = print_sheet(sheet_of(text))
    assert [(f.code, f.original) for f in made.report.findings] == [("character-without-glyph", t) for t in told]
    assert all(holds(made.content, t) for t in told)


@pytest.mark.parametrize("text", ["\\u0008", "\\\\u0000", "\\b", '"', "{{ x }}", '\\"}'])
def test_an_escape_that_is_written_is_text(text: str):
    made = print_sheet(sheet_of(text))
    assert made.report.findings == []
    assert holds(made.content, text)


def test_markup_of_the_typesetter_is_text():
    text = '#panic("x") *a* _b_ $x^2$ @c <d> `e` // f /* g */ #read("/etc/passwd") = h'
    assert holds(printed(text), text)


def test_every_letter_that_is_printed_untried_has_a_glyph():
    plain = "".join(
        c for c in map(chr, range(0x20, 0xFFFF)) if not 0xD800 <= ord(c) < 0xE000 and pdf._PLAIN.fullmatch(c)
    )
    assert len(plain) > 450
    blocks = (
        Heading(SheetText(plain)),
        LabelledTexts(((plain, (SheetText(plain, soft=True),)),)),
        SheetTable((plain,), (), (1,)),
    )
    sheet = sheet_of("", blocks=blocks)
    pdf._set(pdf._as_json(sheet), sheet, "a-2u")
    with pytest.raises(typst.TypstError):
        pdf._set(pdf._as_json(sheet_of("中")), sheet, "a-2u")


def test_when_the_typesetter_does_not_say_which_letter_all_unusual_ones_are_told(monkeypatch):
    monkeypatch.setattr(pdf, "_REFUSED", pdf.re.compile(r"(?!)()"))
    made = print_sheet(sheet_of("☐ 中 a"))
    assert [f.original for f in made.report.findings] == ["[U+2610]", "[U+4E2D]"]


def test_a_word_longer_than_a_line_stays_on_the_page_and_is_whole():
    word = "Langtord" * 60
    content = print_sheet(sheet_of("", blocks=(LabelledTexts((("Navn", (SheetText(word),)),)),))).content
    assert holds(content, word)


def test_line_ends_of_every_system_break_lines():
    assert "en to tre fire fem" in text_of(printed("en\r\nto\rtre\nfire\tfem"))
