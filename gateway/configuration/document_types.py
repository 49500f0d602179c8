"""The documents of MyHealth@EU as data: types and loader of ``config/document_types.toml``.

Class and format codes of the eHDSI guidelines, displays of the MVC, metadata as OpenNCP 8 and 9 send it.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from gateway.configuration.closed import StrictTable, parsed_toml, read_as_settings
from transformers.model.coded_fields import CODED_FIELDS

Family = Literal["PS", "EP", "ED", "ORCD"]
"""Which documents a request is about, as the middle of the eHDSI error codes says it."""

_Text = Annotated[str, Field(min_length=1, max_length=256)]


class CodedFact(StrictTable):
    """A code with its scheme and display, as a classification carries it."""

    code: _Text
    system: _Text
    display: _Text


class DocumentType(StrictTable):
    """One kind of document in one format."""

    key: _Text
    family: Family
    service: Literal["ps", "ep", "ed", "orcd"]
    level: Literal["L1", "L3"]
    class_code: _Text
    class_display: _Text
    type_code: _Text
    title: _Text
    """XDS Name, and the display of class and type in the metadata."""
    description: _Text
    format_code: _Text
    format_system: _Text
    format_display: _Text
    template_id: _Text
    required_codes: list[_Text] = Field(default_factory=list)
    """Coded elements of the pivot (`CODED_FIELDS`) without whose European code the document does not leave."""

    @model_validator(mode="after")
    def _required_codes_are_coded_elements(self) -> "DocumentType":
        strange = set(self.required_codes) - CODED_FIELDS
        if strange:
            raise ValueError(f"no coded element of the pivot: {', '.join(sorted(strange))}")
        return self


class _Confidentiality(StrictTable):
    system: _Text
    displays: dict[str, str]


class DocumentTypes(StrictTable):
    """The table: every kind of document, and what is the same for all."""

    class_system: _Text
    object_type: _Text
    mime_type: _Text
    version: _Text
    country_system: _Text
    practice_setting: CodedFact
    confidentiality: _Confidentiality
    document_type: list[DocumentType]

    @model_validator(mode="after")
    def _each_named_once(self) -> "DocumentTypes":
        keys = [t.key for t in self.document_type]
        formats = [(t.class_code, t.format_code) for t in self.document_type]
        if len(set(keys)) < len(keys) or len(set(formats)) < len(formats):
            raise ValueError("a document type is named twice, by key or by class and format code")
        return self

    def of_class(self, class_code: str, class_system: str) -> tuple[DocumentType, ...]:
        """Every format of the class, in the order of the table; empty when the class is unknown."""
        if class_system != self.class_system:
            return ()
        return tuple(t for t in self.document_type if t.class_code == class_code)

    def of_format(self, class_code: str, format_code: str) -> DocumentType:
        """The one kind with that class and format; KeyError when there is none."""
        for kind in self.document_type:
            if (kind.class_code, kind.format_code) == (class_code, format_code):
                return kind
        raise KeyError(f"{class_code} {format_code}")

    def by_key(self, key: str) -> DocumentType:
        """The kind of that key; KeyError when there is none."""
        for kind in self.document_type:
            if kind.key == key:
                return kind
        raise KeyError(key)

    def confidentiality_of(self, code: str) -> CodedFact:
        """Code, scheme and display of a confidentiality; KeyError when the table has none."""
        return CodedFact(code=code, system=self.confidentiality.system, display=self.confidentiality.displays[code])


def read_document_types(text: str) -> DocumentTypes:
    """The table in the TOML given; pydantic's ValidationError (a ValueError) names what is wrong."""
    return DocumentTypes.model_validate(parsed_toml(text))


def load_document_types(path: Path) -> DocumentTypes:
    """The table in the file ``path``. Raises SettingsError naming file and key."""
    return read_as_settings(path, lambda: read_document_types(path.read_text(encoding="utf-8")))
