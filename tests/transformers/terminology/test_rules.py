"""Maps that are rules: the same code or its parent, only where the value set has it and no row speaks."""

import pytest

from transformers.model.values import Coding
from transformers.terminology.release import MapEntry
from transformers.terminology.rules import (
    ATC_NORWEGIAN,
    ATC_WHO,
    DOSE_FORM,
    DOSE_FORM_LONG,
    DOSE_FORMS,
    ICD10_EHDSI,
    ICD10_NORWEGIAN,
    ICD10_WHO,
    by_rule,
    dose_form,
    long_form_key,
)

DISEASES, MEDICINES = "1.3.6.1.4.1.12559.11.10.1.3.1.42.5", "1.3.6.1.4.1.12559.11.10.1.3.1.42.24"


class Small:
    """A release of a few members and rows."""

    def __init__(self, members=(), rows=()):
        self.members, self.rows = set(members), dict(rows)

    def concept(self, value_set, system, code):
        return Coding(code, system, f"display of {code}") if (value_set, system, code) in self.members else None

    def map(self, system, code, value_set):
        return self.rows.get((system, code, value_set))


ICD = Small((DISEASES, ICD10_EHDSI, code) for code in ("E10", "E10.9", "F84", "F84.0", "I48"))
ATC = Small((MEDICINES, ATC_WHO, code) for code in ("N02BE01", "N02", "N"))


def said(release, system, code, value_set):
    entry = by_rule(release, Coding(code, system), value_set)
    return None if entry is None else (entry.target.code, entry.relation, entry.id)


@pytest.mark.parametrize("system", [ICD10_NORWEGIAN, ICD10_WHO])
@pytest.mark.parametrize("written", ["E10.9", "E109"])
def test_the_same_diagnosis_is_equivalent_with_or_without_its_point(system, written):
    assert said(ICD, system, written, DISEASES) == ("E10.9", "equivalent", "rule:icd10-same")


@pytest.mark.parametrize(
    ("code", "parent"),
    [("F84.01", "F84.0"), ("F8401", "F84.0"), ("F84.9", "F84"), ("I48.2", "I48"), ("F84.012", "F84.0")],
)
def test_else_the_nearest_parent_is_wider(code, parent):
    assert said(ICD, ICD10_NORWEGIAN, code, DISEASES) == (parent, "wider", "rule:icd10-parent")


def test_a_parent_says_which_code_it_stands_for():
    entry = by_rule(ICD, Coding("F84.01", ICD10_NORWEGIAN), DISEASES)
    assert entry.why == "F84.01 is not in the value set, its parent F84.0 is"


@pytest.mark.parametrize("code", ["V01.1", "Z99", "E1", "E10-E14", "E10.9†", "", "e10.9", "E10.98765"])
def test_what_has_no_member_above_it_or_is_no_code_stays_without(code):
    assert said(ICD, ICD10_NORWEGIAN, code, DISEASES) is None


def test_only_icd10_is_icd10():
    assert said(ICD, "2.16.578.1.12.4.1.1.7170", "E10", DISEASES) is None


def test_only_a_member_of_that_value_set_counts():
    assert said(ICD, ICD10_NORWEGIAN, "E10.9", MEDICINES) is None


@pytest.mark.parametrize("code", ["N02BE01", "N02", "N"])
def test_norwegian_atc_is_atc(code):
    assert said(ATC, ATC_NORWEGIAN, code, MEDICINES) == (code, "equivalent", "rule:atc-identity")


@pytest.mark.parametrize("code", ["N02BE51", "N02B", "N2", "N02BE1", "n02be01"])
def test_atc_has_no_parent_rule(code):
    assert said(ATC, ATC_NORWEGIAN, code, MEDICINES) is None


def test_atc_of_another_system_is_not_touched():
    assert said(ATC, ATC_WHO, "N02BE01", MEDICINES) is None


@pytest.mark.parametrize("relation", ["none", "wider"])
def test_a_row_goes_before_a_rule(relation):
    entry = MapEntry("diagnoses:2", None, relation, "said otherwise", "x")
    release = Small(ICD.members, {(ICD10_NORWEGIAN, "E10.9", DISEASES): entry})
    assert said(release, ICD10_NORWEGIAN, "E10.9", DISEASES) is None
    assert said(release, ICD10_NORWEGIAN, "E10", DISEASES) == ("E10", "equivalent", "rule:icd10-same")


TABLET, COATED = Coding("12200", "e", "Tablet"), Coding("10221000", "e", "Film-coated tablet")
FORMS = Small(
    (),
    {
        (DOSE_FORM, "53", DOSE_FORMS): MapEntry("dose-forms:1", TABLET, "equivalent", "short", "x"),
        (DOSE_FORM, "437", DOSE_FORMS): MapEntry("dose-forms:2", None, "none", "the long form tells", "x"),
        (DOSE_FORM_LONG, "53|tablett, filmdrasjert", DOSE_FORMS): MapEntry(
            "dose-forms-long:1", COATED, "equivalent", "long", "x"
        ),
    },
)


@pytest.mark.parametrize("text", ["Tablett, filmdrasjert", " tablett,  FILMDRASJERT ", "Tablett,\u00a0filmdrasjert"])
def test_the_long_form_is_taken_when_it_says_more(text):
    assert dose_form(FORMS, "53", text).target == COATED


@pytest.mark.parametrize("text", [None, "", "Tablett, av et nytt slag"])
def test_without_a_known_long_form_the_short_form_counts(text):
    assert dose_form(FORMS, "53", text).target == TABLET


def test_a_long_form_under_another_short_form_is_not_believed():
    assert dose_form(FORMS, "437", "Tablett, filmdrasjert").target is None


def test_an_unknown_short_form_has_no_row():
    assert dose_form(FORMS, "9999", None) is None


def test_the_key_is_both_fields():
    assert long_form_key("53", "Tablett,  filmdrasjert ") == "53|tablett, filmdrasjert"
