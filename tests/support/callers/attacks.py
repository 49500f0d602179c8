"""The corpus of hostile messages, built in code: each a whole HTTP body, with the class it must be refused with.

`GOOD` is the valid twin every attack is made from: one signed HCP assertion and one body element.
"""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lxml import etree

from gateway.errors import (
    MediaTypeUnsupported,
    MultipartMalformed,
    NotUnderstood,
    SoapMalformed,
    SoapVersionUnknown,
)
from tests.support.callers.assertions import ROLE, SAML, SOAP, WSSE, element, envelope, hcp, role
from tests.support.callers.signatures import DS, EXC, Signing, sealer
from tests.support.callers.wrapping import WAYS
from trust import errors as trust

SOAP_TYPE = "application/soap+xml; charset=UTF-8"
_XSLT = '<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"/>'
_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_ENVELOPE = f'<e:Envelope xmlns:e="{SOAP}">'


@dataclass(frozen=True)
class Attack:
    """One row; ``build`` makes the body when it is needed, as some are large."""

    name: str
    cause: type[Exception]
    build: Callable[[], bytes] = field(repr=False)
    content_type: str = SOAP_TYPE


def good() -> bytes:
    """The valid twin."""
    return envelope(hcp())


def corpus() -> Iterator[Attack]:
    """Every row."""
    yield from of_xml()
    yield from of_sizes()
    yield from of_soap()
    yield from of_packages()
    yield from of_signatures()
    for name, (way, cause) in WAYS.items():
        yield Attack(f"wrapped-{name}", cause, lambda way=way: way(hcp()))


def _body(content: bytes) -> Callable[[], bytes]:
    return lambda: envelope(hcp(), body=content)


def _before(prolog: bytes) -> Callable[[], bytes]:
    return lambda: prolog + good()


def of_xml() -> Iterator[Attack]:
    """Prologs, encodings and what is no XML."""
    doctype = trust.DoctypeForbidden
    lol = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))
    yield Attack("doctype", doctype, _before(b"<!DOCTYPE a>"))
    yield Attack("doctype-external", doctype, _before(b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">'))
    yield Attack("doctype-after-a-comment", doctype, _before(b"<!-- <a> --><!DOCTYPE a>"))
    yield Attack("entity-of-a-file", doctype, _before(b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]>'))
    yield Attack("parameter-entity", doctype, _before(b'<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///x"> %p;]>'))
    yield Attack("billion-laughs", doctype, _before(b'<!DOCTYPE a [<!ENTITY e0 "lol">' + lol + b"]>"))
    yield Attack("quadratic-blowup", doctype, _before(b'<!DOCTYPE a [<!ENTITY a "' + b"a" * 50_000 + b'">]>'))
    yield Attack("entity-undeclared", trust.XmlNotWellFormed, _body(b"<q>&nobody;</q>"))
    yield Attack("stylesheet", trust.ProcessingInstructionForbidden, _before(b'<?xml-stylesheet href="x.xsl"?>'))
    yield Attack("instruction-inside", trust.ProcessingInstructionForbidden, _body(b"<q><?php x ?></q>"))
    include = b'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    yield Attack("xinclude", trust.XIncludeForbidden, _body(b"<q>" + include + b"</q>"))
    yield Attack("xml-1.1", trust.XmlVersionForbidden, _before(b'<?xml version="1.1"?>'))
    for name in ("utf-16", "utf-32", "iso-8859-1", "utf-7", "cp037"):
        declared = f'<?xml version="1.0" encoding="{name}"?>'
        yield Attack(f"declared-{name}", trust.XmlEncodingForbidden, _before(declared.encode()))
    for name in ("utf-16", "utf-16-be", "utf-32"):
        yield Attack(f"encoded-{name}", trust.XmlEncodingForbidden, lambda name=name: good().decode().encode(name))
    broken = trust.XmlNotWellFormed
    yield Attack("nothing", broken, lambda: b"")
    yield Attack("cut", broken, lambda: good()[:-1])
    yield Attack("two-roots", broken, lambda: good() * 2)
    yield Attack("text-after", broken, lambda: good() + b"x")
    yield Attack("nul", trust.XmlEncodingForbidden, _body(b"<q>\0</q>"))
    yield Attack("not-utf-8", trust.XmlEncodingForbidden, _body(b"<q>\xff\xfe\xfa</q>"))
    yield Attack("overlong", trust.XmlEncodingForbidden, _body(b"<q>\xc0\xaf</q>"))
    yield Attack("surrogate", trust.XmlEncodingForbidden, _body(b"<q>\xed\xa0\x80</q>"))
    yield Attack("attribute-twice", broken, _body(b'<q a="" a=""/>'))
    yield Attack("prefix-unbound", broken, _body(b"<nobody:q/>"))
    yield Attack("gzip", trust.XmlEncodingForbidden, lambda: gzip.compress(good(), mtime=0))


def of_sizes() -> Iterator[Attack]:
    """More of everything than a message has."""
    nodes = trust.XmlTooManyNodes
    attributes = b"<q " + b" ".join(b'a%d=""' % n for n in range(100_000)) + b"/>"
    yield Attack("100000-attributes", nodes, _body(attributes))
    yield Attack("attributes-spread", nodes, _body(b"<q>" + b'<a a="" b="" c=""/>' * 100_001 + b"</q>"))
    yield Attack("elements", nodes, _body(b"<q>" + b"<a/>" * 200_001 + b"</q>"))
    yield Attack("namespaces", nodes, _body(b"<q>" + b'<a xmlns:b="c"/>' * 10_001 + b"</q>"))
    yield Attack("deep", trust.XmlTooDeep, _body(b"<q>" * 127 + b"</q>" * 127))
    yield Attack("very-deep", trust.XmlTooDeep, _body(b"<q>" * 1_500 + b"</q>" * 1_500))
    yield Attack("large", trust.XmlTooLarge, _body(b"<q>" + b" " * 16 * 1024 * 1024 + b"</q>"))


def of_soap() -> Iterator[Attack]:
    """Envelopes and headers out of order."""
    wrong = SoapMalformed
    yield Attack(
        "soap-1.1",
        SoapVersionUnknown,
        lambda: good().replace(SOAP.encode(), b"http://schemas.xmlsoap.org/soap/envelope/"),
    )
    yield Attack("another-root", wrong, lambda: b"<q/>")
    yield Attack("no-body", wrong, f"{_ENVELOPE}<e:Header/></e:Envelope>".encode)
    yield Attack("empty-body", wrong, lambda: envelope(hcp(), body=b""))
    yield Attack("two-body-elements", wrong, lambda: envelope(hcp(), body=b"<q/><q/>"))
    yield Attack("two-bodies", wrong, f"{_ENVELOPE}<e:Body><q/></e:Body><e:Body><q/></e:Body></e:Envelope>".encode)
    demanded = f'<x:Other xmlns:x="urn:x" xmlns:e="{SOAP}" e:mustUnderstand="true"/>'.encode()
    yield Attack("header-not-understood", NotUnderstood, lambda: envelope(hcp(), header=demanded))
    none = trust.SecurityHeaderMissing
    yield Attack("no-header", none, f"{_ENVELOPE}<e:Body><q/></e:Body></e:Envelope>".encode)
    again = f'<w:Security xmlns:w="{WSSE}"/>'.encode()
    yield Attack("two-security-headers", trust.SecurityHeaderRepeated, lambda: envelope(hcp(), header=again))
    yield Attack("no-assertion", trust.HcpMissing, envelope)
    yield Attack("two-hcp", trust.HcpRepeated, lambda: envelope(hcp(), hcp(fields={"@ID": "_b"})))
    unknown = {"Issuer/@NameQualifier": "urn:ehdsi:assertions:admin"}
    yield Attack("assertion-of-no-kind", trust.AssertionKindUnknown, lambda: envelope(hcp(fields=unknown)))
    yield Attack(
        "assertion-in-the-body", trust.AssertionMisplaced, lambda: envelope(hcp(), body=hcp(fields={"@ID": "_b"}))
    )


def of_packages() -> Iterator[Attack]:
    """Media types and multipart bodies out of order."""
    kind = 'multipart/related; type="application/xop+xml"; start="<r>"; start-info="application/soap+xml"; boundary=b'
    wrong = MultipartMalformed
    for name in ("application/json", "text/html", "application/x-www-form-urlencoded", "application/xml", ""):
        yield Attack(f"media-type-{name or 'none'}", MediaTypeUnsupported, good, name)
    yield Attack("charset-utf-16", MediaTypeUnsupported, good, "application/soap+xml; charset=utf-16")
    yield Attack("multipart-without-boundary", wrong, good, "multipart/related; type=a")
    yield Attack("multipart-without-parts", wrong, good, kind)
    yield Attack("multipart-never-ended", wrong, lambda: _part("r", good()), kind)
    yield Attack("multipart-id-twice", wrong, lambda: _part("r", good()) * 2 + b"--b--\r\n", kind)
    yield Attack("multipart-without-root", wrong, lambda: _part("x", good()) + b"--b--\r\n", kind)
    for name, href in {"unknown": "cid:nobody", "file": "file:///etc/passwd", "web": "http://127.0.0.1:1/"}.items():
        asked = f'<q><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="{href}"/></q>'.encode()
        message = envelope(hcp(), body=asked)
        yield Attack(f"xop-{name}", wrong, lambda m=message: _part("r", m) + b"--b--\r\n", kind)


def _part(name: str, content: bytes) -> bytes:
    head = f"--b\r\nContent-Type: application/xop+xml; type=x\r\nContent-ID: <{name}>\r\n\r\n"
    return head.encode() + content + b"\r\n"


def of_signatures() -> Iterator[Attack]:
    """Signatures that prove nothing."""

    def signed(**how: Any) -> Callable[[], bytes]:
        return lambda: envelope(hcp(signing=Signing(**how)))

    def edited(change: Callable[[etree._Element], object]) -> Callable[[], bytes]:
        return signed(edit_signature=change)

    forbidden, shape = trust.AlgorithmForbidden, trust.SignatureShapeForbidden
    yield Attack("unsigned", trust.SignatureMissing, lambda: envelope(hcp(signing=None)))
    yield Attack("sha-1", forbidden, signed(algorithm="rsa-sha1", digest="sha1"))
    yield Attack("sha-1-digest", forbidden, signed(digest="sha1"))
    yield Attack("hmac-with-the-public-key", forbidden, edited(_set(".//{*}SignatureMethod", f"{DS}hmac-sha1")))
    yield Attack("transform-xslt", shape, edited(_set(_LAST, "http://www.w3.org/TR/1999/REC-xslt-19991116", _XSLT)))
    yield Attack("transform-xpath", shape, edited(_set(_LAST, "http://www.w3.org/TR/1999/REC-xpath-19991116")))
    yield Attack("transform-base64", shape, edited(_set(_LAST, f"{DS}base64")))
    yield Attack("canonical-inclusive", forbidden, edited(_set(".//{*}CanonicalizationMethod", _C14N)))
    yield Attack(
        "canonical-with-comments", forbidden, edited(_set(".//{*}CanonicalizationMethod", f"{EXC}WithComments"))
    )
    for name, uri in {
        "nothing": "",
        "file": "file:///etc/passwd",
        "web": "http://127.0.0.1:1/",
        "another": "#_x",
    }.items():
        yield Attack(f"reference-to-{name}", trust.ReferenceNotOwnId, signed(reference=uri))
    yield Attack("two-references", shape, edited(_reference_twice))
    yield Attack("object", shape, edited(lambda s: etree.SubElement(s, f"{{{DS}}}Object")))
    yield Attack("no-transforms", shape, edited(_without(".//{*}Transforms")))
    yield Attack("no-signature-value", shape, edited(_without("{*}SignatureValue")))
    yield Attack("no-key", trust.SigningCertificateCount, signed(certificates=()))
    two = (sealer("PT").certificate, sealer("DK").certificate)
    yield Attack("two-keys", trust.SigningCertificateCount, signed(certificates=two))
    yield Attack("another-key", trust.SignatureInvalid, signed(certificates=(sealer("PT", "other").certificate,)))
    yield Attack("no-certificate", trust.CertificateUnreadable, signed(certificates=(b"\x30\x00",)))
    yield Attack("changed-after", trust.SignatureInvalid, lambda: good().replace(b'code="221"', b'code="2262"', 1))
    yield Attack("country-of-another", trust.TlsCountryDiffers, lambda: envelope(hcp(by=sealer("DK"))))
    yield Attack(
        "issuer-of-another", trust.IssuerCountryDiffers, lambda: envelope(hcp(fields={"Issuer": "urn:idp:DK:x"}))
    )
    yield Attack("role-unknown", trust.RoleUnknown, lambda: envelope(hcp(attributes={ROLE: role("9999", "Nobody")})))
    yield Attack("no-subject", trust.FieldMissing, lambda: envelope(hcp(fields={"Subject": None})))
    yield Attack("value-twice", trust.FieldInvalid, lambda: envelope(hcp(edit=_role_twice)))


_LAST = ".//{*}Transforms/{*}Transform[2]"


def _set(path: str, algorithm: str, inside: str | None = None) -> Callable[[etree._Element], object]:
    def change(signature: etree._Element) -> None:
        found = signature.find(path)
        assert found is not None
        found.set("Algorithm", algorithm)
        if inside is not None:
            found.append(etree.fromstring(inside))

    return change


def _without(path: str) -> Callable[[etree._Element], object]:
    def change(signature: etree._Element) -> None:
        found = signature.find(path)
        assert found is not None
        found.getparent().remove(found)

    return change


def _reference_twice(signature: etree._Element) -> None:
    reference = signature.find(".//{*}Reference")
    assert reference is not None
    reference.addnext(etree.fromstring(etree.tostring(reference)))


def _role_twice(root: etree._Element) -> None:
    statement = element(root, "AttributeStatement")
    (held,) = [a for a in statement.iterfind(f"{{{SAML}}}Attribute") if a.get("Name") == ROLE]
    statement.append(etree.fromstring(etree.tostring(held)))


@cache
def rows() -> tuple[Attack, ...]:
    """The corpus, once."""
    return tuple(corpus())
