"""Which nodes can the rules of a pattern match at all? Asking only those is what makes long documents fast.

A context ``S[…]/…`` only matches at or below a node that matches its first step, so the candidates of a pattern are the
subtrees of ``//S[…]`` over its rules. Contexts of another shape (``/…``, unions, functions) make every node one. What
the generator asks for most, the parent of an element that claims a template, is looked up by key.
"""

import re
from collections.abc import Iterable

_BEYOND_ELEMENTS = re.compile(
    r"^\s*\.|(?:^|[/|(,\s])(?:@|attribute::|attribute\(|text\(|node\(|comment\(|processing-instruction\()"
)
_PLAIN_STEP = re.compile(r"(?:\*|[^\W\d][\w.-]*(?::(?:\*|[^\W\d][\w.-]*))?)\s*(?:\[.*)?", re.DOTALL)
_MOST = 4
TEMPLATES = "Q{urn:ncpeh:schematron}templates"
"""Key of the stylesheet: elements named templateId by ``@root``."""
_CLAIMS = r"(?P=prefix):templateId\s*\[\s*@root\s*=\s*'[\w.-]+'\s*\]"
_PARENT_OF_TEMPLATED = re.compile(
    r"\*\[\s*(?P<prefix>[\w-]+):(?P<name>[\w.-]+)\s*\[\s*"
    r"(?P=prefix):templateId\s*\[\s*@root\s*=\s*'(?P<root>[\w.-]+)'\s*\]"
    rf"(?:\s+and\s+{_CLAIMS})*\s*\]\s*\]"
)


def candidates(contexts: Iterable[str], *, narrow: bool) -> str:
    """An XPath for the nodes to try, seen from the document node; every node that can match is among them.

    Without ``narrow`` it is every node of the kinds the contexts speak of.
    """
    texts = list(contexts)
    beyond = any(_BEYOND_ELEMENTS.search(text) for text in texts)
    steps = dict.fromkeys(_first_step(text) for text in texts)
    anchors = [step for step in steps if step is not None]
    if narrow and len(anchors) == len(steps) and len(steps) <= _MOST:
        tops = " | ".join(_top(anchor) for anchor in anchors)
        return f"({tops})/descendant-or-self::node()/(. | @*)" if beyond else f"({tops})/descendant-or-self::*"
    return "/ | //node() | //@*" if beyond else "/ | //*"


def _top(anchor: str) -> str:
    """Where subtrees begin: by key for the parent of a templated element (more than the step takes is no harm)."""
    found = _PARENT_OF_TEMPLATED.fullmatch(anchor)
    if found is None:
        return f"//{anchor}"
    prefix, name, root = found.group("prefix", "name", "root")
    return f"key('{TEMPLATES}', '{root}')/parent::{prefix}:{name}/parent::*"


def _first_step(context: str) -> str | None:
    """The first step with its predicates when it is a plain child step of a context without top-level union."""
    depth, quote, end = 0, "", len(context)
    for place, letter in enumerate(context):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "[(":
            depth += 1
        elif letter in "])":
            depth -= 1
        elif depth == 0 and (letter == "|" or context.startswith(" union ", place)):
            return None
        elif letter == "/" and depth == 0:
            end = min(end, place)
    step = context[:end].strip()
    return step if _PLAIN_STEP.fullmatch(step) else None
