"""Validation: XSD, Schematron and our own document rules, in one Report."""

from transformers.cda.kinds import DocumentKind, recognise
from transformers.validation.artefacts import Artefacts
from transformers.validation.check import LAYERS, Checked, absent_value_sets, check

__all__ = ["LAYERS", "Artefacts", "Checked", "DocumentKind", "absent_value_sets", "check", "recognise"]
