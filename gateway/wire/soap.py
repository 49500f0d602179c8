"""SOAP 1.2 envelopes and faults, read and written (SOAP 1.2 part 1, WS-Addressing 1.0, XOP 1.0).

Reads plain, multipart/related and XOP, with or without WS-Addressing; writes plain, and by XOP what has attachments.
What the assertions in the header are worth is trust's, what the body asks is its codec's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.configuration.refusals import FaultCode
from gateway.errors import MediaTypeUnsupported, NotUnderstood, SoapMalformed, SoapVersionUnknown
from gateway.wire import multipart
from gateway.wire.media_type import read_media_type
from gateway.wire.names import ENV, FAULT_ACTION, WSA, WSSE
from gateway.wire.printing import render, verbatim
from gateway.wire.xop import check_includes
from trust.xml import DEFAULT, XML_BLANKS, Element, XmlLimits, parse

_ENVELOPE, _HEADER, _BODY = f"{{{ENV}}}Envelope", f"{{{ENV}}}Header", f"{{{ENV}}}Body"
_FAULT = f"{{{ENV}}}Fault"
_MULTIPART = "multipart/related"
_XOP_TYPE = "application/xop+xml"
_PLAIN = frozenset({"application/soap+xml", "text/xml"})
# OpenNCP 7 and 8 write the headers of a retrieve twice, once in this namespace (EHNCP-1141);
# pinned by test_ignores_the_addressing_headers_of_an_odd_namespace.
_ODD_WSA = WSA + "/anonymous"
_UNDERSTOOD = frozenset({WSA, WSSE, _ODD_WSA})
_LONGEST_ADDRESS = 1024
"""Bytes of a message id or an action: both are kept and written down."""
_NOT_DEMANDED = frozenset({"0", "false"})


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message as received; ``root`` is the whole of it, for trust, ``body`` the one element in its Body."""

    root: Element
    body: Element
    message_id: str | None
    action: str | None
    """wsa:Action, else the ``action`` parameter of the content type. Dispatch goes by ``body.tag`` first."""
    relates_to: str | None
    attachments: Mapping[str, bytes] = field(repr=False, default_factory=dict)
    optimised: bool = False
    """It came by MTOM: whoever sent it reads an answer with attachments (MTOM policy assertion 1.1, section 3)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A SOAP fault: local names of code and innermost subcode, and its first text."""

    code: str
    subcode: str | None
    text: str


def content_type(action: str) -> str:
    """The content type of what is sent."""
    return f'application/soap+xml; charset=UTF-8; action="{action}"'


def read_envelope(content_type: str, body: bytes, limits: XmlLimits = DEFAULT) -> Envelope:
    """The envelope in an HTTP body.

    Raises MediaTypeUnsupported, MultipartMalformed, SoapMalformed, SoapVersionUnknown, NotUnderstood or a leaf of
    trust's XmlRefused.
    """
    media_type = read_media_type(content_type)
    if media_type is None or not media_type.is_readable():
        raise MediaTypeUnsupported
    if media_type.name == _MULTIPART:
        parts = multipart.split(media_type, body)
    elif media_type.name in _PLAIN:
        parts = multipart.Parts(body, {})
    else:
        raise MediaTypeUnsupported
    root = parse(parts.root, limits)
    header, content = _taken_apart(root)
    check_includes(root, content, parts.attachments)
    return Envelope(
        root=root,
        body=content,
        message_id=_addressing(header, "MessageID"),
        action=_addressing(header, "Action") or media_type.parameters.get("action"),
        relates_to=_relates_to(header),
        attachments=parts.attachments,
        optimised=media_type.name == _MULTIPART and media_type.parameters.get("type", "").lower() == _XOP_TYPE,
    )


def write_envelope(
    body: bytes,
    *,
    action: str,
    message_id: str,
    relates_to: str | None = None,
    to: str | None = None,
    assertions: Sequence[bytes] = (),
) -> bytes:
    """An envelope around ``body``, one element in UTF-8 without a declaration.

    ``assertions`` stand in wsse:Security in the order given, not a byte changed. ``to``: initiators name the endpoint,
    with an anonymous reply address.
    """
    if any(part.lstrip().startswith(b"<?") for part in (body, *assertions)):
        raise ValueError("an XML declaration cannot stand inside an envelope")
    security = verbatim(b"".join(assertions)) if assertions else ""
    header = render(
        "header",
        {"action": action, "message_id": message_id, "relates_to": relates_to, "to": to, "security": security},
    )
    return b"".join((header, b"<env:Body>", body, b"</env:Body></env:Envelope>"))


def packed(envelope: bytes, attachments: Mapping[str, bytes], *, action: str, boundary: str) -> tuple[str, bytes]:
    """Content type and body of an envelope whose Includes point to ``attachments`` (MTOM 1.0 section 3, XOP 1.0).

    Raises ValueError as `multipart.write`.
    """
    root_type = f'{_XOP_TYPE}; charset=UTF-8; type="application/soap+xml"'
    kind = (
        f'{_MULTIPART}; boundary="{boundary}"; type="{_XOP_TYPE}"; start="<{multipart.ROOT_ID}>"; '
        f'start-info="application/soap+xml"; action="{action}"'
    )
    return kind, multipart.write(multipart.Parts(envelope, attachments), boundary, root_type)


def write_fault(
    code: FaultCode,
    text: str,
    *,
    subcode: str | None = None,
    message_id: str | None = None,
    relates_to: str | None = None,
) -> bytes:
    """An envelope with a fault; ``subcode`` is an eHDSI code that can be a name. WS-Addressing only with an id."""
    if subcode is not None and not subcode.isidentifier():
        raise ValueError("a SOAP subcode is a QName")
    addressing = {"action": FAULT_ACTION, "message_id": message_id, "relates_to": relates_to}
    return render("fault", {**addressing, "code": code, "subcode": subcode, "text": text})


def read_fault(body: Element) -> Fault | None:
    """The fault that a body element is, None when it is something else; SoapMalformed when it has no code."""
    if body.tag != _FAULT:
        return None
    codes = [_local(value.text) for value in body.findall(f"{{{ENV}}}Code//{{{ENV}}}Value")]
    if not codes or not codes[0]:
        raise SoapMalformed
    text = body.findtext(f"{{{ENV}}}Reason/{{{ENV}}}Text") or ""
    return Fault(codes[0], codes[-1] if len(codes) > 1 else None, text.strip(XML_BLANKS))


def _taken_apart(root: Element) -> tuple[Element | None, Element]:
    """Header and the body's one element."""
    if root.tag != _ENVELOPE:
        raise SoapVersionUnknown if root.tag.endswith("}Envelope") else SoapMalformed
    parts = list(root)
    header = parts.pop(0) if parts and parts[0].tag == _HEADER else None
    if len(parts) != 1 or parts[0].tag != _BODY or len(parts[0]) != 1:
        raise SoapMalformed
    for block in header if header is not None else ():
        demanded = block.get(f"{{{ENV}}}mustUnderstand", "0").strip(XML_BLANKS) not in _NOT_DEMANDED
        if demanded and _namespace(block) not in _UNDERSTOOD:
            raise NotUnderstood
    return header, parts[0][0]


def _addressing(header: Element | None, name: str) -> str | None:
    """The text of a WS-Addressing header, None without one; two, or a blank one, are no message we can name."""
    found = header.findall(f"{{{WSA}}}{name}") if header is not None else []
    if not found:
        return None
    text = (found[0].text or "").strip(XML_BLANKS)
    if len(found) > 1 or len(found[0]) or not text or len(text.encode()) > _LONGEST_ADDRESS:
        raise SoapMalformed
    return text


def _relates_to(header: Element | None) -> str | None:
    """The message a reply answers: the first RelatesTo of that relationship (WS-Addressing 1.0 core, 3.1)."""
    for found in header.findall(f"{{{WSA}}}RelatesTo") if header is not None else ():
        if found.get("RelationshipType", f"{WSA}/reply") == f"{WSA}/reply":
            return (found.text or "").strip(XML_BLANKS) or None
    return None


def _namespace(element: Element) -> str:
    return element.tag[1:].partition("}")[0] if element.tag.startswith("{") else ""


def _local(qname: str | None) -> str:
    return (qname or "").strip(XML_BLANKS).rpartition(":")[2]
