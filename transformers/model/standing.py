"""What a record's own signs make of it: affirmed, or denied, planned, withdrawn, contradicted, of another form, unread.

Pure: no CDA and no FHIR. The readers of both hand over the signs a record bears (`Signs`) and the form it has
(`FORMS`); what each sign means is a row of the tables here. Sources: HL7 v3 ActMood, ActStatus and negationInd (RIM
2.47), the statusCode of each eHDSI entry template (wave 8), FHIR R4 verification status and modifierExtension.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Standing(StrEnum):
    """What a record says of its content. Only ``AFFIRMED`` makes it a statement of the patient."""

    AFFIRMED = "affirmed"
    DENIED = "denied"
    PLANNED = "planned"
    WITHDRAWN = "withdrawn"
    CONTRADICTED = "contradicted"
    """Two of its signs exclude each other: denied, and done on a day."""
    UNPLACED = "unplaced"
    """A part (a reaction, a severity) whose statement cannot be told."""
    ABSENCE = "absence"
    """It says that there is none, beside something that says otherwise or more."""
    OTHER_PERSON = "other-person"
    """It is of somebody else than the patient: a parent, a child, a donor."""
    OTHER_FORM = "other-form"
    NOT_READABLE = "not-readable"


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of one record, as it bears them; None where it bears none."""

    mood: str | None = None
    """HL7 v3 moodCode."""
    negation: str | None = None
    """HL7 v3 negationInd, as written."""
    status: str | None = None
    null_flavor: str | None = None
    """Of the record as a whole."""
    verification: str | None = None
    """Code of a certainty, a verification status or a problem status."""
    modifiers: tuple[str, ...] = ()
    """URLs of FHIR modifier extensions that nobody here knows."""
    dated: bool = False
    """The record says when it was done."""
    other_person: bool = False
    """It, or what it stands in, names somebody else as its subject."""

    @property
    def negated(self) -> bool:
        """Whether anything but "not negated" is said: a value of no form is no permission."""
        return self.negation is not None and self.negation.strip(" \t\r\n") not in {"false", "0"}


_A, _D, _P, _W = Standing.AFFIRMED, Standing.DENIED, Standing.PLANNED, Standing.WITHDRAWN
_ACT_STATUS: Final[Mapping[str, Standing]] = {
    "completed": _A,
    "active": _A,
    "new": _P,
    "held": _P,
    "suspended": _P,
    "cancelled": _D,
    "aborted": _W,
    "nullified": _W,
    "obsolete": _W,
    "not-done": _D,
    "entered-in-error": _W,
}
"""ActStatus as a statement bears it, and the two of FHIR's event status that take a record back. ``suspended`` is not
going on now. A status that is no row here describes and decides nothing: its reader reports it."""
_RECALLED: Final = frozenset({"nullified", "obsolete", "entered-in-error"})
REFUTED: Final = "refuted"
_VERIFICATION: Final[Mapping[str, Standing]] = {
    REFUTED: _D,
    "entered-in-error": _W,
    **dict.fromkeys(("410516002", "410594000", "2667000", "723511001", "385660001"), _D),
    "723510000": _W,
}
"""Value sets 42.58 and 42.64, FHIR's verification status; 42.15's "Known absent", and its neighbours in SNOMED CT:
definitely not present, absent, refuted, not done, entered in error."""


@dataclass(frozen=True, slots=True)
class FormSigns:
    """What the signs mean in one form."""

    moods: frozenset[str] = frozenset({"EVN"})
    """The moods in which it affirms; every other one plans, asks or defines."""
    statuses: Mapping[str, Standing] = field(default_factory=lambda: _ACT_STATUS)
    done_when_dated: bool = False
    """Denied, completed and dated at once contradicts itself: something done has a day, something not done has none."""


_TRACKED: Final[Mapping[str, Standing]] = {**_ACT_STATUS, "suspended": _A, "aborted": _A}
"""A concern's status says how closely the sender follows it, not whether it is so (IHE PCC 6.3.4.12)."""
_CARRIED_OUT: Final[Mapping[str, Standing]] = {**_ACT_STATUS, "cancelled": _A, "aborted": _A}
"""A procedure keeps its status in the pivot: E.3.26 takes active, aborted, cancelled and completed."""
_TAKEN_BACK: Final[Mapping[str, Standing]] = {name: m for name, m in _ACT_STATUS.items() if name in _RECALLED}
"""Of the one item of a prescription or a dispensation; its other statuses decide whether it is open."""

FORMS: Final[Mapping[str, FormSigns]] = {
    "concern": FormSigns(statuses=_TRACKED),
    "observation": FormSigns(),
    "part": FormSigns(),
    "instruction": FormSigns(moods=frozenset({"INT", "EVN"})),
    "procedure": FormSigns(statuses=_CARRIED_OUT, done_when_dated=True),
    "device": FormSigns(done_when_dated=True),
    "immunisation": FormSigns(done_when_dated=True),
    "prescription": FormSigns(moods=frozenset({"INT", "RQO"}), statuses=_TAKEN_BACK),
    "dispensing": FormSigns(statuses=_TAKEN_BACK),
    "order": FormSigns(moods=frozenset({"RQO", "INT"})),
    "prescribed": FormSigns(moods=frozenset({"INT", "RQO", "EVN"})),
    "medicine": FormSigns(moods=frozenset({"INT", "EVN"}), done_when_dated=True),
}
"""By form. INT is the ordinary mood of a medicine ordered (E.3.2, E.3.4) and of an instruction (E.3.12, E.3.13);
a supply is ordered (RQO) in a prescription, and a dispensation refers to what was prescribed in any of its moods.
``completed`` is an observation's only status, a problem's past at its concern, and a medicine's end: none denies."""


def standing(form: str, signs: Signs) -> Standing:
    """What the signs make of a record of that form (a key of `FORMS`).

    The gravest sign decides: an extension nobody knows or a null flavour of the whole (unread), another person, a
    contradiction, negation, verification, status, mood.
    """
    rules = FORMS[form]
    if signs.modifiers or signs.null_flavor is not None:
        return Standing.NOT_READABLE
    if signs.other_person:
        return Standing.OTHER_PERSON
    if signs.negated and rules.done_when_dated and signs.dated and signs.status == "completed":
        return Standing.CONTRADICTED
    if signs.negated:
        return Standing.DENIED
    verified = _VERIFICATION.get(signs.verification or "", Standing.AFFIRMED)
    if verified is not Standing.AFFIRMED:
        return verified
    stated = rules.statuses.get(signs.status or "", Standing.AFFIRMED)
    if stated is not Standing.AFFIRMED:
        return stated
    planned = signs.mood is not None and signs.mood not in rules.moods
    return Standing.PLANNED if planned else Standing.AFFIRMED
