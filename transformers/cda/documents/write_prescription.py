"""A prescription of the pivot becomes an eHDSI ePrescription CDA L3 (document template E.1.1, wave 8).

One document is one item. Transcoding happens before, validation and the last look (`rules`) after.
"""

from dataclasses import replace
from typing import Final

from transformers.cda.documents.header import HeaderForm, document_of, print_header
from transformers.cda.documents.medicine_document import composer_of, header_of, one_section
from transformers.cda.documents.view_prescription import print_prescription
from transformers.cda.documents.write_patient_summary import WAVES
from transformers.cda.documents.written import Written, refuse_forbidden_characters
from transformers.cda.errors import RequiredMissing, WaveUnknown
from transformers.cda.types.vocabulary import PRESCRIPTION
from transformers.model.people import Professional
from transformers.model.prescription import Prescription

_FORM: Final = HeaderForm("1.3.6.1.4.1.12559.11.10.1.3.1.1.1", PRESCRIPTION, function_required=True)


def write_prescription(prescription: Prescription, *, wave: int = 8) -> Written:
    """The document of ``prescription``, valid for that wave of eHDSI.

    What has no European code is ``OTH`` with its words and coding, and a finding; the whole dosage text is in the
    narrative. Raises a CdaError: AmountInexpressible when one dispensing cannot be stated, LevelRefused for a
    compounded medicine, CodeMissing when the prescriber's function has no code, and those of every document.
    """
    if wave not in WAVES:
        raise WaveUnknown(wave)
    refuse_forbidden_characters(prescription)
    item = prescription.item
    composer = composer_of(prescription, item.provenance.recorded or item.prescribed)
    by_person = isinstance(prescription.author, Professional)
    prescriber = prescription.author if isinstance(prescription.author, Professional) else item.prescriber
    if prescriber is None or prescriber.name is None:
        raise RequiredMissing("author" if by_person or prescriber is None else "item.prescriber.name")
    if prescription.parent is None:
        raise RequiredMissing("parent")
    form = _FORM if by_person else replace(_FORM, author="item.prescriber")
    header = print_header(header_of(prescription, prescriber, item.prescribed), form, composer)
    section = print_prescription(item, prescription.narrative, composer)
    return Written(document_of(header, one_section(section)), composer.report)
