"""The policy of sensitive elements reaches what a medicines list states, through the door of Reseptformidleren."""

from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from gateway.national.medicines import MedicinesSettings, Reseptformidleren
from gateway.national.message_transport import Transported
from gateway.national.ports import Medicines
from tests.support.norway.doors import verified_treatment
from tests.support.norway.in_memory import person
from tests.support.norway.source_messages import OUR_MESSAGE, PATIENT, SYSTEMS, m912, medicines_list
from transformers.model.values import Identifier
from transformers.norway.write_msghead import CommunicationParty

METHADONE = (
    '<Allergi xmlns="http://www.kith.no/xmlstds/eresept/ki/2013-04-25">'
    '<Reaksjon V="13" S="2.16.578.1.12.4.1.1.7497" DN="Oppkast"/><Oppdatert>2022-01-10T13:00:00</Oppdatert>'
    '<Kilde V="3" S="2.16.578.1.12.4.1.1.7498" DN="Egne"/><Legemiddelreaksjon>'
    '<Atc V="N07BC02" S="2.16.578.1.12.4.1.1.7180" DN="Metadon"/></Legemiddelreaksjon></Allergi>'
)


@dataclass
class Carrier:
    """A transport that brings one answer, whatever it was given."""

    answer: bytes

    def exchange(self, message: bytes, *, message_id: str, receiver_her_id: str) -> Transported:
        return Transported(self.answer)


def read(sensitive: dict[str, bool]) -> Medicines:
    known = person()
    numbers = (Identifier("2.16.578.1.12.4.1.4.1", PATIENT),)
    her = replace(known, person=replace(known.person, identifiers=numbers))
    carrier = Carrier(m912(medicines_list(more=METHADONE)))
    parties = (
        CommunicationParty("Prøvehelse", "999999999", "1"),
        CommunicationParty("Reseptformidleren", "999999999", "2"),
    )
    settings = MedicinesSettings(*parties, SYSTEMS, sensitive)
    return Reseptformidleren(settings, carrier, new_id=lambda: UUID(OUR_MESSAGE)).read(verified_treatment(PATIENT), her)


@pytest.mark.parametrize(("sensitive", "stated"), [({"7180#N07BC02": False}, 0), ({"7180#N07BC02": True}, 1), ({}, 1)])
def test_a_listed_allergy_leaves_as_policy_says(sensitive: dict[str, bool], stated: int):
    medicines = read(sensitive)
    assert len(medicines.allergies) == stated
    assert [f.code for f in medicines.report.findings].count("withheld-by-policy") == 1 - stated
