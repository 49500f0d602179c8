"""`ncpeh prescriptions explain`: of a sample by the rules, of a number by what this node has answered."""

import io
import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from gateway import clock
from gateway.cli.samples import sample_persons
from gateway.configuration.shipped import shipped
from gateway.evidence.event import Access, DocumentReference, Outcome, Withheld
from gateway.exchange.ports import PrescriptionState
from gateway.journal.tables import journal_rows
from gateway.messages import PatientIdentifier
from gateway.node.shelf import Shelf
from gateway.store.documents import IssuedDocuments
from gateway.store.engine import Store
from gateway.store.keys import KeyRing
from tests.support.nodes.configured import Configured, Ended
from tests.support.nodes.evidence import chain, event
from tests.support.norway.in_memory import kept
from transformers.cda.kinds import PRESCRIPTION_CODE

NUMBER = next(row["identifier"] for row in sample_persons() if row["id"] == "ordinary-old-woman")
HERS = PatientIdentifier("2.16.578.1.12.4.1.4.1", NUMBER)
LISTED = "13a9043a-f0ea-56b7-8e1e-35e76c84b640"
STATE = PrescriptionState(LISTED, "ab" * 32, 0, "")


@pytest.fixture
def agreed(own: Configured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configured:
    """The node, agreed with Portugal about prescriptions."""
    config = tmp_path / "config"
    config.mkdir()
    shutil.copy(shipped("config") / "countries.toml", config)
    written = (config / "countries.toml").read_text("utf-8")
    head, portugal = written.split('code = "PT"', 1)
    agreed = portugal.replace("asks = []", 'asks = ["ep"]', 1)
    (config / "countries.toml").write_text(f'{head}code = "PT"{agreed}', "utf-8")
    monkeypatch.setenv("NCPEH_CONFIG", str(config))
    return own


@pytest.fixture
def explain(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    def asked(node: Configured, person: str, *options: str, stdin: str = "") -> Ended:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        return node.call("prescriptions", "explain", "--person", person, "--country", "PT", *options)

    return asked


def as_json(ended: Ended) -> dict[str, dict[str, object]]:
    said = json.loads(ended.out[0])
    assert (said["version"], said["country"]) == (1, "PT")
    return {one["prescription"]: one for one in said["prescriptions"]}


def test_of_a_sample_each_prescription_is_explained_by_the_rules(agreed, explain):
    told = as_json(explain(agreed, "prescriptions", "--json"))
    assert {key: told[key]["answer"] for key in ("locked", "not-yet", "being-dispensed", "expired", "kit")} == {
        "locked": "if", "not-yet": "if", "being-dispensed": "if", "expired": "no", "kit": "yes",
    }  # fmt: skip
    assert told["locked"]["reasons"] == ["locked"]
    assert told["locked"]["do"]["nn"] == ["Han kan brukast om du gir apoteket nummeret du fekk av legen."]
    assert sum(one["answer"] == "yes" for one in told.values()) == 28, "as many as are listed"


@pytest.mark.parametrize(("language", "first"), [("nb", "Ja: "), ("nn", "Ja: "), ("en", "Yes: ")])
def test_it_is_told_line_by_line_in_each_language(agreed, explain, language, first):
    ended = explain(agreed, "ordinary-old-woman", "--language", language)
    assert ended.status == 0
    assert [line.startswith(first) for line in ended.out] == [True, False, True]


def test_a_country_that_is_not_sent_prescriptions_and_a_reserved_person_are_said_to_be(
    own, agreed, explain, monkeypatch
):
    reserved = as_json(explain(agreed, "reserved", "--json"))
    assert [one["reasons"][0] for one in reserved.values()] == ["person-reserved"] * len(reserved)
    assert reserved
    monkeypatch.delenv("NCPEH_CONFIG")
    told = as_json(explain(own, "ordinary-old-woman", "--json"))
    assert [one["reasons"][0] for one in told.values()] == ["country-not-agreed"] * 3


def test_what_a_youth_keeps_from_guardians_is_not_told_to_them(agreed, explain):
    assert set(as_json(explain(agreed, "guardian-reserved", "--json"))) == {"contraceptive", "cetirizine"}
    assert set(as_json(explain(agreed, "guardian-reserved", "--json", "--to", "guardian"))) == {"cetirizine"}


def answered(node: Configured, *withheld: Withheld, number: int = 1, keep: bool = True, **changes: object) -> None:
    """Portugal's query of today in the evidence, with one prescription listed and these held back."""
    keys = KeyRing.read(node.state / "store" / "keys")
    now = clock.now()
    with closing(Store.open(f"sqlite:///{node.state}/ncpeh.db")) as store:
        document = kept(
            patient=HERS,
            created=now,
            expires=now + timedelta(hours=4),
            prescription=STATE,
        )
        entry = replace(document.entry, class_code=PRESCRIPTION_CODE, description="Furix Tab 40 mg", patient=HERS)
        if keep:
            Shelf(IssuedDocuments(store, keys)).keep(replace(document, entry=entry, service="ep"))
        usual = {
            "transaction": "ITI-38", "start": now, "end": now, "patient": keys.person(HERS), "withheld": withheld,
            "access": Access("TREATMENT", "SAMTYKKE", (), ("person-register", "privacy-services", "prescriptions")),
            "documents": (DocumentReference(PRESCRIPTION_CODE, entry.unique_id),), "life_cycle": None,
        }  # fmt: skip
        chain(store).record(event(number, **(usual | changes)))


def test_of_a_number_it_is_told_what_was_answered_last(agreed, explain):
    answered(agreed, Withheld("r-2", ("expired",)), Withheld("r-3", ("locked",)), Withheld("medicines", ("unread/2",)))
    ended = explain(agreed, "-", "--json", stdin=NUMBER)
    told = as_json(ended)
    assert {key: one["answer"] for key, one in told.items()} == {LISTED: "yes", "r-2": "no", "r-3": "if"}
    assert told[LISTED]["medicine"] == "Furix Tab 40 mg"
    assert any("as it was answered" in line for line in ended.err)
    assert NUMBER not in "".join((*ended.out, *ended.err))


def test_what_a_pharmacy_abroad_is_at_work_on_is_an_if(agreed, explain):
    answered(agreed, Withheld("r-2", ("expired",)))
    text = ("row_id", "key", "document", "submission", "state", "evidence", "proof", "holder", "key_id")
    numbers = ("attempt", "place", "discard", "tries", "opened", "changed", "fencing", "until")
    row = {**dict.fromkeys(text, "x"), **dict.fromkeys(numbers, 0), "discard": False, "facts": b"x", "taken": LISTED}
    with closing(Store.open(f"sqlite:///{agreed.state}/ncpeh.db")) as store, store.unit_of_work() as unit:
        unit.connection.execute(insert(journal_rows).values(row))
    told = as_json(explain(agreed, "-", "--json", stdin=NUMBER))
    assert (told[LISTED]["reasons"], told[LISTED]["answer"]) == (["taken-abroad"], "if")
    assert told["r-2"]["reasons"] == ["expired"]


def test_neither_an_original_nor_a_later_list_of_summaries_is_told(agreed, explain):
    answered(agreed)
    summaries = Access("TREATMENT", "SAMTYKKE", (), ("person-register", "privacy-services", "medicines"))
    answered(agreed, number=2, keep=False, access=summaries, documents=())
    assert set(as_json(explain(agreed, "-", "--json", stdin=NUMBER))) == {LISTED}
    keys = KeyRing.read(agreed.state / "store" / "keys")
    with closing(Store.open(f"sqlite:///{agreed.state}/ncpeh.db")) as store:
        shelf = Shelf(IssuedDocuments(store, keys))
        twin = kept(patient=HERS, created=clock.now(), expires=clock.now() + timedelta(hours=4), prescription=STATE)
        entry = replace(twin.entry, unique_id="1.2^twin", transformed_from="1.2^other", class_code=PRESCRIPTION_CODE)
        shelf.keep(replace(twin, entry=replace(entry, patient=HERS), service="ep"))
    answered(agreed, number=3, keep=False, documents=(DocumentReference(PRESCRIPTION_CODE, "1.2^twin"),))
    assert explain(agreed, "-", stdin=NUMBER).status == 1


def test_of_a_person_who_reserved_herself_that_is_told(agreed, explain):
    answered(
        agreed, transaction="ITI-55", outcome=Outcome.REFUSED, refusal_class="PatientReserved", refusal_code="x",
        refusal_text="x", documents=(), life_cycle=None,
    )  # fmt: skip
    (one,) = as_json(explain(agreed, "-", "--json", stdin=NUMBER)).values()
    assert (one["reasons"], one["answer"]) == (["person-reserved"], "if")


def test_what_a_pharmacy_was_refused_is_told_too(agreed, explain):
    answered(agreed, number=1)
    refusal = {
        "outcome": Outcome.REFUSED,
        "refusal_code": "x",
        "refusal_text": "x",
        "life_cycle": None,
        "documents": (),
    }
    answered(agreed, number=2, transaction="ITI-41", refusal_class="SubstitutionForbidden", keep=False, **refusal)
    answered(agreed, number=3, transaction="ITI-38", refusal_class="PermissionMissing", keep=False, **refusal)
    (one,) = json.loads(explain(agreed, "-", "--json", stdin=NUMBER).out[0])["refused"]
    assert (one["refusal"], len(one["day"])) == ("SubstitutionForbidden", len("2026-12-01"))
    last = explain(agreed, "-", "--language", "en", stdin=NUMBER).out[-1]
    assert last.startswith("At a pharmacy in Portugal, ")
    assert last.endswith("Talk to the pharmacy or your doctor before you take it.")


def test_of_somebody_that_country_never_asked_about_nothing_is_told(agreed, explain):
    answered(agreed)
    other = next(row["identifier"] for row in sample_persons() if row["id"] == "rich")
    assert explain(agreed, "-", stdin=other).status == 1
    assert explain(agreed, "-", stdin=NUMBER).status == 0


@pytest.mark.parametrize("person", ["nobody", NUMBER])
def test_a_number_is_never_an_argument(agreed, explain, person):
    ended = explain(agreed, person)
    assert ended.status == 2
    assert person == "nobody" or person not in "".join(ended.err)


def test_a_country_of_no_row_is_called_wrongly(agreed):
    assert agreed.call("prescriptions", "explain", "--person", "rich", "--country", "XX").status == 2
