"""Our own Schematron compiler: schema to one XSLT 3 stylesheet, run by Saxon, only what fires comes back."""

from transformers.validation.schematron.engine import Compiled, SchematronFailed
from transformers.validation.schematron.model import Schema, SchematronUnsupported
from transformers.validation.schematron.read import read_schema
from transformers.validation.schematron.valuesets import SchematronValueSet, ValueSets

__all__ = [
    "Compiled",
    "Schema",
    "SchematronFailed",
    "SchematronUnsupported",
    "SchematronValueSet",
    "ValueSets",
    "read_schema",
]
