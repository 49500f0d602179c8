"""Reseptformidleren's prescriptions in the simulator: what it answers, what it rejects and by which code (7419)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from gateway.simulators.asked import read_asked
from gateway.simulators.messages import RESEPTFORMIDLEREN, Desk, RejectionReason
from gateway.simulators.prescription_bank import Bank
from gateway.simulators.samples import Samples
from tests.support.machine.require import artefacts
from tests.support.norway.business_messages import msghead
from tests.support.norway.checks import faults, schema
from tests.support.norway.prescription_requests import (
    CANCEL,
    CLOSES,
    EVERY,
    given_back,
    m5,
    m10,
    m91,
    m93,
    m95,
    m97,
    product,
)
from tests.support.norway.prescription_requests import about as in_head
from tests.support.persons.with_prescriptions import CETIRIZINE, RAMIPRIL, Held, person, prescription_id, samples_with

RICH = person("rich")
NUMBER = RICH.number
ITEM = prescription_id(RICH, CETIRIZINE)
RECALLED = m5(ITEM)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    held = [Held(CETIRIZINE, dispensed=2), Held(RAMIPRIL, status="T")]
    return samples_with(tmp_path_factory.mktemp("bank"), {"rich": held})


@pytest.fixture
def ask(folder: Path) -> Callable[..., object]:
    """Sends a message to a fresh Reseptformidleren: the answer's bytes, a code of rejection, or None."""
    samples = Samples(folder)
    desk = Desk(samples, Bank(samples))

    def asked(
        kind: str, payload: str, *, key: str = "m-1", her_id: str = "8190999", about: str = RICH.number
    ) -> object:
        message = msghead(kind, "80624", payload, key).replace("8190999", her_id)
        answer = RESEPTFORMIDLEREN.answer(read_asked(in_head(message, about).encode()), desk)
        if isinstance(answer, RejectionReason):
            return answer.code
        return None if answer is None else etree.tostring(answer)

    return asked


def test_answers_and_what_is_attached_to_them_are_valid_by_the_official_schemas(ask: Callable[..., bytes]):
    checker = schema(artefacts())
    for kind, payload in (m91(NUMBER), m93(ITEM), m95(NUMBER), m97(ITEM)):
        answer = etree.fromstring(ask(kind, payload))
        for name, said in (("GenDate", "2026-11-20T12:00:00Z"), ("MsgId", "x")):
            found = answer.find(f".//{{*}}{name}")
            assert found is not None
            found.text = said
        receiver, sender = answer.find(".//{*}Receiver"), answer.find(".//{*}Sender/{*}Organisation")
        assert receiver is not None
        assert sender is not None
        receiver.append(etree.fromstring(etree.tostring(sender)))
        assert faults(checker, etree.tostring(answer)) == [], kind


def test_only_active_prescriptions_are_listed_unless_all_are_asked_for(ask: Callable[..., bytes]):
    assert ask(*m91(NUMBER)).count(b"<Reseptinfo>") == 1
    assert ask(*m91(NUMBER, "1")).count(b"<Reseptinfo>") == 2


def test_a_download_attaches_the_prescription_and_every_earlier_report(ask: Callable[..., bytes]):
    assert ask(*m93(ITEM)).count(b"Base64Container>") == 3


def test_what_is_downloaded_is_nobody_elses_until_it_is_given_back(ask: Callable[..., object]):
    assert ask(*m93(ITEM)) is not None
    assert ask(*m93(ITEM), her_id="8190888") == "69"
    assert ask(*given_back(ITEM), key="c-1", her_id="8190888") == "69"
    assert ask(*given_back(ITEM), key="c-2") is None
    assert ask(*given_back(ITEM), key="c-3") == "41"
    assert isinstance(ask(*m93(ITEM), her_id="8190888"), bytes)


@pytest.mark.parametrize("prescription", [ITEM, ""], ids=["that-one", "none"])
def test_a_download_request_that_cancels_gives_nothing_back(ask: Callable[..., object], prescription: str):
    """ERDOK 2237267992: after the download only an M10 does."""
    ask(*m93(ITEM))
    assert ask(*m93(prescription, CANCEL)) is None
    assert ask(*m93(ITEM), her_id="8190888") == "69"


def test_a_recall_waits_until_what_is_downloaded_is_given_back(ask: Callable[..., bytes]):
    def row() -> tuple[str | None, str | None, str | None]:
        found = next(
            one
            for one in etree.fromstring(ask(*m95(NUMBER, EVERY))).iter("{*}Listeelement")
            if one.findtext("{*}ReseptId") == ITEM
        )
        status, why = found.find("{*}Status"), found.find("{*}Arsak")
        assert status is not None
        assert why is not None
        return status.get("V"), found.findtext("{*}TilbakekallingStatus"), why.get("V")

    ask(*m93(ITEM))
    assert b'V="2" S="2.16.578.1.12.4.1.1.7503"' in ask(*RECALLED)
    assert row() == ("U", "true", "2")
    assert ask(*RECALLED) == "16"
    ask(*given_back(ITEM), key="c-1")
    assert row() == ("T", "false", "2")
    assert ask(*m93(ITEM)) == "97"


def test_what_nobody_dispenses_is_recalled_at_once(ask: Callable[..., bytes]):
    assert b'V="1" S="2.16.578.1.12.4.1.1.7503"' in ask(*RECALLED)
    assert ask(*m93(ITEM)) == "97"


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (m93("nobody-knows"), "272"),
        (m93(prescription_id(RICH, RAMIPRIL)), "97"),
        (m10(ITEM), "357"),
    ],
    ids=["unknown", "recalled", "not-downloaded"],
)
def test_rejects_what_cannot_be_taken(ask: Callable[..., object], question: tuple[str, str], code: str):
    assert ask(*question) == code


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (m10(ITEM, product("LegemiddelMerkevare")), "264"),
        (m10(ITEM, product(packages="0")), "265"),
        (m10(ITEM, product(packages="en")), "265"),
        (m10(ITEM, ""), "356"),
        (m10(ITEM, annuls="r-9"), "41"),
        (m10(ITEM, annulling=True), "41"),
        (given_back(ITEM, annuls="r-9"), "124"),
        (given_back(ITEM, annulling=True), "124"),
        (given_back(ITEM, closed=CLOSES), "66"),
        (given_back(ITEM, "<Intervensjon/>"), "67"),
        (given_back(ITEM, product()), "264"),
    ],
    ids=[
        "brand",
        "none",
        "no-number",
        "no-product",
        "annuls-unknown",
        "annuls-nothing",
        "annuls-and-cancels",
        "says-it-annuls-and-cancels",
        "cancels-and-closes",
        "cancels-and-intervenes",
        "cancels-a-product",
    ],
)
def test_rejects_a_report_that_does_not_say_what_it_must(
    ask: Callable[..., object], report: tuple[str, str], code: str
):
    ask(*m93(ITEM))
    assert ask(*report) == code
    assert ask(*m10(ITEM), key="good") is None


def test_rejects_a_report_about_another_patient_and_one_sent_before(ask: Callable[..., object]):
    ask(*m93(ITEM))
    assert ask(*m10(ITEM), about="13837424113") == "271"
    assert ask(*given_back(ITEM), about="13837424113") == "271"
    assert ask(*m10(ITEM), key="r-1") is None
    assert ask(*m10(ITEM), key="R-1") == "65"
    assert ask(*given_back(ITEM), key="r-1") == "65"


def test_rejects_a_report_whose_head_names_no_patient(folder: Path):
    samples = Samples(folder)
    desk = Desk(samples, Bank(samples))

    def sent(message: tuple[str, str], key: str, *, named: bool) -> object:
        document = msghead(message[0], "80624", message[1], key)
        read = read_asked((in_head(document, NUMBER) if named else document).encode())
        answer = RESEPTFORMIDLEREN.answer(read, desk)
        return answer.code if isinstance(answer, RejectionReason) else answer

    sent(m93(ITEM), "m-1", named=True)
    assert sent(m10(ITEM), "m-2", named=False) == "271"
    assert sent(m10(ITEM), "m-3", named=True) is None


def test_a_closing_report_closes_and_its_annulment_opens_again(ask: Callable[..., object]):
    ask(*m93(ITEM))
    assert ask(*m10(ITEM, closed=CLOSES), key="r-1") is None
    assert ask(*m93(ITEM)) == "96"
    assert ask(*m10(ITEM, annuls="r-1"), key="r-2", her_id="8190888") == "357"
    assert ask(*m10(ITEM, annuls="R-1"), key="r-2") is None
    assert ask(*m10(ITEM, annuls="r-1"), key="r-3") == "41"
    assert isinstance(ask(*m93(ITEM)), bytes)
