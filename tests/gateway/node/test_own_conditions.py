"""The list of what a node asks of itself: names, and that the house's page says what follows from each."""

import re
from pathlib import Path

from gateway.conditions import Occasion
from gateway.node.own.conditions import OWN_CONDITIONS

README = Path(__file__).parents[3] / "gateway" / "README.md"
ROW = re.compile(r"^\| `([a-z-]+)` \| .+ \| ((?:refuse|warn), (?:refuse|warn), (?:refuse|warn)) \|$", re.MULTILINE)


def test_no_two_conditions_share_a_name():
    names = [condition.name for condition in OWN_CONDITIONS]
    assert len(set(names)) == len(names)


def test_the_page_says_what_follows_from_each_condition():
    written = dict(ROW.findall(README.read_text("utf-8")))
    follows = {one.name: ", ".join(one.on(occasion) for occasion in Occasion) for one in OWN_CONDITIONS}
    assert written == follows
