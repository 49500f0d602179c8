"""Which one of its name an element is, for every path with positions that a finding names."""

from collections import Counter

from trust.xml import Element


class Positions:
    """Which one of its name an element is among its siblings, counted once for all of them: linear over a tree.

    For one tree, which must not change meanwhile.
    """

    def __init__(self) -> None:
        self._known: dict[Element, dict[Element, int]] = {}

    def of(self, element: Element) -> int:
        """1 for the first of its name, and for a root."""
        parent = element.getparent()
        if parent is None:
            return 1
        if parent not in self._known:
            counted: Counter[str] = Counter()
            self._known[parent] = positions = {}
            for each in parent:
                counted[str(each.tag)] += 1
                positions[each] = counted[str(each.tag)]
        return self._known[parent][element]
