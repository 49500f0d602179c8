"""FHIR R4 terminology operations over a release: dicts in, dicts out."""
