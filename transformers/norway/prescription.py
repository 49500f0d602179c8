"""A Norwegian prescription: the pivot's item, and the national facts that decide whether it may cross a border.

M1 Resept (2010-05-01, 2013-10-08), Volven 7402, 7408, 7421, 7427, 9101. Reseptformidleren's status and the dispensings
made stand in other messages (M9.2, M9.4, M9.6, M9.8, M10); who reads those tells the reader of M1.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from transformers.model.prescription import PrescribedItem
from transformers.model.values import Coded, Moment, Quantity


class Level(StrEnum):
    """At which level a prescription names its product."""

    PACKAGE = "package"
    BRAND = "brand"
    SUBSTANCE = "substance"
    COMPOUNDED = "compounded"
    """Legemiddelblanding, magistrell."""
    DOSE = "dose"
    """Legemiddeldose: single doses, multidose."""
    GOODS = "goods"
    """ReseptDokHandelsvare: no medicine."""


class SignatureState(StrEnum):
    """What is known of the prescriber's signature; only ``VALID`` lets a prescription be listed."""

    NOT_CHECKED = "not-checked"
    VALID = "valid"
    MISSING = "missing"
    BROKEN = "broken"
    """It does not fit what was received, or is of a form that is not accepted."""
    UNTRUSTED = "untrusted"
    """No professional certificate of a known issuer, or one for something else."""
    EXPIRED = "expired"
    """The certificate is no longer in force: whether it was revoked can no longer be told."""
    REVOKED = "revoked"
    REVOCATION_UNKNOWN = "revocation-unknown"
    """No list of the issuer in force says that it was not revoked."""
    OF_ANOTHER = "of-another"
    """A good signature by somebody else than the prescriber named."""
    BY_TOKEN = "by-token"  # noqa: S105 - the name of a state
    """Vouched for by a HelseID token instead of a personal certificate: not verified here."""


@dataclass(frozen=True, slots=True)
class Dispensing:
    """A dispensing made on the prescription; annulled ones are left out by who reads them.

    ``packages`` or ``amount`` is what was handed out, where it is told; with neither nobody can count it.
    """

    packages: Decimal | None = None
    amount: Quantity | None = None
    completes: bool = False
    """M10 Avsluttet: nothing is left after it."""
    item_number: str | None = None
    """Varenr of what was handed out; it need not be what was prescribed."""
    holds: Quantity | None = None
    """How much one of its packages holds, where the size reads so."""
    report_id: str | None = None
    """MsgId of the M10 that reports it."""
    as_prescribed: bool = False
    """One dispensing, whatever the prescription says that is; of a source that counts dispensings and no amounts."""


@dataclass(frozen=True, slots=True)
class NorwegianPrescription:
    """One prescription. What a message does not say is None, False only where it says so or says nothing of an act."""

    item: PrescribedItem
    level: Level
    generation: str
    """``2.4`` or ``2.5``."""
    reseptgruppe: str | None
    """Volven 7421; None: not stated."""
    reiterasjon: int
    """Dispensings allowed beyond the first."""
    status: str | None = None
    """Volven 7408, as Reseptformidleren says now; None: nobody told."""
    dispensed: tuple[Dispensing, ...] | None = None
    """None: nobody told which were made."""
    not_comparable: tuple[str, ...] = ()
    """Why it cannot be told what the dispensings left (`transformers.norway.remaining.WhyNotComparable`)."""
    signature: SignatureState = SignatureState.NOT_CHECKED
    item_number: str | None = None
    """Varenr."""
    fest_id: str | None = None
    fest_group: str | None = None
    """Reseptgruppe by FEST, once joined."""
    fest_atc: str | None = None
    """ATC code by FEST, once joined."""
    package_size: str | None = None
    """Pakningsstr with its unit, as written."""
    package_holds: Quantity | None = None
    """How much one package holds by the message itself, where its size reads so."""
    use: Coded | None = None
    """Bruk, Volven 9101: 1 fast, 2 kur, 3 ved behov, 4 vaksine, 5 næringsmiddel."""
    short_dose: Coded | None = None
    """Kortdose, Volven 7478: a hint beside the text, never instead of it."""
    specialty: Coded | None = None
    """Spesialitet of the prescriber, Volven 7426."""
    reimbursement: Coded | None = None
    """RefHjemmel, Volven 7427."""
    reference_number: str | None = field(default=None, repr=False)
    """RefNr: who holds it may open a locked prescription."""
    locked: bool = False
    guardian_reserved: bool = False
    """Vergeinnsynsreservasjon."""
    expedition_requested: bool = False
    """EkspAnm: sent on to a named dispenser."""
    earliest: Moment | None = None
    """TidligsteUtlevering."""
    approval_exemption: bool = False
    """LegemiddelUtenMt: no marketing authorisation, an application to DMP."""
    own_practice: bool = False
    """TilEgenPraksis: for the prescriber's own practice, not for the patient."""
    multidose: bool = False
    from_hospital: bool = False
    fest_updated: Moment | None = None
    """OppdatertFest: how old the FEST was that it was written with."""
