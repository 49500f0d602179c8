"""Country A, find: what is listed is on the shelf, and knows what it must not be given to."""

from itertools import count
from uuid import UUID

import pytest

from gateway.errors import GuardianForbidden
from gateway.exchange.country_a.find import find_documents
from gateway.exchange.ports import KeptDocument, Trail
from gateway.messages import FindDocuments
from gateway.national.ports import CriticalInformation, Medicines
from tests.support.callers.verified import PATIENT, PS
from tests.support.norway.in_memory import MemoryShelf, Remembered, norway, treatment
from tests.support.persons.samples import composer
from transformers.model.standing import Standing
from transformers.model.summary import KeptInWords, NoInformation, NotReadable

NUMBERS = count(1)


def listed(*, reserved: bool, next_of_kin: bool = False) -> KeptDocument | None:
    """What is on the shelf after a query."""
    medicines = Medicines(NoInformation(), reconciled=False, guardian_reserved=reserved)
    place = norway(Remembered(medicines=medicines))
    assert isinstance(place.shelf, MemoryShelf)
    query = FindDocuments(PATIENT, (PS,))
    try:
        find_documents(
            treatment(next_of_kin=next_of_kin), query, place, composer(), Trail(), lambda: UUID(int=next(NUMBERS))
        )
    finally:
        kept = list(place.shelf.documents.values())
    return kept[0] if kept else None


@pytest.mark.parametrize("reserved", [True, False])
def test_a_listed_document_knows_whether_it_holds_what_is_reserved_against_guardians(reserved: bool):
    kept = listed(reserved=reserved)
    assert kept is not None
    assert kept.guardian_reserved is reserved


def test_a_next_of_kin_lists_nothing_that_is_reserved_and_the_rest():
    with pytest.raises(GuardianForbidden):
        listed(reserved=True, next_of_kin=True)
    assert listed(reserved=False, next_of_kin=True) is not None


@pytest.mark.parametrize("whole", [True, False])
def test_one_record_that_could_not_be_read_is_seen_in_the_document_and_in_its_warning(whole: bool):
    nothing, lost = NoInformation("x"), KeptInWords(Standing.NOT_READABLE, "Fenoksymetylpenicillin")
    allergies = nothing if whole else NotReadable((lost,), "x")
    place = norway(Remembered(critical=CriticalInformation(allergies, nothing, nothing, nothing)))
    assert isinstance(place.shelf, MemoryShelf)
    trail = Trail()
    find_documents(
        treatment(), FindDocuments(PATIENT, (PS,)), place, composer(), trail, lambda: UUID(int=next(NUMBERS))
    )
    kept, original = place.shelf.documents.values()
    assert original.warnings == tuple(code for code in kept.warnings if "BASIC_DATA" in code)
    said = kept.content.decode()
    assert ("WARNING_PS_MISSING_BASIC_DATA" in kept.warnings) is not whole
    assert ("Kunne ikke leses: Fenoksymetylpenicillin" in said) is not whole
    assert ('code="as-text"' in said) is not whole
    assert ("no-allergy-info" in said) is whole
    assert trail.withheld == ([] if whole else [("allergies", ("not-readable/1",))])
