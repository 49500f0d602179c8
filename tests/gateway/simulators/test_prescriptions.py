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
from tests.support.persons.with_prescriptions import CETIRIZINE, RAMIPRIL, Held, person, prescription_id, samples_with

KITH = "http://www.kith.no/xmlstds"
RICH = person("rich")
ITEM = prescription_id(RICH, CETIRIZINE)
PRODUCT = (
    f'<ReseptDokLegemiddel xmlns="{KITH}/eresept/m1/2013-10-08"><Varegruppekode V="L"/><Antall>{{packages}}</Antall>'
    f'<Reiterasjon>0</Reiterasjon><Forskrivning xmlns="{KITH}/eresept/forskrivning/2013-10-08"><{{kind}}>'
    '<NavnFormStyrke>X</NavnFormStyrke><Reseptgruppe V="C"/>{inside}</{kind}></Forskrivning></ReseptDokLegemiddel>'
)


def product(kind: str = "Legemiddelpakning", packages: str = "1") -> str:
    inside = "<Varenr>999999</Varenr>" if kind == "Legemiddelpakning" else "<Varenavn>X</Varenavn>"
    return PRODUCT.format(kind=kind, packages=packages, inside=inside)


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
        patient = f'<Patient><Ident><Id>{about}</Id><TypeId V="FNR" S="2.16.578.1.12.4.1.1.8116"/></Ident></Patient>'
        message = message.replace("</MsgInfo>", f"{patient}</MsgInfo>")
        answer = RESEPTFORMIDLEREN.answer(read_asked(message.encode()), desk)
        if isinstance(answer, RejectionReason):
            return answer.code
        return None if answer is None else etree.tostring(answer)

    return asked


def m93(cancel: str = "", prescription: str = ITEM) -> tuple[str, str]:
    return "ERM93", f'<M93 xmlns="{KITH}/eresept/m93/2010-06-04"><ReseptId>{prescription}</ReseptId>{cancel}</M93>'


def m10(dispensed: str | None = None, *, annuls: str = "", closed: str = "", after: str = "") -> tuple[str, str]:
    taken_back = f"<AnnulleringsId>{annuls}</AnnulleringsId>" if annuls else ""
    return "ERM10", (
        f'<Utleveringsrapport xmlns="{KITH}/eresept/m10/2013-10-08"><Utlevering xmlns="{KITH}/eresept/utlevering/'
        f'2013-10-08"><ReseptId>{ITEM}</ReseptId><Utleveringsdato>2026-11-20</Utleveringsdato>{closed}{taken_back}'
        f"{product() if dispensed is None else dispensed}</Utlevering>{after}</Utleveringsrapport>"
    )


def m91(every: str = "2") -> tuple[str, str]:
    return "ERM91", (
        f'<ForesporselReseptUtleverer xmlns="{KITH}/eresept/m91/2013-10-08"><Fnr>{RICH.number}</Fnr>'
        f'<AlleResepter V="{every}"/></ForesporselReseptUtleverer>'
    )


CANCEL = '<Kansellering V="16"/>'
CLOSES = '<Avsluttet V="1"/>'


def test_answers_and_what_is_attached_to_them_are_valid_by_the_official_schemas(ask: Callable[..., bytes]):
    checker = schema(artefacts())
    m95 = f'<M95 xmlns="http://www.ehelse.no/xmlstds/eresept/m95/2018-07-01"><Fnr>{RICH.number}</Fnr></M95>'
    m97 = f'<M97 xmlns="http://www.ehelse.no/xmlstds/eresept/m97/2018-07-01"><ReseptId>{ITEM}</ReseptId></M97>'
    for kind, payload in (m91(), m93(), ("ERM95", m95), ("ERM97", m97)):
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
    assert ask(*m91()).count(b"<Reseptinfo>") == 1
    assert ask(*m91("1")).count(b"<Reseptinfo>") == 2


def test_a_download_attaches_the_prescription_and_every_earlier_report(ask: Callable[..., bytes]):
    assert ask(*m93()).count(b"Base64Container>") == 3


def test_what_is_downloaded_is_nobody_elses_until_it_is_given_back(ask: Callable[..., object]):
    assert ask(*m93()) is not None
    assert ask(*m93(), her_id="8190888") == "69"
    assert ask(*m93(CANCEL), her_id="8190888") == "69"
    assert ask(*m93(CANCEL)) is None
    assert ask(*m93(CANCEL)) == "41"
    assert isinstance(ask(*m93(), her_id="8190888"), bytes)


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (m93(prescription="nobody-knows"), "272"),
        (m93(prescription=prescription_id(RICH, RAMIPRIL)), "97"),
        (m10(), "357"),
    ],
    ids=["unknown", "recalled", "not-downloaded"],
)
def test_rejects_what_cannot_be_taken(ask: Callable[..., object], question: tuple[str, str], code: str):
    assert ask(*question) == code


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (m10(product("LegemiddelMerkevare")), "264"),
        (m10(product(packages="0")), "265"),
        (m10(product(packages="en")), "265"),
        (m10(""), "356"),
        (m10(annuls="r-9"), "41"),
        (m10(annuls="r-9", after='<Kanselleringskode V="4"/>'), "124"),
    ],
    ids=["brand", "none", "no-number", "no-product", "annuls-unknown", "annuls-and-cancels"],
)
def test_rejects_a_report_that_does_not_say_what_it_must(
    ask: Callable[..., object], report: tuple[str, str], code: str
):
    ask(*m93())
    assert ask(*report) == code
    assert ask(*m10(), key="good") is None


def test_rejects_a_report_about_another_patient_and_one_sent_before(ask: Callable[..., object]):
    ask(*m93())
    assert ask(*m10(), about="13837424113") == "271"
    assert ask(*m10(), key="r-1") is None
    assert ask(*m10(), key="R-1") == "65"


def test_a_closing_report_closes_and_its_annulment_opens_again(ask: Callable[..., object]):
    ask(*m93())
    assert ask(*m10(closed=CLOSES), key="r-1") is None
    assert ask(*m93()) == "96"
    assert ask(*m10(annuls="r-1"), key="r-2", her_id="8190888") == "357"
    assert ask(*m10(annuls="R-1"), key="r-2") is None
    assert ask(*m10(annuls="r-1"), key="r-3") == "41"
    assert isinstance(ask(*m93()), bytes)
