"""HelseID client credentials: a machine token for one national API, bound to our key.

RFC 7523 (private_key_jwt), RFC 9449 (DPoP with server nonce), RFC 9396 (authorization_details), NHN's security profile
for HelseID clients. Tokens are cached per audience and scope and renewed before they expire; each request has its
proof.
"""

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from gateway.errors import NationalAccessDenied, NationalAnswerUnreadable, NationalServiceSlow
from gateway.http import HttpAnswer
from gateway.last_good import LastGood
from gateway.national.calls import Call, Http, call_once, checked
from transformers.norway.errors import Malformed
from transformers.norway.json_fields import Member, read_object, required_words

SERVICE = "helseid"

_UNUSABLE = (OSError, ValueError)
_DISCOVERY = "/.well-known/openid-configuration"
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ORGANISATION_SYSTEM = "urn:oid:1.0.6523"
_FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


@dataclass(frozen=True, slots=True)
class HelseIdSettings:
    """Who we are at HelseID. ``key_file`` holds a private JWK (JSON); ``organisation`` is the parent's number."""

    issuer: str
    client_id: str
    key_file: Path
    algorithm: str
    """``PS256`` or ``ES256``, as registered with the client."""
    organisation: str
    child_organisation: str | None = None
    renew_before_seconds: int = 60
    assertion_seconds: int = 30
    wait_seconds: float = 8.0
    """How long a caller waits for another one that fetches the same token."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A national API as HelseID knows it."""

    audience: str
    scope: str


@dataclass(frozen=True, slots=True)
class _Token:
    value: str = field(repr=False)
    renew_at: float


class HelseId:
    """Fetches, keeps and renews tokens, and makes proofs. Safe to share between threads."""

    def __init__(
        self, settings: HelseIdSettings, http: Http, *, now: Callable[[], datetime], new_id: Callable[[], UUID]
    ) -> None:
        """Reads the key file; raises ``ValueError`` when it holds no private JWK of the algorithm's kind."""
        self._settings = settings
        self._http = http
        self._now = now
        self._new_id = new_id
        self.key = LastGood(
            "national.helseid.key_file", lambda: (settings.key_file,), lambda: _client_key(settings), _UNUSABLE
        )
        """Our key, as its file is now."""
        self._proof_key = ECKey.generate_key("P-256")
        self._lock = threading.Lock()
        self._fetching: dict[Resource, threading.Lock] = {}
        self._tokens: dict[Resource, _Token] = {}
        self._nonces: dict[str, str] = {}
        self._endpoint: str | None = None

    def for_resource(self, resource: Resource) -> "ResourceAuthority":
        """The authority for calls to one API."""
        return ResourceAuthority(self, resource)

    def token(self, resource: Resource) -> str:
        """A token in force. One caller fetches at a time; the others find what it got. Raises `NationalRefused`."""
        held = self._held(resource)
        if held is not None:
            return held
        with self._lock:
            turn = self._fetching.setdefault(resource, threading.Lock())
        if not turn.acquire(timeout=self._settings.wait_seconds):
            raise NationalServiceSlow(SERVICE)
        try:
            return self._held(resource) or self._fetch(resource)
        finally:
            turn.release()

    def proof(self, method: str, url: str, *, access_token: str | None = None) -> str:
        """A DPoP proof for one request (RFC 9449 section 4.2), with the newest nonce of the server asked."""
        claims: dict[str, Any] = {
            "jti": str(self._new_id()),
            "htm": method,
            "htu": url.split("?", 1)[0],
            "iat": int(self._now().timestamp()),
        }
        if access_token is not None:
            claims["ath"] = _digest(access_token)
        with self._lock:
            nonce = self._nonces.get(_origin(url))
        if nonce is not None:
            claims["nonce"] = nonce
        header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": self._proof_key.as_dict(private=False)}
        return jwt.encode(header, claims, self._proof_key, algorithms=["ES256"])

    def learn_nonce(self, url: str, answer: HttpAnswer) -> bool:
        """Remember the nonce an answer gives for its server; whether it gave another one than we had."""
        nonce = answer.headers.get("dpop-nonce")
        if not nonce:
            return False
        with self._lock:
            known = self._nonces.get(_origin(url))
            self._nonces[_origin(url)] = nonce
        return nonce != known

    def forget(self, resource: Resource) -> bool:
        """Drop a token that a service refused; whether there was one."""
        with self._lock:
            return self._tokens.pop(resource, None) is not None

    def _held(self, resource: Resource) -> str | None:
        with self._lock:
            token = self._tokens.get(resource)
        return token.value if token is not None and self._now().timestamp() < token.renew_at else None

    def _fetch(self, resource: Resource) -> str:
        """Ask the token endpoint, once more when it wants its own nonce in the proof."""
        url = self._token_endpoint()
        answer = self._request(url, resource)
        if answer.status == 400 and _error(answer) == "use_dpop_nonce" and self.learn_nonce(url, answer):
            answer = self._request(url, resource)
        self.learn_nonce(url, answer)
        if answer.status == 400:
            raise NationalAccessDenied(SERVICE)
        value, seconds = _granted(checked(answer, SERVICE, (200,)))
        renew_at = self._now().timestamp() + seconds - self._settings.renew_before_seconds
        with self._lock:
            self._tokens[resource] = _Token(value, renew_at)
        return value

    def _request(self, url: str, resource: Resource) -> HttpAnswer:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.client_id,
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": self._assertion(),
            "scope": resource.scope,
            "authorization_details": json.dumps([self._organisation()]),
        }
        headers = {**_FORM, "dpop": self.proof("POST", url)}
        return call_once(self._http, SERVICE, Call("POST", url, headers, urlencode(form).encode()))

    def _assertion(self) -> str:
        """RFC 7523 section 3: who we are, for HelseID alone, once and for seconds."""
        now = int(self._now().timestamp())
        claims = {
            "iss": self._settings.client_id,
            "sub": self._settings.client_id,
            "aud": self._settings.issuer,
            "jti": str(self._new_id()),
            "iat": now,
            "nbf": now,
            "exp": now + self._settings.assertion_seconds,
        }
        header, key = {"alg": self._settings.algorithm, "typ": "client-authentication+jwt"}, self.key()
        if key.kid:
            header["kid"] = key.kid
        return jwt.encode(header, claims, key, algorithms=[self._settings.algorithm])

    def _organisation(self) -> dict[str, Any]:
        """The legal entity we act for, HelseID's ``helseid_authorization``."""
        value = f"NO:ORGNR:{self._settings.organisation}:{self._settings.child_organisation or ''}"
        identifier = {"system": _ORGANISATION_SYSTEM, "type": "ENH", "value": value}
        return {"type": "helseid_authorization", "practitioner_role": {"organization": {"identifier": identifier}}}

    def _token_endpoint(self) -> str:
        """From discovery, once; it must be HelseID's own."""
        if self._endpoint is not None:
            return self._endpoint
        url = f"{self._settings.issuer}{_DISCOVERY}"
        asked = Call("GET", url, {"accept": "application/json"})
        answer = checked(call_once(self._http, SERVICE, asked), SERVICE, (200,))
        metadata = _parsed(answer)
        endpoint = _member(metadata, "token_endpoint")
        if _member(metadata, "issuer") != self._settings.issuer or _origin(endpoint) != _origin(self._settings.issuer):
            raise NationalAnswerUnreadable(SERVICE)
        self._endpoint = endpoint
        return endpoint


@dataclass(frozen=True, slots=True)
class ResourceAuthority:
    """Authorises calls to one API with HelseID's tokens."""

    helseid: HelseId
    resource: Resource

    def headers(self, method: str, url: str) -> dict[str, str]:
        """``Authorization`` and ``DPoP``."""
        token = self.helseid.token(self.resource)
        return {"authorization": f"DPoP {token}", "dpop": self.helseid.proof(method, url, access_token=token)}

    def try_again(self, url: str, answer: HttpAnswer) -> bool:
        """Once with the server's nonce, or once with a fresh token when it calls ours invalid (RFC 9449 section 9)."""
        challenge = answer.headers.get("www-authenticate", "")
        if "use_dpop_nonce" in challenge:
            return self.helseid.learn_nonce(url, answer)
        return "invalid_token" in challenge and self.helseid.forget(self.resource)


def _client_key(settings: HelseIdSettings) -> ECKey | RSAKey:
    return read_client_key(settings.key_file.read_bytes(), settings.algorithm)


def read_client_key(content: bytes, algorithm: str) -> ECKey | RSAKey:
    """The private JWK of a file's content. Raises ValueError, in words that quote nothing of it."""
    try:
        written = json.loads(content)
    except ValueError:
        raise ValueError("the HelseID key file holds no JSON") from None
    kinds: Mapping[str, type[ECKey] | type[RSAKey]] = {"ES256": ECKey, "PS256": RSAKey}
    kind = kinds.get(algorithm)
    if kind is None:
        raise ValueError("the algorithm of the HelseID client is PS256 or ES256")
    try:
        key = kind.import_key(written)
    except (JoseError, ValueError, TypeError, KeyError):
        raise ValueError("the HelseID key file holds no JWK of the algorithm's kind") from None
    if not key.is_private:
        raise ValueError("the HelseID key file holds no private key")
    return key


def _granted(answer: HttpAnswer) -> tuple[str, int]:
    """Token and seconds it lives; raises `NationalAnswerUnreadable`."""
    granted = _parsed(answer)
    seconds = granted.get("expires_in")
    if _member(granted, "token_type").lower() != "dpop" or not isinstance(seconds, int) or seconds <= 0:
        raise NationalAnswerUnreadable(SERVICE)
    return _member(granted, "access_token"), seconds


def _parsed(answer: HttpAnswer) -> Member:
    try:
        return read_object(answer.body, SERVICE)
    except Malformed:
        raise NationalAnswerUnreadable(SERVICE) from None


def _member(holder: Member, name: str) -> str:
    try:
        return required_words(holder, name)
    except Malformed:
        raise NationalAnswerUnreadable(SERVICE) from None


def _error(answer: HttpAnswer) -> str | None:
    try:
        return required_words(read_object(answer.body, SERVICE), "error")
    except Malformed:
        return None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _digest(token: str) -> str:
    return urlsafe_b64encode(sha256(token.encode("ascii")).digest()).rstrip(b"=").decode("ascii")
