"""The official Norwegian schemas as one set, when the folder of official artefacts is there (layout `xsd/norway`).

MsgHead's content is strict, so payloads are validated together with it. The set imports the W3C signature schema first:
libxml2 then takes it for the address MsgHead names, and nothing is fetched.
"""

from pathlib import Path

from lxml import etree

from trust.xml import Element, parse

_KITH = "http://www.kith.no/xmlstds"
_EHELSE = "http://www.ehelse.no/xmlstds"
_IMPORTS = (
    ("http://www.w3.org/2000/09/xmldsig#", "w3c/xmldsig-core-schema.xsd"),
    (_KITH, "felleskomponenter/kith.xsd"),
    (f"{_KITH}/felleskomponent1", "felleskomponenter/felleskomponent1.xsd"),
    (f"{_KITH}/msghead/2006-05-24", "felleskomponenter/MsgHead-v1_2.xsd"),
    (f"{_KITH}/apprec/2004-11-21", "felleskomponenter/AppRec-v1-2004-11-21.xsd"),
    (f"{_KITH}/base64container", "felleskomponenter/kith-base64.xsd"),
    (f"{_KITH}/eresept/m5/2013-04-16", "eresept/ER-M5-2013-04-16.xsd"),
    (f"{_KITH}/eresept/m52/2013-12-01", "eresept/ER-M52-2013-12-01.xsd"),
    (f"{_KITH}/eresept/m91/2013-10-08", "eresept/ER-M91-2013-10-08.xsd"),
    (f"{_KITH}/eresept/m93/2010-06-04", "eresept/ER-M93-2010-06-04.xsd"),
    (f"{_KITH}/eresept/m94/2010-07-01", "eresept/ER-M94-2010-07-01.xsd"),
    (f"{_KITH}/eresept/m10/2013-10-08", "eresept/ER-M10-2013-10-08.xsd"),
    (f"{_EHELSE}/eresept/m95/2018-07-01", "eresept/ER-M95-2018-07-01.xsd"),
    (f"{_EHELSE}/eresept/m96/2018-07-01", "eresept/ER-M96-2018-07-01.xsd"),
    (f"{_EHELSE}/eresept/m97/2018-07-01", "eresept/ER-M97-2018-07-01.xsd"),
    (f"{_EHELSE}/eresept/m98/2018-07-01", "eresept/ER-M98-2018-07-01.xsd"),
    (f"{_EHELSE}/eresept/m911/2018-07-01", "eresept/ER-M911-2018-07-01.xsd"),
    (f"{_EHELSE}/eresept/m912/2018-07-01", "eresept/ER-M912-2018-07-01.xsd"),
    (f"{_KITH}/sysvak/sokrequest/2008-01-01", "sysvak/sokrequest/2008-01-01/SokRequest.xsd"),
    (f"{_KITH}/sysvak/sokresponse/2008-01-01", "sysvak/sokresponse/2008-01-01/SokResponse.xsd"),
)


class OfficialSchemas:
    """Validates messages; without artefacts it finds nothing."""

    def __init__(self, artefacts: Path | None) -> None:
        folder = artefacts / "xsd" / "norway" if artefacts else None
        self._schema = _load(folder) if folder is not None and folder.is_dir() else None

    @property
    def available(self) -> bool:
        """Whether messages are validated."""
        return self._schema is not None

    def valid(self, root: Element) -> bool:
        """Whether the document passes, or nothing can be said."""
        return self._schema is None or bool(self._schema.validate(root))


def _load(folder: Path) -> etree.XMLSchema:
    rows = "".join(
        f'<import namespace="{name}" schemaLocation="{(folder / path).resolve().as_uri()}"/>' for name, path in _IMPORTS
    )
    return etree.XMLSchema(parse(f'<schema xmlns="http://www.w3.org/2001/XMLSchema">{rows}</schema>'.encode()))
