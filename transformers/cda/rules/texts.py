"""What to do about a finding of an own rule, and why the rule exists: a row for each, said with every finding.

The composition rules for eHDSI CDA; sender's side, since a receiver mends nothing.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class RuleText(NamedTuple):
    """``why``: what goes wrong at the receiver, and why no official rule tells. ``mend``: what the sender does."""

    mend: str
    why: str


RULE_TEXTS: Final[Mapping[str, RuleText]] = {
    "own-xml-1": RuleText(
        "Send well-formed XML 1.0 in UTF-8, without DTD and entities.",
        "Nobody reads it: parsers of other countries refuse it, or worse, resolve what it points to.",
    ),
    "own-bytes-1": RuleText(
        "Send the bytes without U+FEFF in front.", "Some parsers refuse a byte order mark before the XML declaration."
    ),
    "own-root-1": RuleText(
        "Make urn:hl7-org:v3 the default namespace of the root; leave xsi:schemaLocation out.",
        "Display tools look for an unprefixed root, and the official rules forbid a schema location.",
    ),
    "own-id-1": RuleText(
        "Give a root that is an OID without leading zeros or a UUID in upper case, or a nullFlavor.",
        "An id without root names nothing outside the system that made it.",
    ),
    "own-id-2": RuleText(
        "Make each statement's id of its own source record.",
        "An internal reference to it leads to two places; no official rule compares the ids of a document.",
    ),
    "own-id-3": RuleText(
        "Name the national original in parentDocument, by an id of its own.",
        "The original and its transformation cannot be told apart; no official rule compares the two.",
    ),
    "own-id-4": RuleText(
        "Use a root and an extension of at most 64 characters.", "Registries of documents cut longer identifiers off."
    ),
    "own-reference-1": RuleText(
        "Begin the reference with # and give the narrative an ID of that name.",
        "The entry has no words to show; no official rule follows a reference.",
    ),
    "own-reference-2": RuleText(
        "Give every part of the narrative an ID of its own.", "A reference to it leads to two places."
    ),
    "own-reference-3": RuleText(
        "Repeat id, mood and code of the statement that is referred to.",
        "What belongs together cannot be found; the official rules do not look for the target.",
    ),
    "own-empty-1": RuleText(
        "Leave the element out, or give it a nullFlavor.",
        "Display tools stop at empty elements, and an empty name is a warning at most.",
    ),
    "own-header-1": RuleText(
        "Name the responsible person with family and given name.",
        "The official rules want the name even where the standard takes a nullFlavor.",
    ),
    "own-header-2": RuleText(
        "Write N, R or V of HL7's Confidentiality.",
        "The official rules let six codes pass of which the catalogue has three: the others cannot be shown.",
    ),
    "own-header-3": RuleText(
        "Write the date of birth as the register has it; if only the year is known, the year.",
        "A patient is told by her birth: a date that cannot be hers is a mistake of identity.",
    ),
    "own-header-4": RuleText(
        "Write the birth of the number, or find out whose number it is.",
        "Birth and number that contradict each other are of two persons.",
    ),
    "own-header-5": RuleText(
        "Write a code of value set 42.1 (ISCO-08), or a nullFlavor where it may be null.",
        "A role of another system drops out of the official rules' sight, and cannot be translated.",
    ),
    "own-header-6": RuleText(
        "Set the high of documentationOf to the day of the newest item.",
        "A clinician takes the summary for older than it is; nobody else compares the dates.",
    ),
    "own-header-7": RuleText(
        "Write NOK for the next of kin, ECON for an emergency contact, PRS for who treats the patient.",
        "A contact of another class drops out of the official rules' sight, and is not shown among the contacts.",
    ),
    "own-section-1": RuleText(
        "Give the section title and narrative, and say in a coded entry that there is none or no information.",
        "An empty section reads as if there were nothing; the official rules let problems without entry pass.",
    ),
    "own-section-2": RuleText(
        "Write the entry with the statement and templateId of its section.",
        "An entry of another template is checked by nobody, and not shown.",
    ),
    "own-narrative-1": RuleText(
        "Say in the narrative what the source called it.", "Who attests the document attests its narrative."
    ),
    "own-file-1": RuleText(
        "Put the PDF (or picture) into the body in base64, with its media type.",
        "Nobody else decodes the body: the clinician gets a page that does not open.",
    ),
    "own-code-1": RuleText(
        "Give the English displayName of the catalogue, to translations the source's own.",
        "The official rule is content with one display anywhere inside; the receiver shows a bare code.",
    ),
    "own-code-2": RuleText(
        "Keep the source's words as originalText and its code as translation.",
        "Whatever the source said is lost.",
    ),
    "own-code-3": RuleText(
        "Keep one translation a level, and no code of a system twice.",
        "The steps of translation cannot be told apart any more (RIM-002).",
    ),
    "own-code-4": RuleText(
        "Write the xsi:type that the template names.", "Receivers dispatch on the type: another one is not shown."
    ),
    "own-code-5": RuleText(
        "Transcode it; without a European code write nullFlavor OTH, originalText and the code as translation.",
        "A national code is a warning at most, and no receiver can translate it.",
    ),
    "own-code-6": RuleText(
        "Name the code's system by its OID in codeSystem.",
        "Nobody can look the code up; the official rules warn at most where the binding is extensible.",
    ),
    "own-null-1": RuleText(
        "Use OTH where words or a code are known, else leave the nullFlavor alone.",
        "Unknown and known at once: receivers show one of the two, or neither.",
    ),
    "own-null-2": RuleText(
        "Add the source's words as originalText.",
        "A receiver that does not know the source's code has no words to show.",
    ),
    "own-type-1": RuleText(
        "Declare xsi and the type's prefix on the root, or write the type without prefix.",
        "The official rules end in a crash, and say nothing of the rest.",
    ),
    "own-type-2": RuleText(
        "Write each edge of an interval once.", "The official rules end in a crash, and say nothing of the rest."
    ),
    "own-time-1": RuleText(
        "Write YYYY, YYYYMM, YYYYMMDD, or an instant with its zone (+0100), without hyphens and colons.",
        "An instant without zone is another instant in the next country.",
    ),
    "own-time-2": RuleText("Write the instant to the second, with its zone.", "Versions are told apart by it."),
    "own-time-3": RuleText(
        "Make the document after its items, and look at the clocks of its sources.",
        "A document cannot hold what was not yet recorded; no official rule compares the times.",
    ),
    "own-time-4": RuleText(
        "Write low before high; one instant is a value, not an interval.", "Nobody knows which edge to believe."
    ),
    "own-time-5": RuleText(
        "Write UCUM's unit of time: s, min, h, d, wk, mo or a.",
        "No official rule looks at the unit; how often to take a medicine becomes a guess.",
    ),
    "own-time-6": RuleText(
        "Give the event's code with the system 2.16.840.1.113883.5.139 and without displayName.",
        "The official rules refuse it in words that name neither.",
    ),
    "own-unit-1": RuleText(
        "Write value and unit together: UCUM, 1 for a count, or English words in braces.",
        "A number without unit is a dose that nobody can give.",
    ),
    "own-unit-2": RuleText(
        "Write UCUM with its upper and lower case (mL, ug, [iU]), or English words in braces.",
        "A word for a unit is a warning at most; programs that compute doses stop at it.",
    ),
    "own-unit-3": RuleText(
        "Count dose forms in English words in braces ({Tablet}), and give the dose nothing else.",
        "A code where a unit belongs reads as a number of millions.",
    ),
    "own-unit-4": RuleText(
        "State the number once, or in the translation the same amount.",
        "Of two numbers in one unit a receiver shows one, and nobody knows which is meant.",
    ),
    "own-telecom-1": RuleText(
        "Write a URI: tel: and digits without blanks, or mailto: and an address.",
        "Nobody can call it; the official rules pass numbers without scheme.",
    ),
    "own-country-1": RuleText(
        "Write the two letters of ISO 3166-1.", "The name of a country is in one language, and passes unseen."
    ),
    "own-absence-1": RuleText(
        "Write the code of IPS Absent and Unknown Data (no-known-…, no-…-info).",
        "The official rules do not notice the codes of older waves, and a receiver takes them for a disease.",
    ),
    "own-concern-1": RuleText(
        "Give effectiveTime a high, with nullFlavor UNK if nobody knows it.",
        "A concern without an end is shown among the active ones.",
    ),
    "own-immunisation-1": RuleText(
        "Write IMMUNIZ of 1.3.5.1.4.1.19376.1.5.3.2: the specification's own spelling.",
        "The official rules refuse the right OID.",
    ),
    "own-product-1": RuleText(
        "Write the ATC code, or a nullFlavor.", "The official rule lacks a prefix, and looks at nothing."
    ),
    "own-product-2": RuleText(
        "Write the product's own number, or leave the code out; ATC belongs to asSpecializedKind.",
        "A pharmacy looks for a product of that number.",
    ),
    "own-product-3": RuleText(
        "Nest containers from the innermost outwards, and put the package's number on the outermost.",
        "A pharmacy dispenses the wrong number of the wrong thing.",
    ),
    "own-product-4": RuleText(
        "Write an EDQM standard term, or a nullFlavor with the words.",
        "Another code drops out of the official rules' sight.",
    ),
    "own-product-5": RuleText(
        "Write a code of ATC or of EMA's substances, or a nullFlavor and the name.",
        "Another code drops out of the official rules' sight.",
    ),
    "own-product-6": RuleText(
        "Write numerator and denominator, each with value and unit, or no ingredient quantity at all.",
        "Half a ratio is no strength.",
    ),
    "own-product-7": RuleText(
        "Write how much a container holds, above zero.", "Nobody knows how much is handed out in a package."
    ),
    "own-entry-1": RuleText("Write one document for each item.", "The second one is not read, and not dispensed."),
    "own-entry-2": RuleText(
        "Write the id of the prescription at the section, and the same or a number within it at the entry.",
        "A dispensation that names one of them may be of another prescription.",
    ),
    "own-entry-3": RuleText(
        "Leave negationInd out, and send no document for what is not prescribed.",
        "The official rules do not look at the sign: a receiver that overlooks it hands the medicine out.",
    ),
    "own-dose-1": RuleText(
        "Write a dose above zero, a range from its lower to its upper end; else leave it to the words.",
        "A dose that nobody can take is a slip of a key: whoever guesses the right one harms.",
    ),
    "own-dose-2": RuleText(
        "Write the time from one dose to the next, or leave it to the words.",
        "Every zero hours is no regimen: whoever guesses the right one harms.",
    ),
    "own-supply-1": RuleText("Count whole packages, with unit 1.", "Nobody knows how much to hand out."),
    "own-substitution-1": RuleText(
        "Write a CE of 2.16.840.1.113883.5.1070.", "Display tools ignore it: a forbidden substitution is made."
    ),
    "own-instruction-1": RuleText(
        "Write the dosage's words as PINSTRUCT, with a reference into the narrative.",
        "What is not structured is lost to the patient.",
    ),
    "own-fulfilment-1": RuleText(
        "Copy the ids of the prescription and of its item, root and extension.",
        "The country of the prescription cannot find what was dispensed, and it is dispensed again.",
    ),
    "own-fulfilment-2": RuleText(
        "Name the prescription and an item of it.",
        "What was dispensed is booked on another prescription, and this one is dispensed again.",
    ),
    "own-release-1": RuleText(
        "Write the display of the active release for the code.",
        "Code and display that differ are read as the one by programs, as the other by people.",
    ),
    "own-release-2": RuleText(
        "Transcode it with the active release; without a target write OTH, originalText and a translation.",
        "A code outside its value set drops out of the official rules' sight, and cannot be translated.",
    ),
    "own-words-1": RuleText(
        "Code what the words name, or take it out of the words.",
        "Whoever reads the code takes the patient for one without allergies, medicines or implants.",
    ),
    "own-words-2": RuleText(
        "Write an entry for the row, or refer from the entry that it belongs to.",
        "Whoever reads the entries never sees what the row says.",
    ),
    "own-words-3": RuleText(
        "Write a row for the entry and refer to it.", "Whoever reads the words never learns what the entry says."
    ),
    "own-words-4": RuleText(
        "Make code and words say the same.", "A severe reaction is read as a mild one, or a mild one as severe."
    ),
    "own-words-5": RuleText("Make dose and words say the same.", "A dose is read that nobody prescribed."),
    "own-words-6": RuleText(
        "Make date and words say the same.", "What is over is taken for new, or the other way round."
    ),
    "own-words-7": RuleText("Make code and words say the same side.", "The wrong side of the body is treated."),
    "own-readable-1": RuleText(
        "Leave the words of an ingredient to its name and to the translation of its code.",
        "The page that other countries show takes the texts of all ingredients for one, and stops at the second.",
    ),
    "own-readable-2": RuleText(
        "Leave originalText out beside a code; the national coding stays as its translation.",
        "The page that other countries show prints that text, in a foreign language, in place of the translated code.",
    ),
    "own-readable-3": RuleText(
        "Write the words as displayName of a translation with code and system, too: the national code, or words-only.",
        "The page that other countries show prints that displayName alone: without it the statement is empty brackets.",
    ),
    "own-readable-4": RuleText(
        "Write nullFlavor on both effectiveTimes.",
        "The page that other countries show prints every, and nothing after it.",
    ),
    "own-readable-5": RuleText(
        "Leave the code out.", "Other countries' transformation manager reports it as unknown (4501) in each medicine."
    ),
    "own-readable-6": RuleText(
        "End each line in a full stop or a line end, before its br or at the end of its paragraph.",
        "Pages that take the text without its markup print two sentences as one word.",
    ),
    "own-pair-1": RuleText(
        "Make both headers of one and the same data.", "Structured document and original seem to be of two patients."
    ),
}


def mending(rule: str) -> str:
    """What the sender does about a breach of the rule. Raises KeyError for a rule without text."""
    return RULE_TEXTS[rule].mend
