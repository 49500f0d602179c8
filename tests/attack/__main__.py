"""`python -m tests.attack`: makes every attack and writes the table of what each met, to be read before it is kept.

For who moved a check: rows whose check or refusal is another than before are printed, and are a change to be judged.
"""

import csv
import sys

from tests.attack import assertions, messages, peers, requests, sockets
from tests.attack.table import TABLE, Expected, expected


def main() -> None:
    before = {row.id: row for row in expected()}
    rows = []
    try:
        for module in (messages, assertions, requests, peers, sockets):
            for row in module.every():
                met = row.attack()
                rows.append(Expected(row.kind, row.name, met.cause, met.check))
    finally:
        sockets.SERVERS.close()
    for one in rows:
        if before.get(one.id) != one:
            sys.stdout.write(f"{one.id}: {one.refusal} by {one.check}\n")
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["class", "attack", "refusal", "check"])
        writer.writerows([one.kind, one.attack, one.refusal, one.check] for one in rows)


if __name__ == "__main__":
    main()
