"""An eHDSI clinical document as one HTML page: no script, nothing from elsewhere, the original beside the English."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from transformers.cda.documents.sections import Marks, marks_of
from transformers.cda.kinds import recognise
from transformers.cda.types.original_file import OriginalFile
from transformers.cda.types.tree import Tree
from transformers.display.chrome import CHROME
from transformers.display.errors import NotAClinicalDocument, SeveralPatients
from transformers.display.invisible import make_visible
from transformers.display.narrative import Anchors
from transformers.display.quantities import when
from transformers.display.reader import PageReader
from transformers.display.view import FileFacts, PageView, Picture, facts_of, view_of
from transformers.display.wordings import facts, wordings
from transformers.model.finding import Report
from transformers.model.open_document import open_document
from transformers.terminology.release import Release
from transformers.words import Language
from trust.xml import SHOWN

"""A hundred thousand elements are a page of a few seconds' making and more than anybody reads."""
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= {"wordings": wordings, "facts": facts}
_STYLE = Markup(_ENVIRONMENT.get_template("document.css").render())  # noqa: S704 - our own file, printed as it is
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
_PICTURED = f"{_POLICY}; img-src data:"
"""Of a page with a picture, which stands in the page itself: nothing is fetched."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The page, and what of the document it does not show as it was."""

    html: bytes = field(repr=False)
    report: Report


@dataclass(frozen=True, slots=True)
class ListedPatient:
    """Whom a list names as the patient of a file, as they were identified; ``born`` an HL7 TS."""

    name: str = field(repr=False)
    born: str = field(repr=False)
    number: str = field(repr=False)
    country: str
    """Whose list it is."""
    undigested: bool = False
    """The list states no digest of the file."""


def write_html(
    document: bytes,
    *,
    release: Release,
    language: Language = "en",
    notices: Sequence[str] = (),
    picture: Picture | None = None,
) -> Shown:
    """The page in a language's words (``en``, ``nb``, ``nn``). The document is a CDA of up to 24 MB.

    ``notices``: sentences that stand above all of it, such as that its patient is named otherwise than expected.
    ``picture`` makes a picture of the first page of a document that is a PDF; without it the file is offered alone.
    Raises a leaf of trust's XmlRefused for no safe XML, NotAClinicalDocument for another root, SeveralPatients for two.
    """
    view, report = read_document(document, release=release, language=language, picture=picture)
    page = _ENVIRONMENT.get_template("document.html.j2").render(
        view=view,
        words=CHROME[language],
        language=language,
        release=release.id,
        style=_STYLE,
        policy=_policy(view.file_facts),
        notices=notices,
    )
    return Shown(page.encode("utf-8"), report)


def write_file_page(
    file: OriginalFile,
    patient: ListedPatient,
    *,
    language: Language = "en",
    notices: Sequence[str] = (),
    picture: Picture | None = None,
) -> bytes:
    """The page of a file that came without a document around it: whose a list says it is, and the file to save.

    It says that the file itself names no patient. ``notices`` and ``picture`` as of `write_html`.
    """
    file_facts = facts_of(file, picture)
    page = _ENVIRONMENT.get_template("file.html.j2").render(
        patient=patient,
        born=when(patient.born, language),
        facts=file_facts,
        words=CHROME[language],
        language=language,
        style=_STYLE,
        policy=_policy(file_facts),
        notices=notices,
    )
    return page.encode("utf-8")


def _policy(file: FileFacts | None) -> str:
    return _POLICY if file is None or file.picture is None else _PICTURED


def write_refusal(reason: Exception, *, language: Language = "en") -> bytes:
    """The page that stands where a document is not shown: why, and that this says nothing about the patient.

    ``reason`` is a DisplayRefused or a leaf of trust's XmlRefused; another says that it cannot be read safely.
    """
    words, name = CHROME[language], type(reason).__name__
    page = _ENVIRONMENT.get_template("refusal.html.j2").render(
        words=words,
        language=language,
        why=words.get(f"refused.{name}", words["refused.other"]),
        name=name,
        style=_STYLE,
        policy=_POLICY,
    )
    return page.encode("utf-8")


def read_document(
    document: bytes, *, release: Release, language: Language, printed: bool = False, picture: Picture | None = None
) -> tuple[PageView, Report]:
    """What page and paper show of a document, and what of it they do not show as it was. Raises as `write_html`."""
    report = Report()
    root = open_document(document, report, SHOWN)
    if root.tag != "{urn:hl7-org:v3}ClinicalDocument":
        raise NotAClinicalDocument
    if len(root.findall("{urn:hl7-org:v3}recordTarget")) > 1:
        raise SeveralPatients
    make_visible(document, root.iter(), report)
    tree = Tree(root, Report())  # what the pivot's readers remark is theirs to report
    kind = recognise(root)
    marks = marks_of(tree) if kind is not None and kind.id == "ps-l3" else Marks()
    reader = PageReader(language, release, Anchors(root), report, marks)
    return view_of(tree, reader, printed=printed, picture=picture), reader.report
