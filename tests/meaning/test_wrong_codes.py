"""A wrong code put into a form of the product makes a row of the corpus fail."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.meaning.wrong_codes import Form, a_row_fails, forms, with_wrong_code
from tests.support.machine.generated import choices

SAMPLE = 40
"""Always the same, by their digests: which forms are drawn is no chance of the day."""
FEWEST = 38
"""Where a reader knows a thing by other signs as well, and no printer writes it, a wrong code stays unseen."""


def fails(form: Form) -> bool:
    with TemporaryDirectory() as folder:
        return a_row_fails(form, Path(folder))


def test_the_forms_are_found_and_a_wrong_code_is_another_source():
    found = forms()
    assert len(found) > 100
    chosen = choices("a wrong code").choice(found)
    assert with_wrong_code(chosen).count("99.9") == 1


@pytest.mark.prove
@pytest.mark.timed
def test_of_forty_wrong_codes_a_row_fails_for_each_but_two():
    sample = sorted(forms(), key=lambda form: sha256(f"{form.path} {form.value}".encode()).digest())[:SAMPLE]
    with ThreadPoolExecutor(2) as pool:
        unseen = [form for form, seen in zip(sample, pool.map(fails, sample), strict=True) if not seen]
    assert len(unseen) <= SAMPLE - FEWEST, unseen
