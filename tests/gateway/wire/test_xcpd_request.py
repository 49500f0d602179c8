"""ITI-55 request: what peers send is read, what we send is what they send, each malformed one has its class."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BodyElementUnknown, PatientIdentifierMissing, RequestMalformed
from gateway.messages import DayRange, FindPatient, PatientIdentifier
from gateway.wire.xcpd import Instance, read_find_patient, read_request_head, write_find_patient
from tests.support.machine.require import artefacts
from tests.support.nodes.wire import (
    KARI,
    NORWAY,
    OIDS,
    PATIENTS,
    PORTUGAL,
    WORDS,
    assert_valid,
    edited,
    find_patient,
    received,
    sender,
    tree,
)

MESSAGE = write_find_patient(find_patient(), sender(PORTUGAL))
REQUESTS = st.builds(
    FindPatient,
    receiver=OIDS,
    sender=OIDS,
    identifiers=st.lists(PATIENTS, min_size=1, max_size=3).map(tuple),
    family=st.none() | WORDS,
    given=st.lists(WORDS, max_size=3).map(tuple),
    birth_date=st.none() | st.dates(date(1000, 1, 1)),
    gender=st.none() | st.sampled_from(["M", "F", "UN"]),
)


@given(REQUESTS)
def test_any_request_comes_back_as_it_was(request):
    assert read_find_patient(received(write_find_patient(request, sender())).body).request == request


@pytest.mark.parametrize(
    "request_", [find_patient(), find_patient(family=None, given=(), birth_date=None, gender=None)], ids=["all", "bare"]
)
def test_what_we_send_is_valid(request_):
    assert_valid(write_find_patient(request_, sender(PORTUGAL)), "xcpd", "PRPA_IN201305UV02.xsd")


def test_what_we_send_is_the_same_for_the_same_clock_and_ids():
    assert write_find_patient(find_patient(), sender(PORTUGAL)) == MESSAGE


def test_what_we_send_has_what_an_openncp_server_dereferences():
    text = MESSAGE.decode()
    assert text.count(f'representedOrganization classCode="ORG" determinerCode="INSTANCE"><id root="{PORTUGAL}"/>') == 1
    assert '<queryId root="1.263507841149"/>' in text
    assert '<creationTime value="20261124093015.123+0000"/>' in text


def test_absent_demographics_are_left_out():
    text = write_find_patient(find_patient(family=None, given=(), birth_date=None, gender=None), sender()).decode()
    assert "livingSubjectId" in text
    for name in ("livingSubjectName", "livingSubjectBirthTime", "livingSubjectAdministrativeGender"):
        assert name not in text


def test_the_german_simulators_request_is_read():
    body = tree(artefacts("messages", "PRPA_IN201305UV02_298.xml").read_bytes())
    message = read_find_patient(body)
    assert (message.request.receiver, message.request.sender) == ("101", "101")
    assert len(message.request.identifiers) == 2
    assert message.request.identifiers[0].root == "1.2.276.0.76.3.1.580.147"
    assert (message.request.family, message.request.birth_date) == (None, None)


def test_a_request_of_bare_devices_is_read():
    agents = (
        '<asAgent classCode="AGNT"><representedOrganization classCode="ORG" determinerCode="INSTANCE">'
        f'<id root="{PORTUGAL}"/></representedOrganization></asAgent>'
    )
    message = read_find_patient(edited(MESSAGE, {agents: ""}))
    assert message.request.sender == PORTUGAL
    assert message.head.sender_organisation is None


def test_the_organisation_is_the_community_not_its_device():
    device = f'<device classCode="DEV" determinerCode="INSTANCE"><id root="{PORTUGAL}"/>'
    body = edited(MESSAGE, {device: device.replace(PORTUGAL, "2.999.1")})
    message = read_find_patient(body)
    assert message.request.sender == PORTUGAL
    assert message.head.sender_device == "2.999.1"


def test_a_birth_time_with_hours_and_zone_is_its_day():
    body = edited(MESSAGE, {'value="19990713"': 'value="19990713120000.000+0200"'})
    assert read_find_patient(body).request.birth_date == date(1999, 7, 13)


def test_what_the_asker_does_not_know_is_left_out():
    body = edited(MESSAGE, {'<value code="F"/>': '<value nullFlavor="UNK"/>', 'value="19990713"': 'nullFlavor="UNK"'})
    request = read_find_patient(body).request
    assert (request.gender, request.birth_date) == (None, None)


def test_two_values_in_one_parameter_are_two_identifiers():
    value = f'<value root="{KARI.root}" extension="{KARI.extension}"/>'
    body = edited(MESSAGE, {value: value + '<value root="2.999" extension="B"/>'})
    assert read_find_patient(body).request.identifiers == (KARI, PatientIdentifier("2.999", "B"))


ONE_ID = f'<livingSubjectId><value root="{KARI.root}" extension="{KARI.extension}"/>'
ONE_ID += "<semanticsText>LivingSubject.id</semanticsText></livingSubjectId>"


def test_demographics_alone_are_not_enough():
    with pytest.raises(PatientIdentifierMissing):
        read_find_patient(edited(MESSAGE, {ONE_ID: ""}))


def test_another_body_is_unknown():
    with pytest.raises(BodyElementUnknown):
        read_find_patient(tree(MESSAGE.replace(b"PRPA_IN201305UV02", b"PRPA_IN201306UV02")))


def test_the_same_name_in_another_namespace_is_unknown():
    with pytest.raises(BodyElementUnknown):
        read_find_patient(tree('<PRPA_IN201305UV02 xmlns="urn:other"/>'))


@pytest.mark.parametrize(
    ("rule", "changes", "field"),
    [
        ("no message id", {'<id root="00000000-0000-0000-0000-000000000001" extension="0000000002"/>': ""}, "id"),
        ("a blank message id", {'<id root="00000000-0000-0000-0000-000000000001"': '<id root=" "'}, "id/@root"),
        (
            "two receivers",
            {"<sender typeCode": '<receiver><device><id root="1.2"/></device></receiver><sender typeCode'},
            None,
        ),
        ("two acts", {"<controlActProcess ": "<controlActProcess/><controlActProcess "}, "controlActProcess"),
        ("a sender without root", {f'<id root="{PORTUGAL}"/>': "<id/>"}, None),
        ("no query", {"<queryByParameter>": "<other>", "</queryByParameter>": "</other>"}, None),
        ("no query id", {'<queryId root="1.263507841149"/>': ""}, "queryId"),
        (
            "two query ids",
            {'<queryId root="1.263507841149"/>': '<queryId root="1.2"/><queryId root="1.3"/>'},
            "queryId",
        ),
        ("no parameters", {"<parameterList>": "<other>", "</parameterList>": "</other>"}, "parameterList"),
        ("two parameter lists", {"<parameterList>": "<parameterList/><parameterList>"}, "parameterList"),
        ("an id without extension", {f' extension="{KARI.extension}"': ""}, "livingSubjectId/value/@extension"),
        ("an id with a blank extension", {KARI.extension: " "}, "livingSubjectId/value/@extension"),
        ("an id without root", {f' root="{KARI.root}"': ""}, "livingSubjectId/value/@root"),
        ("a birth date without digits", {"19990713": "yesterday"}, "livingSubjectBirthTime/value"),
        ("a birth date that is no day", {"19990713": "19990231"}, "livingSubjectBirthTime/value"),
        ("a birth date without value", {'value="19990713"': ""}, "livingSubjectBirthTime/value"),
        ("two birth dates", {'<value value="19990713"/>': '<value value="19990713"/><value value="19990714"/>'}, None),
        ("two genders", {'<value code="F"/>': '<value code="F"/><value code="M"/>'}, None),
        ("a gender without code", {'<value code="F"/>': "<value/>"}, None),
    ],
)
def test_refuses(rule, changes, field):
    with pytest.raises(RequestMalformed) as refusal:
        read_find_patient(edited(MESSAGE, changes))
    assert field in (None, refusal.value.field)
    assert KARI.extension not in str(refusal.value)


def test_the_head_of_a_good_request_is_what_its_answer_repeats():
    head = read_find_patient(tree(MESSAGE)).head
    assert head.message == Instance("00000000-0000-0000-0000-000000000001", "0000000002")
    assert (head.sender_device, head.sender_organisation) == (PORTUGAL, PORTUGAL)
    assert head.query_id == Instance("1.263507841149")
    assert head.query is not None
    assert tree(head.query).tag == "{urn:hl7-org:v3}queryByParameter"


@pytest.mark.parametrize("body", ['<PRPA_IN201305UV02 xmlns="urn:hl7-org:v3"/>', "<anything/>"])
def test_a_request_without_anything_has_an_empty_head(body):
    head = read_request_head(tree(body))
    assert (head.message, head.sender_device, head.query_id, head.query) == (Instance(), None, Instance(), None)


def test_nothing_of_a_patient_is_printed_by_chance():
    message = read_find_patient(tree(MESSAGE))
    assert KARI.extension not in repr(message)
    assert "Nordmann" not in repr(message)
    assert NORWAY in repr(message)


def test_names_decide_nothing_and_are_never_refused():
    family = "<family>Nordmann &amp; Čáhppe</family>"
    for name in (family + "<family>Prova</family>", "", "<family> </family><given/>"):
        body = edited(MESSAGE, {family: name})
        assert read_find_patient(body).request.identifiers == (KARI,)
    joined = read_find_patient(edited(MESSAGE, {family: family + "<family>Prova</family>"})).request.family
    assert joined == f"{find_patient().family} Prova"


ONE_DAY = 'value value="19990713"/>'


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ('value value="1999"/>', date(1999, 1, 1), date(1999, 12, 31)),
        ('value value="199902"/>', date(1999, 2, 1), date(1999, 2, 28)),
        ('value value="1999+0100"/>', date(1999, 1, 1), date(1999, 12, 31)),
        ('value><low value="1999"/><high value="200006"/></value>', date(1999, 1, 1), date(2000, 6, 30)),
        ('value><low value="1999"/></value>', date(1999, 1, 1), None),
        ('value><low nullFlavor="UNK"/><high value="20000601"/></value>', None, date(2000, 6, 1)),
    ],
)
def test_a_birth_time_known_in_part_is_the_days_it_may_be(written, first, last):
    request = read_find_patient(edited(MESSAGE, {ONE_DAY: written})).request
    assert (request.birth_date, request.birth) == (None, DayRange(first, last))


def test_an_interval_of_one_day_is_that_day():
    body = edited(MESSAGE, {ONE_DAY: 'value><low value="19990713"/><high value="19990713"/></value>'})
    assert read_find_patient(body).request.birth_date == date(1999, 7, 13)


@pytest.mark.parametrize("written", ['value><center value="1999"/></value>', 'value><width value="1"/></value>'])
def test_a_birth_time_without_ends_is_not_known(written):
    assert read_find_patient(edited(MESSAGE, {ONE_DAY: written})).request.birth is None


@pytest.mark.parametrize(
    "written",
    ['value value=""/>', 'value value="19"/>', 'value value="1999071"/>', 'value value="19990732"/>',
     'value value="١٩٩٩0713"/>', 'value value="19990713\u00a0"/>', 'value><low value="x"/></value>',
     'value><low value="2001"/><high value="2000"/></value>'],
)  # fmt: skip
def test_refuses_a_birth_time_that_is_none(written):
    with pytest.raises(RequestMalformed):
        read_find_patient(edited(MESSAGE, {ONE_DAY: written}))


BLANKS = ["\u00a0", "\u2003", "\u0085", "\u2007", "\u202f", "\u3000", "\ufeff", "\u200b"]


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("end", ["{0}{1}", "{1}{0}"])
def test_a_number_with_another_blank_at_an_end_is_another_number(blank, end):
    spoilt = end.format(blank, KARI.extension)
    body = edited(MESSAGE, {f'extension="{KARI.extension}"': f'extension="{spoilt}"'})
    assert read_find_patient(body).request.identifiers == (PatientIdentifier(KARI.root, spoilt),)


@pytest.mark.parametrize("blank", [" ", "&#9;", "&#10;", "&#13;"])
def test_the_blanks_of_xml_around_a_number_are_none_of_it(blank):
    body = edited(MESSAGE, {f'extension="{KARI.extension}"': f'extension="{blank}{KARI.extension}{blank}"'})
    assert read_find_patient(body).request.identifiers == (KARI,)
