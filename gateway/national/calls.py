"""One call to a national REST API: the token, the proof, the deadline, and which refusal each answer means.

RFC 9449 sections 7 to 9 (DPoP at a resource, nonces). Every HTTP failure and every status outside success becomes one
`NationalRefused` leaf here; nothing is tried again but a call the service itself asked to have made with a newer nonce
or token.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from gateway.errors import (
    NationalAccessDenied,
    NationalAnswerUnreadable,
    NationalRefused,
    NationalRejected,
    NationalServiceDown,
    NationalServiceSlow,
)
from gateway.http import HttpAnswer, HttpFailure, HttpTooSlow, HttpUnreachable
from transformers.norway.errors import NorwegianMessageError, Rejected


class Http(Protocol):
    """What adapters need of the HTTP client."""

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        deadline_seconds: float | None = None,
    ) -> HttpAnswer:
        """One request and its whole answer."""


class Authority(Protocol):
    """Who authorises a request: headers for it, and what to learn from the answer."""

    def headers(self, method: str, url: str) -> dict[str, str]:
        """Authorization and proof for one request."""

    def try_again(self, url: str, answer: HttpAnswer) -> bool:
        """Whether the answer asks for the same request with a newer nonce or token; what it says is remembered."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request; ``deadline_seconds`` None: as long as the client allows."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(default=None, repr=False)
    deadline_seconds: float | None = None


def call_once(http: Http, service: str, call: Call) -> HttpAnswer:
    """One HTTP call whose failures are refusals of ``service``. The status is not looked at."""
    try:
        return http.call(
            call.method,
            call.url,
            headers=call.headers,
            content=call.content,
            deadline_seconds=call.deadline_seconds,
        )
    except HttpTooSlow:
        raise NationalServiceSlow(service) from None
    except HttpUnreachable:
        raise NationalServiceDown(service) from None
    except HttpFailure:
        raise NationalAnswerUnreadable(service) from None


def checked(answer: HttpAnswer, service: str, allowed: Collection[int]) -> HttpAnswer:
    """The answer when its status is allowed; otherwise the refusal its status means."""
    if answer.status in allowed:
        return answer
    if answer.status in (401, 403):
        raise NationalAccessDenied(service)
    if answer.status in (408, 504):
        raise NationalServiceSlow(service)
    if answer.status == 429 or answer.status >= 500:
        raise NationalServiceDown(service)
    raise NationalAnswerUnreadable(service)


class Api:
    """A protected national API. Safe to share between threads: it keeps no state of a call."""

    def __init__(self, service: str, base_url: str, http: Http, authority: Authority) -> None:
        """``service`` names it in refusals; ``base_url`` has no trailing slash and no query."""
        self.service = service
        self._base_url = base_url.rstrip("/")
        self._http = http
        self._authority = authority

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes | None = None,
        *,
        allowed: Collection[int] = (200,),
        deadline_seconds: float | None = None,
    ) -> HttpAnswer:
        """One authorised call. ``path`` begins with a slash and holds no identifier of a person.

        Raises a leaf of `NationalRefused`.
        """
        call = Call(method, f"{self._base_url}{path}", headers, content, deadline_seconds)
        answer = self._once(call)
        if answer.status == 401 and self._authority.try_again(call.url, answer):
            answer = self._once(call)
        return checked(answer, self.service, allowed)

    def _once(self, call: Call) -> HttpAnswer:
        authorised = {**call.headers, **self._authority.headers(call.method, call.url)}
        return call_once(self._http, self.service, replace(call, headers=authorised))


@contextmanager
def read_as(service: str) -> Iterator[None]:
    """What goes wrong inside is a refusal of ``service``: a rejection keeps its codes, a message outside its kind is
    unreadable."""
    try:
        yield
    except Rejected as rejected:
        raise NationalRejected(service, rejected.codes) from None
    except NorwegianMessageError:
        raise NationalAnswerUnreadable(service) from None
    except NationalRefused as refused:
        if refused.service != service:
            raise replace(refused, service=service) from None
        raise
