"""Attacks by the form of a message: XML, its size, SOAP, its package, signatures, and wrapped assertions."""

from collections.abc import Iterator

from tests.attack.rows import BODIES, SERVICES, AttackRow, asked, carried
from tests.support.callers import attacks
from tests.support.callers.assertions import nok
from tests.support.callers.wrapping import WAYS
from tests.support.nodes.in_process import hcp, trc

_ANY_BODY = b"<q/>"
_PARTS = {
    "xml": attacks.of_xml,
    "sizes": attacks.of_sizes,
    "soap": attacks.of_soap,
    "packages": attacks.of_packages,
    "signatures": attacks.of_signatures,
}


def every() -> Iterator[AttackRow]:
    """Every one of them."""
    for kind, part in _PARTS.items():
        for attack in part():
            yield asked(
                kind, attack.name, lambda a=attack: carried(_asking(a.build(), "ITI-55"), "ITI-55", a.content_type)
            )
    for kind in ("hcp", "trc", "nok"):
        for transaction in SERVICES:
            yield from _wrapped(kind, transaction)


def _asking(content: bytes, transaction: str) -> bytes:
    """The message with a question in it, where it has room for one."""
    return content.replace(_ANY_BODY, BODIES[transaction]()) if content.count(_ANY_BODY) == 1 else content


def _wrapped(kind: str, transaction: str) -> Iterator[AttackRow]:
    every_one = {"hcp": hcp, "trc": trc, "nok": nok}
    needed = ("hcp",) if transaction == "ITI-55" else ("hcp", "trc")
    for name, (way, _) in WAYS.items():

        def content(way=way) -> bytes:
            beside = [every_one[other]() for other in needed if other != kind]
            return _asking(way(every_one[kind](), *beside), transaction)

        yield asked(f"wrapping-{kind}", f"{name}-{transaction}", lambda c=content: carried(c(), transaction))
