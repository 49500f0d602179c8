"""Validation: XSD, Schematron and our own document rules, in one Report."""

from transformers.validation.artefacts import Artefacts
from transformers.validation.check import LAYERS, Checked, absent_value_sets, check
from transformers.validation.kinds import DocumentKind, recognise

__all__ = ["LAYERS", "Artefacts", "Checked", "DocumentKind", "absent_value_sets", "check", "recognise"]
