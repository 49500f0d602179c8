"""A few lines that write XML as text, and the MsgHead around every Norwegian message (HIS 80601:2006, version 1.2)."""

from base64 import b64encode
from xml.sax.saxutils import escape, quoteattr

from tests.support.authoring.people import Clinic, Individual

MSGHEAD = "http://www.kith.no/xmlstds/msghead/2006-05-24"
FK1 = "http://www.kith.no/xmlstds/felleskomponent1"
VOLVEN = "2.16.578.1.12.4.1.1."
FAMILY_DOCTOR = ("F", "Fastlege")


def el(name: str, *children: str | None, **attributes: str) -> str:
    """An element; children are markup already, None is left out. ``_`` in front of an attribute name is dropped."""
    shown = "".join(f" {key.lstrip('_')}={quoteattr(value)}" for key, value in attributes.items())
    inside = "".join(child for child in children if child is not None)
    return f"<{name}{shown}>{inside}</{name}>" if inside else f"<{name}{shown}/>"


def text(name: str, value: str) -> str:
    """An element with text."""
    return el(name, escape(value))


def optional(name: str, value: str | None) -> str | None:
    """An element with text, or nothing."""
    return None if value is None else text(name, value)


def cs(name: str, code: str, display: str) -> str:
    """A coded element without code system (kith:CS)."""
    return el(name, V=code, DN=display)


def cv(name: str, volven: int, code: str, display: str, **more: str) -> str:
    """A coded element of a Volven list (kith:CV)."""
    return el(name, V=code, S=f"{VOLVEN}{volven}", DN=display, **more)


def pq(name: str, value: str, unit: str) -> str:
    """A quantity (kith:PQ)."""
    return el(name, V=value, U=unit)


def nested(name: str, markup: str) -> str:
    """An element whose text is the base64 of a document."""
    return text(name, b64encode(f'<?xml version="1.0" encoding="utf-8"?>\n{markup}'.encode()).decode())


def ident(number: str, code: str, display: str, volven: int) -> str:
    """A MsgHead Ident."""
    return el("Ident", text("Id", number), cv("TypeId", volven, code, display))


def fk1_ident(name: str, number: str, code: str, display: str, volven: int) -> str:
    """An Ident of felleskomponent1 under another name."""
    return el(name, el("fk1:Id", escape(number)), cv("fk1:TypeId", volven, code, display), **{"xmlns:fk1": FK1})


def her(number: str) -> str:
    """HER-id as Ident."""
    return ident(number, "HER", "HER-id", 9051)


def organisation(clinic: Clinic) -> str:
    """A clinic with its professional, address and telephone: everything that can reveal where the patient lives."""
    number, name = clinic.municipality
    return el(
        "Organisation",
        text("OrganisationName", clinic.name),
        ident(clinic.organisation, "ENH", "Organisasjonsnummeret i Enhetsregister", 9051),
        her(clinic.her_id),
        el(
            "Address",
            cs("Type", "RES", "Besøksadresse"),
            text("StreetAdr", clinic.street),
            text("PostalCode", clinic.postal_code),
            text("City", clinic.city),
            cs("County", number, name),
        ),
        el("TeleCom", cs("TypeTelecom", "HP", "Hovedtelefon"), el("TeleAddress", V=clinic.phone)),
        el(
            "HealthcareProfessional",
            cs("TypeHealthcareProfessional", "LE", "Lege"),
            text("FamilyName", clinic.family),
            text("GivenName", clinic.given),
            ident(clinic.hpr, "HPR", "HPR-nummer", 8116),
        ),
    )


def agency(name: str, her_id: str) -> str:
    """A national service as organisation."""
    return el("Organisation", text("OrganisationName", name), her(her_id))


def patient(who: Individual) -> str:
    """MsgHead Patient with address."""
    number, name = who.municipality
    code, display = ("DNR", "D-nummer") if who.d_number else ("FNR", "Fødselsnummer")
    return el(
        "Patient",
        text("FamilyName", who.family),
        optional("MiddleName", who.middle),
        text("GivenName", who.given),
        text("DateOfBirth", who.born.isoformat()),
        cs("Sex", *(("2", "Kvinne") if who.sex == "F" else ("1", "Mann"))),
        ident(who.number, code, display, 8116),
        el(
            "Address",
            cs("Type", "H", "Bostedsadresse"),
            text("StreetAdr", f"{who.street} {who.house}"),
            text("PostalCode", who.postal_code),
            text("City", who.city),
            cs("County", number, name),
        ),
    )


def msghead(
    kind: tuple[str, str], when: str, message_id: str, sender: str, receiver: str, content: str, *,
    subject: str | None = None, answers: str | None = None,
) -> str:  # fmt: skip
    """A MsgHead with one XML document in it."""
    reference = None
    if answers is not None:
        reference = el("ConversationRef", text("RefToParent", answers), text("RefToConversation", answers))
    return el(
        "MsgHead",
        el(
            "MsgInfo",
            cs("Type", *kind),
            text("MIGversion", "v1.2 2006-05-24"),
            text("GenDate", when),
            text("MsgId", message_id),
            reference,
            el("Sender", sender),
            el("Receiver", receiver),
            subject,
        ),
        el("Document", el("RefDoc", cs("MsgType", "XML", "XML-instans"), el("Content", content))),
        xmlns=MSGHEAD,
    )


def document(markup: str) -> bytes:
    """A whole document."""
    return f'<?xml version="1.0" encoding="utf-8"?>\n{markup}\n'.encode()
