"""Validation: XSD, Schematron and our own document rules, in one Report."""

from transformers.validation.artefacts import Artefacts
from transformers.validation.check import LAYERS, Checked, check
from transformers.validation.kinds import DocumentKind, recognise

__all__ = ["LAYERS", "Artefacts", "Checked", "DocumentKind", "check", "recognise"]
