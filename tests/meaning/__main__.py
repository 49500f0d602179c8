"""`python -m tests.meaning`: the whole corpus, and what it says of the product in figures."""

import sys

from tests.meaning import readers
from tests.meaning.table import every_row

UNTIL_WRONG = "--until-wrong"


def is_wrong() -> bool:
    """Whether any row is wrong, or anything is printed otherwise than the guide has it: the first that is tells it."""
    rows = sorted((row for row in every_row() if not row.open), key=lambda row: not row.guide)
    if any(readers.otherwise_than_the_guide(row) for row in rows if row.guide and row.kind in readers.PRINTERS):
        return True
    return any(look(row) for look in (readers.wrongly_read, readers.wrongly_printed) for row in rows)


def main() -> int:
    """Every row by every reader; exit 1 when one says otherwise than its row and is not open."""
    rows = every_row()
    silent, open_rows, looked = [], [], 0
    for row in rows:
        looks = [look for look in readers.LOOKS if look is readers.wrongly_read or row.kind in readers.DOCUMENTS]
        found = [f"{row.id}: {one}" for look in looks for one in look(row)]
        looked += len(looks)
        (open_rows if row.open else silent).extend(found)
    refused = sum(row.means.state.startswith(readers.REFUSED) for row in rows) / len(rows)
    in_words = sum(row.means.state == "not-readable" for row in rows) / len(rows)
    sys.stdout.write(
        f"{len({row.document for row in rows})} documents, {len({row.construct for row in rows})} constructs\n"
        f"{looked} readers and printers × rows; {len(silent)} silent wrong readings\n"
        f"refused {refused:.1%}, kept in words alone {in_words:.1%}, as the table has it\n"
    )
    sys.stdout.writelines(f"{line}\n" for line in (*silent, *(f"open: {one}" for one in open_rows)))
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(is_wrong() if UNTIL_WRONG in sys.argv[1:] else main())
