"""Signed JWTs as HelseID and its services check them: client assertion (RFC 7523), DPoP proof (RFC 9449), access token.

Every check refuses with `CallRefused`; nothing is accepted because it is absent.
"""

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from gateway.simulators.refusal import CallRefused

ALGORITHMS = ["ES256", "PS256"]
_PROOF_AGE = timedelta(seconds=60)
_SKEW = timedelta(seconds=10)
_Id = TypeVar("_Id")
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}


@dataclass(slots=True)
class SeenIds:
    """Every ``jti`` seen until it can no longer be replayed."""

    _seen: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def first(self, space: str, jti: object, now: datetime, until: datetime) -> bool:
        """True when ``jti`` is a text not seen in ``space`` before."""
        forget_ended(self._seen, now)
        if not isinstance(jti, str) or not jti or (space, jti) in self._seen:
            return False
        self._seen[space, jti] = until
        return True

    def forget(self) -> None:
        """Forget every id."""
        self._seen.clear()


def forget_ended(ends: dict[_Id, datetime], now: datetime) -> None:
    """Drop what has ended from the front: all of it lasts equally long, so that what came first ends first."""
    while ends and ends[first := next(iter(ends))] < now:
        del ends[first]


def read_signed(token: str, keys: KeySet | Key, kind: str, refusal: CallRefused) -> dict[str, Any]:
    """Claims of a JWT signed by one of ``keys`` with an allowed algorithm and header ``typ`` ``kind``."""
    try:
        read = jwt.decode(token, keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError):
        raise refusal from None
    if read.header.get("typ") != kind:
        raise refusal
    return dict(read.claims)


def instant(claims: dict[str, Any], name: str) -> float | None:
    """A numeric date claim, None when absent or not a number."""
    value = claims.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def within(claims: dict[str, Any], now: datetime, longest: timedelta) -> bool:
    """``exp`` is there, not past, not further away than ``longest``; ``iat`` and ``nbf`` are not ahead of us.

    A clock that was set back a little (``_SKEW``) after the token was issued makes it no stranger.
    """
    expires = instant(claims, "exp")
    ahead = (now + _SKEW).timestamp()
    if expires is None or not now.timestamp() < expires <= ahead + longest.total_seconds():
        return False
    return all((instant(claims, name) or 0) <= ahead for name in ("iat", "nbf"))


@dataclass(frozen=True, slots=True)
class ProofOf:
    """What a DPoP proof must be about: method, URL without query, and the access token when one is sent with it."""

    method: str
    url: str
    access_token: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A verified DPoP proof: thumbprint of its key, and the nonce it carries."""

    thumbprint: str
    nonce: str | None


def read_proof(proof: str | None, about: ProofOf, seen: SeenIds, now: datetime, refusal: CallRefused) -> Proof:
    """Verify a DPoP proof: typ, algorithm, public key in the header, htm, htu, iat, jti once, ath."""
    if proof is None:
        raise refusal
    header = _header(proof, refusal)
    public = header.get("jwk")
    if not isinstance(public, dict) or _PRIVATE & public.keys():
        raise refusal
    try:
        key = JWKRegistry.import_key(public)
    except (JoseError, ValueError, KeyError, TypeError):
        raise refusal from None
    claims = read_signed(proof, key, "dpop+jwt", refusal)
    issued = instant(claims, "iat")
    fresh = issued is not None and abs(now.timestamp() - issued) <= _PROOF_AGE.total_seconds()
    wanted = {"htm": about.method, "htu": about.url}
    if about.access_token is not None:
        wanted["ath"] = digest(about.access_token)
    if not fresh or any(claims.get(name) != value for name, value in wanted.items()):
        raise refusal
    if not seen.first("dpop", claims.get("jti"), now, now + 2 * _PROOF_AGE):
        raise refusal
    nonce = claims.get("nonce")
    return Proof(key.thumbprint(), nonce if isinstance(nonce, str) else None)


def digest(text: str) -> str:
    """base64url of SHA-256, as ``ath`` has it."""
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def _header(token: str, refusal: CallRefused) -> dict[str, Any]:
    try:
        return dict(jws.extract_compact(token.encode()).headers())
    except (JoseError, ValueError):
        raise refusal from None
