"""`[validation]` of `policies.toml`: which layers look at a document on the request path, and what they refuse.

What opens the layers is `exchange.document_gate`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

_CLOSED = ConfigDict(extra="forbid", frozen=True)


class ValidationWay(BaseModel):
    """[validation.outgoing] and [validation.incoming]"""

    model_config = _CLOSED

    layers: tuple[Literal["xsd", "schematron", "own"], ...]
    refuse: Literal["warning", "error", "fatal", "never"]


class ValidationTable(BaseModel):
    """[validation]"""

    model_config = _CLOSED

    processes: int = Field(ge=1, le=64)
    deadline: timedelta
    rules_of: Mapping[int, int] = Field(default_factory=dict)
    """By wave, the wave whose official rules its documents are checked by, where its own are not published."""
    outgoing: ValidationWay
    incoming: ValidationWay

    def rules_wave(self, wave: int) -> int:
        """The wave whose official rules the documents of a wave are checked by."""
        return self.rules_of.get(wave, wave)

    @model_validator(mode="after")
    def _what_we_send_has_been_looked_at(self) -> "ValidationTable":
        if "own" not in self.outgoing.layers or self.outgoing.refuse not in ("warning", "error"):
            raise ValueError("outgoing: our own rules look at what leaves, and no error leaves")
        return self
