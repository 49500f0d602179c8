"""Country B: which entries of a list are one document twice, structured (level 3) and as its original (level 1).

IHE ITI TF-3 4.2.2.2.2: an association XFRM ties what was transformed to what it was made from, in MyHealth@EU the PDF
to the XML. Nothing else ties two entries: neither titles nor times.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.messages import DocumentEntry


@dataclass(frozen=True, slots=True)
class ListedPair:
    """One document of a list, and the entry that is its original, None when there is none."""

    document: DocumentEntry
    original: DocumentEntry | None = None

    @property
    def entries(self) -> tuple[DocumentEntry, ...]:
        """Those there are, the document first."""
        return (self.document,) if self.original is None else (self.document, self.original)


def pairs_of(entries: Iterable[DocumentEntry]) -> tuple[ListedPair, ...]:
    """Every entry once, in the order of the list; an original beside its document, wherever that stands.

    A tie that cannot be (to an entry of another patient, class or of no list, to itself, from two entries, or to an
    entry that is tied itself) ties nothing: each of them is a document alone.
    """
    listed = {entry.unique_id: entry for entry in entries}
    tied = Counter(entry.transformed_from for entry in listed.values())
    originals: dict[str, DocumentEntry] = {}
    for entry in listed.values():
        target = listed.get(entry.transformed_from or "")
        tieable = target is not None and target.transformed_from is None and tied[target.unique_id] == 1
        if target is not None and tieable and _of_one_document(entry, target):
            originals[target.unique_id] = entry
    beside = {entry.unique_id for entry in originals.values()}
    return tuple(
        ListedPair(entry, originals.get(unique_id)) for unique_id, entry in listed.items() if unique_id not in beside
    )


def _of_one_document(entry: DocumentEntry, target: DocumentEntry) -> bool:
    same = (entry.patient, entry.class_code) == (target.patient, target.class_code)
    return same and entry.format_code != target.format_code
