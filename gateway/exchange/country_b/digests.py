"""Country B: a document's bytes against hash and size of its list entry (IHE ITI TF-3 4.2.3.2.10, 4.2.3.2.19).

IHE has a SHA-1 of the bytes sent. In the field the list may give the hash of nothing (made on demand), that of the
national file before a transformation and a new serialisation, or one of another kind; TLS protects the bytes anyway.
So a difference is a finding, but from a peer whose row says that it lists the bytes it sends.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Literal

from gateway.messages import DocumentEntry
from gateway.peers.errors import DocumentDamaged
from transformers.model.finding import Finding, Severity

ListingHash = Literal["bytes-sent", "before-transformation", "unknown"]
_SHA1: Final = re.compile(r"[0-9a-f]{40}")
_OF_NOTHING: Final = hashlib.sha1(b"", usedforsecurity=False).hexdigest()
_PATH: Final = "/ClinicalDocument"


@dataclass(frozen=True, slots=True)
class Digests:
    """SHA-1, in hexadecimal digits; ``listed`` None when the list states none that can be compared."""

    listed: str | None
    came: str


def digests_of(content: bytes, entry: DocumentEntry) -> Digests:
    """What was listed and what came. The hash of nothing, another algorithm and base64 are as good as none."""
    stated = entry.sha1.lower()
    comparable = _SHA1.fullmatch(stated) is not None and stated != _OF_NOTHING
    return Digests(stated if comparable else None, hashlib.sha1(content, usedforsecurity=False).hexdigest())


def check_bytes(content: bytes, entry: DocumentEntry, digests: Digests, meaning: ListingHash) -> tuple[Finding, ...]:
    """A finding where hash or size differ; nothing where they agree or are not stated (size 0).

    ``meaning``: `country.listing_hash` of the peer's row. Raises DocumentDamaged where that is ``bytes-sent`` and the
    hash differs, or, without a hash, the size; the size of the base64 text is the sender's slip.
    """
    same_hash = None if digests.listed is None else digests.listed == digests.came
    same_size = entry.size in (0, len(content))
    if same_hash is not False and same_size:
        return ()
    in_base64 = entry.size == 4 * -(-len(content) // 3)
    if meaning == "bytes-sent" and (same_hash is False or (same_hash is None and not in_base64)):
        raise DocumentDamaged
    if same_hash is False:
        text = f"The list states SHA-1 {digests.listed}, and what came has {digests.came}: it was serialised anew."
        return (Finding(Severity.WARNING, "listed-hash-differs", _PATH, text),)
    text = f"The list states {entry.size} bytes, and {len(content)} came."
    return (Finding(Severity.WARNING, "listed-size-differs", _PATH, text),)
