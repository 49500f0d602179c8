"""The templates: each is used, each is packaged beside the code, each prints what it is given and nothing else."""

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

import transformers.cda
from transformers.cda.printing import render

FOLDER = Path(transformers.cda.__file__).parent / "templates"
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.iterdir())}
CODE = "".join(path.read_text(encoding="utf-8") for path in FOLDER.parent.rglob("*.py"))


@pytest.mark.parametrize("name", TEXTS)
def test_template_is_used(name):
    stem = name.replace("absent_allergies", "absent_{layout.name}") if name.startswith("absent_") else name
    stem = re.sub(r"^absent_\w+\.xml", "absent_{layout.name}.xml", stem)
    elsewhere = "".join(text for other, text in TEXTS.items() if other != name)
    assert f'"{stem}"' in elsewhere + CODE


@pytest.mark.parametrize("name", TEXTS)
def test_template_escapes_everything(name):
    assert "|safe" not in TEXTS[name].replace(" ", "")
    assert "autoescape" not in TEXTS[name]


def test_a_view_with_a_hole_is_not_printed():
    with pytest.raises(UndefinedError):
        render("device.xml.j2")


def test_templates_are_beside_the_code():
    assert "device.xml.j2" in TEXTS
