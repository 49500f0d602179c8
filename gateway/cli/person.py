"""A person's number comes from standard input and from nowhere else, in every command.

Arguments are seen by every user of the machine and kept in the shell's history; what was given is never repeated.
"""

import sys
from typing import Annotated, Final

import typer

from gateway.messages import PatientIdentifier

Person = Annotated[
    str | None, typer.Option(metavar="-", help="The patient whose number stands on standard input; - alone.")
]
_HINT: Final = "--person"
_LONGEST: Final = 256
"""Characters of an identifier and its authority; more is no identifier."""


def person_from_input(option: str) -> PatientIdentifier:
    """The person named on standard input: a Norwegian number, or another country's as NUMBER^^^&OID&ISO.

    Raises typer.BadParameter (exit 2) for another ``option`` than ``-`` and for what is neither.
    """
    if option != "-":
        reason = "a number is never an argument: give - and write it to standard input"
        raise typer.BadParameter(reason, param_hint=_HINT)
    from gateway.wire.identifiers import read_cx  # these read XML too: for this question alone
    from transformers.norway.errors import NumberInvalid
    from transformers.norway.identifiers import read_person_number

    text = sys.stdin.read(_LONGEST + 1).strip()
    foreign = read_cx(text) if len(text) <= _LONGEST else None
    if foreign is not None:
        return foreign
    try:
        return PatientIdentifier(read_person_number(text).root, text)
    except NumberInvalid:
        reason = "standard input has neither a Norwegian number nor NUMBER^^^&OID&ISO"
        raise typer.BadParameter(reason, param_hint=_HINT) from None
