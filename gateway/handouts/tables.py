"""The table of state table B: a row for each dispensation that was drafted here."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

metadata = MetaData()

handout_rows = Table(
    "handout_rows",
    metadata,
    Column("row_id", String(36), primary_key=True),
    Column("document", String(64), nullable=False, unique=True),  # digest of our ClinicalDocument/id
    Column("prescription", String(64), nullable=False),  # digest of country and prescription item
    Column("taken", String(64), unique=True),  # the same, for as long as this row alone may dispense it
    Column("state", String(24), nullable=False),
    Column("asked_in", String(24)),  # the question that a person is asked about
    Column("answer_key", String(32)),
    Column("answer", LargeBinary),  # sealed: what the country said, codes and words
    Column("seen", String(24)),  # what its list showed afterwards
    Column("tries", Integer, nullable=False),
    Column("drafted", BigInteger, nullable=False),
    Column("sent", BigInteger),  # when it was last put as a question
    Column("changed", BigInteger, nullable=False),
    Column("evidence", String(36)),  # the event that was recorded when it was confirmed
    Column("proof", String(128), nullable=False),  # "key id:HMAC-SHA256" of the columns above but `tries`
    Column("fencing", BigInteger, nullable=False),  # counts who took the row; the newest alone may go on
    Column("holder", String(64), nullable=False),
    Column("until", BigInteger, nullable=False),  # from then on another may take it
    Column("key_id", String(32), nullable=False),
    Column("facts", LargeBinary, nullable=False),  # sealed: what was drafted, never changed
    Index("handout_rows_prescription", "prescription"),
    Index("handout_rows_state", "state", "changed"),
)
