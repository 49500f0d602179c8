"""A second country behind the same core: identify, list and retrieve of a summary, with nothing of Norway's loaded."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.evidence.event import Outcome
from gateway.messages import DocumentEntry, PatientIdentifier
from gateway.pipeline.answer import Reply
from tests.gateway.toycountry.country import NUMBERS, WORDS, Files, number_is_valid
from tests.gateway.toycountry.world import World
from tests.support.nodes.node import Came, read
from transformers.cda.documents.patient_summary import read_patient_summary
from transformers.model.summary import KnownAbsent, Present
from transformers.validation import check

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
TRISTANA, MARK, SEALED, SILENT, LATE = "00001234R", "00002345Y", "00003456G", "00004567P", "00005678W"
NOBODY = "00006789E"
LIMIT = 1000


def came(reply: Reply) -> Came:
    return read(reply.status, reply.content_type, reply.body)


def listed(world: World, number: str) -> DocumentEntry:
    (entry,) = came(world.query(number)).structured
    return entry


def document(world: World, number: str) -> bytes:
    (found,) = came(world.retrieve(number, listed(world, number).unique_id)).documents
    return found.content


def test_identifies_its_own_persons_by_its_own_numbers():
    world = World()
    (found,) = came(world.discover(TRISTANA)).patients
    assert found.identifier == PatientIdentifier(NUMBERS, TRISTANA)
    assert (found.family, found.given, found.city) == ("Lyonesse", ("Tristana",), "Carlyon")
    assert world.files.asked == ["register", "privacy"]


def test_lists_and_sends_a_summary_of_what_its_files_say():
    world = World()
    content = document(world, TRISTANA)
    assert check(content, None, layers=("own",)).valid
    summary = read_patient_summary(content).summary
    assert summary.title == WORDS.summary_title
    (allergy,) = summary.content.allergies.entries
    (problem,) = summary.content.problems.entries
    (medicine,) = summary.content.medications.entries
    (vaccination,) = summary.content.immunisations.entries
    assert "penicillin" in allergy.agent.text
    assert problem.condition.target.code == "A37"
    assert medicine.product.name == "Marevan Tab 2,5 mg"
    assert vaccination.vaccine.target.code == "J07BB02"
    assert [event.outcome for event in world.events] == [Outcome.SUCCESS] * 2
    assert b"Kjernejournal" not in content
    assert b"Reseptformidleren" not in content


def test_what_it_knows_to_be_absent_is_said_and_a_veiled_address_does_not_leave():
    world = World()
    assert [one.city for one in came(world.discover(MARK)).patients] == [None]
    content = document(world, MARK)
    assert b"Carlyon" not in content
    summary = read_patient_summary(content).summary
    assert isinstance(summary.content.allergies, KnownAbsent)
    assert not isinstance(summary.content.problems, Present)


@pytest.mark.parametrize(
    ("number", "refusal"),
    [(NOBODY, "PatientUnknown"), (SEALED, "PatientProtected"), (SILENT, "PatientReserved"), (LATE, "PatientDeceased")],
)
def test_who_must_not_be_found_is_answered_as_nobody_is(number, refusal):
    world = World()
    assert came(world.discover(number)).patients == ()
    assert world.events[-1].refusal_class == refusal


@pytest.mark.parametrize("number", ["00001234S", "1234R", "13837424032"])
def test_a_number_that_is_none_of_its_own_opens_no_door(number):
    world = World()
    assert not number_is_valid(PatientIdentifier(NUMBERS, number))
    world.discover(number)
    assert world.events[-1].refusal_class == "PatientIdentifierInvalid"
    assert world.files.asked == []


def test_a_file_that_cannot_be_read_is_a_source_that_answered_nonsense(tmp_path):
    (tmp_path / f"{TRISTANA}.json").write_text("{")
    world = World(Files(tmp_path))
    world.discover(TRISTANA)
    assert world.events[-1].refusal_class == "NationalAnswerUnreadable"


def _imported(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return names | {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}


def test_it_is_small_and_imports_of_the_national_room_its_ports_alone():
    files = sorted(HERE.rglob("*.py")) + sorted(HERE.rglob("*.json"))
    assert sum(len(file.read_text("utf-8").splitlines()) for file in files) <= LIMIT
    imported = set().union(*(_imported(file) for file in files if file.suffix == ".py"))
    assert {name for name in imported if name.startswith("gateway.national")} == {"gateway.national.ports"}
    assert not {name for name in imported if name.startswith(("transformers.norway", "gateway.simulators"))}


def test_a_summary_listed_and_sent_has_loaded_nothing_of_norway():
    code = (
        "import sys\n"
        "from tests.gateway.toycountry.test_toy_country import TRISTANA, World, document\n"
        "assert document(World(), TRISTANA)\n"
        "print(*sorted(name for name in sys.modules if name.startswith(('transformers.norway', 'gateway.national.'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.splitlines()[-1].split() == ["gateway.national.ports"]
