"""What a command says for the operator never stands in its result."""

import json
import subprocess
import sys

PROGRAM = """
from gateway.log_lines import logger
logger("ncpeh.test").warning("line", number=1)
print("the result")
"""


def test_a_line_goes_to_standard_error_and_the_result_alone_to_standard_output():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=180)
    assert done.stdout == "the result\n"
    line = json.loads(done.stderr)
    assert line.pop("at").endswith("Z")
    assert line == {"event": "line", "level": "warning", "number": 1}
