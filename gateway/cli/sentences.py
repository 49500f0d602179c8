"""Errors as sentences: what is wrong, where, and the next step, of the table beside this module (`sentences.toml`).

An error of the closed trees carries fields and no prose; a command's words for each stand in the table alone. Faults of
the place (a port, a path, a right, a disk) are what the operating system raises, worded by their code.
"""

import errno
import socket
import ssl
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeGuard

from gateway.store.causes import cause_in_words

TABLE: Final = Path(__file__).with_name("sentences.toml")
_OTHER: Final = "other"
_OF_WRITING: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EPIPE})
_KEY_OF_ANOTHER: Final = "KEY_VALUES_MISMATCH"


class Sentence(NamedTuple):
    """What is wrong, and what to do about it; neither ends with a full stop."""

    what: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.what}. {self.next_step[:1].upper()}{self.next_step[1:]}." if self.next_step else f"{self.what}."


@cache
def table() -> Mapping[str, Mapping[str, Any]]:
    """The parsed table: `sentence` by class, `words` by reason, `place` by code."""
    return tomllib.loads(TABLE.read_text("utf-8"))


def sentence_of(error: BaseException) -> Sentence | None:
    """The sentence of a typed error or of a fault of the place; None for what is neither, a fault of ours."""
    row = table()["sentence"].get(type(error).__name__)
    if row is not None:
        what, next_step = row
        fields = {name: _worded(value) for name, value in vars(error).items()}
        fields["place"] = _place_in(vars(error))
        cause = Sentence(*cause_in_words(str(vars(error)["cause"]))) if "cause" in vars(error) else None
        if cause is not None:
            fields["cause"] = cause.what
        return Sentence(what.format_map(fields), next_step or (cause.next_step if cause else ""))
    return _fault_of_the_place(error) if _is_of_the_place(error) else None


def in_words(error: BaseException) -> str:
    """What is wrong, for a sentence that goes on: without the next step. For an error without a row its own text."""
    sentence = sentence_of(error)
    return str(error) if sentence is None else sentence.what


def words_of(name: str) -> str:
    """What a class of the trees, or a reason, says, where only its name was kept, not its fields; else the name."""
    row = table()["sentence"].get(name)
    return str(table()["words"].get(name, name)) if row is None else row[0].format_map(_Unkept())


class _Unkept(dict[str, str]):
    """Fields of an error of which only the class was kept."""

    def __missing__(self, _field: str) -> str:
        return "something"


def at_place(fault: OSError, *where: str) -> OSError:
    """The same fault of the operating system, naming the place that it did not name itself."""
    if isinstance(fault, ssl.SSLError | socket.gaierror) or fault.errno is None:
        fault.filename = ", ".join(where)
        return fault
    return OSError(fault.errno, fault.strerror, ", ".join(where))


def _worded(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, str):
        return words_of(value)
    if isinstance(value, Iterable):
        return ", ".join(map(str, value))
    return str(value)


def _place_in(fields: Mapping[str, object]) -> str:
    """File and row of a table; row 0 is the file."""
    return f"{fields.get('file')}, row {fields['row']}" if fields.get("row") else str(fields.get("file"))


def _is_of_the_place(error: BaseException) -> TypeGuard[OSError]:
    """One that the operating system or TLS reported: a class of theirs that carries no code was raised by a program."""
    if not isinstance(error, OSError):
        return False
    return error.errno is not None or isinstance(error, TimeoutError | ssl.SSLError)


def _fault_of_the_place(fault: OSError) -> Sentence:
    rows = table()["place"]
    what, next_step = rows.get(_code(fault), rows[_OTHER])
    return Sentence(what.format(where=_where(fault), reason=fault.strerror or "no reason is given"), next_step)


def _code(fault: OSError) -> str:
    if isinstance(fault, socket.gaierror) or (fault.errno or 0) < 0:  # a server's socket raises the plain class
        return "EAI"
    if isinstance(fault, ssl.SSLError):
        return _KEY_OF_ANOTHER if getattr(fault, "reason", None) == _KEY_OF_ANOTHER else "TLS"
    if isinstance(fault, TimeoutError):
        return "ETIMEDOUT"
    return errno.errorcode.get(fault.errno or 0, _OTHER)


def _where(fault: OSError) -> str:
    """The file or address; a write to what was open already (a stream, a file of this call) names none."""
    if fault.filename is not None:
        return str(fault.filename)
    return "the output" if fault.errno in _OF_WRITING else "a file"
