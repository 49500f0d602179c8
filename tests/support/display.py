"""A page made from a document, read as a person would: text, and rows of three cells."""

from lxml import html

from tests.support import samples
from transformers.display.chrome import Language
from transformers.display.write_html import Shown, write_html
from transformers.terminology.release import Release

SCT = 'codeSystem="2.16.840.1.113883.6.96"'


def show(content: bytes | str, language: Language = "en", release: Release | None = None) -> Shown:
    """The page of a document, with the starter release."""
    whole = content if isinstance(content, bytes) else content.encode()
    return write_html(whole, release=release or samples.release(), language=language)


def tree_of(shown: Shown) -> html.HtmlElement:
    """The page as a browser would read it, near enough."""
    return html.document_fromstring(shown.html.decode())


def words(element: html.HtmlElement) -> str:
    """All text, blanks put together."""
    return " ".join(element.text_content().split())


def rows(tree: html.HtmlElement) -> list[tuple[str, str, str]]:
    """Label, English and original of each statement of the sections."""
    found = tree.xpath("//main//div[@class='entry']/table/tbody/tr[count(*)=3]")
    return [tuple(words(cell) for cell in row) for row in found]


def document(entry: str, text: str = "") -> str:
    """A document with one section of one entry, and the section's narrative."""
    return (
        '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:pharm="urn:hl7-org:pharm"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><languageCode code="pt-PT"/>'
        '<component><structuredBody><component><section><code code="48765-2"/><title>Alergias</title>'
        f"<text>{text}</text>{entry and f'<entry>{entry}</entry>'}"
        "</section></component></structuredBody></component></ClinicalDocument>"
    )
