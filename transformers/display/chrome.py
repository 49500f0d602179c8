"""Words of the page around the document, in English, bokmål and nynorsk (`config/words/page*.csv`).

Keys ``in.NAME`` and ``of.NAME`` label what stands in or is an element of that name (HL7 CDA R2), ``group.NAME`` parts
of the header, ``null.X`` null flavours, ``status.X`` and ``mood.X`` states and moods of an act, ``event.X`` events of a
day (TimingEvent), ``relation.X`` how an act belongs to the one above, ``unread.X`` why an entry is no statement
(`model.standing`), ``kind.X`` kinds of documents, ``title.X`` LOINC codes of documents and sections of which no release
has Norwegian words, ``key.X`` key facts of a medicine, ``code.X`` codes that only label, ``file.X`` a document
that is a file, ``refused.X`` classes of refusals, ``section.X`` sections of the pivot, ``short.X`` them in a
link, ``tongue.X`` languages (ISO 639-1), ``country.X`` countries (ISO 3166-1, and EL).
"""

from typing import Final

from transformers.words import read_words

CHROME: Final = read_words(
    "page",
    "page-elements",
    "page-findings",
    "page-medicines",
    "page-documents",
    "page-files",
    "page-refusals",
    "page-overview",
    "page-languages",
    "page-countries",
)
