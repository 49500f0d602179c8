"""The page that other countries show of a document, as far as its preferences were seen: plain Python over lxml.

Written from what OpenNCP 9's page did with documents, and from nothing of ours: which of several words of a concept it
prints, what it takes for one text, and where it stops. It is no style for a reader; a test asks what is on it.
"""

from collections.abc import Iterator

from lxml import etree

NS = {"h": "urn:hl7-org:v3", "p": "urn:hl7-org:pharm"}
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


class PageStops(Exception):
    """More than one item where the page takes a single string (XPTY0004): the reader sees nothing."""


class PeersPage:
    """A document as that page shows it, line by line."""

    def __init__(self, content: bytes) -> None:
        self._root = etree.fromstring(content)
        self._anchors = {e.get("ID"): e for e in self._root.iter() if isinstance(e.tag, str) and e.get("ID")}

    def lines(self) -> list[str]:
        """Every line, from the first section to the last. Raises PageStops."""
        return [line for section in self._all(self._root, "//h:structuredBody/h:component/h:section")
                for line in self._section(section)]  # fmt: skip

    def _section(self, section: etree._Element) -> Iterator[str]:
        for entry in self._all(section, "h:entry"):
            for material in self._all(entry, ".//h:manufacturedMaterial"):
                yield from self._product(material)
            for statement in self._all(entry, ".//h:substanceAdministration"):
                yield from self._regimen(statement)
            for coded in self._all(entry, ".//h:value | .//h:code | .//h:interpretationCode | .//h:targetSiteCode"):
                yield from self._statement(coded)
            for text in self._all(entry, ".//h:act/h:text"):
                yield self._string(text)
            for time in self._all(entry, ".//h:effectiveTime"):
                yield from (e.get("value", "") for e in time.iter() if e.get("value"))

    def _statement(self, coded: etree._Element) -> Iterator[str]:
        """What is observed, done or worn: its code as displayed, a quantity or a text."""
        kind = (coded.get(XSI_TYPE) or "CD").rpartition(":")[2]
        if kind in {"CD", "CE", "CV", "CO"}:
            yield self._concept(coded)
        elif kind in {"PQ", "INT", "REAL", "TS"}:
            yield " ".join(filter(None, (coded.get("value"), coded.get("unit"))))
        else:
            yield self._string(coded)

    def _product(self, material: etree._Element) -> Iterator[str]:
        """Ingredients with strength, form and packages; a prescription's product is named, a summary's is not."""
        references = self._all(material, "p:ingredient/p:ingredientSubstance/p:code/h:originalText/h:reference")
        if len(references) > 1:
            raise PageStops
        for ingredient in self._all(material, "p:ingredient"):
            for code in self._all(ingredient, "p:ingredientSubstance/p:code"):
                yield "Active ingredient: " + self._preferring_words(code)
            halves = self._all(ingredient, "p:quantity/h:numerator | p:quantity/h:denominator")
            yield "Strength: " + "/".join(f"{half.get('value')} {half.get('unit')}" for half in halves)
        for kind in self._all(material, "p:asSpecializedKind/p:generalizedMaterialKind/p:code"):
            yield "Active ingredient: " + self._concept(kind)
        for form in self._all(material, "p:formCode"):
            yield "Dose form: " + self._preferring_words(form)
        for package in self._all(material, ".//p:containerPackagedProduct/p:formCode"):
            yield "Package: " + self._preferring_words(package)
        for held in self._all(material, ".//p:asContent/p:quantity"):
            yield f"{held.get('value')} unit(s)"

    def _regimen(self, statement: etree._Element) -> Iterator[str]:
        """How often, how much and by which route."""
        times = self._all(statement, "h:effectiveTime")
        for time in times[1:]:
            period = time.find("h:period", NS)
            if time.get("nullFlavor"):
                yield "Frequency: unknown"
            elif period is not None:
                yield " ".join(filter(None, ("Every", period.get("value"), period.get("unit"))))
        for dose in self._all(statement, "h:doseQuantity"):
            yield "Dose: " + " - ".join(f"{e.get('value')} {e.get('unit')}" for e in dose)
        for route in self._all(statement, "h:routeCode"):
            yield "Route: " + self._concept(route)

    def _preferring_words(self, coded: etree._Element) -> str:
        """A form or an ingredient: the narrative that its original text refers to, before the code's display."""
        reference = coded.find("h:originalText/h:reference", NS)
        return self._concept(coded) if reference is None else self._referred(reference)

    def _concept(self, coded: etree._Element) -> str:
        """A code by its display; a null by the displayName of its translation, and by empty brackets without one."""
        if coded.get("code"):
            return coded.get("displayName") or ""
        said = [t.get("displayName") for t in coded.findall("h:translation", NS)]
        return " ".join(filter(None, said)) or ("()" if coded.get("nullFlavor") == "OTH" else "")

    def _string(self, text: etree._Element) -> str:
        """The string value of a text, or of the narrative that it refers to: no markup, no break."""
        reference = text.find("h:reference", NS)
        return "".join(text.itertext()) if reference is None else self._referred(reference)

    def _referred(self, reference: etree._Element) -> str:
        target = self._anchors.get(reference.get("value", "").removeprefix("#"))
        return "" if target is None else "".join(target.itertext())

    @staticmethod
    def _all(element: etree._Element, path: str) -> list[etree._Element]:
        return list(element.xpath(path, namespaces=NS))
