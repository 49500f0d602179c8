"""ITI-38 request: every spelling of the slots peers use is read; a filter we do not apply is refused, not dropped."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BodyElementUnknown, ClassCodeUnknown, FilterUnknown, QueryUnsupported, RequestMalformed
from gateway.messages import FindDocuments, PatientIdentifier
from gateway.wire.xca_query import read_find_documents, write_find_documents
from tests.support.machine.require import artefacts
from tests.support.nodes.wire import KARI, NORWAY, OIDS, PATIENTS, assert_valid, edited, received, tree

LOINC = "2.16.840.1.113883.6.1"
PS, LAB = ("60591-5", LOINC), ("11502-2", LOINC)
FULL = FindDocuments(
    patient=KARI,
    class_codes=(PS, LAB),
    created_after=datetime(2024, 1, 1, tzinfo=UTC),
    created_before=datetime(2025, 1, 1, 12, 30, 0, 250000, tzinfo=UTC),
    maximum_size=5_000_000,
    home_community=NORWAY,
)
MESSAGE = write_find_documents(FULL)
CODES = st.tuples(st.from_regex(r"[A-Za-z0-9-]{1,12}", fullmatch=True), OIDS)
INSTANTS = st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
QUERIES = st.builds(
    FindDocuments,
    patient=PATIENTS,
    class_codes=st.lists(CODES, min_size=1, max_size=4).map(tuple),
    created_after=INSTANTS,
    created_before=INSTANTS,
    maximum_size=st.none() | st.integers(0, 10**12 - 1),
    home_community=st.none() | OIDS,
)


def asked(slots: dict[str, list[str]], query: str = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d", option: str = ""):
    """A query as a peer writes it."""
    lists = {name: "".join(f"<r:Value>{value}</r:Value>" for value in values) for name, values in slots.items()}
    printed = "".join(
        f'<r:Slot name="{name}"><r:ValueList>{values}</r:ValueList></r:Slot>' for name, values in lists.items()
    )
    option = option or '<q:ResponseOption returnComposedObjects="true" returnType="LeafClass"/>'
    return tree(
        '<q:AdhocQueryRequest xmlns:q="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0" '
        'xmlns:r="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0">'
        f'{option}<r:AdhocQuery id="{query}">{printed}</r:AdhocQuery></q:AdhocQueryRequest>'
    )


def slots(**changes: list[str] | None) -> dict[str, list[str]]:
    """Patient, status and class code, changed."""
    all_ = {
        "PatientId": [f"'{KARI.extension}^^^&amp;{KARI.root}&amp;ISO'"],
        "Status": ["('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')"],
        "ClassCode": [f"('60591-5^^{LOINC}')"],
        **changes,
    }
    return {f"$XDSDocumentEntry{name}": values for name, values in all_.items() if values is not None}


@given(QUERIES)
def test_any_query_comes_back_as_it_was(query):
    assert read_find_documents(received(write_find_documents(query)).body) == query


def test_what_we_send_is_valid():
    assert_valid(MESSAGE, "xds", "query.xsd")
    assert_valid(write_find_documents(FindDocuments(KARI, (PS,))), "xds", "query.xsd")


def test_what_we_send_is_spelled_as_a_newer_openncp_spells_it():
    text = MESSAGE.decode().replace("&#39;", "'")
    assert f"<Value>('60591-5^^{LOINC}','11502-2^^{LOINC}')</Value>" in text
    assert "<Value>2024-01-01T00:00:00Z</Value>" in text


def test_a_quote_in_an_identifier_comes_back():
    query = FindDocuments(PatientIdentifier("2.999", "O'Neill"), (PS,))
    assert read_find_documents(tree(write_find_documents(query))) == query


def test_the_german_simulators_query_is_read():
    query = read_find_documents(tree(artefacts("messages", "AdhocQueryRequestPSA.xml").read_bytes()))
    assert query.class_codes == (PS,)
    assert query.patient.root == "1.2.276.0.76.3.1.580.147"
    assert query.patient.extension == "X110571344|ABC123"


@pytest.mark.parametrize(
    "values",
    [
        [f"('60591-5^^{LOINC},11502-2^^{LOINC}')"],
        [f"('60591-5^^{LOINC}','11502-2^^{LOINC}')"],
        [f"( '60591-5^^{LOINC}' , '11502-2^^{LOINC}' )"],
        [f"('60591-5^^{LOINC}')", f"('11502-2^^{LOINC}')"],
        [f"'60591-5^^{LOINC}'", f"'11502-2^^{LOINC}'"],
        [f"\n ('60591-5^^{LOINC}, 11502-2^^{LOINC}')\n "],
    ],
    ids=["one pair of quotes", "each in quotes", "spaces", "two values", "no parentheses", "line ends"],
)
def test_reads_class_codes_in_every_spelling(values):
    assert read_find_documents(asked(slots(ClassCode=values))).class_codes == (PS, LAB)


def test_a_query_without_status_or_response_option_is_read():
    assert read_find_documents(asked(slots(Status=None), option="<q:Other/>")).class_codes == (PS,)


def test_the_stable_document_type_may_be_asked_for():
    stable = ["('urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1')"]
    assert read_find_documents(asked(slots(Type=stable))).class_codes == (PS,)


@pytest.mark.parametrize("text", ["2024-01-01T00:00:00Z", "'2024-01-01T00:00:00Z'", "2024-01-01T01:00:00+01:00"])
def test_reads_an_instant(text):
    query = read_find_documents(asked(slots(FilterCreatedAfter=[text])))
    assert query.created_after == datetime(2024, 1, 1, tzinfo=UTC)


def test_reads_an_instant_of_nanoseconds_to_the_microsecond():
    query = read_find_documents(asked(slots(FilterCreatedBefore=["2024-01-01T00:00:00.123456789Z"])))
    assert query.created_before == datetime(2024, 1, 1, 0, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("FilterCreatedAfter", ["2024-01-01"]),
        ("FilterCreatedAfter", ["2024-01-01T00:00:00"]),
        ("FilterCreatedAfter", ["2024-13-01T00:00:00Z"]),
        ("FilterCreatedAfter", ["0001-01-01T00:00:00+14:00"]),
        ("FilterCreatedAfter", []),
        ("FilterCreatedBefore", ["2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"]),
        ("FilterMaximumSize", ["-1"]),
        ("FilterMaximumSize", ["1e3"]),
        ("FilterMaximumSize", ["\u0661"]),
        ("FilterMaximumSize", ["1" * 13]),
        ("FilterMaximumSize", [""]),
        ("Status", ["('urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated')"]),
        ("Type", ["('urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248')"]),
        ("FormatCode", ["('urn:epSOS:ps:ps:2010^^eHDSI formatCodes')"]),
    ],
)
def test_refuses_a_filter_it_cannot_apply(name, values):
    with pytest.raises(FilterUnknown):
        read_find_documents(asked(slots(**{name: values})))


@pytest.mark.parametrize("size", ["0", "999999999999"])
def test_reads_a_size(size):
    assert read_find_documents(asked(slots(FilterMaximumSize=[size]))).maximum_size == int(size)


@pytest.mark.parametrize(
    "values", [None, [], ["('60591-5')"], ["('60591-5^^')"], [f"('^^{LOINC}')"], ["('')"], [f"('60591-5^^{LOINC},')"]]
)
def test_refuses_a_query_without_class_code_and_system(values):
    with pytest.raises(ClassCodeUnknown):
        read_find_documents(asked(slots(ClassCode=values)))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("PatientId", None),
        ("PatientId", []),
        ("PatientId", ["''"]),
        ("PatientId", [f"{KARI.extension}^^^&amp;{KARI.root}&amp;ISO"]),
        ("PatientId", [f"'{KARI.extension}'"]),
        ("PatientId", [f"'{KARI.extension}^^^&amp;{KARI.root}&amp;DNS'"]),
        ("PatientId", [f"'^^^&amp;{KARI.root}&amp;ISO'"]),
        ("PatientId", [f"'{KARI.extension}^^^&amp;norway&amp;ISO'"]),
        ("PatientId", [f"'{KARI.extension}^^^&amp;{KARI.root}&amp;ISO'"] * 2),
        ("PatientId", [f"'{KARI.extension}^^^&amp;{KARI.root}&amp;ISO"]),
        ("ClassCode", [f"60591-5^^{LOINC}"]),
        ("ClassCode", [f"('60591-5^^{LOINC}' '11502-2^^{LOINC}')"]),
        ("ClassCode", [f"('60591-5^^{LOINC}',)"]),
        ("ClassCode", [f"('60591-5^^{LOINC}'"]),
        ("ClassCode", ["("]),
        ("ClassCode", [f"('60591-5^^{LOINC}',"]),
        ("Status", ["urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"]),
    ],
)
def test_refuses_a_slot_it_cannot_read(name, values):
    with pytest.raises(RequestMalformed) as refusal:
        read_find_documents(asked(slots(**{name: values})))
    assert refusal.value.field == f"$XDSDocumentEntry{name}"


@pytest.mark.parametrize(
    "text", ["(' " + " " * 10**6, "'a'" + " " * 10**6 + "X", "(" + "'," * 10**6 + "X)", "'" * (10**6 + 1)]
)
def test_a_million_spaces_or_quotes_are_refused_as_soon_as_ten(text):
    with pytest.raises(RequestMalformed):
        read_find_documents(asked(slots(ClassCode=[text])))


def test_refuses_a_slot_twice():
    body = asked(slots())
    body[1].append(tree(MESSAGE)[1][0])
    with pytest.raises(RequestMalformed):
        read_find_documents(body)


def test_refuses_a_slot_without_name():
    with pytest.raises(RequestMalformed):
        read_find_documents(asked({**slots(), "": ["x"]}))


@pytest.mark.parametrize("count", [0, 2])
def test_refuses_other_than_one_query(count):
    body = tree(MESSAGE)
    query = body[1]
    body.remove(query)
    for _ in range(count):
        body.append(tree(MESSAGE)[1])
    with pytest.raises(RequestMalformed):
        read_find_documents(body)


@pytest.mark.parametrize(
    "changes",
    [
        {"14d4debf-8f97-4251-9a74-a90016b0af0d": "5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"},
        {'returnType="LeafClass"': 'returnType="ObjectRef"'},
        {'returnType="LeafClass"': 'returnType="LeafClassWithRepositoryItem"'},
    ],
    ids=["GetDocuments", "references", "documents at once"],
)
def test_refuses_another_query(changes):
    with pytest.raises(QueryUnsupported):
        read_find_documents(edited(MESSAGE, changes))


def test_an_upper_case_query_id_is_the_same_query():
    upper = {"14d4debf-8f97-4251-9a74-a90016b0af0d": "14D4DEBF-8F97-4251-9A74-A90016B0AF0D"}
    assert read_find_documents(edited(MESSAGE, upper)) == FULL


def test_another_body_is_unknown():
    with pytest.raises(BodyElementUnknown):
        read_find_documents(edited(MESSAGE, {"AdhocQueryRequest": "AdhocQueryResponse"}))


@pytest.mark.parametrize("values", [1, 50], ids=["one value", "fifty values"])
def test_a_slot_holds_4096_characters_and_no_more(values: int):
    each = [f"('{n:02}^^{LOINC}')" for n in range(values)]
    filled = [f"('{'1' * (4096 - sum(map(len, each)))}{each[0][2:]}", *each[1:]]
    assert sum(map(len, filled)) == 4096
    assert len(read_find_documents(asked(slots(ClassCode=filled))).class_codes) == values
    with pytest.raises(RequestMalformed) as refusal:
        read_find_documents(asked(slots(ClassCode=[f"('1{filled[0][2:]}", *filled[1:]])))
    assert "ClassCode" in str(refusal.value)
