"""Documents in which one repeatable construct stands any number of times, and the rooms that read such bytes.

A room's cost is counted in calls (Python's and the interpreter's own): the same at every run and on every machine. What
one call into C costs is not seen by it; that is measured in CPU time by the long form.
"""

import sys
import time
from collections.abc import Callable, Mapping
from types import FrameType

from tests.support.documents.in_place import RULES
from tests.support.documents.integrity import sound_prescription, sound_summary
from tests.support.persons import samples
from transformers.cda.documents.patient_summary import read_patient_summary
from transformers.cda.documents.prescription import read_prescription
from transformers.cda.rules.check import check_integrity
from transformers.display.write_html import write_html
from transformers.terminology.check_words import release_checks
from transformers.terminology.transcode_document import transcode_document
from transformers.terminology.translate_document import translate_document

_CODE = 'code="Z%d" codeSystem="2.16.578.1.12.4.1.1.7110" displayName="Ord %d"'


def _many(piece: str, count: int) -> bytes:
    return "".join(piece.replace("%d", str(number)) for number in range(count)).encode()


def _in_narrative(piece: str) -> Callable[[int], bytes]:
    """So many of a piece at the start of the first narrative of a summary."""

    def make(count: int) -> bytes:
        before, tag, after = sound_summary().partition(b"<text>")
        return before + tag + _many(piece, count) + after

    return make


def _in_entry(piece: str, around: str = "%s") -> Callable[[int], bytes]:
    """So many of a piece in an entry of their own in the first section of a summary."""

    def make(count: int) -> bytes:
        before, tag, after = sound_summary().partition(b"<entry")
        opened, closed = around.encode().split(b"%s")
        return before + opened + _many(piece, count) + closed + tag + after

    return make


def _repeated(start: bytes, end: bytes, document: Callable[[], bytes]) -> Callable[[int], bytes]:
    """The first piece between two marks so many times."""

    def make(count: int) -> bytes:
        whole = document()
        first = whole.index(start)
        last = whole.index(end, first) + len(end)
        return whole[:first] + whole[first:last] * count + whole[last:]

    return make


_BARE = '<entry><observation classCode="OBS" moodCode="EVN">%s</observation></entry>'
_OBSERVED = _BARE.replace(
    "%s",
    '<code nullFlavor="NI"/><value xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CD" code="E11"'
    ' codeSystem="1.3.6.1.4.1.12559.11.10.1.3.1.44.2" displayName="Diabetes">%s</value>',
)
CONSTRUCTS: Mapping[str, Callable[[int], bytes]] = {
    "instructions": _in_narrative("<?editor a%d?>"),
    "comments": _in_narrative("<!--a%d-->"),
    "sections of CDATA": _in_narrative("<![CDATA[a%d]]>"),
    "references to characters": _in_narrative("&#97;"),
    "content with an id": _in_narrative('<content ID="x%d">a</content>'),
    "content with one id": _in_narrative('<content ID="x">a</content>'),
    "rows": _in_narrative("<table><tbody><tr><td>a%d</td><td>b</td></tr></tbody></table>"),
    "items": _in_narrative("<list><item>a%d</item></list>"),
    "breaks": _in_narrative("a<br/>"),
    "deep content": _in_narrative("<content>" * 40 + "a%d" + "</content>" * 40),
    "struck out": _in_narrative('<content revised="delete">a%d</content>'),
    "elements of nobody": _in_entry('<x:a xmlns:x="urn:x">a%d</x:a>', "<entry>%s</entry>"),
    "references": _in_entry(
        '<observation classCode="OBS" moodCode="EVN"><text><reference value="#r%d"/></text></observation>',
        "<entry>%s</entry>",
    ),
    "translations": _in_entry(f"<translation {_CODE}/>", _OBSERVED),
    "nested translations": _in_entry(f"<translation {_CODE}>" * 40 + "</translation>" * 40, _OBSERVED),
    "qualifiers": _in_entry(f"<qualifier><name {_CODE}/><value {_CODE}/></qualifier>", _OBSERVED),
    "values with a code": _in_entry(_OBSERVED.replace("%s", f"<translation {_CODE}/>")),
    "units": _in_entry(
        '<observation classCode="OBS" moodCode="EVN"><value value="%d" unit="mg"/></observation>', "<entry>%s</entry>"
    ),
    "ids": _in_entry('<id root="1.2.3" extension="x%d"/>', _BARE),
    "templates": _in_entry('<templateId root="1.2.%d"/>', _BARE),
    "entries": _repeated(b"<entry", b"</entry>", sound_summary),
    "sections": _repeated(b'<component typeCode="COMP"><section', b"</section></component>", sound_summary),
    "patients' names": _repeated(b"<name", b"</name>", sound_summary),
    "templates of the document": _repeated(b"<templateId", b"/>", sound_summary),
    "prescribed entries": _repeated(b"<entry", b"</entry>", sound_prescription),
    "relationships": _repeated(b"<entryRelationship", b"</entryRelationship>", sound_prescription),
}  # fmt: skip


def _anyhow(room: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """A refusal is an answer too: its cost counts."""

    def tried(content: bytes) -> object:
        try:
            return room(content)
        except Exception as refusal:  # noqa: BLE001 - whatever the room answers, only its cost is looked at
            return refusal

    return tried


ROOMS: Mapping[str, Callable[[bytes], object]] = {
    "reader of a summary": _anyhow(read_patient_summary),
    "reader of a prescription": _anyhow(read_prescription),
    "own rules": _anyhow(lambda content: check_integrity(content, release_checks(RULES, samples.release()))),
    "transcoder": _anyhow(lambda content: transcode_document(content, RULES, samples.release())),
    "translator": _anyhow(lambda content: translate_document(content, RULES, samples.release(), "nb")),
    "page": _anyhow(lambda content: write_html(content, release=samples.release(), language="nb")),
}


def calls_of(room: Callable[[bytes], object], content: bytes) -> int:
    """How many calls a room makes over a document; generators count once for each step."""
    made = 0

    def count(_frame: FrameType, event: str, _about: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        room(content)
    finally:
        sys.setprofile(before)
    return made


def cpu_of(room: Callable[[bytes], object], content: bytes, times: int = 3) -> float:
    """Seconds of CPU of this process, the least of several runs."""
    least = float("inf")
    for _ in range(times):
        begun = time.process_time()
        room(content)
        least = min(least, time.process_time() - begun)
    return least
