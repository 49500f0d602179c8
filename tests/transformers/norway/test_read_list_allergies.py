"""ki:Allergi of a medicines list: every shape the schema allows, and what is refuted."""

from typing import Any

import pytest

from tests.support.norway.source_messages import m912, medicines_list, reading
from transformers.model.finding import Report, Severity
from transformers.model.summary import Allergy
from transformers.norway.errors import UnknownVersion
from transformers.norway.read_list_allergies_ki import KI
from transformers.norway.read_medicine_list_m912 import MedicinesInUse, read_medicines_in_use

REACTION = '<Reaksjon V="13" S="2.16.578.1.12.4.1.1.7497" DN="Oppkast, diaré, magesmerter"/>'
SOURCE = '<Kilde V="3" S="2.16.578.1.12.4.1.1.7498" DN="Pasientens egne opplysninger"/>'
UPDATED = "<Oppdatert>2022-01-10T13:00:00</Oppdatert>"
CODEINE = '<Atc V="R05DA04" S="2.16.578.1.12.4.1.1.7180" DN="Kodein"/>'


def allergy(
    cause: str = CODEINE, *, reaction: str = REACTION, updated: str = UPDATED, source: str = SOURCE, comment: str = "",
    refuted: str = "", namespace: str = KI,
) -> str:  # fmt: skip
    said = f"<Kommentar>{comment}</Kommentar>" if comment else ""
    denied = f"<Avkreftet>{refuted}</Avkreftet>" if refuted else ""
    return (
        f'<Allergi xmlns="{namespace}">{reaction}{said}{updated}{source}'
        f"<Legemiddelreaksjon>{cause}</Legemiddelreaksjon>{denied}</Allergi>"
    )


def read(*allergies: str, **told: Any) -> tuple[MedicinesInUse, Report]:
    return read_medicines_in_use(m912(medicines_list(more="".join(allergies))), reading(**told))


def only(one: str, **told: Any) -> Allergy:
    (stated,) = read(one, **told)[0].allergies.stated
    return stated


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


def test_a_reaction_of_the_list_becomes_an_allergy_with_its_origin():
    made = only(allergy())
    assert made.agent.original is not None
    assert (made.agent.text, made.agent.original.code, [c.system for c in made.agent.others]) == (
        "Kodein",
        "R05DA04",
        ["2.16.840.1.113883.6.73"],
    )
    assert made.agent_is_medicine
    assert made.kind.text == "Legemiddelreaksjon"
    assert made.provenance.source == "Pasientens legemiddelliste (Reseptformidleren)"
    assert made.provenance.source_id == made.id == "b7a8-1/Allergi[0]"
    assert made.provenance.recorded is not None
    assert made.provenance.recorded.iso == "2022-01-10T13:00:00+01:00"
    assert made.note == "Kilde: Pasientens egne opplysninger"


def test_the_reaction_is_coded_as_the_list_has_it():
    (reaction,) = only(allergy()).reactions
    assert reaction.manifestation.original is not None
    assert (reaction.manifestation.original.system, reaction.manifestation.original.code) == (
        "2.16.578.1.12.4.1.1.7497",
        "13",
    )


def test_the_list_tells_neither_certainty_nor_seriousness_and_none_is_made_up():
    made = only(allergy())
    assert (made.certainty, made.criticality, made.status, made.onset) == (None, None, None, None)
    assert (made.provenance.recorded_by, made.reactions[0].severity) == (None, None)


@pytest.mark.parametrize(
    ("cause", "words", "code"),
    [
        (CODEINE + "<Varenavn>Paralgin forte</Varenavn>", "Paralgin forte, Kodein", "R05DA04"),
        (CODEINE + "<Virkestoff>kodein</Virkestoff>", "kodein", "R05DA04"),
        ("<Virkestoff>Kodein</Virkestoff><Virkestoff>Paracetamol</Virkestoff>", "Kodein, Paracetamol", None),
        ("<Varenavn>Voltaren</Varenavn>", "Voltaren", None),
        ("<VirkestoffId>ID_A</VirkestoffId><VirkestoffId>ID_B</VirkestoffId>", "ID_A, ID_B", None),
        ("<MerkevareId>ID_C</MerkevareId>", "ID_C", None),
        ("<VirkestoffId>ID_A</VirkestoffId><MerkevareId>ID_C</MerkevareId><Varenavn>V</Varenavn>", "V", None),
    ],
    ids=["brand-and-atc", "substance-and-atc", "substances", "brand", "substance-ids", "brand-id", "ids-beside-a-name"],
)
def test_the_agent_is_told_by_every_name_it_has(cause: str, words: str, code: str | None):
    agent = only(allergy(cause)).agent
    assert (agent.text, agent.original.code if agent.original else None) == (words, code)


def test_ids_without_a_system_are_named_in_the_report():
    _, report = read(allergy("<VirkestoffId>ID_A</VirkestoffId><MerkevareId>ID_C</MerkevareId>"))
    assert [(f.code, f.original) for f in report.findings] == [
        ("code-system-without-oid", "ID_C"),
        ("code-system-without-oid", "ID_A"),
    ]


def test_a_reaction_to_an_unnamed_medicine_is_kept_and_said():
    made, report = read(allergy("", comment="Blå tablett mot smerter"))
    (stated,) = made.allergies.stated
    assert (stated.agent.text, stated.note) == (
        "Legemiddel ikke angitt",
        "Blå tablett mot smerter. Kilde: Pasientens egne opplysninger",
    )
    assert [(f.code, f.severity) for f in report.findings] == [("agent-not-stated", Severity.WARNING)]


@pytest.mark.parametrize(("written", "said"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_a_reaction_to_an_excipient_is_said_to_be_one(written: str, said: bool):
    note = only(allergy(f"{CODEINE}<Hjelpestoffreaksjon>{written}</Hjelpestoffreaksjon>")).note
    assert ("Hjelpestoffreaksjon" in (note or "")) is said


@pytest.mark.parametrize("written", ["true", "1"])
def test_what_is_refuted_is_no_allergy_but_is_named_and_told_on(written: str):
    made, report = read(allergy(refuted=written))
    assert made.allergies.stated == ()
    assert [agent.text for agent in made.allergies.refuted] == ["Kodein"]
    assert [(f.code, f.original) for f in report.findings] == [("refuted", "Kodein")]


@pytest.mark.parametrize("written", ["", "false", "0"])
def test_what_is_not_refuted_is_an_allergy(written: str):
    made, report = read(allergy(refuted=written))
    assert (len(made.allergies.stated), made.allergies.refuted, report.findings) == (1, (), [])


def test_each_entry_is_an_allergy_of_its_own_place():
    made, _ = read(allergy(), allergy(refuted="true"), allergy("<Virkestoff>Jod</Virkestoff>"))
    assert [(a.id, a.agent.text) for a in made.allergies.stated] == [
        ("b7a8-1/Allergi[0]", "Kodein"),
        ("b7a8-1/Allergi[2]", "Jod"),
    ]


def test_a_list_without_reactions_and_no_list_state_none():
    assert read()[0].allergies.stated == ()
    assert read_medicines_in_use(m912(), reading())[0].allergies.stated == ()


def test_under_address_protection_a_comment_is_withheld_and_said_to_be():
    made, report = read(allergy(comment="Behandlet på Vika legesenter"), protected=True)
    assert made.allergies.stated[0].note == "Kilde: Pasientens egne opplysninger"
    assert codes(report) == ["note-withheld"]


WORSE = {
    "no reaction": allergy(reaction=""),
    "an empty reaction": allergy(reaction="<Reaksjon/>"),
    "no source": allergy(source=""),
    "no cause": allergy().replace("Legemiddelreaksjon", "Reaksjonslegemiddel"),
    "refuted, perhaps": allergy(refuted="kanskje"),
    "two codes": allergy(CODEINE * 2),
    "words of none": allergy("<Virkestoff>Ingen kjente allergier</Virkestoff>"),
}


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("case", WORSE)
def test_a_list_survives_its_worst_entry_and_says_so(case: str, position: int):
    entries = [allergy(), allergy("<Virkestoff>Jod</Virkestoff>")]
    entries.insert(position, WORSE[case])
    made, report = read(*entries)
    assert (len(made.allergies.stated), len(made.allergies.unread)) == (2, 1)
    assert [f for f in report.findings if f.code in ("entry-unreadable", "situation-unread")]


@pytest.mark.parametrize("updated", ["", "<Oppdatert>i går</Oppdatert>"])
def test_a_change_of_no_time_takes_no_reaction_away(updated: str):
    made, report = read(allergy(updated=updated))
    assert (made.allergies.stated[0].provenance.recorded, codes(report)) == (None, ["date-unknown"])


def test_a_broken_entry_that_policy_keeps_at_home_leaves_in_no_words():
    made, report = read(allergy(reaction=""), sensitive={"7180#R05DA04": False})
    assert (made.allergies.stated, made.allergies.unread, codes(report)) == ((), (), ["withheld-by-policy"])
    assert read(allergy(reaction=""))[0].allergies.unread[0].words


def test_refuses_a_generation_it_does_not_know():
    older = "http://www.kith.no/xmlstds/eresept/ki/2012-06-11"
    with pytest.raises(UnknownVersion) as refused:
        read(allergy(namespace=older))
    assert refused.value.namespace == older


METHADONE = '<Atc V="N07BC02" S="2.16.578.1.12.4.1.1.7180" DN="Metadon"/>'


@pytest.mark.parametrize("key", ["7180#N07BC02", "7497#13"])
def test_what_policy_keeps_at_home_is_named_by_its_key_alone(key: str):
    found, report = read(allergy(METHADONE), sensitive={key: False})
    assert (found.allergies.stated, found.allergies.refuted) == ((), ())
    (told,) = [f for f in report.findings if f.code == "withheld-by-policy"]
    assert (told.path, told.original) == ("Allergi[0]", key)
    assert "Metadon" not in repr(report)


@pytest.mark.parametrize("sensitive", [{}, {"7180#N07BC02": True}, {"7180#N07BC01": False}, {"7497#N07BC02": False}])
def test_what_policy_lets_go_or_does_not_name_is_stated(sensitive: dict[str, bool]):
    found, report = read(allergy(METHADONE), sensitive=sensitive)
    assert len(found.allergies.stated) == 1
    assert "withheld-by-policy" not in codes(report)


def test_one_that_is_kept_at_home_keeps_no_other_there():
    found, _ = read(allergy(METHADONE), allergy(), sensitive={"7180#N07BC02": False})
    assert [made.agent.text for made in found.allergies.stated] == ["Kodein"]


def test_what_is_refuted_and_sensitive_is_not_told_on_either():
    one = allergy(METHADONE, refuted="true")
    assert read(one, sensitive={"7180#N07BC02": False})[0].allergies.refuted == ()
    assert len(read(one)[0].allergies.refuted) == 1
