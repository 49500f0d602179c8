"""What an invented country's national infrastructure makes of dispensations, and its ledger.

Sources: ITI-41 (IHE ITI TF-2, 3.41); eHDSI requirement 07.04 (discard); and, by name at each rule, the public source
code of OpenNCP's server side (``KE``, 2025-05), of Denmark's connector (``DK``, 2026-06), and another country's public
acceptance set (``TI``). What has none is marked assumed, and refuses.
"""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from lxml import etree

from gateway.simulators.foreign_prescriptions import NUMBER, REGISTER, ForeignPrescription, prescriptions
from trust.xml import parse

V3: Final = "{urn:hl7-org:v3}"
_WINDOW: Final = timedelta(hours=24)


class ForeignRefusal(Exception):
    """A refused submission: an error code of OpenNCP's list and the country's own words."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(code)
        self.code, self.words = code, words


@dataclass
class ForeignDispensation:
    """One dispensation that took effect."""

    document: str
    prescription: str
    product: str
    packages: str
    at: datetime
    in_force: bool = True


@dataclass
class ReceivedSubmission:
    """One ITI-41 as it came, whatever was made of it."""

    operation: str
    document: str
    sha256: str


@dataclass
class ForeignBank:
    """Prescriptions of one patient. ``idempotent``: it answers a repeated document as the first time."""

    now: Callable[[], datetime]
    idempotent: bool = False
    further: int = 0
    listed: list[ForeignPrescription] = field(default_factory=list)
    dispensations: list[ForeignDispensation] = field(default_factory=list)
    received: list[ReceivedSubmission] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.listed[:] = prescriptions(self.further)

    def open(self) -> list[ForeignPrescription]:
        """What may be dispensed."""
        return [one for one in self.listed if one.left > len(one.dispensed)]

    def take(self, operation: str, content: bytes) -> None:
        """Carry out a submission. Raises ForeignRefusal."""
        tree = parse(content)
        document = _first_id(tree)
        with self.lock:
            self.received.append(ReceivedSubmission(operation, document, hashlib.sha256(content).hexdigest()))
            if operation == "dispense":
                self._dispense(tree, document)
            else:
                self._discard(document)

    def _dispense(self, tree: etree._Element, document: str) -> None:
        known = next((one for one in self.dispensations if one.document == document), None)
        if known is not None:
            if self.idempotent and known.in_force:
                return
            # TI: the same document again is an error, not the same answer
            raise ForeignRefusal("4106", "dispense prescription not found")
        # KE: the item is named by the REFR's id; DK: quantity is a positive whole number of packages
        supply = tree.find(f".//{V3}supply")
        item = (
            None
            if supply is None
            else supply.find(f"{V3}entryRelationship[@typeCode='REFR']/{V3}substanceAdministration/{V3}id")
        )
        if supply is None or item is None:
            raise ForeignRefusal("ERROR_ED_MISSING_REQUIRED_FIELDS", "supply or REFR id")
        number = (item.get("extension") or "").rpartition(".1.1")[0]
        prescription = next((one for one in self.listed if one.number == number), None)
        if prescription is None or not _is_about_her(tree):
            raise ForeignRefusal("4105", "no prescription with that id for that person")
        quantity = supply.find(f"{V3}quantity")
        packages = "" if quantity is None else quantity.get("value", "")
        if not packages.isdigit() or packages == "0" or quantity is None or quantity.get("unit", "1") != "1":
            raise ForeignRefusal("ERROR_ED_INCORRECT_FORMATTING", "the quantity is no whole number of packages")
        # assumed: a prescription has a number of dispensings, and one more is refused
        if prescription.left <= len(prescription.dispensed):
            raise ForeignRefusal("4106", "already dispensed")
        # eHDSI, service contract: SUBST where the prescriber forbids it is a precondition that is not met
        if prescription.substitution == "N" and supply.find(f"{V3}entryRelationship[@typeCode='COMP']") is not None:
            raise ForeignRefusal("ERROR_ED_SUBSTITUTION_INFORMATION_NOT_ALLOWED", "substitution is not allowed")
        name = supply.find(f"{V3}product//{V3}manufacturedMaterial/{V3}name")
        prescription.dispensed.append(document)
        product = "" if name is None else name.text or ""
        self.dispensations.append(ForeignDispensation(document, number, product, packages, self.now()))

    def _discard(self, document: str) -> None:
        # KE, DK: what is undone is named by the document's own first id; requirement 07.04: within 24 hours
        known = next((one for one in self.dispensations if one.document == document and one.in_force), None)
        if known is None or self.now() - known.at > _WINDOW:
            raise ForeignRefusal("ERROR_ED_DISCARD_FAILED", "none")
        known.in_force = False
        for one in self.listed:
            if document in one.dispensed:
                one.dispensed.remove(document)

    def ledger(self) -> dict[str, Any]:
        """All of it, as JSON."""
        with self.lock:
            return {
                "received": [
                    {"operation": one.operation, "document": one.document, "sha256": one.sha256}
                    for one in self.received
                ],
                "dispensations": [
                    {
                        "document": one.document,
                        "prescription": one.prescription,
                        "product": one.product,
                        "packages": one.packages,
                        "in_force": one.in_force,
                    }
                    for one in self.dispensations
                ],
                "prescriptions": [{"number": one.number, "left": one.left - len(one.dispensed)} for one in self.listed],
            }

    def forget(self) -> None:
        """Begin anew."""
        with self.lock:
            self.listed[:] = prescriptions(self.further)
            self.dispensations.clear()
            self.received.clear()


def _first_id(tree: etree._Element) -> str:
    own = tree.find(f"{V3}id")
    if own is None:
        raise ForeignRefusal("ERROR_ED_INCORRECT_FORMATTING", "no document id")
    return f"{own.get('root')}^{own.get('extension', '')}"


def _is_about_her(tree: etree._Element) -> bool:
    ids = tree.findall(f"{V3}recordTarget/{V3}patientRole/{V3}id")
    return any((one.get("root"), one.get("extension")) == (REGISTER, NUMBER) for one in ids)
