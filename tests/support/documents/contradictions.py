"""Summaries that say one thing in codes and another in words, each with what is wrong; and such that only say "none".

Written from CDA R2 and value sets 42.13, 42.47 to 42.51, 42.57 and 42.68; the words are people's, in many languages.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tests.support.documents.foreign import IPS, LOINC, SNOMED, allergy, document, medicine, section

REFERS = '<text><reference value="#{}"/></text>'
NONE = {
    "allergies": "no-known-allergies",
    "medications": "no-known-medications",
    "problems": "no-known-problems",
    "procedures": "no-known-procedures",
    "devices": "no-known-devices",
    "immunisations": "no-known-immunizations",
}
SECTIONS = ("allergies", "medications", "problems", "past_illness", "procedures", "devices", "immunisations", "results")
NAMED = {
    "allergies": "Amendoim",
    "medications": "Metformina",
    "problems": "Asma",
    "procedures": "Apendicectomia",
    "devices": "Pacemaker",
    "immunisations": "Sarampo",
}


class Contradiction(NamedTuple):
    """A document, and the rule that must be broken; ``name`` says what it is."""

    name: str
    content: bytes
    rule: str


def absence(name: str, kind: str, reference: str = "") -> str:
    """A coded absence, as an observation that says nothing else; it may refer to its words."""
    return (
        f'<observation classCode="OBS" moodCode="EVN"><id root="2.999.9" extension="A1"/>'
        f'<code code="{kind}" {IPS} displayName="None"/>{REFERS.format(reference) if reference else ""}'
        '<statusCode code="completed"/></observation>'
    )


def stated(display: str, reference: str = "", date: str = "") -> str:
    """Something stated, that may refer to its row."""
    return (
        '<observation classCode="OBS" moodCode="EVN"><id root="2.999.9" extension="B1"/>'
        f'<code code="404684003" {SNOMED}/>{REFERS.format(reference) if reference else ""}'
        f'<statusCode code="completed"/>{f"<effectiveTime><low value={date!r}/></effectiveTime>" if date else ""}'
        f'<value xsi:type="CD" code="1" codeSystem="2.999.8" displayName="{display}"/></observation>'
    )


def _absent_beside_words() -> Iterator[Contradiction]:
    for name, kind in NONE.items():
        thing = NAMED[name]
        shapes = {
            "row": f"<table><tbody><tr><td>{thing}</td><td>desde 2019</td></tr></tbody></table>",
            "cyrillic": "<table><tbody><tr><td>Пеницилин</td><td>обрив</td></tr></tbody></table>",
            "items": f"<list><item>{thing}</item><item>Outro</item></list>",
            "own row and another": f'<paragraph ID="n">Nada</paragraph><paragraph ID="p">{thing}</paragraph>',
            "own row and content": '<paragraph ID="n">Nada</paragraph>'
            f'<paragraph><content ID="p">{thing}</content></paragraph>',
            "own row and an item": f'<paragraph ID="n">Nada</paragraph><list><item>{thing}</item></list>',
        }
        for shape, text in shapes.items():
            for code in (kind, kind.replace("no-known-", "no-").removesuffix("s") + "-info"):
                entry = absence(name, code, "n" if shape.startswith("own") else "")
                yield Contradiction(f"{name} {code} {shape}", document(section(name, entry, text=text)), "own-words-1")
        yield Contradiction(
            f"{name} one word", document(section(name, absence(name, kind), text=f"<paragraph>{thing}</paragraph>")),
            "own-words-1",
        )  # fmt: skip


def _rows_and_entries() -> Iterator[Contradiction]:
    for name in SECTIONS:
        rows = {
            "rows": "<table><tbody>{}</tbody></table>".format(
                "".join(f'<tr ID="r{n}"><td>{word}</td><td>x</td></tr>' for n, word in enumerate(("Um", "Dois")))
            ),
            "rows without ids": '<table><tbody><tr><td ID="r0">Um</td><td>x</td></tr><tr><td>Dois</td><td>x</td></tr>'
            "</tbody></table>",
            "items": '<list><item ID="r0">Um</item><item ID="r1">Dois</item></list>',
            "items of contents": '<list><item><content ID="r0">Um</content></item><item>Dois</item></list>',
        }
        for shape, text in rows.items():
            one = document(section(name, stated("Um", "r0"), text=text))
            yield Contradiction(f"{name}: a row without entry, {shape}", one, "own-words-2")
        text = '<table><tbody><tr ID="r0"><td>Um</td><td>x</td></tr></tbody></table>'
        for how, second in {
            "display": stated("Xenonazol"),
            "name": stated("")
            .replace(' displayName=""', "")
            .replace("</observation>", "<name>Xenonazol</name></observation>"),
            "original": stated("").replace(' displayName=""/>', "><originalText>Xenonazol</originalText></value>"),
            "two words": stated("Xenonazol forte"),
        }.items():
            two = document(section(name, stated("Um", "r0"), second, text=text))
            yield Contradiction(f"{name}: an entry without words, {how}", two, "own-words-3")


SEVERITIES = {
    "24484000": ("Severe", "Alvorlig", "Alvorleg"),
    "255604002": ("Mild",),
    "6736007": ("Moderate", "Moderat"),
    "442452003": ("Life threatening severity", "Livstruende", "Livstrugande"),
}
CRITICALITIES = {"high": ("High Risk", "Høy risiko", "Høg risiko"), "low": ("Low Risk", "Lav risiko", "Låg risiko")}


def scale(code: str, value: str, system: str) -> str:
    """A severity or a criticality."""
    return (
        '<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS" moodCode="EVN">'
        f'<code {code}/><statusCode code="completed"/><value xsi:type="CD" code="{value}" {system}/></observation>'
        "</entryRelationship>"
    )


def _scales() -> Iterator[Contradiction]:
    acts, critical = 'code="SEV" codeSystem="2.16.840.1.113883.5.4"', f'code="82606-5" {LOINC}'
    high = 'codeSystem="2.16.840.1.113883.4.642.4.130"'
    for kind, code, system, members in (
        ("severity", acts, SNOMED, SEVERITIES),
        ("criticality", critical, high, CRITICALITIES),
    ):
        for coded in members:
            for other, words in members.items():
                for word in words if other != coded else ():
                    row = f'<table><tbody><tr ID="r0"><td>Latex</td><td>{word}</td></tr></tbody></table>'
                    one = allergy("Latex", scale(code, coded, system))
                    one = one.replace("<statusCode", f"{REFERS.format('r0')}<statusCode", 1)
                    yield Contradiction(
                        f"{kind} {coded}, in words {word}", document(section("allergies", one, text=row)), "own-words-4"
                    )
    labelled = '<paragraph ID="r0">Latex. Gravidade: Severe (ver abaixo)</paragraph>'
    one = allergy("Latex", scale(acts, "255604002", SNOMED)).replace(
        "<statusCode", f"{REFERS.format('r0')}<statusCode", 1
    )
    yield Contradiction("severity behind its label", document(section("allergies", one, text=labelled)), "own-words-4")
    sentence = '<paragraph ID="r0">Latex: a severe reaction in 2019</paragraph>'
    yield Contradiction("severity in a sentence", document(section("allergies", one, text=sentence)), "own-words-4")


def _dates() -> Iterator[Contradiction]:
    for name in ("allergies", "problems", "past_illness", "procedures", "results"):
        for written in ("2019-05-06", "06.05.2019", "6.5.2019", "06/05/2019", "20190506", "seit dem 06.05.2019"):
            row = f'<table><tbody><tr ID="r0"><td>Um</td><td>{written}</td></tr></tbody></table>'
            entry = stated("Um", "r0", "20120304") if name != "allergies" else allergy(
                "Um", more='<effectiveTime><low value="20120304"/></effectiveTime>'
            ).replace("<statusCode", f"{REFERS.format('r0')}<statusCode", 1)  # fmt: skip
            yield Contradiction(
                f"{name}: a date written {written}", document(section(name, entry, text=row)), "own-words-6"
            )


def _doses_and_sides() -> Iterator[Contradiction]:
    for dose, words in (
        ("2", "1 tablett morgen"), ("1", "2 tabletter"), ("0.5", "1 comprimido"), ("5", "2,5 ml til natten"),
        ("1", "½ tablett"),
        ("10", "20 IE"), ("3", "1 ou 2 comprimidos"), ("250", "125 mg"), ("4", "0,4 ml"), ("1", "10 drops"),
    ):  # fmt: skip
        text = f'<paragraph ID="d">{words}</paragraph>'
        instruction = (
            '<entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="INT">'
            '<templateId root="2.16.840.1.113883.10.20.1.49"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.3"/>'
            '<code code="PINSTRUCT" codeSystem="1.3.6.1.4.1.19376.1.5.3.2"/>'
            '<text><reference value="#d"/></text><statusCode code="completed"/></act></entryRelationship>'
        )
        entry = medicine(
            '<name>Um</name><code code="N02BE01" codeSystem="2.999.7"/>',
            times=f'<doseQuantity value="{dose}" unit="1"/>',
            more=instruction,
        )  # fmt: skip
        yield Contradiction(f"dose {dose}: {words}", document(section("medications", entry, text=text)), "own-words-5")
    for code, words in (
        ("7771000", "Right"),
        ("7771000", "Høyre"),
        ("24028007", "Left"),
        ("24028007", "Venstre"),
        ("7771000", "Høgre"),
        ("51440002", "Left"),
    ):
        side = (
            f'<targetSiteCode code="29836001" {SNOMED}><qualifier><name code="272741003" {SNOMED}/>'
            f'<value code="{code}" {SNOMED}/></qualifier></targetSiteCode>'
        )
        row = f'<table><tbody><tr ID="r0"><td>Protese</td><td>{words}</td></tr></tbody></table>'
        entry = stated("Protese", "r0").replace("</observation>", f"{side}</observation>")
        yield Contradiction(f"side {code}: {words}", document(section("problems", entry, text=row)), "own-words-7")


def contradictions() -> list[Contradiction]:
    """All of them, in an order that is always the same."""
    makers = (_absent_beside_words, _rows_and_entries, _scales, _dates, _doses_and_sides)
    return [one for maker in makers for one in maker()]


THINGS = ("allergies", "medications", "problems", "procedures", "devices")
ABSENT = {
    "bg": ("Няма известни {}", ("алергии", "лекарства", "проблеми", "процедури", "изделия")),
    "cs": ("Žádné známé {}", ("alergie", "léky", "problémy", "výkony", "implantáty")),
    "da": ("Ingen kendte {}", ("allergier", "lægemidler", "problemer", "indgreb", "implantater")),
    "de": ("Keine bekannten {}", ("Allergien", "Arzneimittel", "Diagnosen", "Eingriffe", "Implantate")),
    "el": ("Δεν υπάρχουν γνωστές {}", ("αλλεργίες", "αγωγές", "παθήσεις", "επεμβάσεις", "συσκευές")),
    "es": ("Sin {} conocidos", ("alérgenos", "medicamentos", "problemas", "procedimientos", "implantes")),
    "fi": ("Ei tunnettuja {}", ("allergioita", "lääkkeitä", "sairauksia", "toimenpiteitä", "laitteita")),
    "fr": ("Aucun {} connu", ("allergène", "médicament", "problème", "acte", "dispositif")),
    "it": ("Nessun {} noto", ("allergene", "farmaco", "problema", "intervento", "dispositivo")),
    "nl": ("Geen bekende {}", ("allergieën", "medicatie", "problemen", "ingrepen", "implantaten")),
    "pl": ("Brak znanych {}", ("alergii", "leków", "problemów", "zabiegów", "implantów")),
    "pt": ("Sem {} conhecidos", ("alergénios", "medicamentos", "problemas", "procedimentos", "implantes")),
}


def absences_alone() -> Iterator[tuple[str, bytes]]:
    """Sixty documents whose words only repeat the absence, in twelve languages and several shapes."""
    shapes = (
        "<paragraph>{}</paragraph>",
        '<paragraph ID="n">{}</paragraph>',
        "<table><tbody><tr><td>1</td><td>{}</td></tr></tbody></table>",
        "<list><item>{}</item></list>",
        "<table><thead><tr><th>A</th><th>B</th></tr></thead>"
        '<tbody><tr ID="n"><td>{}</td><td>–</td></tr></tbody></table>',
    )
    for language, (phrase, things) in ABSENT.items():
        for number, (name, thing) in enumerate(zip(THINGS, things, strict=True)):
            shape = shapes[(number + len(language) + ord(language[0])) % len(shapes)]
            text = shape.format(phrase.format(thing))
            entry = absence(name, NONE[name], "n" if 'ID="n"' in text else "")
            yield f"{language} {name}", document(section(name, entry, text=text))
