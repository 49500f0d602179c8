"""Which deviations of a country's assertions are tolerated when: what `countries.toml` says, and who approved it."""

from collections.abc import Callable
from datetime import UTC, datetime

from gateway.configuration.settings import Settings
from gateway.evidence.approve_tolerance import CountryTolerance, approved_tolerances
from gateway.store.engine import Store
from trust.saml.tolerances import Deviation


def every_tolerance(settings: Settings) -> list[CountryTolerance]:
    """Each row of each country, in force or not."""
    return [(country.code, row) for country in settings.countries.values() for row in country.tolerances]


def tolerated_deviations(settings: Settings, store: Store) -> Callable[[str, datetime], frozenset[Deviation]]:
    """By country and instant. In production without a second person's approval none. Raises StoreUnavailable."""
    rows = every_tolerance(settings)
    in_force = approved_tolerances(store, rows) if settings.node.environment == "production" else frozenset(rows)

    def tolerated(country: str, now: datetime) -> frozenset[Deviation]:
        day = now.astimezone(UTC).date()
        return frozenset(row.deviation for code, row in in_force if code == country and row.lasts_on(day))

    return tolerated
