"""Why something offered or downloaded is not dispensed: the codes of Volven 7411 a contact point has reason to send.

The same list stands in an M9.3 (Kansellering, after a list) and in an M10 (Kanselleringskode, after a download). Who
stops says which, and there is no default: a professional's reason is hers, and a machine that stops by itself has
`TECHNICAL` alone (NHN Confluence, ERDOK 2237267992).
"""

from enum import Enum


class Cancellation(Enum):
    """Code and name."""

    NOT_WANTED = ("1", "Ikke ønsket vare")
    EXPIRED = ("2", "Utgått resept")
    NOT_COLLECTED = ("3", "Uavhentet vare")
    OTHER = ("4", "Annen årsak")
    OUT_OF_STOCK = ("6", "Apotek mangler vare")
    TECHNICAL = ("16", "Teknisk svikt")
