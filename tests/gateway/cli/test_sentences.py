"""What a command says of an error: every leaf of the closed trees has its sentence, and a fault of the place too."""

import ast
import errno
import io
import re
import socket
import ssl
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from gateway.cli.sentences import Sentence, at_place, in_words, sentence_of, table, words_of
from gateway.errors import BodyTooLarge, EvidenceUnavailable, InternalFault, Refusal, StoreUnavailable
from gateway.evidence.chain import CHECKPOINT_NOT_WRITTEN, HEAD_FILE_LOST
from gateway.evidence.event_of import UNDELIVERED
from gateway.http import HttpFailure
from gateway.peers.errors import AbroadRefused, PeerAnswerUnreadable
from gateway.store.errors import DatabaseNotCurrent, KeyFileUnreadable, StoreCannotStart, StoreNotCopied
from gateway.terminology.errors import ChecksFailed, TerminologyRefused
from tests.support.machine.syntax import tree
from transformers import cda
from transformers.cda.errors import CdaError, DocumentUnreadable
from transformers.display.errors import DisplayRefused
from transformers.norway.errors import NorwegianMessageError
from transformers.terminology.errors import DocumentUntransformed, PackageUnreadable, ReleaseInvalid, TableUnreadable
from transformers.words import WordsInvalid
from trust.errors import TrustError, XmlEncodingForbidden

TREES = (
    TrustError,
    Refusal,
    StoreCannotStart,
    StoreNotCopied,
    TerminologyRefused,
    HttpFailure,
    AbroadRefused,
    ReleaseInvalid,
    DocumentUntransformed,
    CdaError,
    DisplayRefused,
    NorwegianMessageError,
    WordsInvalid,
)
OURS = ("gateway.", "transformers.", "trust.")
VALUES = {"rules": ("own-code-1", "own-time-2"), "codes": ("E01",), "problems": (), "row": 3, "line": 4, "limit": 1024}
"""Of fields that are no text; others are given their own name."""


def leaves(of: type) -> list[type]:
    below = [one for one in of.__subclasses__() if one.__module__.startswith(OURS)]
    return [leaf for one in below for leaf in leaves(one)] if below else [of]


LEAVES = {leaf.__name__: leaf for tree in TREES for leaf in leaves(tree)}


def example(leaf: type, **given: object) -> Exception:
    names = [field.name for field in fields(leaf)] if is_dataclass(leaf) else []
    made = leaf(**{name: given.get(name, VALUES.get(name, f"the-{name}")) for name in names})
    assert isinstance(made, Exception)
    return made


def test_each_leaf_of_the_trees_has_its_sentence_and_no_sentence_is_nobodys():
    assert len(LEAVES) > 180
    assert set(table()["sentence"]) == set(LEAVES)


@pytest.mark.parametrize("name", LEAVES)
def test_a_sentence_names_no_class_and_has_its_next_step(name: str):
    sentence = sentence_of(example(LEAVES[name]))
    assert sentence is not None
    text = str(sentence)
    assert all(part.strip() == part and part and not part.endswith(".") for part in sentence)
    assert not [leaf for leaf in LEAVES if leaf in text]
    assert not {"{", "}", "None", "()", "='"} & {sign for sign in ("{", "}", "None", "()", "='") if sign in text}


def test_a_field_that_names_a_reason_is_said_in_words():
    assert in_words(DocumentUnreadable("XmlEncodingForbidden")) == in_words(XmlEncodingForbidden())
    assert in_words(DocumentUnreadable("OriginalEmpty")) == "its original is empty"
    assert words_of("RequestMalformed") == "the request lacks or repeats something", "its field was not kept"
    assert words_of("of-no-tree") == "of-no-tree"
    assert "Tell" in str(sentence_of(PeerAnswerUnreadable("SoapMalformed")))
    assert "no SOAP envelope" in str(sentence_of(PeerAnswerUnreadable("SoapMalformed")))


def reasons_raised() -> set[str]:
    """Names of reasons in every ``raise DocumentUnreadable(…)``, and in the tables that it takes them from."""
    found = {"NoPrescription", "NoDispensation"}  # put together of the entry's name
    for path in Path(cda.__path__[0]).rglob("*.py"):
        for node in ast.walk(tree(path)):
            named = getattr(getattr(node, "func", None), "id", None) or getattr(
                getattr(node, "target", None), "id", None
            )
            if named in ("DocumentUnreadable", "_UNREADABLE"):
                inside = [one for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                found |= {one.value for one in inside if re.fullmatch(r"[A-Z]\w{3,}", one.value)}
    return found


def test_each_reason_has_words_and_no_words_are_nobodys():
    raised = reasons_raised()
    assert {"NoPatientSummary", "KindUnknown", "OriginalEmpty", "NoBase64"} < raised
    raised |= {"ENOSPC", "EDQUOT", "EACCES", "EROFS", UNDELIVERED, HEAD_FILE_LOST, CHECKPOINT_NOT_WRITTEN}
    assert set(table()["words"]) | set(LEAVES) >= raised
    assert set(table()["words"]) <= raised


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (TableUnreadable("systems.csv", 0), "systems.csv is no table"),
        (TableUnreadable("systems.csv", 7), "systems.csv, row 7 is no table"),
        (PackageUnreadable("a.tgz", 0, "corrupt or truncated"), "a.tgz cannot be read: corrupt or truncated"),
        (DatabaseNotCurrent(None, "m0004"), "at revision none, and this program needs m0004. Run: ncpeh db migrate"),
        (StoreUnavailable("OperationalError/SQLITE_CANTOPEN"), "is not there or cannot be opened. Run: ncpeh db mig"),
        (StoreUnavailable("OperationalError"), "the server cannot be reached, or refuses this user"),
        (StoreUnavailable("UndefinedTable/42P01"), "it lacks a table. Run: ncpeh db migrate"),
        (StoreUnavailable("busy"), "another thread holds it"),
        (StoreUnavailable("WeirdError/XX000"), "it refused a statement (XX000)"),
        (StoreUnavailable(), "it refused a statement (no code)"),
        (EvidenceUnavailable("OperationalError/SQLITE_FULL"), "so nothing was done: the disk is full. Look"),
        (ChecksFailed("a-release", ("set-empty", "map-cyclic")), "failed checks (set-empty, map-cyclic)"),
        (KeyFileUnreadable("store/keys", "it has no key"), "store/keys: no store keys can be read from it (it has no"),
        (BodyTooLarge(9), "more than 9 bytes"),
    ],
)
def test_a_sentence_says_where_and_why(error: Exception, part: str):
    assert part in str(sentence_of(error))


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (FileNotFoundError(errno.ENOENT, "x", "a/b"), "a/b is not there. Look at the path."),
        (FileExistsError(errno.EEXIST, "x", "a"), "a is a file, and a directory is needed there."),
        (PermissionError(errno.EACCES, "x", "a"), "a may not be read or written by this user."),
        (OSError(errno.ENOSPC, "x"), "the output cannot be written: no space is left."),
        (BrokenPipeError(errno.EPIPE, "x"), "the output was closed before everything was written."),
        (at_place(OSError(errno.EADDRINUSE, "x"), "127.0.0.1:8443"), "127.0.0.1:8443 is in use by another process."),
        (at_place(socket.gaierror(-2, "x"), "nowhere:1"), "the host of nowhere:1 has no address."),
        (
            at_place(ssl.SSLError(1, "x"), "a.pem", "a.key"),
            "no certificate, key or revocation list can be read: a.pe",
        ),
        (TimeoutError("x"), "a file did not answer in time."),
        (OSError(errno.EXDEV, "Invalid cross-device link", "a"), "a cannot be read or written (Invalid cross-device l"),
    ],
)
def test_a_fault_of_the_place_says_where_what_and_the_next_step(fault: OSError, text: str):
    assert text in str(sentence_of(fault))


def test_a_fault_of_ours_has_no_sentence():
    for fault in (ValueError("x"), KeyError("x"), io.UnsupportedOperation("x"), OSError("x")):
        assert sentence_of(fault) is None
    assert in_words(ValueError("as it says itself")) == "as it says itself"
    assert str(Sentence("it is so", "")) == "it is so."
    assert "fault of this program" in str(sentence_of(InternalFault()))
