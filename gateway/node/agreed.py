"""Whether the parts of the configuration agree: who we are, with whom we speak, who stands behind documents."""

from gateway.configuration.errors import SettingsError
from gateway.configuration.settings import Settings
from gateway.exchange.country_a.compose import WAVES_WRITTEN
from gateway.exchange.document_gate import require_layers, require_rules
from gateway.pipeline.form import Home


def home(settings: Settings) -> Home:
    """Who this node is."""
    node = settings.node
    country = settings.countries.get(node.country)
    if country is None or node.home_community not in country.home_communities:
        raise SettingsError("node.home_community: countries.toml does not give it to node.country")
    return Home(node.country, country.name, node.home_community, settings.documents.root, node.node_id)


def require_writers(settings: Settings) -> None:
    """Refuse a node that agreed to answer a country in a wave nobody here can write. Raises SettingsError."""
    for row in settings.countries.values() if settings.node.country_a_enabled else ():
        for service in sorted(row.asks & WAVES_WRITTEN.keys()):
            for wave in sorted(row.every_wave - WAVES_WRITTEN[service]):
                known = ", ".join(map(str, sorted(WAVES_WRITTEN[service])))
                raise SettingsError(f"countries.toml: {row.code} asks {service} in wave {wave}; we write {known}")


def waves_spoken(settings: Settings) -> frozenset[int]:
    """Waves agreed with a country, and that of the terminology service where there is one."""
    table = settings.terminology_api
    agreed = frozenset(wave for row in settings.countries.values() for wave in row.every_wave)
    return agreed | {table.wave} if table.enabled or table.peers else agreed


def require_responsible_person(settings: Settings) -> None:
    """Refuse to compose documents that nobody stands behind. Raises SettingsError."""
    said = settings.composition
    if not said.legal_authenticator_given or not said.legal_authenticator_family or not said.legal_authenticator_id:
        raise SettingsError("composition.legal_authenticator_*: a document needs a named responsible person")


def require_outgoing_layers(settings: Settings) -> None:
    """Refuse to send what cannot be looked at as policy asks. Raises SettingsError."""
    way, artefacts = settings.validation.outgoing, settings.artefacts
    asking = [row for row in settings.countries.values() if row.asks]
    rules = settings.validation.rules_wave
    require_layers(way, "outgoing", artefacts, frozenset(rules(wave) for row in asking for wave in row.every_wave))
    of_prescriptions = frozenset(rules(wave) for row in asking if "ep" in row.asks for wave in row.every_wave)
    require_rules(way, "outgoing", artefacts, "ePrescription", of_prescriptions)
