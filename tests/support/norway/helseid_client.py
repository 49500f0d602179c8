"""A HelseID client for tests, written from RFC 7523 and RFC 9449, with a knob for every way of getting it wrong."""

import hashlib
import json
import time
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey

from tests.support.norway.simulator import CLIENT_ID, Answer, Simulator

PERSON = "nhn:hgd-persontjenesten-api/read-with-legal-basis"
PVK = "nhn:pvk/personverninnstillinger-les"
CRITICAL = "nhn:critical-information/read"
EDI = "nhn:edi/messages"
DETAILS = json.dumps(
    [
        {
            "type": "helseid_authorization",
            "practitioner_role": {
                "organization": {
                    "identifier": {"system": "urn:oid:1.0.6523", "type": "ENH", "value": "NO:ORGNR:312840758:"}
                }
            },
        }
    ]
)
TOKEN = "/helseid/connect/token"
FORM = {"content-type": "application/x-www-form-urlencoded"}

Claims = dict[str, Any]


def signed(key: ECKey, header: Claims, claims: Claims) -> str:
    """A JWT; members set to None are left out."""
    kept = {name: value for name, value in claims.items() if value is not None}
    full = {"alg": "ES256", **{name: value for name, value in header.items() if value is not None}}
    return jwt.encode(full, kept, key, algorithms=["ES256", "ES384"])


class HelseIdClient:
    """Gets tokens and calls APIs as the registered client, or not quite."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.proof_key = ECKey.generate_key("P-256")
        self.nonce: str | None = None

    def assertion(self, *, key: ECKey | None = None, header: Claims | None = None, **claims: object) -> str:
        """A client assertion."""
        now = int(time.time())
        base = {
            "iss": CLIENT_ID,
            "sub": CLIENT_ID,
            "aud": f"{self.simulator.base_url}/helseid",
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + 30,
        }
        top = {"typ": "client-authentication+jwt", "kid": "test-client-1"} | (header or {})
        return signed(key or self.simulator.client_key, top, base | claims)

    def proof(
        self, method: str, path: str, *, token: str | None = None, key: ECKey | None = None,
        header: Claims | None = None, **claims: object,
    ) -> str:  # fmt: skip
        """A DPoP proof."""
        base: Claims = {
            "jti": str(uuid4()),
            "htm": method,
            "htu": f"{self.simulator.base_url}{path.partition('?')[0]}",
            "iat": int(time.time()),
        }
        if token is not None:
            base["ath"] = urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
        used = key or self.proof_key
        top = {"typ": "dpop+jwt", "jwk": self.proof_key.as_dict(private=False)} | (header or {})
        return signed(used, top, base | claims)

    def fetch_nonce(self) -> str:
        """What the server wants in the next proof."""
        answer = self.ask(proof=self.proof("POST", TOKEN), form={})
        assert (answer.status, answer.json()) == (400, {"error": "use_dpop_nonce"})
        self.nonce = answer.headers["dpop-nonce"]
        return self.nonce

    def ask(
        self, *, proof: str | None = None, form: dict[str, str | None] | None = None, scope: str = PERSON
    ) -> Answer:
        """A token request; ``form`` replaces fields, None takes one away."""
        fields: dict[str, str | None] = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.assertion() if "client_assertion" not in (form or {}) else None,
            "scope": scope,
            "authorization_details": DETAILS,
        } | (form or {})
        body = urlencode({name: value for name, value in fields.items() if value is not None}).encode()
        headers = FORM if proof is None else FORM | {"dpop": proof}
        return self.simulator.send("POST", TOKEN, headers, body)

    def token(self, scope: str) -> str:
        """An access token."""
        nonce = self.nonce or self.fetch_nonce()
        answer = self.ask(proof=self.proof("POST", TOKEN, nonce=nonce), scope=scope)
        assert answer.status == 200, answer.body
        return str(answer.json()["access_token"])

    def call(
        self, method: str, path: str, scope: str, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """An API call with a fresh proof."""
        token = self.token(scope)
        proof = {"authorization": f"DPoP {token}", "dpop": self.proof(method, path, token=token)}
        return self.simulator.send(method, path, proof | (headers or {}), body)

    def find(self, number: str, parts: str = "Name,NorwegianIdentificationNumber", **query: str) -> Answer:
        """Persontjenesten get-by-nin."""
        path = f"/persontjenesten/api/legal-basis/person/get-by-nin?{urlencode({'informationParts': parts} | query)}"
        return self.call("POST", path, PERSON, FORM | {"api-version": "2"}, urlencode({"nin": number}).encode())

    def read(self, number: str, path: str, **headers: str) -> Answer:
        """A kritisk informasjon read with every header."""
        role = quote(json.dumps({"system": "urn:oid:2.16.578.1.12.4.1.1.9060", "code": "LE"}))
        full = {
            "nhn-patient-nin": number,
            "nhn-access-basis": "SAMTYKKE",
            "nhn-user-role": role,
            "nhn-source-system": "tests",
            "nhn-event-id": str(uuid4()),
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in full.items() if value}
        return self.call("GET", f"/kritisk-informasjon/v1{path}", CRITICAL, kept)

    def post_json(self, path: str, scope: str, value: object, headers: dict[str, str] | None = None) -> Answer:
        """A JSON POST."""
        return self.call(
            "POST", path, scope, {"content-type": "application/json"} | (headers or {}), json.dumps(value).encode()
        )
