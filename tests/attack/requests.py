"""Attacks by what is asked: repeated messages, what policy does not allow, and questions out of their form."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from gateway.messages import FindDocuments, PatientIdentifier
from gateway.pipeline.form import Arrived
from gateway.pipeline.verifiers import SamlVerifier, Trusted
from gateway.wire.xca_query import write_find_documents
from tests.attack.rows import BODIES, SERVICES, AttackRow, asked, message, shown
from tests.support.callers.assertions import (
    DIRECTORY,
    KIN,
    ORGANISATION,
    PERMISSION,
    PERMISSIONS,
    PRESCRIPTION_ID,
    ROLE,
    Ids,
    SeenInMemory,
    nok,
    role,
    tables,
)
from tests.support.callers.verified import EP, FNR, NORWAY, OTHER, PATIENT, PORTUGAL, PS, country
from tests.support.nodes.in_process import MESSAGE_ID, Trusting, hcp, query, trc
from tests.support.norway.in_memory import DOCUMENT

_OTHER_ID = "urn:uuid:22222222-2222-4333-8444-555555555555"


def every() -> Iterator[AttackRow]:
    """Every one of them."""
    for transaction in SERVICES:
        yield from _repeated(transaction)
        yield from _not_allowed(transaction)
    yield from _not_allowed_here()
    yield from _edited("discoveries", "ITI-55", _DISCOVERIES)
    yield from _edited("queries", "ITI-38", _QUERIES)
    yield from _edited("retrievals", "ITI-39", _RETRIEVALS)


# --- sent before -----------------------------------------------------------------------------------------------------


def _repeated(transaction: str) -> Iterator[AttackRow]:
    def repeated(name: str, first: Callable[[], Arrived], second: Callable[[], Arrived]) -> AttackRow:
        return asked("repeated", f"{name}-{transaction}", second, before=first)

    plain = partial(message, transaction)
    yield repeated("as-it-was", plain, plain)
    for name, written in {
        "without-urn": MESSAGE_ID.removeprefix("urn:uuid:"),
        "in-capitals": MESSAGE_ID.upper(),
        "in-braces": f"{{{MESSAGE_ID.removeprefix('urn:uuid:')}}}",
    }.items():
        yield repeated(f"id-{name}", plain, partial(message, transaction, message_id=written))
    yield repeated("id-dropped", plain, partial(message, transaction, message_id=None))
    yield repeated("id-of-no-form", plain, partial(message, transaction, message_id="once more"))
    nameless = partial(message, transaction, message_id=None)
    yield repeated("nameless", nameless, nameless)
    yield repeated("body-written-otherwise", nameless, lambda: _spaced(nameless()))
    for kind, (anew, otherwise) in _ANEW.items():
        if kind in ("hcp", "nok") or transaction != "ITI-55":
            yield repeated(
                f"{kind}-id-of-another",
                partial(_with, transaction, kind, anew()),
                partial(_with, transaction, kind, anew(attributes=otherwise), message_id=_OTHER_ID),
            )


_ANEW: dict[str, tuple[Callable[..., bytes], dict[str, str]]] = {
    "hcp": (hcp, {ORGANISATION: "Another hospital"}),
    "trc": (trc, {PRESCRIPTION_ID: "1.2.3"}),
    "nok": (nok, {f"{KIN}address:city": "Braga"}),
}
"""What may be another, in an assertion that is in order but for its ID."""


def _spaced(arrived: Arrived) -> Arrived:
    """The same question in other bytes: the closing tag of the envelope's body with a blank in it."""
    return replace(arrived, body=arrived.body.replace(b"</soap:Body>", b"</soap:Body >"))


def _with(transaction: str, kind: str, one: bytes, **changes: Any) -> Arrived:
    every_one = {"hcp": hcp, "trc": trc, "nok": nok}
    needed = ("hcp",) if transaction == "ITI-55" else ("hcp", "trc")
    given = [one if other == kind else every_one[other]() for other in dict.fromkeys((*needed, kind))]
    return message(transaction, *given, **changes)


# --- policy ----------------------------------------------------------------------------------------------------------


def _but(*missing: str) -> dict[str, Any]:
    return {PERMISSION: tuple(f"{PERMISSION}:{code}" for code in PERMISSIONS if code not in missing)}


_NEEDED = {"ITI-55": ("PRD-006",), "ITI-38": ("PRD-003", "PRD-005"), "ITI-39": ("PRD-003", "PRD-016")}


def _not_allowed(transaction: str) -> Iterator[AttackRow]:
    plain = partial(message, transaction)
    closed = {
        "country-a-off": {"enabled": False},
        "country-of-nobody": {"countries": {}},
        "country-of-another": {"countries": {"DK": country(code="DK", name="Denmark")}},
        "asks-nothing": {"countries": {"PT": country(asks=frozenset())}},
        "role-of-no-use": {"national_roles": {}},
        "number-of-no-register": {"patient_systems": frozenset()},
        "number-not-valid": {"number_is_valid": lambda _: False},
    }
    for name, policy in closed.items():
        yield asked("policy", f"{name}-{transaction}", plain, policy=policy)
    if transaction == "ITI-39":
        return  # of a retrieve the permission is decided when the document is there: after the person was asked about
    for missing in _NEEDED[transaction]:
        of_hcp = hcp(attributes=_but(missing))
        yield asked(
            "policy",
            f"without-{missing}-{transaction}",
            lambda h=of_hcp: message(transaction, h, *shown(transaction)[1:]),
        )
    of_none = hcp(attributes={PERMISSION: None})
    yield asked("policy", f"without-any-{transaction}", lambda: message(transaction, of_none, *shown(transaction)[1:]))


def _not_allowed_here() -> Iterator[AttackRow]:
    other_root = PatientIdentifier("2.16.578.1.12.4.1.4.2", PATIENT.extension)
    with_more = PatientIdentifier(PATIENT.root, PATIENT.extension + "0")
    for name, patient in {"another": OTHER, "of-another-register": other_root, "with-a-digit-more": with_more}.items():
        yield asked("policy", f"patient-{name}", partial(message, "ITI-38", body=query(patient)))
        stranger = trc(patient=(patient.root, patient.extension))
        yield asked("policy", f"trc-of-patient-{name}", partial(message, "ITI-38", hcp(), stranger))
    letters = trc(patient=(FNR, "1383742403O"))
    yield asked("policy", "number-with-a-letter", partial(message, "ITI-39", hcp(), letters))
    foreign = trc(patient=("2.999.1", PATIENT.extension))
    yield asked("policy", "number-of-a-foreign-register", partial(message, "ITI-39", hcp(), foreign))
    eps_alone = {"countries": {"PT": country(asks=frozenset({"ep"}))}}
    yield asked("policy", "summaries-not-agreed", partial(message, "ITI-38"), policy=eps_alone)
    yield asked(
        "policy", "one-of-two-not-agreed", partial(message, "ITI-38", body=query(classes=(EP, PS))), policy=eps_alone
    )
    for name, classes in {
        "class-of-nobody": (("99999-9", PS[1]),),
        "class-of-another-system": ((PS[0], "1.2.3"),),
        "one-class-of-two-of-nobody": (PS, ("99999-9", PS[1])),
    }.items():
        yield asked("policy", name, partial(message, "ITI-38", body=query(classes=classes)))
    elsewhere = write_find_documents(FindDocuments(PATIENT, (PS,), home_community=PORTUGAL))
    yield asked("policy", "query-to-another-community", partial(message, "ITI-38", body=elsewhere))
    for transaction in ("ITI-38", "ITI-39"):
        yield asked("policy", f"without-trc-{transaction}", partial(message, transaction, hcp()))
    unlike = hcp(attributes={ROLE: role("221", "Nursing Professionals")})
    yield asked("policy", "role-display-of-another", partial(message, "ITI-55", unlike))
    unregistered = Trusted(Trusting(), Trusting(), {"DK": DIRECTORY["DK"]}, tables(), SeenInMemory())  # type: ignore[arg-type]  # as they verify
    yield asked(
        "policy", "country-not-registered", partial(message, "ITI-55"), verifiers=(SamlVerifier(unregistered, Ids()),)
    )


# --- questions out of their form -------------------------------------------------------------------------------------

Edits = dict[str, tuple[str, str]]
"""Name to a text of the question and what stands there instead."""


def _edited(kind: str, transaction: str, edits: Edits) -> Iterator[AttackRow]:
    for name, (old, new) in edits.items():

        def arrived(old=old, new=new) -> Arrived:
            body = BODIES[transaction]().decode()
            assert old in body, old
            return message(transaction, body=body.replace(old, new, -1 if old.isidentifier() else 1).encode())

        yield asked(kind, name, arrived)


_NUMBER = f'extension="{PATIENT.extension}"'
_LIVING = (
    f'<livingSubjectId><value root="{FNR}" {_NUMBER}/><semanticsText>LivingSubject.id</semanticsText></livingSubjectId>'
)
_AT_HOME, _ABROAD = (
    f'<id root="{NORWAY}"/></representedOrganization>',
    f'<id root="{PORTUGAL}"/></representedOrganization>',
)


def _parameter(name: str, value: str) -> tuple[str, str]:
    """One parameter more in a discovery."""
    return "</parameterList>", f"<{name}>{value}<semanticsText>x</semanticsText></{name}></parameterList>"


_DISCOVERIES: Edits = {
    "to-another-country": (_AT_HOME, '<id root="1.2.208"/></representedOrganization>'),
    "from-another-country": (_ABROAD, '<id root="1.2.208"/></representedOrganization>'),
    "from-us": (_ABROAD, _AT_HOME),
    "no-message-id": ('<id root="00000000-0000-0000-0000-000000000001" extension="0000000002"/>', ""),
    "message-id-without-root": ('id root="00000000-0000-0000-0000-000000000001" ', "id "),
    "no-query": ("queryByParameter", "noQuery"),
    "no-control-act": ("controlActProcess", "otherAct"),
    "two-control-acts": ("<controlActProcess", "<controlActProcess/><controlActProcess"),
    "no-query-id": ('<queryId root="1.263507841149"/>', ""),
    "two-query-ids": ("<queryId", '<queryId root="1"/><queryId'),
    "no-parameters": ("parameterList", "otherList"),
    "two-parameter-lists": ("<parameterList>", "<parameterList/><parameterList>"),
    "no-patient": (_LIVING, ""),
    "patient-without-root": (f'root="{FNR}" ', ""),
    "patient-without-number": (_NUMBER, ""),
    "patient-of-a-blank": (_NUMBER, 'extension=" "'),
    "patient-of-another-register": (f'root="{FNR}"', 'root="2.999.1"'),
    "patient-of-letters": (_NUMBER, 'extension="ABCDEFGHIJK"'),
    "two-patients": (_LIVING, _LIVING + _LIVING.replace(PATIENT.extension, OTHER.extension)),
    "two-patients-in-one": (f"{_NUMBER}/>", f'{_NUMBER}/><value root="{FNR}" extension="{OTHER.extension}"/>'),
    "no-receiver": ("receiver", "noReceiver"),
    "two-receivers": ("<receiver", "<receiver/><receiver"),
    "two-senders": ("<sender", "<sender/><sender"),
    "sender-without-root": (_ABROAD, "<id/></representedOrganization>"),
    "born-on-no-day": _parameter("livingSubjectBirthTime", '<value value="19740230"/>'),
    "born-in-words": _parameter("livingSubjectBirthTime", '<value value="March"/>'),
    "born-on-two-days": _parameter("livingSubjectBirthTime", '<value value="1974"/><value value="1975"/>'),
    "born-backwards": _parameter("livingSubjectBirthTime", '<value><low value="1975"/><high value="1974"/></value>'),
    "sex-without-code": _parameter("livingSubjectAdministrativeGender", "<value/>"),
    "two-sexes": _parameter("livingSubjectAdministrativeGender", '<value code="F"/><value code="M"/>'),
    "a-query-instead": ("PRPA_IN201305UV02", "PRPA_IN201307UV02"),
}  # fmt: skip


def _slot(name: str, value: str) -> tuple[str, str]:
    """One slot more in a query."""
    return "</AdhocQuery>", f'<Slot name="{name}"><ValueList><Value>{value}</Value></ValueList></Slot></AdhocQuery>'


_WHO = f"&#39;{PATIENT.extension}^^^&amp;{FNR}&amp;ISO&#39;"
_WHAT = f"(&#39;{PS[0]}^^{PS[1]}&#39;)"
_ENTRY = "$XDSDocumentEntry"
_QUERIES: Edits = {
    "another-stored-query": ("14d4debf-8f97-4251-9a74-a90016b0af0d", "f26abbcb-ac74-4422-8a30-edb644bbc1a9"),
    "references-alone": ('returnType="LeafClass"', 'returnType="ObjectRef"'),
    "no-stored-query": ('id="urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"', ""),
    "two-queries": ("<AdhocQuery", "<AdhocQuery/><AdhocQuery"),
    "two-response-options": ("<query:ResponseOption", "<query:ResponseOption/><query:ResponseOption"),
    "nobody": (_WHO, ""),
    "two-patients": (_WHO, f"({_WHO},{_WHO.replace(PATIENT.extension, OTHER.extension)})"),
    "two-values": (f"<Value>{_WHO}</Value>", f"<Value>{_WHO}</Value><Value>{_WHO}</Value>"),
    "patient-without-quotes": (_WHO, _WHO.replace("&#39;", "")),
    "patient-without-root": (FNR, ""),
    "patient-without-number": (f"{PATIENT.extension}^^^", "^^^"),
    "patient-in-parts": (f"{PATIENT.extension}^^^", f"{PATIENT.extension}^x^^"),
    "patient-slot-twice": _slot(f"{_ENTRY}PatientId", _WHO.replace(PATIENT.extension, OTHER.extension)),
    "no-class": (_WHAT, ""),
    "class-without-quotes": (_WHAT, f"({PS[0]}^^{PS[1]})"),
    "class-without-system": (_WHAT, f"(&#39;{PS[0]}&#39;)"),
    "class-with-a-quote-open": (_WHAT, f"(&#39;{PS[0]}^^{PS[1]})"),
    "class-of-two-systems": (_WHAT, f"(&#39;{PS[0]}^^{PS[1]}^^x&#39;)"),
    "class-slot-twice": _slot(f"{_ENTRY}ClassCode", _WHAT),
    "class-under-another-name": (f"{_ENTRY}ClassCode", f"{_ENTRY}classCode"),
    "deprecated-ones": ("StatusType:Approved", "StatusType:Deprecated"),
    "on-demand-ones": _slot(f"{_ENTRY}Type", "(&#39;urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248&#39;)"),
    "author-as-filter": _slot(f"{_ENTRY}AuthorPerson", "(&#39;Eve&#39;)"),
    "a-slot-of-nobody": _slot("$Eve", "x"),
    "a-slot-without-name": _slot("", "x"),
    "created-in-words": _slot(f"{_ENTRY}FilterCreatedAfter", "yesterday"),
    "created-on-no-day": _slot(f"{_ENTRY}FilterCreatedAfter", "2026-02-30T00:00:00Z"),
    "created-without-zone": _slot(f"{_ENTRY}FilterCreatedBefore", "2026-02-28T00:00:00"),
    "size-below-zero": _slot(f"{_ENTRY}FilterMaximumSize", "-1"),
    "size-of-other-digits": _slot(f"{_ENTRY}FilterMaximumSize", "٣"),
    "size-of-5000-digits": _slot(f"{_ENTRY}FilterMaximumSize", "9" * 5000),
    "size-of-30-digits": _slot(f"{_ENTRY}FilterMaximumSize", "9" * 30),
    "home-of-another": ("<AdhocQuery ", '<AdhocQuery home="urn:oid:1.2.208" '),
    "home-in-words": ("<AdhocQuery ", '<AdhocQuery home="Norway" '),
    "200-classes": (_WHAT, "(" + ",".join([_WHAT[1:-1]] * 200) + ")"),
}  # fmt: skip

_REQUEST = f"<DocumentUniqueId>{DOCUMENT}</DocumentUniqueId>"
_RETRIEVALS: Edits = {
    "no-document": ("DocumentRequest", "OtherRequest"),
    "no-id": (_REQUEST, ""),
    "an-empty-id": (_REQUEST, "<DocumentUniqueId/>"),
    "an-id-of-blanks": (_REQUEST, "<DocumentUniqueId> </DocumentUniqueId>"),
    "two-ids": (_REQUEST, _REQUEST * 2),
    "two-communities": ("<HomeCommunityId>", "<HomeCommunityId>urn:oid:1.2</HomeCommunityId><HomeCommunityId>"),
    "two-repositories": ("<RepositoryUniqueId>", "<RepositoryUniqueId>1.2</RepositoryUniqueId><RepositoryUniqueId>"),
    "community-in-words": (f"urn:oid:{NORWAY}", "Norway"),
    "repository-in-words": ("2.16.578.1.12.4.5.10.1.1</Rep", "Norway</Rep"),
    "65-documents": ("<DocumentRequest>", f"<DocumentRequest>{_REQUEST}</DocumentRequest>" * 64 + "<DocumentRequest>"),
}  # fmt: skip
