"""`python -m tests.crash WORK`: operations while processes are killed and national services misbehave, and what came.

``--dispensations N`` is ``dispensings --operations N``. A run that was broken off, or that ``--minutes`` ended, goes on
where it was, in the same ``--dir``. Exit 0: nothing is wrong; 1: the judge says what; 3: nothing yet, legs are left.
"""

import argparse
import sys
import time
import warnings
from pathlib import Path

from tests.crash.dispensings import DISPENSINGS, LEG, TAKES
from tests.crash.handouts import HANDOUTS
from tests.crash.handouts import LEG as HANDOUT_LEG
from tests.crash.lookups import LOOKUPS
from tests.crash.run import LegResult, Run, Setting
from tests.support.machine.generated import SEED

WORKS = {"lookups": LOOKUPS, "takes": TAKES, "dispensings": DISPENSINGS, "handouts": HANDOUTS}
LEGS = {"dispensings": LEG, "handouts": HANDOUT_LEG}


def main() -> int:
    asked = _arguments()
    warnings.simplefilter("error")
    name = f"{asked.work}-{asked.seed}-{asked.database}-{asked.nodes}"
    leg = asked.leg or LEGS.get(asked.work, 250)
    run = Run(asked.work, asked.seed, asked.operations, asked.kills, Setting(asked.database, asked.nodes), leg)
    folder = asked.dir or Path("var") / "crash" / name
    results: list[LegResult] = []
    ends = None if asked.minutes is None else time.monotonic() + 60 * asked.minutes
    for one in run.results(WORKS[asked.work], folder):
        results.append(one)
        sys.stdout.write(f"leg {one.leg}: {one.operations} operations, {one.answered} answered\n")
        sys.stdout.writelines(f"  {blow}\n" for blow in one.blows)
        sys.stdout.writelines(f"  WRONG: {fault}\n" for fault in one.faults)
        sys.stdout.flush()
        if ends is not None and time.monotonic() >= ends:
            break
    blows = sum(len(one.blows) for one in results)
    faults = sum(len(one.faults) for one in results)
    sys.stdout.write(
        f"{name}: {sum(one.operations for one in results)} operations, {sum(one.answered for one in results)} answered,"
        f" {blows} blows, {faults} wrong\n"
    )
    if faults:
        return 1
    return 3 if sum(one.operations for one in results) < asked.operations else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("work", choices=sorted(WORKS), nargs="?", default="dispensings")
    parser.add_argument("--dispensations", type=int, dest="operations", help="as `dispensings --operations`")
    parser.add_argument("--operations", type=int, default=60)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--leg", type=int, help="operations of one world; default 250, dispensings 40, handouts 60")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--nodes", type=int, choices=(1, 2), default=1)
    parser.add_argument("--dir", type=Path, help="where a run is kept, and goes on; default below var/crash")
    parser.add_argument("--minutes", type=float, help="begin no further leg after so many minutes")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
