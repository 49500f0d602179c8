"""The real national adapters opened against a running simulator (or anything that listens where it would)."""

import ssl
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gateway import clock
from gateway.admission import Asker, VerifiedRequest, VerifiedTreatment
from gateway.configuration.shipped import shipped
from gateway.http import HttpClient, HttpLimits
from gateway.messages import PatientIdentifier
from gateway.national.doors import NationalDoors, Surroundings, open_doors
from gateway.national.message_transport import FiledMail
from gateway.national.settings import read_national
from gateway.national.tables import read_code_systems
from tests.support.norway.mail import MailInMemory
from tests.support.norway.signing import prescriber_table, seals_of, signing_files

SENSITIVE = {"7517#6": False, "7517#8": False, "7522#1": True}
SYSTEMS = read_code_systems(shipped("config"))
FNR = "2.16.578.1.12.4.1.4.1"


def national_table(base_url: str, key_file: Path, client_id: str) -> dict[str, Any]:
    """The shipped national.toml with the addresses of a simulator filled in."""
    table = tomllib.loads((shipped("config") / "national.toml").read_text(encoding="utf-8"))
    national = table["national"]
    national["sender"] |= {
        "her_id": "8190099", "telephone": "00 00 00 00", "street": "Eksempelgata 1", "postal_code": "0001",
        "city": "Oslo",
    }  # fmt: skip
    national["helseid"] |= {"issuer": f"{base_url}/helseid", "client_id": client_id, "key_file": str(key_file)}
    national["helseid"]["algorithm"] = "ES256"
    national["person_register"]["base_url"] = f"{base_url}/persontjenesten"
    national["privacy"] |= {
        "base_url": f"{base_url}/pvk",
        "definition_guid": "6d4ba2ac-2f8c-4e0b-8d1b-7d3f43f0a5b1",
        "part_code": "ncpeh",
    }
    national["critical_information"]["base_url"] = f"{base_url}/kritisk-informasjon/v1"
    national["transport"]["base_url"] = f"{base_url}/edi20"
    national["prescriber"] = prescriber_table()
    return table


def national_table_with_prescriptions(base_url: str, key_file: Path, client_id: str) -> dict[str, Any]:
    """The same, with Reseptformidleren among the services."""
    table = national_table(base_url, key_file, client_id)
    table["national"]["enterprise"] = dict(signing_files("enterprise"))
    table["national"]["prescriptions"] = {
        "name": "Reseptformidleren", "organisation_number": "915933149", "her_id": "80624",
        "foreign_item_number": "999999", "role": "prescriber",
    }  # fmt: skip
    return table


@contextmanager
def doors_to(
    table: Mapping[str, Any],
    *,
    deadline: float = 8.0,
    elapsed: Callable[[], float] = time.monotonic,
    mail: FiledMail | None = None,
) -> Iterator[NationalDoors]:
    """The five doors with an HTTP client of their own; ``elapsed`` is the message transport's clock, ``mail`` what is
    durable of its mailbox."""
    known = read_national(table)
    limits = HttpLimits(deadline_seconds=deadline)
    public = ssl.create_default_context()
    with HttpClient(limits, tls=lambda: public, elapsed=time.monotonic) as http:
        around = Surroundings(
            http=http,
            now=clock.now,
            new_id=clock.new_id,
            elapsed=elapsed,
            pause=lambda seconds: threading.Event().wait(seconds) and None,
            deadline_seconds=deadline,
            systems=SYSTEMS,
            sensitive=SENSITIVE,
            key_file=known.helseid.key_file,
            mail=mail or MailInMemory(),
            **seals_of(known),
        )
        yield open_doors(known, around)


def verified_request(number: str, *, purpose: str = "TREATMENT") -> VerifiedRequest:
    """A request of a Portuguese physician about a person."""
    asker = Asker(
        country="PT",
        home_community="2.16.17.710.820.1000.990.1",
        professional_id="medico-1",
        professional_name="Rui Azevedo",
        role="221",
        national_role="LE",
        organisation="Hospital de Exemplo",
        organisation_id=None,
        purpose=purpose,
        access_basis={"TREATMENT": "SAMTYKKE", "EMERGENCY": "AKUTT"}[purpose],
    )
    return VerifiedRequest(
        asker=asker,
        transaction="ITI-55",
        patient=PatientIdentifier(FNR, number),
        wave=8,
        now=clock.now(),
        correlation="7a1c1d5e-50c4-4d0e-9d61-0f2c7f1f6a11",
    )


def verified_treatment(number: str, *references: str, purpose: str = "TREATMENT") -> VerifiedTreatment:
    """The same with a treatment relationship, whose assertion carries these reference numbers."""
    return VerifiedTreatment(verified_request(number, purpose=purpose), "_trc-1", frozenset(references))
