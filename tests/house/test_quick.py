"""`make quick` picks the tests that a change touches, the nearest first."""

from pathlib import Path

import pytest
from _pytest.outcomes import Skipped

from tests.support.machine.quick import Minute, _importers, touched

FILES = {
    "trust/xml.py": "",
    "trust/tls.py": "from trust.xml import parse",
    "gateway/cli/__init__.py": "",
    "gateway/cli/node.py": "def node():\n    import trust.tls",
    "transformers/page.html.j2": "",
    "transformers/page.py": "",
    "tests/trust/test_xml.py": "from trust.xml import parse",
    "tests/trust/test_tls.py": "from trust import tls",
    "tests/attack/test_trees.py": "import trust.xml",
    "tests/acceptance/test_node.py": "from gateway.cli.node import node",
    "tests/gateway/test_cli.py": "from gateway.cli.node import node",
    "tests/gateway/conftest.py": "",
    "tests/transformers/test_page.py": "import transformers.page",
    "tests/house/test_rules.py": "",
    "tests/samples/test_samples.py": "",
}


def picked(tmp_path: Path, *changed: str) -> list[str]:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return touched(changed, _importers(tmp_path))


def test_who_imports_the_change_comes_by_distance_its_mirror_first_and_worlds_last(tmp_path):
    near, then, last = "tests/trust/test_xml.py", "tests/trust/test_tls.py", "tests/gateway/test_cli.py"
    equal = "tests/attack/test_trees.py"
    assert picked(tmp_path, "trust/xml.py") == [near, equal, then, last, "tests/acceptance/test_node.py"]


def test_a_changed_test_comes_first_and_what_nothing_imports_touches_nothing(tmp_path):
    changed = ("tests/gateway/test_cli.py", "trust/tls.py")
    assert picked(tmp_path, *changed)[:2] == ["tests/gateway/test_cli.py", "tests/trust/test_tls.py"]
    assert picked(tmp_path, "trust/removed.py") == []


def test_a_package_is_imported_with_its_modules(tmp_path):
    assert picked(tmp_path, "gateway/cli/__init__.py") == ["tests/gateway/test_cli.py", "tests/acceptance/test_node.py"]


def test_a_changed_conftest_touches_the_tests_below_it(tmp_path):
    assert picked(tmp_path, "tests/gateway/conftest.py") == ["tests/gateway/test_cli.py"]


def test_a_file_that_is_no_module_touches_the_tests_of_its_place(tmp_path):
    assert picked(tmp_path, "transformers/page.html.j2") == ["tests/transformers/test_page.py"]
    assert picked(tmp_path, "samples/persons/x/person.json") == ["tests/samples/test_samples.py"]
    assert picked(tmp_path, "Makefile", "config/notes.md") == ["tests/house/test_rules.py"]


def test_the_minute_begins_with_the_first_test_and_leaves_out_by_name_what_comes_after_it():
    times = iter([1000, 1040, 1041])
    minute = Minute(lambda: next(times))
    minute.leave_when_over()
    minute.leave_when_over()
    with pytest.raises(Skipped, match="`make test` runs it"):
        minute.leave_when_over()
