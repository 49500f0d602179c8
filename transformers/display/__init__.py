"""What a reader sees: HTML of a clinical document, the original beside the translation."""
