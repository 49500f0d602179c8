"""Country B: what came as the page that a clinician reads, with what she has to know first above all of it."""

from gateway.exchange.country_b.bare_file import PDF, UNDIGESTED
from gateway.exchange.country_b.listed import media_kind
from gateway.exchange.country_b.pair_agreement import pair_notices
from gateway.exchange.country_b.patient import banner
from gateway.messages import FoundPatient
from gateway.peers.ports import DocumentAbroad
from transformers.cda.types.original_file import FileFault, read_bare_file
from transformers.display.errors import DisplayRefused, NotAClinicalDocument
from transformers.display.view import Picture
from transformers.display.write_html import ListedPatient, write_file_page, write_html, write_refusal
from transformers.terminology.release import Release
from transformers.words import Language
from trust.errors import XmlRefused


def page_of(
    document: DocumentAbroad,
    person: FoundPatient,
    country: str,
    *,
    release: Release,
    language: Language,
    picture: Picture | None = None,
) -> bytes:
    """The page of a document or bare PDF of a person, as she was identified; of ``country``, by its name.

    ``picture`` makes one of a PDF's first page. What cannot be shown has the page that says so. Never raises.
    """
    notices = [banner(difference, language) for difference in document.differences]
    notices += pair_notices(document.findings, language)
    if media_kind(document.mime_type) != PDF:
        try:
            return write_html(
                document.content, release=release, language=language, notices=notices, picture=picture
            ).html
        except (XmlRefused, DisplayRefused) as reason:
            return write_refusal(reason, language=language)
    file = read_bare_file(document.content, PDF)
    if isinstance(file, FileFault):
        return write_refusal(NotAClinicalDocument(), language=language)
    name = " ".join((*person.given, person.family))
    undigested = any(finding.code == UNDIGESTED for finding in document.findings)
    patient = ListedPatient(name, person.birth_date, person.identifier.extension, country, undigested)
    return write_file_page(file, patient, language=language, notices=notices, picture=picture)
