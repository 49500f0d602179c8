"""The folder of official artefacts: what is where, what is there. The only place of validation that opens files.

XSDs, Schematrons and value sets of others are not part of this project; an operator fetches them and names the folder.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from transformers.cda.kinds import KINDS
from transformers.validation.schematron.valuesets import SchematronValueSet, read_value_set
from trust.xml import XmlLimits, parse

if TYPE_CHECKING:
    import xmlschema

_TRUSTED = XmlLimits(bytes=64 * 1024 * 1024, elements=2_000_000, attributes=8_000_000, namespaces=1_000_000)
_CDA_XSD = ("xsd", "cda", "CDA_Pharma.xsd")

# What the folder may hold besides schemas of documents: name, place below the root (a pattern), what it is for.
_PLACES: tuple[tuple[str, str, str], ...] = (
    ("xsd-cda", "/".join(_CDA_XSD), "CDA R2 with the pharmacy extension: the XSD layer of validate"),
    ("xsd-xcpd", "xsd/xcpd", "HL7 v3 patient discovery: tests of the wire"),
    ("xsd-xds", "xsd/xds", "ebRIM, ebRS, XDS.b: tests of the wire"),
    ("xsd-norway", "xsd/norway", "Norwegian messages: the simulator checks what it is sent"),
    ("xsd-audit", "xsd/audit", "DICOM audit messages"),
    ("xsd-rem", "xsd/rem", "ETSI REM evidence"),
    ("xsd-smp", "xsd/smp", "service metadata and search masks"),
    ("mvc", "mvc", "the central value sets as a FHIR package"),
    ("fhir-profiles", "fhir/profiles", "StructureDefinitions and ValueSets"),
    ("cda-examples", "cda-examples", "documents of others with their known findings: tests of validate"),
    ("messages", "messages", "IHE messages of another implementation: tests of the wire"),
    ("golden", "golden", "signed bytes of a real OpenNCP: tests of trust"),
)


@dataclass(frozen=True, slots=True)
class ArtefactPlace:
    """One row of what is there. ``path`` is relative to the root, None when absent."""

    name: str
    purpose: str
    path: str | None


class Artefacts:
    """The artefact folder at ``root``. Nothing is read before it is asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def inventory(self, wave: int) -> list[ArtefactPlace]:
        """Every place of the layout, those of one wave's Schematrons among them, present or not."""
        places = [
            ArtefactPlace(name, purpose, where if (self.root / where).exists() else None)
            for name, where, purpose in _PLACES
        ]
        for kind in KINDS:
            if kind.schematron is not None:
                file = self.schematron_file(wave, kind.schematron)
                path = None if file is None else file.relative_to(self.root).as_posix()
                places.append(ArtefactPlace(f"schematron-{kind.id}", f"rules of wave {wave}: {kind.name}", path))
        return places

    def schematron_file(self, wave: int, name: str) -> Path | None:
        """The newest published ``epsos-<name>.sch`` of a wave, None when there is none."""
        files = sorted(self.root.glob(f"schematron/wave{wave}-*/epsos-{name}.sch"))
        return files[-1] if files else None

    @cached_property
    def cda_xsd(self) -> Path | None:
        """The CDA schema, None when absent."""
        path = self.root.joinpath(*_CDA_XSD)
        return path if path.is_file() else None


class SchematronFolder:
    """The files around one schema: its includes, and its value sets as the `ValueSets` the compiler asks."""

    def __init__(self, schema: Path) -> None:
        self._folder = schema.parent

    def source(self, path: str) -> etree._Element:
        """Root of an included file. Raises OSError when it is not there, XmlRefused when it is not plain XML."""
        return parse((self._folder / path).read_bytes(), _TRUSTED)

    def find(self, oid: str) -> SchematronValueSet | None:
        """A value set of the folder by OID."""
        for path in (f"include/voc-{oid}-DYNAMIC.xml", f"include/voc-{oid}.xml"):
            file = self._folder / path
            if file.is_file():
                return read_value_set(parse(file.read_bytes(), _TRUSTED))
        return None


def load_xsd(path: Path) -> etree.XMLSchema:
    """Compile an XSD with what it includes. The object belongs to the thread that made it."""
    return etree.XMLSchema(file=str(path))


@cache
def load_explaining_xsd(path: Path) -> "xmlschema.XMLSchema":
    """The same XSD in the slow library whose messages explain; loaded when somebody asks for an explanation."""
    import xmlschema

    return xmlschema.XMLSchema(str(path), allow="local")
