"""Country B as a process that asks whatever address it is told: one JSON command a line in, one JSON answer a line out.

``python -m tests.support.nodes.ask_abroad DEMO_FOLDER``; commands ``{"step": "identify"|"list"|"retrieve", "url": …}``.
"""

import json
import os
import sys
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

from gateway import clock
from gateway.configuration.settings import load
from gateway.demonstration.story import Story
from gateway.demonstration.world import World
from gateway.exchange.country_b.find import find_documents_abroad
from gateway.exchange.country_b.identify import identify_abroad
from gateway.exchange.country_b.retrieve import retrieve_documents_abroad
from gateway.messages import DocumentEntry, FindDocuments, FindPatient, FoundPatient, PatientIdentifier
from gateway.node.abroad import CountryB, build_country_b
from gateway.peers.errors import AbroadRefused
from gateway.peers.ports import Session

NORWAY, PORTUGAL, FNR = "2.16.578.1.12.4.5.10.1", "2.16.17.710.820.1000.990.1", "2.16.578.1.12.4.1.4.1"


def main() -> None:
    folder = Path(sys.argv[1])
    settings = load({**World(folder).environment("PT"), "NCPEH_LIMITS__NATIONAL_DEADLINE": "PT0.5S"})
    country_b = build_country_b(settings)
    try:
        for line in sys.stdin:
            os.write(1, (json.dumps(_answer(country_b, folder, json.loads(line))) + "\n").encode())
    finally:
        country_b.close()


def _answer(country_b: CountryB, folder: Path, asked: dict) -> dict:
    try:
        return {"used": _ask(country_b, folder, asked), "refused": None}
    except AbroadRefused as reason:
        codes = [problem.code for problem in getattr(reason, "problems", ())]
        said = [[problem.code, problem.text, problem.location] for problem in getattr(reason, "problems", ())]
        return {"used": None, "refused": type(reason).__name__, "codes": codes, "reasons": said}


def _ask(country_b: CountryB, folder: Path, asked: dict) -> object:
    now = clock.now()
    number = PatientIdentifier(FNR, asked["number"])
    story = Story(World(folder), country_b, {}, clock.now, clock.new_id)
    row = country_b.country("NO").model_copy(update={**asked["row"], "xcpd": asked["url"], "xca": asked["url"]})
    session = country_b.issuer.open_session(story.session().clinician, row, now)
    if asked["step"] == "identify":
        found = identify_abroad(session, FindPatient(NORWAY, PORTUGAL, (number,)), country_b.peer, now)
        return [match.patient.identifier.extension for match in found]
    if asked["step"] == "whole way":
        return _whole_way(country_b, session, number, now)
    person = FoundPatient(number, "Havreåker", ("Ryddig",), "F", "19740313")
    treatment = country_b.issuer.confirm_treatment(session, person, now)
    if asked["step"] == "list":
        query = FindDocuments(number, (("60591-5", "2.16.840.1.113883.6.1"),))
        entries, _ = find_documents_abroad(treatment, query, "ps", country_b.peer, now)
        return [
            {k: str(v) for k, v in asdict(entry).items() if k in ("unique_id", "sha1", "size")} for entry in entries
        ]
    entry = DocumentEntry(
        unique_id=asked["unique_id"], patient=number, class_code="60591-5", format_code="urn:epSOS:ps:ps:2010",
        title="", description="", created=now, language="nb-NO", size=asked["size"], sha1=asked["sha1"],
        repository="1.2.3", home_community=NORWAY,
    )  # fmt: skip
    entry = replace(entry, **asked["entry"])
    documents, problems = retrieve_documents_abroad(treatment, (entry,), country_b.peer, now, country_b.reception)
    findings = [
        f.code for d in documents for f in d.findings if f.code.startswith(("listed-", "patient-", "original-"))
    ]
    return {
        "documents": [d.content.decode() for d in documents],
        "codes": [p.code for p in problems],
        "findings": findings,
    }


def _whole_way(country_b: CountryB, session: Session, number: PatientIdentifier, now: datetime) -> object:
    """Identify, list and retrieve each document that is listed: of each what was listed, and what came."""
    (match,) = identify_abroad(session, FindPatient(NORWAY, PORTUGAL, (number,)), country_b.peer, now)
    treatment = country_b.issuer.confirm_treatment(session, match.patient, now)
    query = FindDocuments(match.patient.identifier, (("60591-5", "2.16.840.1.113883.6.1"),))
    entries, _ = find_documents_abroad(treatment, query, "ps", country_b.peer, now)
    came = []
    for entry in entries:
        documents, _ = retrieve_documents_abroad(treatment, (entry,), country_b.peer, now, country_b.reception)
        came += [
            {
                "unique_id": entry.unique_id,
                "format": entry.format_code,
                "rendering_of": entry.transformed_from,
                "document": one.content.decode(),
                "findings": [f.code for f in one.findings if f.code.startswith("listed-")],
                "differences": [difference.what for difference in one.differences],
            }
            for one in documents
        ]
    return came


if __name__ == "__main__":
    main()
