"""The pivot model: frozen dataclasses shaped like the Xt-EHR logical models."""
