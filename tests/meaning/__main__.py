"""`python -m tests.meaning`: the whole corpus, and what it says of the product in figures."""

import sys
from collections import Counter

from tests.meaning import readers
from tests.meaning.table import every_row

LOOKS = {"read": readers.wrongly_read, "processed": readers.wrongly_processed, "shown": readers.wrongly_shown}


def main() -> int:
    """Every row by every reader; exit 1 when one says otherwise than its row and is not open."""
    rows = every_row()
    silent, open_rows, looked = [], [], Counter[str]()
    for row in rows:
        looks = LOOKS if row.kind in readers.DOCUMENTS else {"read": readers.wrongly_read}
        found = [f"{row.id}: {one}" for name, look in looks.items() for one in (looked.update([name]), look(row))[1]]
        (open_rows if row.open else silent).extend(found)
    refused = sum(row.means.state.startswith(readers.REFUSED) for row in rows) / len(rows)
    in_words = sum(row.means.state == "not-readable" for row in rows) / len(rows)
    sys.stdout.write(
        f"{len({row.document for row in rows})} documents, {len({row.construct for row in rows})} constructs\n"
        f"{sum(looked.values())} readers × rows; {len(silent)} silent wrong readings\n"
        f"refused {refused:.1%}, kept in words alone {in_words:.1%}, as the table has it\n"
    )
    sys.stdout.writelines(f"{line}\n" for line in (*silent, *(f"open: {one}" for one in open_rows)))
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
