"""Content-Type and its parameters (RFC 9110 8.3.1), read strictly: what is doubled or quoted wrongly is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110's word for a piece of grammar, no secret
_TYPE = re.compile(rf"[ \t]*({_TOKEN}/{_TOKEN})[ \t]*")
_PARAMETER = re.compile(rf';[ \t]*(?:({_TOKEN})=(?:({_TOKEN}(?:[/:@]{_TOKEN})*)|"((?:[^"\\]|\\.)*)"))?[ \t]*')
_QUOTED_PAIR = re.compile(r"\\(.)")
_READABLE = frozenset({"utf-8", "us-ascii"})


@dataclass(frozen=True, slots=True)
class MediaType:
    """``name`` in lower case; parameter names in lower case, values unquoted."""

    name: str
    parameters: Mapping[str, str]

    def is_readable(self) -> bool:
        """No charset, or one the parser is sure of."""
        return self.parameters.get("charset", "utf-8").lower() in _READABLE


def read_media_type(text: str) -> MediaType | None:
    """The media type in a Content-Type field value, or None when it is not one, or repeats a parameter."""
    start = _TYPE.match(text)
    if start is None:
        return None
    at, parameters = start.end(), dict[str, str]()
    while at < len(text):
        found = _PARAMETER.match(text, at)
        if found is None:
            return None
        at = found.end()
        name, token, quoted = found.groups()
        if name is None:
            continue
        if name.lower() in parameters:
            return None
        parameters[name.lower()] = token if token is not None else _QUOTED_PAIR.sub(r"\1", quoted)
    return MediaType(start[1].lower(), parameters)
