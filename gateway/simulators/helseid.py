"""HelseID: discovery, client credentials with private_key_jwt and DPoP with server nonce, the check of each API call.

FAPI 2.0 profile of HelseID as its security profile describes it; RFC 6749, 7523, 9449, 9068. Tokens have one audience.
"""

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from gateway.simulators import rules
from gateway.simulators.calls import CallLog, Now, suffer
from gateway.simulators.forms import Form, read_form, single
from gateway.simulators.proofs import ALGORITHMS, ProofOf, SeenIds, forget_ended, read_proof, read_signed, within
from gateway.simulators.refusal import CallRefused

SCOPES = frozenset(
    {
        "nhn:hgd-persontjenesten-api/read-with-legal-basis",
        "nhn:pvk/personverninnstillinger-les",
        "nhn:critical-information/read",
        "nhn:edi/messages",
    }
)
"""By `rules.SCOPE_NAMES`."""
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFE = timedelta(seconds=120)
_TOKEN_LIFE = timedelta(minutes=10)
_NONCE_LIFE = timedelta(minutes=2)
_ORGANISATION = re.compile(r"^NO:ORGNR:\d{9}(:(\d{9})?)?$")


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """What HelseID works with: its own URL, the registered clients' public keys, clock and ids."""

    url: str
    clients: KeySet
    now: Now
    new_id: Callable[[], UUID]


class SimulatedHelseId:
    """The token service and its memory."""

    def __init__(self, issuer: TokenIssuer) -> None:
        self._issuer = issuer
        self._key = ECKey.generate_key("P-256", {"kid": "simulated-helseid-1", "use": "sig", "alg": "ES256"})
        self._seen = SeenIds()
        self._nonces: dict[str, datetime] = {}

    def forget(self) -> None:
        """Forget ids and nonces; tokens issued stay good."""
        self._seen.forget()
        self._nonces.clear()

    def metadata(self) -> dict[str, object]:
        """RFC 8414 metadata."""
        url = self._issuer.url
        return {
            "issuer": url,
            "token_endpoint": f"{url}/connect/token",
            "jwks_uri": f"{url}/.well-known/openid-configuration/jwks",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "dpop_signing_alg_values_supported": ALGORITHMS,
            "scopes_supported": sorted(SCOPES),
        }

    def public_keys(self) -> dict[str, object]:
        """JWKS of the signing key."""
        return {"keys": [dict(self._key.as_dict(private=False))]}

    def issue(self, form: Form, proof: str | None, url: str) -> dict[str, object]:
        """Answer of the token endpoint; raises CallRefused with OAuth's error codes."""
        if single(form, "grant_type") != "client_credentials":
            raise CallRefused(rules.WRONG_GRANT)
        now = self._issuer.now()
        client, assertion = self._client(form, now)
        thumbprint = self._holder(proof, url, now)
        scope = single(form, "scope") or ""
        audiences = {name.partition("/")[0] for name in scope.split()}
        if not set(scope.split()) <= SCOPES or len(audiences) != 1:
            raise CallRefused(rules.WRONG_SCOPE)
        organisation = _organisation(single(form, "authorization_details"), assertion)
        claims = {
            "iss": self._issuer.url,
            "aud": audiences.pop(),
            "client_id": client,
            "scope": scope,
            "jti": str(self._issuer.new_id()),
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + _TOKEN_LIFE).timestamp()),
            "cnf": {"jkt": thumbprint},
            "helseid://claims/client/claims/orgnr_parent": organisation,
        }
        header = {"alg": "ES256", "typ": "at+jwt", "kid": "simulated-helseid-1"}
        token = jwt.encode(header, claims, self._key, algorithms=["ES256"])
        life = int(_TOKEN_LIFE.total_seconds())
        return {"access_token": token, "token_type": "DPoP", "expires_in": life, "scope": scope}

    def check_call(self, request: Request, url: str, audience: str, scope: str) -> str:
        """Verify the DPoP-bound access token of an API call (RFC 9449 section 7, RFC 9068), and say whose it is.

        Raises CallRefused, 401 or 403.
        """
        challenge = {"WWW-Authenticate": 'DPoP error="invalid_token"'}
        bad_token = CallRefused(rules.WRONG_TOKEN, challenge)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "DPoP":
            raise bad_token
        now = self._issuer.now()
        claims = read_signed(token, self._key, "at+jwt", bad_token)
        if (
            claims.get("iss") != self._issuer.url
            or claims.get("aud") != audience
            or not within(claims, now, _TOKEN_LIFE)
        ):
            raise bad_token
        bad_proof = CallRefused(rules.WRONG_CALL_PROOF, {"WWW-Authenticate": 'DPoP error="invalid_dpop_proof"'})
        proof = read_proof(_single(request, "dpop"), ProofOf(request.method, url, token), self._seen, now, bad_proof)
        if claims.get("cnf") != {"jkt": proof.thumbprint}:
            raise bad_proof
        if scope not in str(claims.get("scope", "")).split():
            raise CallRefused(rules.SCOPE_MISSING)
        return str(claims.get("client_id"))

    def nonce(self) -> str:
        """A new nonce for the client's next proof."""
        value, now = secrets.token_urlsafe(24), self._issuer.now()
        forget_ended(self._nonces, now)
        self._nonces[value] = now + _NONCE_LIFE
        return value

    def _client(self, form: Form, now: datetime) -> tuple[str, dict[str, Any]]:
        """Client id and claims of the client assertion (RFC 7523 section 3), each ``jti`` once."""
        refusal = CallRefused(rules.WRONG_CLIENT)
        if single(form, "client_assertion_type") != _ASSERTION_TYPE:
            raise refusal
        claims = read_signed(
            single(form, "client_assertion") or "", self._issuer.clients, "client-authentication+jwt", refusal
        )
        client = claims.get("iss")
        named = single(form, "client_id") or client
        if not isinstance(client, str) or claims.get("sub") != client or named != client:
            raise refusal
        if claims.get("aud") not in (self._issuer.url, [self._issuer.url]) or not within(claims, now, _ASSERTION_LIFE):
            raise refusal
        if not self._seen.first("assertion", claims.get("jti"), now, now + _ASSERTION_LIFE):
            raise refusal
        return client, claims

    def _holder(self, proof: str | None, url: str, now: datetime) -> str:
        """Thumbprint of the proof's key; a proof without one of our nonces is asked to come back with one."""
        refusal = CallRefused(rules.WRONG_PROOF)
        read = read_proof(proof, ProofOf("POST", url), self._seen, now, refusal)
        good_until = self._nonces.get(read.nonce or "")
        if good_until is None or good_until < now:
            raise CallRefused(rules.NO_NONCE, {"DPoP-Nonce": self.nonce()})
        return read.thumbprint


def read_clients(jwks: str) -> KeySet:
    """The registered clients' public keys from a JWKS; ValueError when it is none."""
    try:
        return KeySet.import_key_set(json.loads(jwks))
    except (JoseError, KeyError, TypeError) as error:
        raise ValueError("not a JWKS of public keys") from error


def token_service(helseid: SimulatedHelseId, call_log: CallLog, base_url: str) -> APIRouter:
    """``/helseid``: discovery, keys and the token endpoint."""
    router = APIRouter(prefix="/helseid")

    @router.get("/.well-known/openid-configuration")
    async def discovery() -> JSONResponse:
        return JSONResponse(helseid.metadata())

    @router.get("/.well-known/openid-configuration/jwks")
    async def keys() -> JSONResponse:
        return JSONResponse(helseid.public_keys())

    @router.post("/connect/token")
    async def token(request: Request) -> Response:
        instead = await suffer_as_token_service(call_log)
        if instead is not None:
            return instead
        try:
            form = await read_form(request)
            answer = helseid.issue(form, _single(request, "dpop"), f"{base_url}{request.url.path}")
        except CallRefused as refused:
            if refused.code != "use_dpop_nonce":
                call_log.record("helseid", "token", refused=refused.code)
            raise
        call_log.record("helseid", "token")
        return JSONResponse(answer, headers={"Cache-Control": "no-store", "DPoP-Nonce": helseid.nonce()})

    return router


async def suffer_as_token_service(call_log: CallLog) -> Response | None:
    """A fault put on HelseID; the call is recorded when the fault ends it."""
    fault = call_log.fault_of("helseid", "token")
    if fault is not None and fault.fault != "slow":
        call_log.record("helseid", "token")
    return await suffer(fault)


def _single(request: Request, name: str) -> str | None:
    """A header that must come exactly once (RFC 9449 section 4.3); None otherwise."""
    values = request.headers.getlist(name)
    return values[0] if len(values) == 1 else None


def _organisation(parameter: str | None, assertion: dict[str, Any]) -> str:
    """Parent organisation number of ``helseid_authorization``, from the parameter or the assertion's claim."""
    refusal = CallRefused(rules.NO_ORGANISATION)
    details = assertion.get("authorization_details", assertion.get("assertion_details"))
    if parameter is not None:
        try:
            details = json.loads(parameter)
        except ValueError:
            raise refusal from None
    entries: list[Any] = details if isinstance(details, list) else [details]
    try:
        (entry,) = [entry for entry in entries if entry["type"] == "helseid_authorization"]
        identifier = entry["practitioner_role"]["organization"]["identifier"]
        value = identifier["value"]
        system = identifier["system"]
    except (KeyError, TypeError, ValueError):
        raise refusal from None
    if system != "urn:oid:1.0.6523" or not isinstance(value, str) or not _ORGANISATION.match(value):
        raise refusal
    return value.split(":")[2]
