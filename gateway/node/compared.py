"""What the codes of documents are compared with: the releases in force, and the value sets of each coded element."""

from collections.abc import Mapping

from gateway.configuration.errors import SettingsError
from gateway.configuration.settings import Settings
from gateway.node.foundation import Foundation
from gateway.terminology.in_force import ReleasesInForce
from gateway.terminology.library import FOLDER, Library
from transformers.terminology.element_rules import ElementRules, read_coded_elements
from transformers.terminology.errors import ReleaseInvalid
from transformers.terminology.release import load_starter
from transformers.terminology.rows import read_facts


def open_releases(settings: Settings, foundation: Foundation, waves: frozenset[int]) -> ReleasesInForce:
    """What is in force for each of these waves. Raises SettingsError, StoreUnavailable."""
    starter = None
    try:
        if settings.node.terminology == "starter":
            starter = load_starter(settings.files["terminology"])
        releases = ReleasesInForce(foundation.store, Library(settings.state / FOLDER), starter)
        releases.start(waves)
    except ReleaseInvalid as fault:
        raise SettingsError(f"terminology: {fault}") from fault
    return releases


def read_element_rules(settings: Settings) -> Mapping[str, ElementRules]:
    """Rules of coded elements by kind of document. Raises SettingsError."""
    folder = settings.files["terminology"]
    try:
        return read_coded_elements(folder, read_facts(folder))
    except ReleaseInvalid as fault:
        raise SettingsError(f"terminology: {fault}") from fault
