"""The one list of what a node asks of itself: before it listens, when `ncpeh doctor` asks, and while it serves."""

from functools import partial
from typing import Final

from gateway.conditions import Consequence, StartCondition
from gateway.node.own import credentials, files, place
from gateway.node.own.state import OwnState

_condition = StartCondition
_warning = partial(_condition, at_start=Consequence.WARN, for_doctor=Consequence.WARN, while_serving=Consequence.WARN)
_held = partial(_condition, while_serving=Consequence.WARN)
"""What a node holds already it goes on with while it serves: there a file that went or broke is a warning."""

_FILES, _DATABASE = ("files-there",), ("database-usable",)
_CERTIFICATES = (*_FILES, "authorities-readable", "lists-readable")

OWN_CONDITIONS: Final[tuple[StartCondition[OwnState], ...]] = (
    _condition("configuration-agrees", place.configuration_agrees),
    _warning("peers-agreed", place.peers_are_agreed),
    _warning("waves-seen", place.waves_were_seen_lately),
    _warning("nothing-tolerated", place.nothing_is_tolerated),
    _warning("management-private", place.management_is_private),
    _held("files-there", files.files_are_there),
    _warning("start-files-in-force", files.start_files_are_in_force),
    _held("secrets-private", files.secrets_are_private, needs=_FILES),
    _held("keys-fit", credentials.keys_fit, needs=_FILES),
    _held("client-key-readable", credentials.client_key_can_be_read, needs=_FILES),
    _held("authorities-readable", credentials.authorities_can_be_read, needs=_FILES),
    _condition("development-absent", credentials.production_trusts_no_development_pki, needs=_FILES),
    _condition("certificates-accepted", credentials.certificates_are_accepted, needs=_CERTIFICATES),
    _warning("chains-whole", credentials.chains_are_whole, needs=_CERTIFICATES),
    _warning("certificates-last", credentials.certificates_last, needs=_CERTIFICATES),
    _warning("authorities-last", credentials.authorities_last, needs=_FILES),
    _held("lists-readable", credentials.lists_can_be_read),
    _warning("lists-renewed", credentials.lists_are_renewed, needs=("lists-readable",)),
    _condition("folders-writable", place.folders_can_be_written),
    _condition("database-local", place.database_file_is_local),
    _condition("disk-room", place.disks_have_room),
    _warning("disk-filling", place.disks_are_not_filling),
    _held("store-keys-readable", place.store_keys_can_be_read, needs=_FILES),
    _condition("database-usable", place.database_can_be_used),
    _condition("evidence-whole", place.evidence_is_whole, needs=_DATABASE),
    _condition("node-once", place.node_runs_once, for_doctor=Consequence.WARN, needs=_DATABASE),
    _condition("clock-agrees", place.clock_does_not_stand_alone, Consequence.WARN, Consequence.WARN, needs=_DATABASE),
    _warning("rows-not-ahead", place.no_row_is_of_the_future, needs=_DATABASE),
    _held("tolerances-approved", place.tolerances_are_approved, needs=_DATABASE),
    _warning("mail-claimed", place.no_mail_is_unclaimed, needs=_DATABASE),
    _warning("dispensations-decided", place.no_dispensation_waits, needs=_DATABASE),
    _held("release-answers", place.releases_answer, needs=_DATABASE),
)
