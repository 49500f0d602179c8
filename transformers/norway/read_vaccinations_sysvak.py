"""SYSVAK SokResponse 1.0 (namespace 2008-01-01): vaccinations given to the person asked for.

Deleted events come with the others (HendelseAksjon ``Sletting``): they are dropped and named in the report, and what is
registered for the same day and vaccine is told, for it may be the same. An event that cannot be read stays in words. A
vaccination has no id in the message; its day, code, product and registration make one. The register's birth date must
be SYSVAK's.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.model.people import Organisation
from transformers.model.section_state import state_of
from transformers.model.summary import Immunisation, KeptInWords, NoInformation, NotReadable, Section
from transformers.model.values import Coded, Coding, Identifier, Moment, Provenance
from transformers.norway.code_systems import CodeSystems
from transformers.norway.errors import Malformed, Rejected, WrongPatient
from transformers.norway.identifiers import ENH
from transformers.norway.moments import read_date, read_date_time
from transformers.norway.read_msghead import read_msghead, same_number, the_payload
from transformers.norway.unread_entries import unread_entry
from transformers.norway.xml_fields import (
    child,
    children,
    code,
    coded_of,
    flag,
    plain,
    required,
    required_text,
    text,
)

SOK_RESPONSE = frozenset({"http://www.kith.no/xmlstds/sysvak/sokresponse/2008-01-01"})
SOURCE = "SYSVAK – Nasjonalt vaksinasjonsregister"

_REGISTERED, _DELETED = "Registrering", "Sletting"


@dataclass(frozen=True, slots=True)
class VaccinationSubject:
    """Who was asked for: her numbers, her birth date in the person register, and whether her address is protected."""

    patient: frozenset[str]
    birth: Moment | None
    protected: bool = False


def read_vaccinations(
    data: bytes, asked: VaccinationSubject, systems: CodeSystems, *, answers: str | None = None
) -> tuple[Section[Immunisation], Report]:
    """Read a SokResponse; ``answers`` is the MsgId of our SokRequest when one was sent.

    Raises ``Malformed``, ``UnknownVersion``, ``WrongPatient``, ``WrongReference``, ``Rejected``.
    """
    report = Report()
    payload = the_payload(read_msghead(data, answers=answers), "SokResponse", SOK_RESPONSE)
    result = required(payload, "Behandlingsresultat")
    if flag(result, "HarValideringsFeil") is not False:
        raise Rejected(tuple(c for m in children(result, "Valideringsmelding") if (c := code(m, "Arsak")) is not None))
    found = children(payload, "Vaksinand")
    if len(found) > 1:
        raise Malformed("Vaksinand")
    if not found:
        return NoInformation(SOURCE), report
    person = found[0]
    _check_person(person, asked)
    given: list[Immunisation] = []
    unread: list[KeptInWords] = []
    for index, event in enumerate(children(person, "Vaksinasjon")):
        path = f"immunisations[{index}]"
        try:
            made = _immunisation(event, asked, systems, report, path)
        except Malformed as fault:
            kept = unread_entry(next(iter(children(event, "Vaksine")), None), fault, path, {}, report)
            unread += [] if kept is None else [kept]
            continue
        given += [] if made is None else [made]
    _report_missing(person, report)
    _report_remarks(result, person, given, report)
    state = state_of(_numbered(given), (), unread)
    return replace(state, source=SOURCE) if isinstance(state, NoInformation | NotReadable) else state, report


def _check_person(person: etree._Element, asked: VaccinationSubject) -> None:
    """Vaccinations must be hers by number; a person without a number is let by only when nothing is said about her."""
    ident = child(person, "Ident")
    if ident is None and children(person, "Vaksinasjon"):
        raise WrongPatient
    if ident is not None and not same_number(text(ident, "Id"), asked.patient):
        raise WrongPatient
    born = read_date(required_text(person, "Fodselsdato"), "Fodselsdato")
    if asked.birth is not None and not born.iso.startswith(asked.birth.iso[:10]):
        raise WrongPatient


def _immunisation(
    event: etree._Element, asked: VaccinationSubject, systems: CodeSystems, report: Report, path: str
) -> Immunisation | None:
    action = required_text(event, "HendelseAksjon")
    vaccine = coded_of(required(event, "Vaksine"), systems)
    if vaccine is None:
        raise Malformed("Vaksine")
    if action == _DELETED:
        report.add(Finding(Severity.INFO, "deleted", path, "deleted in SYSVAK", original=vaccine.text))
        return None
    if action != _REGISTERED:
        raise Malformed("HendelseAksjon", action if action.isascii() and action.isalpha() else None)
    day = _when(event, "Konsultasjonsdato", read_date, report, path)
    registered = _when(event, "Registreringsdato", read_date_time, report, path)
    product = coded_of(child(event, "Preparat"), systems)
    return Immunisation(
        id="/".join(part for part in (_iso(day), _code(vaccine), _code(product), _iso(registered)) if part),
        vaccine=_with_product(vaccine, product),
        given=day,
        provenance=Provenance(SOURCE, None, registered),
        product_name=None if product is None else product.text,
        lot=text(event, "Batchnummer"),
        performer=_performer(event, asked),
    )


def _when(
    event: etree._Element, name: str, read: Callable[[str, str], Moment], report: Report, path: str
) -> Moment | None:
    """A day or time of an event; None, with a finding, where it is not told: what was given stays given."""
    try:
        return read(required_text(event, name), name)
    except Malformed:
        text = "the register does not say when, or not in a form that can be read"
        report.add(Finding(Severity.WARNING, "date-unknown", f"{path}.{name}", text))
        return None


def _iso(moment: Moment | None) -> str:
    return "" if moment is None else moment.iso


def _code(concept: Coded | None) -> str | None:
    if concept is None:
        return None
    return concept.original.code if concept.original else concept.text


def _with_product(vaccine: Coded, product: Coded | None) -> Coded:
    """The vaccine's coding first, the product's (9554) beside it."""
    beside: tuple[Coding, ...] = (product.original,) if product is not None and product.original is not None else ()
    return Coded(text=vaccine.text, original=vaccine.original, others=(*vaccine.others, *beside))


def _performer(event: etree._Element, asked: VaccinationSubject) -> Organisation | None:
    """The registering unit, when it gave the vaccination itself; nobody when address protection hides it."""
    if asked.protected or not flag(event, "ErVaksinasjonSattPaStedet"):
        return None
    unit = required(event, "RegistrerendeHelseenhet")
    if code(unit, "TypeId") != "ENH":
        return None
    return Organisation(name=None, identifiers=(Identifier(ENH, plain(required_text(unit, "Id"))),))


def _numbered(given: list[Immunisation]) -> list[Immunisation]:
    """The same event sent twice keeps two ids."""
    seen: dict[str, int] = {}
    made = []
    for one in given:
        seen[one.id] = seen.get(one.id, 0) + 1
        again = seen[one.id]
        made.append(one if again == 1 else replace(one, id=f"{one.id}#{again}"))
    return made


def _first(event: etree._Element, name: str) -> str | None:
    return next((plain(one.text) for one in children(event, name)), None)


def _report_missing(person: etree._Element, report: Report) -> None:
    for index, missing in enumerate(children(person, "ManglendeVaksinering")):
        if _first(missing, "HendelseAksjon") == _DELETED:
            continue
        said = [plain(one.get("DN")) or plain(one.get("V")) for one in children(missing, "Vaksine")]
        report.add(
            Finding(
                Severity.INFO, "vaccination-not-given", f"ManglendeVaksinering[{index}]",
                "SYSVAK states that a vaccination was not given", ", ".join(filter(None, said)) or None,
            )
        )  # fmt: skip


def _report_remarks(result: etree._Element, person: etree._Element, given: list[Immunisation], report: Report) -> None:
    """What SYSVAK warns of, what was registered from papers or memory, and what may have been deleted."""
    for message in children(result, "Valideringsmelding"):
        said = "SYSVAK remarks on its answer"
        report.add(Finding(Severity.WARNING, "sysvak-remark", "Behandlingsresultat", said, code(message, "Arsak")))
    deleted: set[tuple[str | None, str | None]] = set()
    for index, event in enumerate(children(person, "Vaksinasjon")):
        source = next(iter(children(event, "Dokumentasjon")), None)
        if _first(event, "HendelseAksjon") == _DELETED:
            vaccine = next(iter(children(event, "Vaksine")), None)
            deleted.add((_first(event, "Konsultasjonsdato"), None if vaccine is None else plain(vaccine.get("V"))))
        elif source is not None:
            told = plain(source.get("DN")) or plain(source.get("V"))
            said = "registered afterwards, from this source"
            report.add(Finding(Severity.INFO, "registered-afterwards", f"immunisations[{index}]", said, told))
    for one in given:
        if one.given is not None and (one.given.iso, _code(one.vaccine)) in deleted:
            said = "the same vaccine of the same day was deleted too: this may be the same event"
            report.add(
                Finding(Severity.WARNING, "same-day-deleted", f"immunisations[{one.id}]", said, one.vaccine.text)
            )
