"""Which URI a code system has in FHIR: our tables laid together.

`fhir_systems.csv` says which URI is written and which others are accepted besides; `terminology/systems.csv` and
`national_code_systems.csv` what else a URI stands for.
"""

from gateway.configuration.errors import SettingsError
from gateway.configuration.layers import read_csv
from gateway.configuration.settings import Settings
from transformers.fhir.terminology.held import Uris, gathered
from transformers.terminology.rows import read_facts

_COLUMNS = ("system", "uri", "use", "source")


def read_uris(settings: Settings) -> Uris:
    """Raises SettingsError, and leaves of ReleaseInvalid for `terminology/systems.csv`."""
    written: dict[str, str] = {}
    said: list[tuple[str, str]] = []
    for number, row in enumerate(read_csv(settings.files["fhir_systems"], _COLUMNS), start=2):
        twice = row["use"] == "written" and row["system"] in written
        if not all(row.values()) or row["use"] not in ("written", "accepted") or twice:
            raise SettingsError(f"fhir_systems.csv, line {number}: a field is empty, of no use, or said before")
        if row["use"] == "written":
            written[row["system"]] = row["uri"]
        said.append((row["uri"], row["system"]))
    said += read_facts(settings.files["terminology"]).uris.items()
    national = read_csv(settings.files["national_code_systems"], ("uri", "oid", "name", "source"))
    said += [(row["uri"], row["oid"]) for row in national]
    return Uris(written, gathered(said))
