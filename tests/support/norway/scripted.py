"""An HTTP port for adapter tests: it answers as a test says and remembers what it was asked. No socket."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.http import HttpAnswer, HttpFailure


@dataclass(frozen=True)
class Asked:
    """One request as the client would have sent it."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None
    deadline_seconds: float | None


Step = HttpAnswer | HttpFailure | Callable[[Asked], HttpAnswer]


@dataclass
class ScriptedHttp:
    """Answers in order; the last step repeats. ``route`` is asked first when given."""

    steps: list[Step] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    route: Callable[[Asked], HttpAnswer | None] | None = None

    def call(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, content: bytes | None = None,
        deadline_seconds: float | None = None,
    ) -> HttpAnswer:  # fmt: skip
        """The next answer."""
        one = Asked(method, url, dict(headers or {}), content, deadline_seconds)
        self.asked.append(one)
        routed = self.route(one) if self.route else None
        if routed is not None:
            return routed
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, HttpFailure):
            raise step
        return step(one) if callable(step) else step


def answer(status: int = 200, body: object = None, **headers: str) -> HttpAnswer:
    """An answer; ``body`` is bytes or something to be JSON. Header names have _ for -."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(status, {name.replace("_", "-"): value for name, value in headers.items()}, data)


class NoAuthority:
    """Authorises without a token."""

    def headers(self, method: str, url: str) -> dict[str, str]:
        """A fixed token."""
        return {"authorization": "DPoP test"}

    def try_again(self, url: str, answer: HttpAnswer) -> bool:
        """Never."""
        return False
