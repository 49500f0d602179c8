"""What a member that no list here has does: each enum of the Norwegian readers, and each closed list beside them.

A code that a decision stands on refuses its member, which is named; one that only describes is kept as text with a
finding. None of them reads as "none", "allowed" or "not active".
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from enum import Enum, StrEnum
from typing import Any

import pytest

import transformers.norway
from tests.support.norway.eresept_messages import dispensing, listeelement, m96, reseptinfo
from tests.support.norway.m1 import m1, medicine
from tests.support.norway.source_messages import SYSTEMS, apprec, m912, prescription, sok_response, vaccination
from tests.transformers.norway.test_dispensing_reports import written
from tests.transformers.norway.test_pharmacy_chain import listed as dispenser_list
from tests.transformers.norway.test_pharmacy_chain import m92
from tests.transformers.norway.test_prescriber_chain import listed as prescriber_list
from tests.transformers.norway.test_read_critical_information import allergy, condition, flagged, procedure, read
from tests.transformers.norway.test_read_lab_answers import haemoglobin, report_of
from tests.transformers.norway.test_read_lab_answers import outcome as lab_outcome
from tests.transformers.norway.test_read_lab_answers import read as lab
from tests.transformers.norway.test_read_medicines import read as medicines
from tests.transformers.norway.test_read_prescription import read as prescription_of
from tests.transformers.norway.test_read_vaccinations import read as vaccinations
from transformers.model.summary import NotReadable, Present
from transformers.norway.errors import Malformed, NumberInvalid
from transformers.norway.identifiers import read_person_number
from transformers.norway.read_apprec import read_apprec
from transformers.norway.read_dispensing_report_m10 import read_dispensing_report


class Does(StrEnum):
    """What an unknown member does."""

    REFUSED = "refused"
    """A decision stands on it: the message, or the person, is not read."""
    LOST_ALONE = "lost-alone"
    """A decision stands on it: the row or record is not read, and the list says so."""
    DESCRIBES = "describes"
    """It stays as text, with a finding."""
    OURS = "ours"
    """No message holds it: we make it, or write it."""


ENUMS = {
    "ExportBar": (Does.OURS, "rows of exportability.toml; an unknown id stops the start"),
    "AmountVerdict": (Does.OURS, "what a submission's amounts are, held against what is left"),
    "WhyNotComparable": (Does.OURS, "why a report cannot be counted"),
    "ShortField": (Does.OURS, "fields of a report that may hold a short form"),
    "AskedBy": (Does.OURS, "who stands at the counter, as the asker is known"),
    "FestLevel": (Does.OURS, "by the catalogue of FEST an entry stands in"),
    "Honoured": (Does.OURS, "how a modifier element is honoured"),
    "NumberKind": (Does.REFUSED, "a person number of no series"),
    "Level": (Does.REFUSED, "the element that says at what level a medicine is prescribed"),
    "SignatureState": (Does.OURS, "what verification came to"),
    "PrescriptionStatus": (Does.LOST_ALONE, "Volven 7408: whether it may be dispensed"),
    "SearchStatus": (Does.REFUSED, "Volven 7433: whether there are prescriptions"),
    "Answered": (Does.OURS, "by the flags of an M9.8"),
    "AnswersWithheld": (Does.REFUSED, "PvkOutcome: whether answers are kept back"),
    "WhyTextOnly": (Does.OURS, "why a dosage stays text"),
    "NotRead": (Does.OURS, "why a sentence is not read"),
    "Cancellation": (Does.OURS, "Volven 7411, as we write it"),
}


def test_each_enum_of_the_norwegian_readers_has_a_row():
    found = set()
    for module in pkgutil.iter_modules(transformers.norway.__path__):
        loaded = importlib.import_module(f"transformers.norway.{module.name}")
        members = inspect.getmembers(loaded, lambda one: inspect.isclass(one) and issubclass(one, Enum))
        found |= {name for name, one in members if one.__module__ == loaded.__name__}
    assert found == set(ENUMS)


def refused(call: Callable[[], object]) -> bool:
    try:
        call()
    except (Malformed, NumberInvalid):
        return True
    return False


def words_kept(state: Any) -> bool:
    return isinstance(state, Present | NotReadable) and bool(state.unread)


PROBES: dict[str, tuple[Does, Callable[[str], bool], str]] = {
    "NumberKind": (Does.REFUSED, lambda code: refused(lambda: read_person_number(code)), "99999999999"),
    "Level": (
        Does.REFUSED,
        lambda code: refused(lambda: prescription_of(m1(medicine().replace("Legemiddelpakning", code)))),
        "Legemiddelkasse",
    ),
    "PrescriptionStatus": (
        Does.LOST_ALONE,
        lambda code: (
            prescriber_list(m96(listeelement("r-9", status=code)))[0].unreadable == ("r-9",)
            and dispenser_list(m92(reseptinfo("r-9", status=code)))[0].unreadable == ("r-9",)
            and words_kept(medicines(m912(prescriptions=prescription(status=code)))[0].medications)
        ),
        "Q",
    ),
    "SearchStatus": (
        Does.REFUSED,
        lambda code: (
            refused(lambda: prescriber_list(m96(before=f'<StatusSok V="{code}"/>')))
            and refused(lambda: dispenser_list(m92(search=f'<Status V="{code}"/>')))
        ),
        "3",
    ),
    "AnswersWithheld": (Does.REFUSED, lambda code: refused(lambda: lab(lab_outcome(code, "error"))), "Perhaps"),
    "laboratory status": (
        Does.REFUSED,
        lambda code: (
            refused(lambda: lab(report_of(status=code), haemoglobin()))
            and refused(lambda: lab(report_of(), haemoglobin(status=code)))
        ),
        "perhaps",
    ),
    "HendelseAksjon": (
        Does.LOST_ALONE,
        lambda code: words_kept(vaccinations(sok_response(vaccination(action=code)))[0]),
        "Endring",
    ),
    "AppRec status": (Does.REFUSED, lambda code: refused(lambda: read_apprec(apprec(status=code))), "4"),
    "Kanselleringskode": (
        Does.REFUSED,
        lambda code: refused(lambda: cancelled(code)) and not refused(lambda: cancelled("16")),
        "99",
    ),
    "verificationStatus": (
        Does.LOST_ALONE,
        lambda code: (
            words_kept(read(allergy(verification=code))[0].allergies)
            and words_kept(read(condition(verification=code))[0].problems)
        ),
        "perhaps",
    ),
    "record status": (
        Does.LOST_ALONE,
        lambda code: (
            words_kept(read(procedure(status=code))[0].procedures)
            and words_kept(read(flagged(status=code))[0].problems)
        ),
        "perhaps",
    ),
    "criticality": (
        Does.DESCRIBES,
        lambda code: (
            isinstance(read(allergy(criticality=code))[0].allergies, Present)
            and [f.original for f in read(allergy(criticality=code))[1].findings] == [code]
        ),
        "extreme",
    ),
    "allergy type": (
        Does.DESCRIBES,
        lambda code: (
            isinstance(read(allergy(type=code))[0].allergies, Present)
            and [f.original for f in read(allergy(type=code))[1].findings] == [code]
        ),
        "magic",
    ),
}


def cancelled(code: str) -> object:
    made = written(dispensing(medicine=None, cancellation="16", closed=None))
    return read_dispensing_report(made.replace(b'V="16"', f'V="{code}"'.encode()), SYSTEMS)


@pytest.mark.parametrize("name", PROBES)
def test_an_unknown_member_does_what_its_row_says(name: str):
    does, holds, code = PROBES[name]
    assert holds(code)
    assert ENUMS.get(name, (does, ""))[0] is does


def test_each_enum_that_a_message_holds_is_probed():
    assert {name for name, (does, _) in ENUMS.items() if does is not Does.OURS} <= set(PROBES)
