"""Maps that are rules, not rows: Norwegian ICD-10 to the WHO edition, Norwegian ATC to WHO's, and the long dose form.

MyHealth@EU MVC 42.5 and 42.24 hold whole code systems; the Norwegian editions carry the same codes. A rule applies
where no row says anything, and only to members of the release's value set: what is not there is not claimed.
"""

import re
from typing import Protocol

from transformers.model.values import Coding
from transformers.terminology.release import MapEntry

ICD10_NORWEGIAN = "2.16.578.1.12.4.1.1.7110"
ICD10_WHO = "2.16.840.1.113883.6.3"
ICD10_EHDSI = "1.3.6.1.4.1.12559.11.10.1.3.1.44.2"
ATC_NORWEGIAN = "2.16.578.1.12.4.1.1.7180"
ATC_WHO = "2.16.840.1.113883.6.73"
DOSE_FORM = "2.16.578.1.12.4.1.1.7448"
DOSE_FORM_LONG = f"{DOSE_FORM}#lang"
"""Source system of the rows that are keyed by short code and long form text, `<code>|<text>`."""
DOSE_FORMS = "1.3.6.1.4.1.12559.11.10.1.3.1.42.2"

_ICD10 = re.compile(r"([A-Z]\d\d)\.?([0-9A-Z]{0,4})")
_ATC = re.compile(r"[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?")


class RuleLookups(Protocol):
    """What the rules ask a release."""

    def concept(self, value_set: str, system: str, code: str) -> Coding | None:
        """The member of a value set, None when it is none."""

    def map(self, system: str, code: str, value_set: str) -> MapEntry | None:
        """What a row says of a code, None when no row does."""


def by_rule(release: RuleLookups, coding: Coding, value_set: str) -> MapEntry | None:
    """What a rule makes of a code that no row speaks of, None when no rule does."""
    if release.map(coding.system, coding.code, value_set) is not None:
        return None
    return icd10_parent(release, coding, value_set) or atc_identity(release, coding, value_set)


def icd10_parent(release: RuleLookups, coding: Coding, value_set: str) -> MapEntry | None:
    """ICD-10, Norwegian or WHO: the same code, else the nearest parent that is a member, never above three characters.

    A parent is ``wider``. Codes of chapter XX (V01 to Y98) have no member in 42.5, so they stay without.
    """
    written = _ICD10.fullmatch(coding.code.strip())
    if coding.system not in (ICD10_NORWEGIAN, ICD10_WHO) or written is None:
        return None
    category, rest = written.groups()
    for kept in range(len(rest), -1, -1):
        target = release.concept(value_set, ICD10_EHDSI, f"{category}.{rest[:kept]}" if kept else category)
        if target is not None and kept == len(rest):
            return MapEntry("rule:icd10-same", target, "equivalent", "the same code in the WHO edition", "ICD-10")
        if target is not None:
            why = f"{coding.code} is not in the value set, its parent {target.code} is"
            return MapEntry("rule:icd10-parent", target, "wider", why, "ICD-10: a code's parent is the code cut short")
    return None


def atc_identity(release: RuleLookups, coding: Coding, value_set: str) -> MapEntry | None:
    """Norwegian ATC is WHO's ATC, code for code; on any level that is a member."""
    if coding.system != ATC_NORWEGIAN or not is_atc(coding):
        return None
    target = release.concept(value_set, ATC_WHO, coding.code.strip())
    if target is None:
        return None
    return MapEntry("rule:atc-identity", target, "equivalent", "the Norwegian list is ATC", "Volven 7180 is WHO ATC")


def is_atc(coding: Coding) -> bool:
    """Whether a code is one of ATC, by whichever of its two systems; that it is in force is not known by its form."""
    return coding.system in (ATC_NORWEGIAN, ATC_WHO) and _ATC.fullmatch(coding.code.strip()) is not None


def long_form_key(short_code: str, long_text: str) -> str:
    """The source code of a long dose form: both fields of the prescription, `53|tablett, filmdrasjert`."""
    return f"{short_code}|{' '.join(long_text.casefold().split())}"


def dose_form(release: RuleLookups, short_code: str, long_text: str | None) -> MapEntry | None:
    """The European dose form of LegemiddelformKort (7448) and LegemiddelformLang (text, may be absent).

    The long form is taken only where a row holds exactly this text under exactly this code; else the short form's row
    counts. None when neither has a row.
    """
    if long_text is not None:
        entry = release.map(DOSE_FORM_LONG, long_form_key(short_code, long_text), DOSE_FORMS)
        if entry is not None and entry.target is not None:
            return entry
    return release.map(DOSE_FORM, short_code, DOSE_FORMS)
