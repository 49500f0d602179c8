"""A Norwegian dosage sentence, read whole into a regimen or not at all, and a regimen written as a sentence.

A sentence is read when every word of it belongs to one of the forms below; a word more, and it stays words with its
reason. What may be meant in two ways is not read: "2 tabletter daglig" (at once, or one twice), "ved behov" behind
several times of day. The grammar is e-resept's own (the full texts of Kortdose, Volven 7478) and what prescribers make
of it. `written` of what was read is read the same again (tests/transformers/norway/test_dosage_sentences.py).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from transformers.model.amounts import is_strength
from transformers.norway.dosage_text import MEASURED, UNITS, counted, normalised

PARTS_OF_DAY: Final = ("morgen", "formiddag", "midt på dagen", "ettermiddag", "kveld", "natt")
"""Volven 8325, in its order."""
EVENTS: Final[Mapping[str, str]] = {
    "ved leggetid": "HS",
    "før leggetid": "HS",
    "før frokost": "ACM",
    "etter frokost": "PCM",
    "før hvert måltid": "AC",
    "etter hvert måltid": "PC",
}
"""Words to HL7 TimingEvent (value set 42.41)."""


class NotRead(StrEnum):
    """Why a sentence is not read."""

    BOUND = "bound"
    """It bounds what may be taken ("inntil", "maks", "minst") otherwise than by an amount a day of one unit; a dose
    without its bound is another dosage."""
    PHASES = "phases"
    """It changes as time goes by ("deretter", "så", "trapp")."""
    SCHEME = "by-scheme"
    WEEKDAYS = "weekdays"
    CLOCK = "clock-times"
    SITE = "site-or-route"
    """It says where it is given, which may be part of how much: one drop in each eye."""
    UNEQUAL = "unequal-doses"
    SEVERAL_READINGS = "several-readings"
    """The words may be meant in two ways."""
    NO_AMOUNT = "amount-not-stated"
    NO_FREQUENCY = "frequency-not-stated"
    OTHER_WORDS = "other-words"
    """A word beyond those that are known here."""


@dataclass(frozen=True, slots=True)
class Regimen:
    """How much and when, as one sentence says it."""

    low: Decimal
    high: Decimal
    """Equal to ``low`` where the dose is one number."""
    unit: str | None
    """A term of Volven 7480 in lower case; None: the sentence names none ("1 x 3")."""
    times: int | None = None
    """A day."""
    every: tuple[int, str] | None = None
    """Every so many ``time``, ``dag``, ``uke`` or ``måned``."""
    parts: tuple[str, ...] = ()
    """Of the day, in the sentence's order; as many as ``times``."""
    event: str | None = None
    """The words of one of `EVENTS`."""
    as_needed: bool = False
    daily_maximum: Decimal | None = None
    """Of the dose's unit in 24 hours; of what is taken as needed alone."""
    days: int | None = None
    """Length of the course."""
    same_time: bool = False
    """Each day at the same time: once a day, 24 hours apart."""
    at_once: bool = True
    """False: so much a day or week, and whether at once or in parts is not told ("2 tabletter daglig")."""


_NUM: Final = r"[0-9]+(?:\.[0-9]+)?"
_UNIT: Final = "|".join(sorted(UNITS, key=len, reverse=True))
_PART: Final = "|".join(PARTS_OF_DAY)
_AND: Final = r"(?: ,| og| , og)"
_DOSE: Final = re.compile(rf"(?:ta )?({_NUM})(?: - ({_NUM}))?(?: ({_UNIT})(?!\S))?(?: tas(?!\S))?")
_PLUS: Final = re.compile(rf"(?:ta )?({_NUM}(?: \+ {_NUM}){{2,3}})(?: ({_UNIT}))?(?!\S)")
_AMOUNT: Final = rf"{_NUM}(?: - {_NUM})?"
_LISTED: Final = re.compile(
    rf"(?P<amount>{_AMOUNT})(?: (?P<unit>{_UNIT}))? (?P<part>{_PART})"
    rf"(?P<rest>(?:{_AND} {_AMOUNT}(?: (?:{_UNIT}))? (?:{_PART}))+)(?!\S)"
)
_ONE_LISTED: Final = re.compile(rf"{_AND} ({_AMOUNT})(?: ({_UNIT}))? ({_PART})(?!\S)")
_THOUSANDS: Final = re.compile(r"[1-9][0-9]*\.[0-9]{3}")
_AT_MOST: Final = "maks|maksimalt|maksimum|max|høyst|ikke mer enn|ikkje meir enn"
_PHRASES: Final = tuple(
    (kind, re.compile(rf"(?: ,)? (?:{form})(?!\S)"))
    for kind, form in (
        ("times", r"([0-9]+) gang daglig"),
        ("times", r"x ([2-4])(?: daglig)?"),
        ("times", r"x (1) daglig"),
        ("daily", r"daglig"),
        ("weekly", r"(1 gang )?ukentlig"),
        ("every", r"hver ([0-9]+)\. (time|dag|uke|måned)"),
        ("each", rf"hver ([0-9]+)\. ({_PART})"),
        ("parts", rf"(?:{_PART})(?:{_AND} (?:{_PART}))*"),
        ("event", "|".join(EVENTS)),
        ("same", r"til samme tid(?: daglig)?"),
        ("needed", r"ved behov"),
        ("most", rf"(?:{_AT_MOST}) ({_NUM})(?: ({_UNIT}))? daglig"),
        ("upto", rf"(?:inntil|opptil|opp til|{_AT_MOST}) ([0-9]+) gang daglig"),
        ("course", r"i ([0-9]+) (dag|uke)"),
    )
)
_OFTEN: Final = frozenset({"times", "daily", "weekly", "every", "each"})
LONGEST: Final = 250
"""Characters; a sentence of these forms has fewer, and what is longer is not gone through."""
_OFTENEST: Final = 12
"""Times a day. "x 1" and "x 10" may count what is handed out."""
_DAYS: Final = {"dag": 1, "uke": 7}
_SIGNS: Final = (
    (
        NotRead.BOUND,
        r"inntil(?! videre)|maks|maksimum|maksimalt|max|høyst|opptil|opp til|(?:mer|meir) enn|minst",
    ),
    (NotRead.PHASES, r"deretter|så|trapp|nedtrapping|opptrapping|trappes|økes|reduseres|pause|først"),
    (NotRead.SCHEME, r"skjema|plan|avtale|avtalt|anvisning|inr|forskrift"),
    (NotRead.WEEKDAYS, r"(?:man|tirs|ons|tors|fre|lør|søn|laur|måndag|tys)dag(?:er|ar)?|hverdager|helg|måndag"),
    (NotRead.CLOCK, r"kl|klokka|klokken"),
    (NotRead.SITE, r"øye|auge|øyet|øynene|nesebor|øre|side|låret|huden"),
)
_WHY: Final = tuple((why, re.compile(rf"(?<![\w])(?:{words})(?![\w])")) for why, words in _SIGNS)


def read_sentence(said: str) -> Regimen | NotRead:
    """The regimen of a sentence every word of which is known; else why it stays words."""
    if len(said) > LONGEST:
        return NotRead.OTHER_WORDS
    text = normalised(said)
    read = _listed(text) or _plus(text) or _plain(text)
    if isinstance(read, Regimen):
        return read
    signs = (why for why, sign in _WHY if sign.search(text))
    return next(signs, read) if read in {NotRead.OTHER_WORDS, NotRead.NO_AMOUNT} else read


def _plain(text: str) -> Regimen | NotRead:
    """A dose, and then each phrase at most once."""
    match = _DOSE.match(text)
    if match is None:
        return NotRead.NO_AMOUNT
    low, high, unit = match.groups()
    dose = _dose(low, high, unit)
    return NotRead.SEVERAL_READINGS if dose is None else _with_phrases(dose, text[match.end() :])


def _dose(low: str, high: str | None, unit: str | None) -> Regimen | None:
    """None for none at all, more than can be, a range that goes down or nowhere, a point that may mean thousands."""
    if any(_THOUSANDS.fullmatch(end) for end in (low, high or low)):
        return None
    least, most = Decimal(low), Decimal(high or low)
    return (
        None
        if least <= 0 or not is_strength(most) or (high is not None and most <= least)
        else Regimen(least, most, unit)
    )


def _plus(text: str) -> Regimen | NotRead | None:
    """``1+0+1 tablett``: so much at each of three or four times of the day; None for another sentence."""
    match = _PLUS.match(text)
    if match is None:
        return None
    given = [amount for amount in match[1].split(" + ") if Decimal(amount)]
    if len(set(given)) > 1:
        return NotRead.UNEQUAL
    dose = _dose(given[0], None, match[2]) if given else None
    left = text[match.end() :].removeprefix(" daglig")
    return NotRead.SEVERAL_READINGS if dose is None else _with_phrases(dose, left, len(given))


def _listed(text: str) -> Regimen | NotRead | None:
    """``1 tablett morgen og 1 tablett kveld``, equal doses only; None for another sentence."""
    match = _LISTED.match(text)
    if match is None:
        return None
    others = _ONE_LISTED.findall(match["rest"])
    if any(amount != match["amount"] or unit not in {"", match["unit"] or ""} for amount, unit, _ in others):
        return NotRead.UNEQUAL
    parts = " og ".join((match["part"], *(part for _, _, part in others)))
    return _plain(f"{match['amount']} {match['unit'] or ''} {parts}".replace("  ", " ") + text[match.end() :])


def _with_phrases(dose: Regimen, left: str, times: int | None = None) -> Regimen | NotRead:
    """The dose with everything else that is said; ``times``: a day, as a short form told it."""
    found: dict[str, re.Match[str]] = {}
    order: list[str] = []
    while left:
        kind, match = next(((k, m) for k, one in _PHRASES if (m := one.match(left)) is not None), ("", None))
        if match is None:
            return NotRead.OTHER_WORDS
        if kind in found:
            return NotRead.SEVERAL_READINGS
        found[kind], left = match, left[match.end() :]
        order.append(kind)
    often = [kind for kind in order if kind in _OFTEN]
    if len(often) > 1 or (often and times is not None):
        return NotRead.SEVERAL_READINGS
    regimen = replace(_timed(dose, found), times=times) if times is not None else _timed(dose, found)
    return regimen if (why := _doubt(regimen, found, order)) is None else why


def _timed(dose: Regimen, found: Mapping[str, re.Match[str]]) -> Regimen:
    """Each phrase in its field; whether they agree is not asked here."""
    parts = tuple(re.findall(_PART, found["parts"][0])) if "parts" in found else ()
    times: int | None = len(parts) or None
    every: tuple[int, str] | None = None
    if "times" in found:
        times = int(found["times"][1])
    elif "weekly" in found:
        times, every = None, (1, "uke")
    elif "every" in found:
        times, every = None, (int(found["every"][1]), found["every"][2])
    elif "each" in found:
        times, every, parts = None, (int(found["each"][1]), "dag"), (found["each"][2],)
    elif found.keys() & {"daily", "event", "same"}:
        times = times or (None if "event" in found and found["event"][0].endswith("hvert måltid") else 1)
    spread = "daily" in found or ("weekly" in found and found["weekly"][1] is None)
    whole = not spread or bool(parts) or "event" in found or (dose.high <= 1 and dose.unit not in MEASURED)
    return replace(
        dose,
        times=times,
        every=every,
        parts=parts,
        event=found["event"][0].strip(" ,") if "event" in found else None,
        as_needed="needed" in found or "upto" in found,
        daily_maximum=_most(dose, found),
        days=int(found["course"][1]) * _DAYS[found["course"][2]] if "course" in found else None,
        same_time="same" in found,
        at_once=whole,
    )


def _most(dose: Regimen, found: Mapping[str, re.Match[str]]) -> Decimal | None:
    """The most a day: stated, or so many times one dose."""
    if "most" in found:
        return Decimal(found["most"][1])
    return dose.high * int(found["upto"][1]) if "upto" in found else None


def _doubt(regimen: Regimen, found: Mapping[str, re.Match[str]], order: list[str]) -> NotRead | None:
    """Why the phrases, each of which is known, do not say one thing together."""
    several = len(regimen.parts) > 1
    limit = regimen.daily_maximum
    if limit is not None and _limit_is_unclear(regimen, limit, found):
        return NotRead.BOUND
    doubts = (
        bool(regimen.parts) and regimen.every is None and regimen.times != len(regimen.parts),
        "daily" in found and several and order.index("daily") < order.index("parts"),
        regimen.every is not None and (several or regimen.event is not None or regimen.every[0] < 1),
        regimen.every is not None and bool(regimen.parts) and regimen.every[1] != "dag",
        regimen.event is not None and (bool(regimen.parts) or (regimen.times or 1) != 1),
        regimen.as_needed and regimen.times is not None and not found.keys() & (_OFTEN | {"parts", "event"}),
        regimen.as_needed and (several or regimen.days is not None or ("parts" in found and len(order) > 2)),
        regimen.same_time and (regimen.times != 1 or regimen.event is not None or regimen.as_needed),
        not 0 < (regimen.times or 1) <= _OFTENEST or regimen.days == 0 or len(set(regimen.parts)) != len(regimen.parts),
    )
    if any(doubts):
        return NotRead.SEVERAL_READINGS
    when = (regimen.times, regimen.every, regimen.event)
    return NotRead.NO_FREQUENCY if when == (None, None, None) and not regimen.as_needed else None


def _limit_is_unclear(regimen: Regimen, limit: Decimal, found: Mapping[str, re.Match[str]]) -> bool:
    """Whether a limit stands beside anything but a dose as needed: of a range, so many times is no amount."""
    of_dose = "upto" in found and (regimen.low != regimen.high or "most" in found)
    unit = found["most"][2] if "most" in found else None
    alone = found.keys() <= {"needed", "most", "upto"} and regimen.as_needed and regimen.times is None
    thousand = "most" in found and _THOUSANDS.fullmatch(found["most"][1]) is not None
    of_parts = unit is None and "most" in found and limit % regimen.high != 0  # three of two tablets each: times, then
    return of_dose or of_parts or unit not in {None, regimen.unit} or not alone or thousand or limit < regimen.high


def written(regimen: Regimen) -> str:
    """The regimen as a Norwegian sentence."""
    said = [counted(regimen.low, regimen.high, regimen.unit or "")]
    parts = f"{', '.join(regimen.parts[:-1])} og {regimen.parts[-1]}" if len(regimen.parts) > 1 else None
    if regimen.every is not None:
        said.append(_written_every(*regimen.every, at_once=regimen.at_once))
    elif regimen.times is not None and not regimen.parts and (regimen.event is None or regimen.times > 1):
        said.append("daglig" if not regimen.at_once else f"{regimen.times} gang{'er' * (regimen.times > 1)} daglig")
    said += [] if not regimen.parts else [parts or regimen.parts[0]]
    said += [] if regimen.event is None else [regimen.event]
    said += ["til samme tid"] if regimen.same_time else []
    said += ["ved behov"] if regimen.as_needed else []
    if regimen.daily_maximum is not None:
        said.append(f"maks {counted(regimen.daily_maximum, regimen.daily_maximum, regimen.unit or '')} daglig")
    said += [] if regimen.days is None else [f"i {regimen.days} dager"]
    return " ".join(said)


def _written_every(count: int, period: str, *, at_once: bool) -> str:
    if (count, period) == (1, "uke"):
        return "1 gang ukentlig" if at_once else "ukentlig"
    return f"hver {count}. {period}"
