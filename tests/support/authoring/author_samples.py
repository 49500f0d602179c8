"""Writes `samples` from readable sources, so that no byte of the base64-nested messages is edited by hand.

Run ``python -m tests.support.authoring.author_samples`` in the root; a test compares its output with what is committed.
"""

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.authoring.clinical import CRITICAL_INFORMATION
from tests.support.authoring.critical import Resource, bundle
from tests.support.authoring.fest import fest
from tests.support.authoring.fest_products import AS_DOSES, BY_KEY, GONE, PRODUCTS
from tests.support.authoring.medicines import medicines_of
from tests.support.authoring.people import PEOPLE, Individual
from tests.support.authoring.prescribed_medicines import prescriptions_of
from tests.support.authoring.register import person, privacy
from tests.support.authoring.signing import issuer, nobody_revoked
from tests.support.authoring.vaccines import vaccinations_of

_CHANGED = {
    "AllergyIntolerance": "allergyIntoleranceDate",
    "Conditions-CriticalMedicalCondition": "conditionCriticalMedicalConditionDate",
    "Conditions-Infection": "conditionInfectionDate",
    "Conditions-IntubationProblem": "conditionComplicationsOfAnesthesiaDate",
    "Conditions-OtherProblemWithAnesthesia": "conditionComplicationsOfAnesthesiaDate",
    "Conditions-TransplantsAndOtherForeignBodies": "conditionTransplantsAndOtherForeignBodiesDate",
    "Devices": "deviceUseStatementDate",
    "Procedures": "procedureDate",
    "Flags": "flagDate",
}


def _changed(sources: dict[str, list[Resource]]) -> dict[str, str]:
    changed: dict[str, str] = {}
    for name, resources in sources.items():
        newest = max(str(resource["meta"]["lastUpdated"]) for resource in resources)
        changed[_CHANGED[name]] = max(newest, changed.get(_CHANGED[name], ""))
    return changed


def files_of(who: Individual) -> dict[str, bytes]:
    """The files of one person by name below her folder."""
    sources = CRITICAL_INFORMATION[who.id](who) if who.id in CRITICAL_INFORMATION else {}
    files = {"person.json": person(who), "privacy.json": privacy(who, _changed(sources))}
    files |= {f"critical-information/{name}.json": bundle(resources) for name, resources in sources.items()}
    for name, content in (("m912.xml", medicines_of(who)), ("sysvak.xml", vaccinations_of(who))):
        if content is not None:
            files[name] = content
    return files | prescriptions_of(who)


def index() -> bytes:
    """``persons.toml``."""
    rows = (
        f'\n[[person]]\nid = "{who.id}"\nidentifier = "{who.identifier}"\nstands_for = "{who.stands_for}"\n'
        for who in PEOPLE
    )
    return ("# The sample persons. All are invented: see README.md.\n" + "".join(rows)).encode()


def samples() -> dict[str, bytes]:
    """Every authored file by its path below ``samples/``."""
    made = {
        "persons.toml": index(),
        "prescribers/issuer.pem": issuer().certificate.public_bytes(Encoding.PEM),
        "prescribers/revoked.crl": nobody_revoked(),
        "fest/mini-fest.xml": fest(PRODUCTS, gone=GONE, doses=tuple(BY_KEY[key] for key in AS_DOSES)),
    }
    for who in PEOPLE:
        made |= {f"persons/{who.id}/{name}": content for name, content in files_of(who).items()}
    return made


def write(below: Path) -> None:
    """Write every file below ``below``."""
    for name, content in samples().items():
        path = below / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    write(Path(__file__).parents[3] / "samples")
