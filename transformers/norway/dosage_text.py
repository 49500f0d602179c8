"""A Norwegian dosage sentence in the few words that are compared: lower case, digits, singular units, one form each.

Bokmål and Nynorsk. Words are replaced by words of the very same meaning and nothing is understood here: what is not in
these tables stays as it was written, and then no sentence that `dosage_sentence` knows is made of it.
"""

import re
from decimal import Decimal

_BLANKS = re.compile(r"[ \t\u00a0\u2007\u202f]+")
_LINES = re.compile(r"[\r\n]+")
_THOUSAND = 3
"""Digits behind a point that sets thousands apart."""
_NUMBER = re.compile(r"(?<![\w.,])([0-9]+)([.,])([0-9]+)(?![\w.,])")
_SIGNS = (
    (re.compile(r"[\u2010-\u2015\u2212]"), "-"),
    (re.compile("\u00d7"), "x"),
    (re.compile(r"(?<![\w/.,])v/ ?(?=behov\b)"), "ved "),
    (re.compile(r"(?<![\w/.,½¼¾+-])([0-9]+) ?½"), r"\1.5"),
    (re.compile(r"(?<![\w/.,½¼¾+-])([0-9]+) 1/2(?![\w/.,])"), r"\1.5"),
    (re.compile(r"(?<![\w/.,¼½¾])½(?![\w½¼¾])"), "0.5"),
    (re.compile(r"(?<![\w/.,¼½¾])¼(?![\w½¼¾])"), "0.25"),
    (
        re.compile(r"(?<![\w/.,+-])1/2(?= ?(?:tablett|tabl|tab|tbl|kapsel|pose|plaster|stikkpille|ampulle)(?!\w))"),
        "0.5",
    ),
    (re.compile(r"(?<![\w.,])([0-9]+(?:\.[0-9]+)?)(?=[a-zæøåµμ])"), r"\1 "),
    (re.compile(r"(?<!\S)x(?=[0-9])"), "x "),
    (re.compile(r"(?<=[0-9]) ?- ?(?=[0-9])"), " - "),
    (re.compile(r"(?<=[0-9]) til (?=[0-9])"), " - "),
    (re.compile(r"(?<=[0-9]) ?\+ ?(?=[0-9])"), " + "),
    (re.compile(r"(?<![0-9]) ?, ?| ?,(?![0-9]) ?"), " , "),
    (re.compile(r"(?<!\S)(tab|tabl|tbl|kaps|pr|inh|dgl|mnd|min)\.(?!\S)"), r"\1"),
    (re.compile(r"(?<!\S)([0-9]+)\. ?(?=dag|døgn|tim|uke|veke|måned|månad|kveld|morg)"), r"\1. "),
)
"""What is written in several ways and means one thing, in this order. ``1/2`` is a half before a unit in the singular
alone: "1/2 tabletter" may mean one or two, and elsewhere it is a date."""

UNITS = {
    "tablett": ("tabletter", "tablettar", "tab", "tabl", "tbl"),
    "kapsel": ("kapsler", "kapslar", "kaps"),
    "dråpe": ("dråper", "dråpar"),
    "dose": ("doser", "dosar"),
    "pose": ("poser", "posar"),
    "plaster": ("plastre",),
    "stikkpille": ("stikkpiller", "stikkpillar"),
    "sprøyte": ("sprøyter",),
    "ampulle": ("ampuller", "ampullar"),
    "vaginaltablett": ("vaginaltabletter", "vaginaltablettar"),
    "vagitorie": ("vagitorier",),
    "sugetablett": ("sugetabletter", "sugetablettar"),
    "tyggetablett": ("tyggetabletter", "tyggetablettar"),
    "bukkaltablett": ("bukkaltabletter", "bukkaltablettar"),
    "pastill": ("pastiller", "pastillar"),
    "tampong": ("tamponger",),
    "pipette": ("pipetter",),
    "klyster": (),
    "dusj": ("dusjer", "dusjar"),
    "spray": (),
    "pumpetrykk": (),
    "penn": ("penner",),
    "inhalasjon": ("inhalasjoner", "inhalasjonar", "inh"),
    "ml": ("milliliter",),
    "mg": ("milligram",),
    "g": ("gram",),
    "mikrog": ("mikrogram", "mcg", "µg", "μg"),
    "e": ("enhet", "enheter", "eining", "einingar"),
    "ie": (),
}
"""Terms of Volven 7480 (and a word of record systems, ``inhalasjon``), each with its plurals, the first one written."""
MEASURED = frozenset({"ml", "mg", "g", "mikrog", "e", "ie"})
"""Units of what is measured out: so much a day may be given in any number of parts."""

_NYNORSK = {
    "dagleg": "daglig",
    "kvar": "hver",
    "kvart": "hvert",
    "annankvar": "annenhver",
    "morgon": "morgen",
    "morgonen": "morgenen",
    "føremiddag": "formiddag",
    "vekentleg": "ukentlig",
    "frukost": "frokost",
}
_ONE = dict.fromkeys(("én", "en", "ein", "ei", "ett", "eitt", "et"), "1")
_NUMERALS = {
    "to": "2", "tre": "3", "fire": "4", "fem": "5", "seks": "6", "sju": "7", "syv": "7", "åtte": "8",
    "tredje": "3.", "fjerde": "4.", "femte": "5.", "sjette": "6.", "åttende": "8.", "åttande": "8.",
    "halvannen": "1.5", "halvannan": "1.5",
}  # fmt: skip
_TIME = {
    **dict.fromkeys(("dager", "dagar", "døgn"), "dag"),
    **dict.fromkeys(("timer", "timar"), "time"),
    **dict.fromkeys(("uker", "veke", "veker"), "uke"),
    **dict.fromkeys(("uka", "veka"), "uken"),
    **dict.fromkeys(("måneder", "månader", "månad", "mnd"), "måned"),
    **dict.fromkeys(("ganger", "gong", "gonger"), "gang"),
    **dict.fromkeys(("dgl", "dagl"), "daglig"),
    "pr": "per",
    "natta": "natten",
    "sengetid": "leggetid",
}
_WORDS = _NYNORSK | _ONE | _NUMERALS | _TIME | {many: one for one, plurals in UNITS.items() for many in plurals}
_PHRASES = tuple(
    (re.compile(rf"(?<!\S){phrase}(?!\S)"), meaning)
    for phrase, meaning in (
        (r"1 og 1 halv", "1.5"),
        (r"1 halv", "0.5"),
        (r"halv", "0.5"),
        (r"etter behov", "ved behov"),
        (r"(?:i døgnet|per dag|om dagen|hver dag|hvert dag)", "daglig"),
        (r"annenhver", "hver 2."),
        (r"hver (?:annen|annan|andre)", "hver 2."),
        (r"hver ([0-9]+) (dag|time|uke|måned)", r"hver \1. \2"),
        (r"(?:i uken|per uke|hver uke)", "ukentlig"),
        (r"(?:i måneden|per måned|hver måned)", "månedlig"),
        (r"(?:(?:om|på) )?formiddagen", "formiddag"),
        (r"(?:(?:om|på) )?ettermiddagen", "ettermiddag"),
        (r"(?:(?:om|på) )?morgenen|hver morgen", "morgen"),
        (r"(?:(?:om|på|til) )?kvelden|hver kveld", "kveld"),
        (r"(?:(?:om|til) )?natten|hver natt", "natt"),
    )
)


def normalised(sentence: str) -> str:
    """The sentence in the words of this module; what it does not know stays as it is, in lower case."""
    plain = _LINES.sub(" , ", sentence.casefold().strip())
    plain = _BLANKS.sub(" ", plain).strip().rstrip(".").strip()
    plain = _NUMBER.sub(_decimal, plain)
    for sign, meaning in _SIGNS:
        plain = sign.sub(meaning, plain)
    said = " ".join(_WORDS.get(word, word) for word in plain.split())
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


def counted(low: Decimal, high: Decimal, unit: str) -> str:
    """An amount or a range with its unit, in the plural above one, as it is written: ``1-2 tabletter``, ``0,5 ml``."""
    shown = number(low) if low == high else f"{number(low)}-{number(high)}"
    many = high > 1 and unit not in MEASURED and UNITS.get(unit)
    term = unit.upper() if unit in {"e", "ie"} else UNITS[unit][0] if many else unit
    return f"{shown.replace('.', ',')} {term}".strip()
