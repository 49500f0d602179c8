"""Which form of the tests runs, with which seed, for how long: `tests/support/machine`."""

import pytest

from tests.support.machine import garbage, generated, quick


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    generated.set_up(config)


def pytest_collection() -> None:
    garbage.begin()


def pytest_collection_finish() -> None:
    garbage.leave_out_what_stays()


def pytest_report_header() -> str:
    return generated.told()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if terminalreporter.stats.get("failed") or terminalreporter.stats.get("error"):
        terminalreporter.write_line(generated.told())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    nameless = [item.nodeid for item in items if " at 0x" in item.nodeid]
    if nameless:  # each worker would give it another name, and none would run
        raise pytest.UsageError(f"a test is named by an address: {nameless[0]}")
    if nowhere := generated.named_by_address(item.nodeid for item in items):
        raise pytest.UsageError(f"give these tests ids that are the same in each worker: {', '.join(nowhere)}")
    left = generated.left_to_prove(items)
    if left:
        config.hook.pytest_deselected(items=left)
        apart = set(left)
        items[:] = [item for item in items if item not in apart]


_MINUTE = quick.minute()


def pytest_runtest_setup() -> None:
    if _MINUTE is not None:
        _MINUTE.leave_when_over()
