"""The one list of what a node asks of itself: before it listens, when `ncpeh doctor` asks, and while it serves."""

from typing import Final

from gateway.conditions import Consequence, StartCondition
from gateway.node.own import credentials, files, place
from gateway.node.own.state import OwnState

_WARNS: Final = {
    "at_start": Consequence.WARN,
    "for_doctor": Consequence.WARN,
    "while_serving": Consequence.WARN,
}

_HELD: Final = {"while_serving": Consequence.WARN}
"""What a node holds already it goes on with while it serves: there a file that went or broke is a warning."""

OWN_CONDITIONS: Final[tuple[StartCondition[OwnState], ...]] = (
    StartCondition("configuration-agrees", place.configuration_agrees),
    StartCondition("peers-agreed", place.peers_are_agreed, **_WARNS),
    StartCondition("management-private", place.management_is_private, **_WARNS),
    StartCondition("files-there", files.files_are_there, **_HELD),
    StartCondition("secrets-private", files.secrets_are_private, **_HELD),
    StartCondition("keys-fit", credentials.keys_fit, **_HELD),
    StartCondition("client-key-readable", credentials.client_key_can_be_read, **_HELD),
    StartCondition("authorities-readable", credentials.authorities_can_be_read, **_HELD),
    StartCondition("development-absent", credentials.production_trusts_no_development_pki),
    StartCondition("certificates-accepted", credentials.certificates_are_accepted),
    StartCondition("chains-whole", credentials.chains_are_whole, **_WARNS),
    StartCondition("certificates-last", credentials.certificates_last, **_WARNS),
    StartCondition("authorities-last", credentials.authorities_last, **_WARNS),
    StartCondition("lists-readable", credentials.lists_can_be_read, **_HELD),
    StartCondition("lists-renewed", credentials.lists_are_renewed, **_WARNS),
    StartCondition("folders-writable", place.folders_can_be_written),
    StartCondition("database-local", place.database_file_is_local),
    StartCondition("disk-room", place.disks_have_room),
    StartCondition("disk-filling", place.disks_are_not_filling, **_WARNS),
    StartCondition("store-keys-readable", place.store_keys_can_be_read, **_HELD),
    StartCondition("database-usable", place.database_can_be_used),
    StartCondition("evidence-whole", place.evidence_is_whole),
    StartCondition("node-once", place.node_runs_once, for_doctor=Consequence.WARN),
    StartCondition("clock-agrees", place.clock_does_not_stand_alone, Consequence.WARN, Consequence.WARN),
    StartCondition("rows-not-ahead", place.no_row_is_of_the_future, **_WARNS),
    StartCondition("release-answers", place.releases_answer, **_HELD),
)
