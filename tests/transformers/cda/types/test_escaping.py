"""Texts of a document are escaped once, as well as a library would."""

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from transformers.cda.types.elements import escaped


@given(st.text(st.sampled_from("&<>'\"ab &amp;æ"), max_size=30))
def test_a_text_is_escaped_as_by_markupsafe(text: str):
    assert escaped(text) == str(escape(text))
