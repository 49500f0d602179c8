"""Independent checks of Norwegian data for tests: official schemas in one set, control digits, nested documents."""

from base64 import b64decode
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from lxml import etree

_NESTED = ("{*}VarerIBrukB64", "{*}ReseptDokLegemiddelB64", "{*}Base64Container", "{*}UtleveringB64")
_KITH = "http://www.kith.no/xmlstds"
_EHELSE = "http://www.ehelse.no/xmlstds"
_SCHEMAS = (
    ("http://www.w3.org/2000/09/xmldsig#", "w3c/xmldsig-core-schema.xsd"),
    (_KITH, "felleskomponenter/kith.xsd"),
    (f"{_KITH}/felleskomponent1", "felleskomponenter/felleskomponent1.xsd"),
    (f"{_KITH}/msghead/2006-05-24", "felleskomponenter/MsgHead-v1_2.xsd"),
    (f"{_KITH}/apprec/2004-11-21", "felleskomponenter/AppRec-v1-2004-11-21.xsd"),
    (f"{_KITH}/eresept/ki/2013-04-25", "eresept/ER-KritiskInformasjon-2013-04-25.xsd"),
    (f"{_EHELSE}/eresept/m911/2018-07-01", "eresept/ER-M911-2018-07-01.xsd"),
    (f"{_EHELSE}/eresept/m912/2018-07-01", "eresept/ER-M912-2018-07-01.xsd"),
    (f"{_KITH}/eresept/m251/2013-10-08", "eresept/ER-M251-2013-10-08.xsd"),
    (f"{_KITH}/eresept/m1/2013-10-08", "eresept/ER-M1-2013-10-08.xsd"),
    (f"{_KITH}/eresept/m1/2010-05-01", "eresept/ER-M1-2010-05-01.xsd"),
    (f"{_KITH}/eresept/m30/2014-12-01", "eresept/ER-M30-2014-12-01.xsd"),
    (f"{_KITH}/base64container", "felleskomponenter/kith-base64.xsd"),
    (f"{_KITH}/eresept/m91/2013-10-08", "eresept/ER-M91-2013-10-08.xsd"),
    (f"{_KITH}/eresept/m93/2010-06-04", "eresept/ER-M93-2010-06-04.xsd"),
    (f"{_KITH}/eresept/m94/2010-07-01", "eresept/ER-M94-2010-07-01.xsd"),
    (f"{_KITH}/eresept/m10/2013-10-08", "eresept/ER-M10-2013-10-08.xsd"),
    (f"{_EHELSE}/eresept/m95/2018-07-01", "eresept/ER-M95-2018-07-01.xsd"),
    (f"{_EHELSE}/eresept/m96/2018-07-01", "eresept/ER-M96-2018-07-01.xsd"),
    (f"{_EHELSE}/eresept/m97/2018-07-01", "eresept/ER-M97-2018-07-01.xsd"),
    (f"{_EHELSE}/eresept/m98/2018-07-01", "eresept/ER-M98-2018-07-01.xsd"),
    (f"{_KITH}/eresept/m252/2013-10-08", "eresept/ER-M252-2013-10-08.xsd"),
    (f"{_KITH}/eresept/m253/2013-10-08", "eresept/ER-M253-2013-10-08.xsd"),
    (f"{_KITH}/eresept/m254/2013-10-08", "eresept/ER-M254-2013-10-08.xsd"),
    (f"{_KITH}/sysvak/sokrequest/2008-01-01", "sysvak/sokrequest/2008-01-01/SokRequest.xsd"),
    (f"{_KITH}/sysvak/sokresponse/2008-01-01", "sysvak/sokresponse/2008-01-01/SokResponse.xsd"),
)


def schema(artefacts: Path) -> etree.XMLSchema:
    """One schema set of MsgHead, AppRec and every payload the samples hold (MsgHead's content is strict)."""
    folder = artefacts / "xsd" / "norway"
    imports = "".join(
        f'<import namespace="{name}" schemaLocation="{(folder / path).as_uri()}"/>' for name, path in _SCHEMAS
    )
    return etree.XMLSchema(etree.fromstring(f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{imports}</schema>'))


def documents(content: bytes) -> Iterator[etree._Element]:
    """The document and every document nested in it as base64."""
    root = etree.fromstring(content)
    yield root
    for element in root.iter(*_NESTED):
        yield from documents(b64decode(element.text or ""))


def faults(checker: etree.XMLSchema, content: bytes) -> list[str]:
    """What the schemas find wrong in the document and in those nested in it."""
    return [f"{root.tag}: {checker.error_log}" for root in documents(content) if not checker.validate(root)]


def remainders(number: str) -> tuple[int, int]:
    """Both control sums mod 11, the control digit counted with weight one."""
    digits = [int(digit) for digit in number]
    first = sum(map(int.__mul__, digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)))
    second = sum(map(int.__mul__, digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)))
    return first % 11, second % 11


def valid_today(number: str) -> bool:
    """HIS 1001:2010 control digits."""
    return remainders(number) == (0, 0)


def valid_in_2032(number: str) -> bool:
    """The rule for numbers issued from 2032."""
    first, second = remainders(number)
    return first <= 3 and second == 0


def day_and_month(number: str) -> date:
    """Day and month with their offsets removed, in a leap year; ValueError when the calendar has no such day."""
    return date(2000, int(number[2:4]) - 80, int(number[:2]) % 40)
