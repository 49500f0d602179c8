"""Reading Norway's answers is linear in them: twice as many of any part cost at most 2.3 times as much."""

import json
from collections.abc import Callable, Mapping
from io import BytesIO

import pytest

from gateway.configuration.shipped import shipped
from tests.support.documents.multiplied import Make, of_json, of_xml, slower_than_linear, worse_than_linear
from tests.support.norway.eresept_messages import (
    BIRTH,
    PRESCRIPTION,
    listeelement,
    m1,
    m10,
    m92,
    m94,
    m96,
    m98,
    reseptinfo,
)
from tests.support.norway.m1 import m1 as whole_m1
from tests.support.norway.m1 import told
from tests.support.norway.source_messages import (
    OUR_MESSAGE,
    PATIENT,
    SYSTEMS,
    apprec,
    entry,
    m912,
    medicines_list,
    prescription,
    reading,
    sok_response,
    vaccination,
)
from tests.transformers.norway.test_read_critical_information import allergy, condition, device, procedure
from tests.transformers.norway.test_read_critical_information import read as read_critical
from tests.transformers.norway.test_read_person import person
from transformers.model.finding import Report
from transformers.norway.msghead_patient import Subject
from transformers.norway.read_apprec import read_apprec
from transformers.norway.read_dispensings_m98 import read_dispensings
from transformers.norway.read_download_m94 import Wanted, read_download
from transformers.norway.read_fest_m30 import read_fest
from transformers.norway.read_medicine_list_m251 import read_medicine_list
from transformers.norway.read_medicine_list_m912 import read_medicines_in_use
from transformers.norway.read_person import read_person
from transformers.norway.read_prescriber_list_m96 import read_prescriber_list
from transformers.norway.read_prescription import read_prescription
from transformers.norway.read_prescription_list_m92 import read_prescription_list
from transformers.norway.read_vaccinations_sysvak import VaccinationSubject, read_vaccinations

HERSELF = Subject(frozenset({PATIENT}), BIRTH)
WANTED = Wanted(PRESCRIPTION, HERSELF, OUR_MESSAGE)
KJ = json.dumps([allergy(), condition(), procedure(), device()]).encode()
SOURCES: Mapping[str, tuple[bytes, Callable[[bytes], object], Callable[[bytes], Mapping[str, Make]]]] = {
    "M1": (whole_m1(), lambda data: read_prescription(data, told()), of_xml),
    "M9.2": (m92(reseptinfo()), lambda data: read_prescription_list(data, HERSELF.numbers, SYSTEMS), of_xml),
    "M9.4": (m94(m1()), lambda data: read_download(data, WANTED, SYSTEMS), of_xml),
    "M9.6": (
        m96(listeelement(), attached=(m1(),)),
        lambda data: read_prescriber_list(data, HERSELF, SYSTEMS, answers=OUR_MESSAGE),
        of_xml,
    ),
    "M9.8": (
        m98("<AntallUtleveringer>1</AntallUtleveringer>", m10()),
        lambda data: read_dispensings(data, WANTED, SYSTEMS),
        of_xml,
    ),
    "M9.12": (
        m912(medicines_list(entry()), prescriptions=prescription()),
        lambda data: read_medicines_in_use(data, reading(), answers=OUR_MESSAGE),
        of_xml,
    ),
    "M25.1": (medicines_list(entry()), lambda data: read_medicine_list(data, reading(), Report()), of_xml),
    "receipt": (apprec(status="2"), read_apprec, of_xml),
    "vaccinations": (
        sok_response(vaccination()),
        lambda data: read_vaccinations(data, VaccinationSubject(HERSELF.numbers, None), SYSTEMS, answers=OUR_MESSAGE),
        of_xml,
    ),
    "person": (json.dumps(person()).encode(), lambda data: read_person(data, asked=PATIENT), of_json),
    "critical information": (KJ, lambda data: read_critical(*json.loads(data)), of_json),
}


@pytest.mark.parametrize("source", SOURCES)
def test_twice_any_part_of_an_answer_costs_at_most_twice(source: str):
    message, read, parts = SOURCES[source]
    read(message)
    assert worse_than_linear(read, parts(message)) == {}


@pytest.mark.timed
@pytest.mark.prove
def test_twice_any_part_of_fest_costs_at_most_twice():
    fest = (shipped("samples") / "fest" / "mini-fest.xml").read_bytes()
    assert worse_than_linear(lambda data: read_fest(BytesIO(data), SYSTEMS), of_xml(fest)) == {}


@pytest.mark.prove
@pytest.mark.timed
@pytest.mark.parametrize("source", SOURCES)
def test_twice_any_part_of_an_answer_takes_at_most_twice_the_time(source: str):
    message, read, parts = SOURCES[source]
    assert slower_than_linear(read, parts(message), 500) == {}
