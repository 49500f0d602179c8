"""A regular dosage as a Norwegian sentence, and two sentences compared: do structure and text say the same?

Bokmål and Nynorsk. The comparison knows few words and understands nothing: what it does not know makes sentences
differ, and then the text stands alone.
"""

import re
from decimal import Decimal

_BLANKS = re.compile(r"[\s\u00a0\u2007\u202f]+")
_NUMBER = re.compile(r"(?<![\w.,])([0-9]+)([.,])([0-9]+)(?![\w.,])")
_THOUSAND = 3
"""Digits behind a point that sets thousands apart."""
_ORDINAL = re.compile(r"(?<!\w)([0-9]+)\. ?(dag|døgn|time)(?!\w)")

_UNITS = {
    "tablett": ("tabletter", "tablettar"),
    "kapsel": ("kapsler", "kapslar"),
    "dråpe": ("dråper", "dråpar"),
    "dose": ("doser", "dosar"),
    "pose": ("poser", "posar"),
    "plaster": ("plastre",),
    "stikkpille": ("stikkpiller", "stikkpillar"),
    "sprøyte": ("sprøyter",),
    "ampulle": ("ampuller", "ampullar"),
    "vaginaltablett": ("vaginaltabletter", "vaginaltablettar"),
    "sugetablett": ("sugetabletter", "sugetablettar"),
    "tyggetablett": ("tyggetabletter", "tyggetablettar"),
    "ml": (),
    "mg": (),
    "g": (),
    "mikrog": (),
}
"""Terms of Volven 7480 whose plural is known here."""

_NYNORSK = {
    "dagleg": "daglig",
    "gong": "gang",
    "gonger": "ganger",
    "kvar": "hver",
    "annankvar": "annenhver",
    "morgon": "morgen",
    "veka": "uken",
    "vekentleg": "ukentlig",
}
_ONE = dict.fromkeys(("én", "en", "ein", "ei", "ett", "eitt"), "1")
_NUMERALS = {"½": "0.5", "to": "2", "tre": "3", "fire": "4"} | _ONE
_WORDS = _NYNORSK | _NUMERALS | {"uka": "uken"} | {many: one for one, plurals in _UNITS.items() for many in plurals}
_PHRASES = tuple(
    (re.compile(rf"(?<!\S){re.escape(phrase)}(?!\S)"), meaning)
    for phrase, meaning in (
        ("i døgnet", "daglig"),
        ("per døgn", "daglig"),
        ("pr døgn", "daglig"),
        ("per dag", "daglig"),
        ("pr dag", "daglig"),
        ("om dagen", "daglig"),
        ("hver dag", "daglig"),
        ("1 gang daglig", "daglig"),
        ("1 gang i uken", "ukentlig"),
        ("1 gang per uke", "ukentlig"),
        ("1 gang pr uke", "ukentlig"),
        ("hver uke", "ukentlig"),
        ("annenhver dag", "hver 2. dag"),
        ("hver annen dag", "hver 2. dag"),
    )
)


def knows(unit: str) -> bool:
    """Whether this dosing unit can be written here."""
    return unit.casefold() in _UNITS


def normalised(sentence: str) -> str:
    """The sentence in the few words that are compared: lower case, digits, singular units, one phrase per meaning."""
    plain = _BLANKS.sub(" ", sentence.casefold()).strip().rstrip(".").strip()
    plain = _ORDINAL.sub(r"\1. \2", _NUMBER.sub(_decimal, plain))
    said = " ".join(_WORDS.get(word, word) for word in plain.split(" "))
    for phrase, meaning in _PHRASES:
        said = phrase.sub(meaning, said)
    return said


def _decimal(match: re.Match[str]) -> str:
    """``1.000`` stays as it is, for a point may also set thousands apart; ``0.125`` and ``1,000`` are decimals."""
    whole, sign, fraction = match.groups()
    if sign == "." and len(fraction) == _THOUSAND and whole.strip("0"):
        return match[0]
    return number(Decimal(f"{whole}.{fraction}"))


def number(value: Decimal) -> str:
    """A number without trailing zeros, with a point."""
    shown = format(value, "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def daily(amount: Decimal, unit: str, times: int) -> str:
    """So many times a day, in the words of `normalised`."""
    often = "daglig" if times == 1 else f"{times} ganger daglig"
    return f"{number(amount)} {unit.casefold()} {often}"


def every(amount: Decimal, unit: str, count: int, period: str) -> str:
    """Once every so many days, weeks or hours (``dag``, ``uke``, ``time``)."""
    if period == "uke" and count == 1:
        return f"{number(amount)} {unit.casefold()} ukentlig"
    return f"{number(amount)} {unit.casefold()} hver {count}. {period}"


def at_parts_of_day(doses: list[tuple[Decimal, str, str]]) -> tuple[str, ...]:
    """Doses (amount, unit, part of day) as record systems write them: each in full, shortened when all are equal."""
    full = [f"{number(amount)} {unit.casefold()} {part}" for amount, unit, part in doses]
    sentences = [_listed(full)]
    if len({dose[:2] for dose in doses}) == 1:
        amount, unit, _ = doses[0]
        sentences.append(f"{number(amount)} {unit.casefold()} {_listed([part for _, _, part in doses])}")
    return tuple(sentences)


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} og {parts[-1]}"
