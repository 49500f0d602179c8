"""Country A, allergies of two sources: kritisk informasjon, and the reactions a medicines list states (ki:Allergi).

Side by side, each with its source. A listed one that says what kritisk informasjon says and nothing more is left out,
with a finding. What one source states and the other refutes is kept and marked: a clinician decides, not this node.
"""

from collections.abc import Iterable
from dataclasses import replace

from gateway.national.ports import CriticalInformation, Medicines, NationalWords
from transformers.model.finding import Finding, Report, Severity
from transformers.model.section_state import state_of
from transformers.model.summary import Allergy, KnownAbsent, NotReadable, Present, Section, SourceUnavailable
from transformers.model.values import Coded

_ACTIVE = "active"


def lay_allergies(
    critical: CriticalInformation | None, medicines: Medicines | None, words: NationalWords
) -> tuple[Section[Allergy], Report]:
    """The section and what was remarked; None is a source that did not answer, ``words`` have the first one's name.

    Without kritisk informasjon the section stays unavailable, whatever the list holds: one reaction from a second
    source must not look like the patient's allergies. The list's are then told in words beside it.
    """
    report, main = Report(), words.critical_information
    listed, lost = (medicines.allergies, medicines.unread_allergies) if medicines else ((), ())
    if critical is None:
        return SourceUnavailable(main, (*map(_in_words, listed), *(one.words for one in lost))), _beside(listed)
    if isinstance(critical.allergies, SourceUnavailable):
        told = (*map(_in_words, listed), *(one.words for one in lost))
        return replace(critical.allergies, beside=critical.allergies.beside + told), _beside(listed)
    known = critical.allergies.entries if isinstance(critical.allergies, Present) else ()
    refuted = medicines.refuted_allergies if medicines else ()
    kept = [
        *(_marked(one, refuted, words.medicine_list, words, report) for one in known),
        *(_marked(one, critical.refuted_allergies, main, words, report) for one in _added(listed, known, report)),
    ]
    if listed and isinstance(critical.allergies, KnownAbsent):
        report.add(Finding(Severity.WARNING, "sources-disagree", "allergies", f"{main} states there are none"))
    state = critical.allergies
    unread = (*(state.unread if isinstance(state, Present | KnownAbsent | NotReadable) else ()), *lost)
    if kept:
        return Present(tuple(kept), unread), report
    if not lost:
        return state, report
    absences = [replace(state, unread=())] if isinstance(state, KnownAbsent) else []
    lacking = state_of((), absences, unread)
    return (replace(lacking, source=main) if isinstance(lacking, NotReadable) else lacking), report


def _added(listed: Iterable[Allergy], known: tuple[Allergy, ...], report: Report) -> list[Allergy]:
    """Those of the list that no known allergy says as a whole."""
    added = []
    for one in listed:
        if any(_adds_nothing(one, other) for other in known):
            text = "the medicines list states it as well and adds nothing"
            report.add(Finding(Severity.INFO, "allergy-stated-twice", "allergies", text, one.agent.text))
        else:
            added.append(one)
    return added


def _marked(one: Allergy, refuted: Iterable[Coded], by: str, words: NationalWords, report: Report) -> Allergy:
    """The statement, with a note when the other source refutes its agent by a code or a name."""
    if not any(_codes(one.agent) & _codes(agent) or _names(one.agent) & _names(agent) for agent in refuted):
        return one
    report.add(
        Finding(
            Severity.WARNING, "sources-disagree", "allergies", "stated here, refuted there: kept", one.agent.text, by
        )
    )
    return replace(one, note=". ".join((*_sentences(one.note), f"{words.refuted_in} {by}")))


def _adds_nothing(listed: Allergy, known: Allergy) -> bool:
    """The same main code of an active allergy, and no name, reaction or sentence that is not there."""
    status = known.status.original.code if known.status and known.status.original else _ACTIVE
    return (
        status == _ACTIVE
        and listed.agent.original is not None
        and known.agent.original is not None
        and _code(listed.agent) == _code(known.agent)
        and (listed.agent.text is None or listed.agent.text.casefold() in _names(known.agent))
        and all(any(_same(r.manifestation, k.manifestation) for k in known.reactions) for r in listed.reactions)
        and set(_sentences(listed.note)) <= set(_sentences(known.note))
    )


def _same(one: Coded, other: Coded) -> bool:
    return _code(one) == _code(other) and (_code(one) is not None or one.text == other.text)


def _code(coded: Coded) -> tuple[str, str] | None:
    return None if coded.original is None else (coded.original.system, coded.original.code)


def _codes(coded: Coded) -> set[tuple[str, str]]:
    return {(coding.system, coding.code) for coding in (coded.original, *coded.others) if coding is not None}


def _names(coded: Coded) -> set[str]:
    displays = (coding.display for coding in (coded.original, *coded.others) if coding is not None)
    return {name.casefold() for name in (coded.text, *displays) if name}


def _sentences(note: str | None) -> list[str]:
    return note.split(". ") if note else []


def _in_words(one: Allergy) -> str:
    """Source, agent, reactions and note of an allergy as one line."""
    reactions = ", ".join(_shown(reaction.manifestation) for reaction in one.reactions)
    said = f"{_shown(one.agent)} ({reactions})" if reactions else _shown(one.agent)
    return f"{one.provenance.source}: {said}" + (f". {one.note}" if one.note else "")


def _shown(coded: Coded) -> str:
    return coded.text or (coded.original.display or coded.original.code if coded.original else "–")


def _beside(listed: Iterable[Allergy]) -> Report:
    text = "stated in the medicines list while kritisk informasjon could not be asked: told in words"
    return Report(
        [
            Finding(Severity.WARNING, "allergy-beside-unavailable-source", "allergies", text, one.agent.text)
            for one in listed
        ]
    )
