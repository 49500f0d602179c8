"""Country B: an original that came as a bare PDF, without a CDA around it, and what proves whose it is.

A PDF states no patient that can be compared. It is believed by the peer's list alone: an entry of the very patient whom
the peer identified and the TRC names, of level 1 and the same media type, whose digest the bytes have. A PDF is never
serialised anew, so another digest refuses it, whatever the peer's row says; none is a finding, for lists may lack it.
"""

from collections.abc import Collection
from typing import Final

from gateway.configuration.document_types import DocumentTypes
from gateway.exchange.country_b.digests import Digests
from gateway.exchange.country_b.listed import media_kind
from gateway.messages import DocumentEntry
from gateway.peers.errors import DocumentDamaged, DocumentUnlisted
from transformers.cda.types.original_file import REMARKS, OriginalFile, read_bare_file
from transformers.model.finding import Finding, Severity

PDF: Final = "application/pdf"
UNDIGESTED: Final = "original-undigested"
"""The finding of a file whose list entry states no digest that can be compared."""
_UNNAMED = Finding(Severity.WARNING, "patient-not-stated", "/", "A bare PDF states no patient: only the list does.")


def check_bare_file(
    content: bytes, entry: DocumentEntry, communities: Collection[str], digests: Digests, types: DocumentTypes
) -> tuple[Finding, ...]:
    """Findings of a PDF that is believed to be the patient's; that it states no patient is always one.

    That the entry is the patient's own was seen before anything was asked for. Raises DocumentUnlisted when it is of
    another community, media type or format, or the bytes are no PDF; DocumentDamaged for another digest.
    """
    formats = {kind.format_code for kind in types.of_class(entry.class_code, types.class_system) if kind.level == "L1"}
    file = read_bare_file(content, PDF)
    agreed = {
        "homeCommunityId": entry.home_community in communities,
        "mimeType": media_kind(entry.mime_type) == PDF and isinstance(file, OriginalFile),
        "formatCode": entry.format_code in formats,
    }
    for field, agrees in agreed.items():
        if not agrees:
            raise DocumentUnlisted(field)
    if digests.listed not in (None, digests.came):
        raise DocumentDamaged
    remarks = file.remarks if isinstance(file, OriginalFile) else ()
    found = [_UNNAMED, *(Finding(REMARKS[one][0], one.value, "/", REMARKS[one][1]) for one in remarks)]
    if digests.listed is None:
        text = "The list states no digest of the file: nothing shows that it is the one listed."
        found.append(Finding(Severity.WARNING, UNDIGESTED, "/", text))
    return tuple(found)
