"""HelseID of the simulator: the token happy path, and every token and proof that must be refused."""

import json
import time
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.support.norway.helseid_client import CRITICAL, EDI, FORM, PERSON, PVK, TOKEN, HelseIdClient, signed
from tests.support.norway.simulator import Simulator, identifier_of, national, national_process

__all__ = ["national", "national_process"]

PERSON_PATH = "/persontjenesten/api/legal-basis/person/get-by-nin?informationParts=Name"
Fault = Callable[[HelseIdClient], dict[str, str | None]]


@pytest.fixture
def client(national: Simulator) -> HelseIdClient:
    return HelseIdClient(national)


def _use(client: HelseIdClient, token: str, proof: str | None = None, *, scheme: str = "DPoP") -> int:
    headers = FORM | {"api-version": "2", "authorization": f"{scheme} {token}"}
    if proof is not None:
        headers["dpop"] = proof
    body = urlencode({"nin": identifier_of("rich")}).encode()
    return client.simulator.send("POST", PERSON_PATH, headers, body).status


def test_a_token_is_bound_to_the_key_and_has_one_audience_and_ten_minutes(client: HelseIdClient) -> None:
    keys = client.simulator.send("GET", "/helseid/.well-known/openid-configuration/jwks").json()["keys"]
    read = jwt.decode(client.token(PERSON), ECKey.import_key(keys[0]), algorithms=["ES256"])
    claims = read.claims
    assert (read.header["typ"], claims["iss"]) == ("at+jwt", f"{client.simulator.base_url}/helseid")
    assert (claims["aud"], claims["scope"]) == ("nhn:hgd-persontjenesten-api", PERSON)
    assert claims["cnf"] == {"jkt": client.proof_key.thumbprint()}
    assert claims["exp"] - claims["iat"] == 600


def test_discovery_names_the_token_endpoint(client: HelseIdClient) -> None:
    metadata = client.simulator.send("GET", "/helseid/.well-known/openid-configuration").json()
    assert metadata["token_endpoint"] == f"{client.simulator.base_url}{TOKEN}"
    assert metadata["issuer"] == f"{client.simulator.base_url}/helseid"


def test_a_proof_without_nonce_is_told_to_use_one_and_is_no_call(client: HelseIdClient) -> None:
    assert client.fetch_nonce()
    assert client.simulator.calls() == []


def test_a_nonce_of_ones_own_is_not_good(client: HelseIdClient) -> None:
    answer = client.ask(proof=client.proof("POST", TOKEN, nonce="made-up"))
    assert (answer.status, answer.json()["error"]) == (400, "use_dpop_nonce")


ASSERTIONS: dict[str, Fault] = {
    "wrong_audience": lambda c: {"client_assertion": c.assertion(aud="https://other.invalid")},
    "two_audiences": lambda c: {"client_assertion": c.assertion(aud=[f"{c.simulator.base_url}/helseid", "x"])},
    "expired": lambda c: {"client_assertion": c.assertion(exp=int(time.time()) - 5)},
    "no_expiry": lambda c: {"client_assertion": c.assertion(exp=None)},
    "long_expiry": lambda c: {"client_assertion": c.assertion(exp=int(time.time()) + 3600)},
    "issued_ahead": lambda c: {"client_assertion": c.assertion(iat=int(time.time()) + 100)},
    "no_jti": lambda c: {"client_assertion": c.assertion(jti=None)},
    "subject_differs": lambda c: {"client_assertion": c.assertion(sub="somebody")},
    "client_id_differs": lambda _: {"client_id": "somebody"},
    "wrong_typ": lambda c: {"client_assertion": c.assertion(header={"typ": "JWT"})},
    "wrong_key": lambda c: {"client_assertion": c.assertion(key=ECKey.generate_key("P-256"))},
    "unknown_kid": lambda c: {"client_assertion": c.assertion(header={"kid": "other"})},
    "none": lambda _: {"client_assertion": "e30.e30."},
    "absent": lambda _: {"client_assertion": None},
    "wrong_type": lambda _: {"client_assertion_type": "urn:other"},
}


@pytest.mark.parametrize("fault", ASSERTIONS)
def test_refuses_client_assertion(client: HelseIdClient, fault: str) -> None:
    nonce = client.fetch_nonce()
    answer = client.ask(proof=client.proof("POST", TOKEN, nonce=nonce), form=ASSERTIONS[fault](client))
    assert (answer.status, answer.json()) == (401, {"error": "invalid_client"})
    assert [call.get("refused") for call in client.simulator.calls()] == ["invalid_client"]


def test_refuses_a_client_assertion_used_twice(client: HelseIdClient) -> None:
    nonce = client.fetch_nonce()
    form: dict[str, str | None] = {"client_assertion": client.assertion()}
    assert client.ask(proof=client.proof("POST", TOKEN, nonce=nonce), form=form).status == 200
    assert client.ask(proof=client.proof("POST", TOKEN, nonce=nonce), form=form).status == 401


PROOFS: dict[str, Callable[[HelseIdClient, str], str | None]] = {
    "absent": lambda _c, _n: None,
    "wrong_method": lambda c, n: c.proof("GET", TOKEN, nonce=n),
    "wrong_url": lambda c, n: c.proof("POST", "/helseid/connect/authorize", nonce=n),
    "old": lambda c, n: c.proof("POST", TOKEN, nonce=n, iat=int(time.time()) - 300),
    "ahead": lambda c, n: c.proof("POST", TOKEN, nonce=n, iat=int(time.time()) + 300),
    "no_jti": lambda c, n: c.proof("POST", TOKEN, nonce=n, jti=None),
    "wrong_typ": lambda c, n: c.proof("POST", TOKEN, nonce=n, header={"typ": "JWT"}),
    "wrong_key": lambda c, n: c.proof("POST", TOKEN, nonce=n, key=ECKey.generate_key("P-256")),
    "private_key_inside": lambda c, n: c.proof(
        "POST", TOKEN, nonce=n, header={"jwk": c.proof_key.as_dict(private=True)}
    ),
    "no_key_inside": lambda c, n: c.proof("POST", TOKEN, nonce=n, header={"jwk": None}),
    "no_jwt": lambda _c, _n: "tull",
}


@pytest.mark.parametrize("fault", PROOFS)
def test_refuses_proof_at_the_token_endpoint(client: HelseIdClient, fault: str) -> None:
    answer = client.ask(proof=PROOFS[fault](client, client.fetch_nonce()))
    assert (answer.status, answer.json()) == (400, {"error": "invalid_dpop_proof"})


def test_refuses_a_proof_used_twice(client: HelseIdClient) -> None:
    proof = client.proof("POST", TOKEN, nonce=client.fetch_nonce())
    assert client.ask(proof=proof).status == 200
    assert client.ask(proof=proof).json() == {"error": "invalid_dpop_proof"}


REQUESTS: dict[str, tuple[dict[str, str | None], str]] = {
    "grant": ({"grant_type": "password"}, "unsupported_grant_type"),
    "unknown_scope": ({"scope": "nhn:other/read"}, "invalid_scope"),
    "two_audiences": ({"scope": f"{PERSON} {PVK}"}, "invalid_scope"),
    "no_scope": ({"scope": None}, "invalid_scope"),
    "no_organisation": ({"authorization_details": None}, "invalid_authorization_details"),
    "other_details": ({"authorization_details": '[{"type":"other"}]'}, "invalid_authorization_details"),
    "no_json": ({"authorization_details": "tull"}, "invalid_authorization_details"),
}


@pytest.mark.parametrize("fault", REQUESTS)
def test_refuses_token_request(client: HelseIdClient, fault: str) -> None:
    form, error = REQUESTS[fault]
    answer = client.ask(proof=client.proof("POST", TOKEN, nonce=client.fetch_nonce()), form=form)
    assert (answer.status, answer.json()) == (400, {"error": error})


def test_the_organisation_may_be_a_claim_of_the_assertion(client: HelseIdClient) -> None:
    details = json.loads(REQUEST_DETAILS)
    form: dict[str, str | None] = {
        "authorization_details": None,
        "client_assertion": client.assertion(authorization_details=details),
    }
    assert client.ask(proof=client.proof("POST", TOKEN, nonce=client.fetch_nonce()), form=form).status == 200


REQUEST_DETAILS = (
    '[{"type":"helseid_authorization","practitioner_role":{"organization":{"identifier":'
    '{"system":"urn:oid:1.0.6523","type":"ENH","value":"NO:ORGNR:312840758:315103460"}}}}]'
)


def test_a_good_token_and_proof_open_the_api(client: HelseIdClient) -> None:
    token = client.token(PERSON)
    assert _use(client, token, client.proof("POST", PERSON_PATH, token=token)) == 200


API_PROOFS: dict[str, Callable[[HelseIdClient, str], str | None]] = {
    "absent": lambda _c, _t: None,
    "wrong_method": lambda c, t: c.proof("GET", PERSON_PATH, token=t),
    "wrong_url": lambda c, t: c.proof("POST", "/pvk/other", token=t),
    "no_token_digest": lambda c, _t: c.proof("POST", PERSON_PATH),
    "other_token_digest": lambda c, _t: c.proof("POST", PERSON_PATH, token="other"),
    "old": lambda c, t: c.proof("POST", PERSON_PATH, token=t, iat=int(time.time()) - 300),
    "other_key": lambda c, t: HelseIdClient(c.simulator).proof("POST", PERSON_PATH, token=t),
}


@pytest.mark.parametrize("fault", API_PROOFS)
def test_refuses_proof_at_an_api(client: HelseIdClient, fault: str) -> None:
    token = client.token(PERSON)
    assert _use(client, token, API_PROOFS[fault](client, token)) == 401
    assert client.simulator.calls()[-1]["refused"] == "invalid_dpop_proof"


def test_refuses_a_proof_replayed_at_an_api(client: HelseIdClient) -> None:
    token = client.token(PERSON)
    proof = client.proof("POST", PERSON_PATH, token=token)
    assert _use(client, token, proof) == 200
    assert _use(client, token, proof) == 401


def test_refuses_a_bearer_token(client: HelseIdClient) -> None:
    token = client.token(PERSON)
    assert _use(client, token, client.proof("POST", PERSON_PATH, token=token), scheme="Bearer") == 401


@pytest.mark.parametrize("scope", [PVK, CRITICAL, EDI])
def test_refuses_a_token_for_another_audience(client: HelseIdClient, scope: str) -> None:
    token = client.token(scope)
    assert _use(client, token, client.proof("POST", PERSON_PATH, token=token)) == 401


def test_refuses_a_token_that_helseid_did_not_sign(client: HelseIdClient) -> None:
    now = int(time.time())
    claims = {
        "iss": f"{client.simulator.base_url}/helseid", "aud": "nhn:hgd-persontjenesten-api", "scope": PERSON,
        "iat": now, "nbf": now, "exp": now + 300, "cnf": {"jkt": client.proof_key.thumbprint()},
    }  # fmt: skip
    forged = signed(client.proof_key, {"typ": "at+jwt", "kid": "simulated-helseid-1"}, claims)
    assert _use(client, forged, client.proof("POST", PERSON_PATH, token=forged)) == 401
