"""What was listed before it could be asked for again is gone: a document of which no prescription is kept."""

from typing import Any

import pytest

from gateway.errors import PrescriptionGone
from gateway.exchange.country_a.find_prescriptions import as_they_stand_now, still_stands
from gateway.exchange.ports import Trail
from gateway.national.ports import OfferedPrescriptions
from tests.support.norway.in_memory import kept, person, treatment


class Asked:
    """Stands for the door of prescriptions: remembers whether it was opened, and for which."""

    def __init__(self) -> None:
        self.ids: list[object] = []

    def offered(self, _treatment: object, _person: object, only: object = None) -> OfferedPrescriptions:
        self.ids.append(only)
        return OfferedPrescriptions(())


def test_a_document_without_its_prescription_asks_nothing_and_is_gone():
    source: Any = Asked()
    document = kept(service="ep", prescription=None)
    now = as_they_stand_now(treatment(), person(), source, [document], Trail())
    assert source.ids == []
    with pytest.raises(PrescriptionGone):
        still_stands(document, now, Trail())
