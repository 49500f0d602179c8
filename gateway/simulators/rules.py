"""The rules of the simulated services: what holds, the public source that says so, and what is refused by it.

A refusal is made of its rule, and each rule here is obeyed somewhere beside: so none is left out of
`ncpeh doctor --assumed`. A rule without a source is assumed: no test that stands on it proves anything of the service.
An assumed rule refuses, unless it says why the simulator takes what the service may refuse, or answers as it does.

Sources in short: *7419* is Volven's code list of that number, with the code whose words state the rule; *ERDOK* a page
of NHN's Confluence space of that name; *R1308*, *R1408* NHN's documents on M10 and on downloads, with their section;
*HIS* a standard of the Directorate of e-health; *portal* NHN's developer portal, with the page; *RFC* with its section.
"""

from dataclasses import dataclass

HELSEID, EDI, RF = "HelseID", "EDI 2.0", "Reseptformidleren"
PERSON, PVK, CRITICAL, EVERY = "Persontjenesten", "PVK", "Kritisk informasjon", "every service"
TESTS = "the simulator's own addresses"


@dataclass(frozen=True, slots=True)
class SimulatedRule:
    """One rule of one service."""

    service: str
    says: str
    source: str = ""
    """Empty: assumed."""
    status: int = 0
    """HTTP status that it refuses with; 0: a receipt rejects, or nothing is refused."""
    code: str = ""
    """OAuth's error code, a short reason, or a code of Volven 7419 or 8221."""
    takes: str = ""
    """Of an assumed rule that refuses nothing: why the simulator takes it, or answers so, all the same."""

    @property
    def assumed(self) -> bool:
        """Whether no public source we read says so."""
        return not self.source

    @property
    def effect(self) -> str:
        """What becomes of a call by it."""
        if self.takes:
            return f"taken: {self.takes}"
        return f"refused: {self.status} {self.code}" if self.status else f"rejected: {self.code}"


# HelseID
WRONG_GRANT = SimulatedRule(
    HELSEID, "grants by client credentials alone", "RFC 6749, 5.2", 400, "unsupported_grant_type"
)
WRONG_SCOPE = SimulatedRule(
    HELSEID, "gives a token for known scopes of one audience", "RFC 6749, 5.2", 400, "invalid_scope"
)
WRONG_CLIENT = SimulatedRule(
    HELSEID, "believes a client by a fresh signed assertion, once", "RFC 7523, 3", 401, "invalid_client"
)
WRONG_PROOF = SimulatedRule(
    HELSEID, "asks for a DPoP proof of this request, once", "RFC 9449, 5", 400, "invalid_dpop_proof"
)
NO_NONCE = SimulatedRule(HELSEID, "asks for a nonce of its own in the proof", "RFC 9449, 8", 400, "use_dpop_nonce")
NO_ORGANISATION = SimulatedRule(
    HELSEID, "asks whose organisation it is, by its number", "RFC 9396, 5", 400, "invalid_authorization_details"
)

# every service
WRONG_TOKEN = SimulatedRule(
    EVERY, "asks for a token of HelseID for itself, in force", "RFC 6750, 3.1", 401, "invalid_token"
)
WRONG_CALL_PROOF = SimulatedRule(
    EVERY, "asks for a DPoP proof of this call with the token's key", "RFC 9449, 7.1", 401, "invalid_dpop_proof"
)
SCOPE_MISSING = SimulatedRule(EVERY, "asks for its scope in the token", "RFC 6750, 3.1", 403, "insufficient_scope")
SCOPE_NAMES = SimulatedRule(
    EVERY,
    "the audiences and scopes of EDI 2.0, Persontjenesten, PVK and Kritisk informasjon by their names",
    takes="a token must have some",
)
NUMBER_IN_URL = SimulatedRule(
    EVERY, "a URL that holds a person's number is refused, wherever it stands", status=400, code="PATIENT-NUMBER-IN-URL"
)
HEADER_MISSING = SimulatedRule(
    EVERY, "a header that is required is there and not blank", status=400, code="missing_header"
)
NO_FORM_TYPE = SimulatedRule(EVERY, "a form is said to be one", "RFC 9110, 15.5.16", 415, "unsupported_media_type")
NO_FORM = SimulatedRule(EVERY, "what is no form is refused", status=400, code="malformed_form")
REPEATED = SimulatedRule(EVERY, "a field that may come once comes once", "RFC 6749, 3.2", 400, "repeated")
REFUSAL_FORM = SimulatedRule(
    EVERY,
    "refuses by a JSON object with the member error, as RFC 6749, 5.2, has it",
    takes="some form must be answered",
)
ORDERED_DOWN = SimulatedRule(
    EVERY, "a service that is down answers 503 and closes the connection", status=503, code="service_unavailable"
)
ORDERED_DENIED = SimulatedRule(EVERY, "a service that denies a client answers 403", status=403, code="forbidden")

# Persontjenesten
NO_NIN = SimulatedRule(
    PERSON, "asks for a number of eleven digits", "OpenAPI, version 2: get-by-nin, 400", 400, "invalid_nin"
)
NO_PARTS = SimulatedRule(
    PERSON,
    "asks in the query which parts are wanted, by their names",
    "OpenAPI, version 2: get-by-nin, informationParts",
    400,
    "invalid_information_parts",
)
NOBODY = SimulatedRule(PERSON, "knows nobody of that number", "OpenAPI, version 2: get-by-nin, 404", 404, "not_found")
PERSON_VERSION = SimulatedRule(
    PERSON, "another api-version than 2 is refused", status=400, code="unsupported_api_version"
)
WHOLE_NUMBERS = SimulatedRule(
    PERSON,
    "identification numbers are whole, with and without history",
    takes="it answers more than may be, and our adapter reads less",
)

# PVK
PVK_QUESTION = SimulatedRule(
    PVK, "a question has innbyggerFnr, definisjonGuid, partKode and nothing else", status=400, code="invalid_request"
)
PVK_ANSWER = SimulatedRule(
    PVK,
    "answers by a member status with the words INGEN, RESERVASJON, SPERRET, BLOKKERT",
    takes="a public client reads another member, and no document shows the answer",
)
PVK_EVERYBODY = SimulatedRule(
    PVK,
    "every definition and part is known, and of a number nobody has there is no setting",
    takes="the definition is agreed with each client",
)

# Kritisk informasjon
CRITICAL_QUESTION = SimulatedRule(
    CRITICAL, "the question for a status has nin and nothing else", status=400, code="invalid_request"
)
CRITICAL_TYPE = SimulatedRule(
    CRITICAL, "a type of condition that is not listed is refused", status=400, code="invalid_critical_info_type"
)
CRITICAL_PATH = SimulatedRule(
    CRITICAL,
    "other resources than AllergyIntolerance, Conditions, Procedures, Flags, Devices are not there",
    status=404,
    code="not_found",
)
CRITICAL_HEADER = SimulatedRule(
    CRITICAL,
    "number, access basis and role of list 9060 stand in the headers",
    "portal, Kjernejournal, Kritisk info FHIR API: headers",
    400,
    "invalid_header",
)
RESTRICTED = SimulatedRule(
    CRITICAL,
    "a restriction is opened by an extra consent",
    "portal, Kjernejournal, Status; Pasientens prøvesvar, Authorization",
    403,
    "restricted",
)
EMERGENCY_OPENS = SimulatedRule(
    CRITICAL, "AKUTT opens a restriction too", takes="an emergency is what the basis is for"
)
BLOCKED = SimulatedRule(
    CRITICAL, "nothing is read where the patient blocked a professional", status=403, code="blocked"
)
BLOCK_IS_SHOWN = SimulatedRule(
    CRITICAL,
    "status says to a client's own token whether a professional is blocked",
    takes="the portal says that it is not available so: no test shows we would learn of one",
)
NOTHING_KNOWN = SimulatedRule(
    CRITICAL,
    "of a number nobody has it says what it says where nothing is registered",
    takes="so does a register that knows no persons",
)
RESERVED_EMPTY = SimulatedRule(
    CRITICAL, "of a reserved person a read is an empty bundle", takes="portal, Status: nothing exists of her"
)
ANY_ROLE = SimulatedRule(CRITICAL, "any code of list 9060 is a role", takes="which roles may read is agreed")

# EDI 2.0
EDI_VERSION = SimulatedRule(EDI, "another api-version than 2 is refused", status=400, code="unsupported_api_version")
EDI_BODY = SimulatedRule(
    EDI, "a body that is no MsgHead with id, time, sender and receiver is refused", status=400, code="invalid_message"
)
EDI_RECEIVER = SimulatedRule(EDI, "a receiver nobody knows is refused", status=400, code="unknown_receiver")
EDI_BOX = SimulatedRule(EDI, "a mailbox is asked for by HER-ids", status=400, code="invalid_receiver")
OTHER_BOX = SimulatedRule(
    EDI, "a client sees the mail of the HER-ids it sends from", status=403, code="not_your_mailbox"
)
EDI_COUNT = SimulatedRule(
    EDI, "a list holds 10 messages unless 1 to 100 are asked for", status=400, code="invalid_number_of_messages"
)
EDI_UNKNOWN = SimulatedRule(
    EDI, "a message that is not there, or another's, is not found", status=404, code="not_found"
)
EDI_RECEIPT = SimulatedRule(EDI, "a receipt says Ok or Rejected", status=400, code="invalid_receipt")
EDI_FULL = SimulatedRule(
    EDI, "a mailbox that holds 20,000 unread messages takes no more", status=503, code="mailbox_full"
)
EDI_OLDEST_FIRST = SimulatedRule(
    EDI, "unread messages are listed oldest first, receipt and answer at once", takes="some order must be answered"
)

# Reseptformidleren
OUTSIDE = SimulatedRule(
    RF, "a message of a type that it does not take, or that breaks its schema, is rejected", code="X99"
)
NO_TELEPHONE = SimulatedRule(RF, "a dispenser's head has a telephone", "R1308, 4.1.3; 7419: 334", code="334")
NO_CONVERSATION = SimulatedRule(
    RF, "M9.3 follows the M9.2 and M10 the M9.4, in the conversation of the M9.1", "R1408, 4.1; R1308, 4.1", code="X99"
)
TOO_MANY_REPORTS = SimulatedRule(
    RF, "what took 20,000 reports takes no more messages until it is reset", status=503, code="reports_full"
)
SENT_BEFORE = SimulatedRule(
    RF, "a message that was accepted before is rejected, whatever its type", "7419: 65", code="65"
)
NO_HPR = SimulatedRule(
    RF, "a prescriber's message names her HPR number", "HIS 3003, 3005, 3009:2018; 7419: 6", code="6"
)
NO_PERSONAL = SimulatedRule(
    RF,
    "M9.5, M9.7 and M9.11 are signed, with the certificate in the message",
    "HIS 3003, 3005, 3009:2018; 7419: 47",
    code="47",
)
NOT_PERSONAL = SimulatedRule(
    RF, "M9.5, M9.7 and M9.11 are signed by a personal certificate", "HIS 3003, 3005, 3009:2018; 7419: 43", code="43"
)
NOT_ENTERPRISE = SimulatedRule(RF, "an M10 is signed by an enterprise", code="56")
ANY_ISSUER = SimulatedRule(
    RF,
    "any issuer's certificate will do, at any time, whatever name it has",
    takes="the samples' certificates are invented",
)
NO_SUBJECT = SimulatedRule(RF, "a search names a person or a reference number", "7419: 60", code="60")
NEEDS_REFERENCE = SimulatedRule(
    RF, "a prescription locked by reference is downloaded by its number", "7419: 258", code="258"
)
UNKNOWN_ID = SimulatedRule(RF, "knows no prescription of that id", "7419: 272", code="272")
IS_CLOSED = SimulatedRule(RF, "a closed prescription is not downloaded", "7419: 96; ERDOK 2509570051", code="96")
IS_RECALLED = SimulatedRule(RF, "a recalled prescription is not downloaded", "7419: 97; ERDOK 2509570051", code="97")
IS_INVALID = SimulatedRule(RF, "an invalid prescription is not downloaded", "7419: 62", code="62")
IS_REFUSED = SimulatedRule(RF, "one whose application was refused is not downloaded", "7419: 63", code="63")
IS_PENDING = SimulatedRule(RF, "one whose application is pending is not downloaded", "7419: 64", code="64")
WRONG_STATUS = SimulatedRule(RF, "one of another status is not downloaded", "7419: 41", code="41")
HELD_BY_ANOTHER = SimulatedRule(RF, "what another holds is not downloaded", "7419: 69; ERDOK 2509570051", code="69")
HOLDER_AGAIN = SimulatedRule(
    RF,
    "who holds a prescription is given it again",
    takes="who never got the M9.4 could neither dispense it nor learn what it says",
)
LOCK_STAYS = SimulatedRule(RF, "no time ends a download", takes="no public page describes an end")
DISPENSER_OF_BLOCKED = SimulatedRule(
    RF,
    "a patient's block stops no search or download of a dispenser",
    takes="7419: 358 speaks of what a prescriber sees",
)
OTHER_PATIENT = SimulatedRule(RF, "a report is about the prescription's patient", "7419: 271", code="271")
NOT_DOWNLOADED = SimulatedRule(RF, "who reports has downloaded it", "7419: 357", code="357")
REPORT_NOT_HOLDING = SimulatedRule(RF, "who reports holds it still, when another might", code="69")
CANCEL_UNHELD = SimulatedRule(RF, "what nobody holds is not given back", code="41")
CANCEL_ANOTHERS = SimulatedRule(RF, "what another holds is not given back", code="69")
CANCELS_AND_ANNULS = SimulatedRule(RF, "a report does not annul and cancel", "7419: 124", code="124")
CANCELS_AND_CLOSES = SimulatedRule(RF, "a cancellation does not close", "7419: 66", code="66")
CANCELS_AND_INTERVENES = SimulatedRule(RF, "a cancellation has no intervention", "7419: 67", code="67")
CANCELS_WITH_PRODUCT = SimulatedRule(RF, "a cancellation has no product", code="264")
NO_PRODUCT = SimulatedRule(RF, "a report has a medicine or other goods", "7419: 356", code="356")
NO_PACKAGE = SimulatedRule(RF, "a report's medicine is a package or a mixture", "7419: 264", code="264")
NO_AMOUNT = SimulatedRule(RF, "a report counts more packages than none", "7419: 265", code="265")
ANNULS_NONE = SimulatedRule(
    RF, "an annulment may count no packages", takes="7419: 276 asks of it for none or more, and 265 for more than none"
)
ANNULS_NOTHING = SimulatedRule(RF, "an annulment names a report in force that the sender made", code="41")
DECLINED = SimulatedRule(
    RF,
    "an M9.3 with Kansellering is receipted, and changes nothing, whatever it names",
    takes="ERDOK 2237267992 gives a download back by M10 alone",
)
NO_REASON = SimulatedRule(RF, "a recall has its reason", "7419: 268", code="268")
NOT_TO_RECALL = SimulatedRule(RF, "what is closed is not recalled", "7419: 15", code="15")
RECALLED_ALREADY = SimulatedRule(RF, "what is recalled is not recalled again", "7419: 16", code="16")
ANYBODY_RECALLS = SimulatedRule(RF, "anybody may recall", takes="no message of ours recalls")
RECALL_AFTER_CLOSING = SimulatedRule(
    RF, "a recall that waits has no effect on what is closed meanwhile", takes="some status must follow"
)

# no service has these
WRONG_FAULT = SimulatedRule(
    TESTS, "a fault that cannot be ordered is refused", "README.md: demo.json", 400, "invalid_fault"
)
WRONG_DECISION = SimulatedRule(
    TESTS, "a decision that PVK does not have is refused", "README.md: demo.json", 400, "invalid_decision"
)


def every_rule() -> dict[str, SimulatedRule]:
    """By name, in order."""
    return {name: value for name, value in globals().items() if isinstance(value, SimulatedRule)}
