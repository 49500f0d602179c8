"""Hypothesis strategies for what no Norwegian source says but a foreign summary may: observations and sections of text.

Some fit a form of eHDSI, some fit none; codes are of the wave-8 value sets or national.
"""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.support.pivots.summaries import SNOMED, UCUM, VOLVEN
from transformers.model.people import Organisation
from transformers.model.summary import Narrated, Observation, ObservationGroup
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Provenance, Quantity

LOINC = "2.16.840.1.113883.6.1"
_INTERPRETATION = "2.16.840.1.113883.5.83"


def _coded(code: str, system: str, display: str) -> Coded:
    target = Coding(code, system, display)
    return Coded(None, target, (), target)


def _national(text: str) -> Coded:
    return Coded(text, Coding("X1", f"{VOLVEN}.8888", text))


def _quantity(unit: str) -> st.SearchStrategy[Quantity]:
    numbers = st.decimals(Decimal("0.1"), Decimal(400), places=1)
    return numbers.map(lambda n: Quantity(n, Coded(target=Coding(unit, UCUM, unit))))


_DAYS = st.sampled_from(("2024-03-01", "2019-11", "2025-02-03T10:00:00+01:00")).map(Moment)
_WHEN = st.one_of(
    st.just(Period()), _DAYS.map(lambda d: Period(d, d)), _DAYS.map(Period), _DAYS.map(lambda d: Period(None, d))
)
_SOURCE = st.just(Provenance("Hospital Central", "o-1"))
_NOTES = st.none() | st.sampled_from(("etter hvile", "målt\nto ganger"))
_ANY = st.one_of(
    _quantity("mg/dL"),
    st.just(_coded("278147001", SNOMED, "Blood group O Rh(D) positive")),
    st.just(_national("nasjonalt svar")),
    _DAYS,
    st.integers(0, 20).map(Decimal),
    st.just(Decimal("3.5")),
    st.sampled_from(("negativ", "γ-globulin φυσιολογικό")),
    st.none(),
)


def _observations(code: st.SearchStrategy[Coded], value: st.SearchStrategy[Any], **more: Any) -> Any:
    return st.builds(Observation, st.just("o"), code, value, _WHEN, _SOURCE, note=_NOTES, **more)


_STATUSES = st.sampled_from(("completed", "completed", "active"))
_ABNORMAL = st.none() | st.just(_coded("H", _INTERPRETATION, "High"))
VITAL = _observations(
    st.sampled_from(
        (
            _coded("8480-6", LOINC, "Systolic blood pressure"),
            _coded("8462-4", LOINC, "Diastolic blood pressure"),
            _coded("8867-4", LOINC, "Heart rate"),
            _national("puls i hvile"),
        )
    ),
    st.one_of(_quantity("mm[Hg]"), _quantity("/min")),
    status=_STATUSES,
)
RESULT = _observations(
    st.sampled_from(
        (
            _coded("2345-7", LOINC, "Glucose [Mass/volume] in Serum or Plasma"),
            _national("glukose"),
            Coded("uten kode"),
        )
    ),
    _ANY,
    interpretation=_ABNORMAL,
    reference_range=st.none() | st.just("4.0 – 6.0 mmol/L"),
    status=_STATUSES,
)
BLOOD_GROUP = _observations(
    st.just(_coded("34530-6", LOINC, "ABO and Rh group panel - Blood")),
    st.just(_coded("278147001", SNOMED, "Blood group O Rh(D) positive")),
)
SOCIAL = _observations(
    st.sampled_from((_coded("229819007", SNOMED, "Tobacco use and exposure"), _national("snus"))),
    st.one_of(_quantity("{cigarettes}/d"), _quantity("g/d"), st.just("aldri")),
    interpretation=_ABNORMAL,
)
DUE = _observations(st.just(_coded("11778-8", LOINC, "Delivery date Estimated")), _DAYS)
PREGNANCY = _observations(
    st.just(_coded("82810-3", LOINC, "Pregnancy status")),
    st.sampled_from((_coded("77386006", SNOMED, "Pregnant"), None)),
    parts=st.lists(DUE, max_size=1).map(tuple),
)
OUTCOME = _observations(st.just(_coded("281050002", SNOMED, "Livebirth")), st.integers(0, 6).map(Decimal))
BORN = _observations(st.just(_coded("93857-1", LOINC, "Date and time of obstetric delivery")), _DAYS)
FUNCTION = _observations(
    st.sampled_from((_coded("165245003", SNOMED, "Able to dress"), _national("selvhjulpen"))), _ANY, status=_STATUSES
)


def _groups(members: Any, codes: tuple[Coded | None, ...]) -> Any:
    performers = st.none() | st.just(Organisation("Lab", (Identifier("2.16.578.1.12.4.1.4.101", "999888777"),)))
    return st.builds(
        ObservationGroup,
        st.just("g"),
        st.sampled_from(codes),
        _WHEN,
        st.lists(members, min_size=1, max_size=2).map(tuple),
        _SOURCE,
        _STATUSES,
        performers,
    )


VITAL_GROUPS = _groups(VITAL, (_coded("46680005", SNOMED, "Vital signs"), None))
RESULT_GROUPS = st.one_of(
    _groups(RESULT, (_coded("26604007", SNOMED, "Complete blood count"), _national("blodprøver"), None)),
    BLOOD_GROUP.map(lambda o: ObservationGroup(o.id, None, o.when, (o,), o.provenance)),
)
FUNCTION_GROUPS = _groups(FUNCTION, (_coded("118228005", SNOMED, "Functional finding"), _national("funksjon"), None))
PREGNANCIES = st.one_of(OUTCOME, BORN)
NARRATED = st.builds(
    Narrated,
    st.none(),
    st.none() | st.just("Plan"),
    st.sampled_from(("Kontroll om 6 md.", "Linje 1\nLinje 2 <b>& mer</b>")),
    st.just(Provenance("Hospital Central")),
)
