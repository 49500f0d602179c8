"""What `ncpeh transform` makes, and with what: settings, release, instant, ids that come out the same again."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from gateway import clock
from gateway.cli.sentences import in_words
from gateway.configuration.document_types import load_document_types
from gateway.configuration.settings import Settings
from gateway.errors import MeaningRefused
from gateway.exchange.country_a.compose import Composer, refuse_unfit
from gateway.node.app import composer_of
from transformers.model.finding import Report
from transformers.terminology.release import Release

_IDS = UUID("5d0f2f0a-7b0e-5c39-8f57-0d7b6f9a3c02")
_RESPONSIBLE = {
    "legal_authenticator_given": ("Eksempel",),
    "legal_authenticator_family": "Fagansvarlig",
    "legal_authenticator_id": "9999999",
}
"""Stands behind documents of invented persons when the configuration names nobody."""


@dataclass(frozen=True, slots=True)
class Made:
    """What was made, all that is told of it, and why it must not leave (None: it may)."""

    content: bytes
    report: Report
    refused: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    """What ``--report`` says beside the findings."""


@dataclass(frozen=True, slots=True)
class Making:
    """What a document is made with; ``repeatable``: the instant was given, and the same bytes are wanted again."""

    settings: Settings
    release: Release
    now: datetime
    repeatable: bool

    def new_id(self, name: str) -> UUID:
        """An id: of ``name`` where the instant was given, else a new one."""
        return uuid5(_IDS, name) if self.repeatable else clock.new_id()

    def required_codes(self, kind: str) -> frozenset[str]:
        """Coded elements without which a document of that key (`config/document_types.toml`) does not leave."""
        return frozenset(load_document_types(self.settings.files["document_types"]).by_key(kind).required_codes)

    def composer(self) -> Composer:
        """Who stands behind the document; an invented person where the configuration names nobody."""
        settings = self.settings
        if not settings.composition.legal_authenticator_family:
            settings = replace(settings, composition=settings.composition.model_copy(update=_RESPONSIBLE))
        return composer_of(settings, lambda _wave: self.release)


def making(settings: Settings, release: Release, at: datetime | None) -> Making:
    """``at`` is UTC unless it says otherwise; None is now."""
    now = clock.now() if at is None else at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    return Making(settings, release, now, at is not None)


def fit(content: bytes, told: Report, judged: Report, more: Mapping[str, Any] | None = None) -> Made:
    """The document with every finding about it (``told``), refused when a finding of ``judged`` forbids sending it.

    ``judged`` holds the findings that decide; ``more`` is what ``--report`` says beside the findings.
    """
    refused = None
    try:
        refuse_unfit(judged)
    except MeaningRefused as fault:
        refused = in_words(fault)
    return Made(content, told, refused, more or {})
