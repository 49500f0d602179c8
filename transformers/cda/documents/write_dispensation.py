"""A dispensation of the pivot becomes an eHDSI eDispensation CDA (document template E.1.2, wave 8), or its discard.

Country B writes it from the pivot of the ePrescription it was given, never from a translated one. A discard is the
dispensation once more under another code: its ids are what country A undoes.
"""

from dataclasses import dataclass, replace

from transformers.cda.documents.header import HeaderForm, document_of, print_header
from transformers.cda.documents.medicine_document import composer_of, header_of, one_section
from transformers.cda.documents.view_dispensation import print_dispensation
from transformers.cda.documents.write_patient_summary import WAVES
from transformers.cda.documents.written import Written, refuse_forbidden_characters
from transformers.cda.errors import RequiredMissing, WaveUnknown
from transformers.cda.types.identifiers import required_id
from transformers.cda.types.vocabulary import DISCARD, DISPENSATION, FixedCode
from transformers.model.finding import Report
from transformers.model.people import Professional
from transformers.model.prescription import Dispensation

_TEMPLATE = "1.3.6.1.4.1.12559.11.10.1.3.1.1.2"
_DISCARD_TEMPLATE = f"{_TEMPLATE}-DISCARD"


@dataclass(frozen=True, slots=True)
class WrittenDiscard:
    """The document of a discard, and what the envelope (XDR ITI-41) must repeat of it.

    The envelope states the format ``urn:eHDSI:ed:discard:2020``, class code ``DISCARD-60593-1``, the discard's own id
    (RegistryPackage uniqueId) and time (creationTime): none of these is in the document. ``dispensation`` is what
    country A looks for: ``root^extension`` of the dispensation, the first id of the document.
    """

    content: bytes
    dispensation: str
    report: Report


def write_dispensation(dispensation: Dispensation, *, wave: int = 8) -> Written:
    """The document of ``dispensation``, valid for that wave of eHDSI.

    Raises a CdaError: RequiredMissing without quantity, dispenser, prescribed product or the prescription's id,
    AmountInexpressible when a package cannot be stated, and those of every document.
    """
    return _written(dispensation, _TEMPLATE, DISPENSATION, wave)


def write_discard(dispensation: Dispensation, *, wave: int = 8) -> WrittenDiscard:
    """The document that takes ``dispensation`` back, as OpenNCP 8 and 9 write it; raises as `write_dispensation`.

    It differs from the dispensation in its code and in its templateId, which is no OID: the schema says so, and peers
    look at the envelope's format instead.
    """
    written = _written(dispensation, _DISCARD_TEMPLATE, DISCARD, wave)
    own = required_id(dispensation.id, "id")
    named = own.root if own.extension is None else f"{own.root}^{own.extension}"
    return WrittenDiscard(written.content, named, written.report)


def _written(dispensation: Dispensation, template: str, code: FixedCode, wave: int) -> Written:
    if wave not in WAVES:
        raise WaveUnknown(wave)
    refuse_forbidden_characters(dispensation)
    if dispensation.prescription is None:
        raise RequiredMissing("prescription")
    item = dispensation.item
    composer = composer_of(dispensation, item.dispensed)
    when = item.dispensed if isinstance(dispensation.author, Professional) else composer.created
    header = replace(header_of(dispensation, dispensation.author, when), fulfils=(dispensation.prescription,))
    printed = print_header(header, HeaderForm(template, code), composer)
    section = print_dispensation(item, dispensation.narrative, composer)
    return Written(document_of(printed, one_section(section)), composer.report)
