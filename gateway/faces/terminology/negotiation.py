"""Which format a request has and wants: JSON of FHIR R4, nothing else.

FHIR R4 RESTful API 3.1.0.1.10 (content types), 3.1.0.1.11 (``_format``); RFC 9110 section 12.5.1.
"""

from email.message import Message

from transformers.fhir.terminology.errors import FormatUnacceptable, FormatUnsupported

_JSON = frozenset({"application/fhir+json", "application/json", "text/json"})
_ACCEPTED = _JSON | {"*/*", "application/*"}
_FORM = "application/x-www-form-urlencoded"
FHIR_JSON = "application/fhir+json; charset=utf-8"


def acceptable(accept: str, formats: list[str]) -> None:
    """Whether JSON is wanted; ``_format`` goes before Accept. Raises FormatUnacceptable."""
    if formats:
        for said in formats:
            if said != "json" and not _is_r4(*_media_type(said.replace(" ", "+")), _JSON):  # a plus sign sent raw
                raise FormatUnacceptable(said)
        return
    ranges = [_media_type(one) for one in accept.split(",") if one.strip()]
    if ranges and not any(_is_r4(kind, said, _ACCEPTED) and _weight(said) > 0 for kind, said in ranges):
        raise FormatUnacceptable(accept)


def is_form(content_type: str) -> bool:
    """Whether a body is a form, or else JSON. Raises FormatUnsupported."""
    kind, said = _media_type(content_type)
    if said.get("charset", "utf-8").lower() != "utf-8":
        raise FormatUnsupported
    if kind == _FORM:
        return True
    if not _is_r4(kind, said, _JSON):
        raise FormatUnsupported
    return False


def _is_r4(kind: str, said: dict[str, str], among: frozenset[str]) -> bool:
    return kind in among and said.get("fhirversion", "4.0") == "4.0"


def _weight(said: dict[str, str]) -> float:
    try:
        return float(said.get("q", "1"))
    except ValueError:
        return 0.0


def _media_type(text: str) -> tuple[str, dict[str, str]]:
    """Type and parameters, in lower case; a type that cannot be read is empty."""
    header = Message()
    try:
        header["content-type"] = text.strip()
    except ValueError:
        return "", {}
    said = header.get_params(failobj=[])
    return (said[0][0].lower() if said else ""), {name.lower(): value for name, value in said[1:]}
