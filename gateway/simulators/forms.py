"""Form bodies, application/x-www-form-urlencoded, the only kind these services take.

Sources: RFC 6749, 3.2 and 4.4.2 (the token endpoint), Persontjenesten OpenAPI (get-by-nin), RFC 9110, 15.5.16 (415).
"""

from urllib.parse import parse_qs

from fastapi import Request

from gateway.simulators import rules
from gateway.simulators.refusal import CallRefused

Form = dict[str, list[str]]


async def read_form(request: Request) -> Form:
    """Every field with its values in order."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if media_type != "application/x-www-form-urlencoded":
        raise CallRefused(rules.NO_FORM_TYPE)
    try:
        return parse_qs((await request.body()).decode("ascii"), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise CallRefused(rules.NO_FORM) from None


def single(form: Form, name: str) -> str | None:
    """The value of a field that may come once; None when absent."""
    values = form.get(name, [])
    if len(values) > 1:
        raise CallRefused(rules.REPEATED, part=name)
    return values[0] if values else None
