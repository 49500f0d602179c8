"""Which deviations of a country's assertions are tolerated when: what `countries.toml` says, and who approved it."""

from collections.abc import Callable
from datetime import UTC, datetime

from gateway.configuration.settings import Settings
from gateway.evidence.approve_tolerance import CountryTolerance, approved_tolerances
from gateway.evidence.row import Head
from gateway.store.engine import Store
from trust.saml.tolerances import Deviation


def every_tolerance(settings: Settings) -> list[CountryTolerance]:
    """Each row of each country, in force or not."""
    return [(country.code, row) for country in settings.countries.values() for row in country.tolerances]


def approved_here(settings: Settings, store: Store, told: Head | None) -> frozenset[CountryTolerance]:
    """Those that are in force on their days: in production what a second person approved. Raises StoreUnavailable.

    ``told``: as of `approved_tolerances`.
    """
    rows = every_tolerance(settings)
    return approved_tolerances(store, rows, told) if settings.node.environment == "production" else frozenset(rows)


def tolerated_deviations(in_force: frozenset[CountryTolerance]) -> Callable[[str, datetime], frozenset[Deviation]]:
    """By country and instant, of those that `approved_here` gave."""

    def tolerated(country: str, now: datetime) -> frozenset[Deviation]:
        day = now.astimezone(UTC).date()
        return frozenset(row.deviation for code, row in in_force if code == country and row.lasts_on(day))

    return tolerated
