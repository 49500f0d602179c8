"""A face that lacks a verifier, a fitting admission or a way to say an error does not start; the error says what."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from gateway.configuration.refusals import RefusalRow, Refusals, Transaction
from gateway.pipeline.answer import CountryA
from gateway.pipeline.form import FaceIncomplete
from gateway.pipeline.transactions import country_a_rows
from tests.gateway.pipeline.json_face import JsonForm
from tests.support.callers.verified import policy
from tests.support.nodes.in_process import in_process
from tests.support.nodes.wire import document_types, refusals


class TokenCaller:
    """A caller nobody here verifies."""


class Lacking(Refusals):
    """The table without the row of one cause in one transaction."""

    def __init__(self, transaction: Transaction, cause: str) -> None:
        self.__dict__.update(refusals().__dict__)
        self._lacks = (transaction, cause)

    def __iter__(self) -> Iterator[RefusalRow]:
        return (row for row in refusals() if (row.transaction, row.cause) != self._lacks)


def with_table(table: Refusals) -> dict[str, Any]:
    return {"country_a": CountryA(policy(), None, None, table, lambda: None)}  # type: ignore[arg-type,return-value]  # asks nothing


def test_a_whole_face_starts():
    assert in_process(form=JsonForm()).answerer is not None
    assert in_process().answerer is not None


@pytest.mark.parametrize("named", [None, "saml"])
def test_a_face_that_names_no_verifier_does_not_start(named: Any):
    form = JsonForm()
    form.caller = named
    with pytest.raises(FaceIncomplete, match="face json: names no verifier"):
        in_process(form=form)


def test_a_face_whose_verifier_nobody_has_does_not_start():
    form = JsonForm()
    form.caller = TokenCaller  # type: ignore[assignment]  # as a face of another kind of caller would
    with pytest.raises(FaceIncomplete, match="face json: no verifier makes a TokenCaller"):
        in_process(form=form)


def test_a_face_with_the_admission_of_other_callers_does_not_start():
    rows = dict(country_a_rows(document_types()))
    rows[Transaction.RETRIEVE] = replace(rows[Transaction.RETRIEVE], caller=TokenCaller)
    with pytest.raises(FaceIncomplete, match="face json, ITI-39: its admission takes a TokenCaller"):
        in_process(form=JsonForm(), rows=rows)


@pytest.mark.parametrize(
    ("transaction", "cause"), [(Transaction.FIND_PATIENT, "PatientUnknown"), (Transaction.UNKNOWN, "XmlTooDeep")]
)
def test_an_error_without_a_row_stops_the_second_face(transaction: Transaction, cause: str):
    with pytest.raises(FaceIncomplete, match=f"face json, {transaction}: no row for {cause}"):
        in_process(form=JsonForm(), **with_table(Lacking(transaction, cause)))
    assert in_process(form=JsonForm(), **with_table(refusals()))


def test_an_error_that_the_form_cannot_say_stops_the_face():
    class Silent(JsonForm):
        def writes(self, row: RefusalRow) -> bool:
            return row.cause != "SharingBlocked"

    with pytest.raises(FaceIncomplete, match="face json, ITI-55: cannot write the row for SharingBlocked"):
        in_process(form=Silent())
