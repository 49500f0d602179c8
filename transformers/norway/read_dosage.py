"""The dosage of a Forskrivning (e-resept 2010-04-01 and 2013-10-08): the prescriber's words, and what they structure.

The one reader of a dosage, for prescriptions and lists. The words are DosVeiledEnkel; the short dose (Volven 7478) is
their abbreviation and counts only when there are none.
"""

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.model.summary import Dosage
from transformers.model.values import Coded
from transformers.norway.code_systems import CodeSystems
from transformers.norway.dosing import read_regimes
from transformers.norway.errors import Malformed
from transformers.norway.structured_dosage import AS_NEEDED, Structured, WhyTextOnly, structured
from transformers.norway.xml_fields import child, children, code, coded_of, flag, plain, text, words


def read_dosage(
    prescribing: etree._Element, medicine: etree._Element, systems: CodeSystems, report: Report, path: str
) -> Dosage:
    """The words and, when it is those words exactly, the structure; ``path`` is where it stands, for findings."""
    short = child(prescribing, "Kortdose")
    said = text(prescribing, "DosVeiledEnkel") or (None if short is None else words(short))
    use = code(prescribing, "Bruk")
    found = _structure(prescribing, said, use)
    route = _route(medicine, systems, report, path)
    if isinstance(found, Structured):
        return Dosage(
            text=said,
            route=route,
            dose=found.dose,
            dose_high=found.dose_high,
            timings=found.timings,
            as_needed=found.as_needed,
            daily_maximum=found.daily_maximum,
        )
    if found is WhyTextOnly.NOT_STATED:
        told = "the prescription states no dosage text"
        report.add(Finding(Severity.WARNING, "dosage-missing", f"{path}.dosage", told))
    else:
        told = "the dosage is given as text only"
        report.add(Finding(Severity.INFO, "dosage-text-only", f"{path}.dosage", told, result=found))
    return Dosage(text=said, why_text_only=found, route=route, as_needed=use == AS_NEEDED)


def _structure(prescribing: etree._Element, said: str | None, use: str | None) -> Structured | WhyTextOnly:
    scheme = child(prescribing, "AdministreringForskrivning")
    scheme = child(prescribing, "Administrering") if scheme is None else scheme
    by_scheme = scheme is not None and flag(scheme, "AdmEtterSkjema") is True
    try:
        regimes = read_regimes(prescribing)
    except Malformed:
        return WhyTextOnly.STRUCTURE_UNREADABLE
    return structured(said, regimes, use=use, by_scheme=by_scheme)


def _route(medicine: etree._Element, systems: CodeSystems, report: Report, path: str) -> Coded | None:
    """The route, when the prescription itself states exactly one."""
    administration = child(medicine, "AdministreringLegemiddel")
    routes = [] if administration is None else children(administration, "Administrasjonsvei")
    if len(routes) > 1:
        names = ", ".join(filter(None, (plain(r.get("DN")) for r in routes)))
        report.add(
            Finding(
                Severity.INFO, "route-ambiguous", f"{path}.dosage.route", "several routes, none chosen", original=names
            )
        )
        return None
    return coded_of(routes[0], systems) if routes else None
