"""The code made of templates prints what Jinja's own would print, and refuses what documents do not use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, StrictUndefined, TemplateAssertionError, UndefinedError
from markupsafe import escape

from transformers.cda.template_code import TemplateEnvironment
from transformers.cda.types.narrative import Piece

MACROS = """
{%- macro text(tag, piece, more=none) -%}
<{{ tag }}>{{ piece.first }}{% for line in piece.rest %}<br/>{{ line }}{% endfor %}
{%- if more is not none %} [{{ more }}]{% endif %}</{{ tag }}>
{%- endmacro -%}
"""
TEMPLATES = {
    "page": MACROS
    + '{{ text("p", piece) }}{% for piece in pieces %}{% include "part" %}{% endfor %}{{ text("q", piece, "&") }}',
    "part": "<i>{{ piece.first }}</i>",
    "keyword": MACROS + '{{ text("p", piece=piece) }}',
    "other test": "{{ piece is defined }}",
    "unknown name": "{{ unheard }}",
    "unknown attribute": "{{ piece.unheard }}",
}


def printed(kind: type[Environment], name: str) -> str:
    environment = kind(loader=DictLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    pieces = (Piece("<a> & 'b'"), Piece('"'))
    return environment.get_template(name).render(piece=Piece("1 < 2", ("x & y",)), pieces=pieces)


@given(st.text(st.sampled_from("&<>'\"ab &amp;æ"), max_size=30))
def test_a_text_is_escaped_as_by_markupsafe(text: str):
    assert TemplateEnvironment.escaped(text) == str(escape(text))


def test_a_template_prints_what_jinja_prints():
    assert printed(TemplateEnvironment, "page") == printed(Environment, "page")


@pytest.mark.parametrize("name", ["keyword", "other test"])
def test_refuses_what_documents_do_not_use(name: str):
    with pytest.raises(TemplateAssertionError):
        printed(TemplateEnvironment, name)


def test_refuses_a_name_that_is_not_there():
    with pytest.raises(UndefinedError):
        printed(TemplateEnvironment, "unknown name")


def test_refuses_an_attribute_that_is_not_there():
    with pytest.raises(AttributeError):
        printed(TemplateEnvironment, "unknown attribute")
