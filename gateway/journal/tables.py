"""The journal's tables: a row for each dispensation, the messages it sent, and discards that came before it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData()

journal_rows = Table(
    "journal_rows",
    metadata,
    Column("row_id", String(36), primary_key=True),
    Column("key", String(64), nullable=False),  # digest of country, document and supply
    Column("attempt", Integer, nullable=False),  # the same dispensation may come again when it fell
    Column("document", String(64), nullable=False),  # digest of country and document
    Column("submission", String(36), nullable=False),
    Column("place", Integer, nullable=False),  # in its submission
    Column("taken", String(64), unique=True),  # ReseptId in lower case, for as long as this row alone may touch it
    Column("state", String(16), nullable=False),
    Column("asked_in", String(16)),  # the question that a person is asked about
    Column("refusal", String(256)),  # why it fell: reason and national codes
    Column("discard", Boolean, nullable=False),  # a discard came while it was not settled
    Column("tries", Integer, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("evidence", String(36), nullable=False),  # the event that was recorded when it was opened
    Column("proof", String(128), nullable=False),  # "key id:HMAC-SHA256" of the columns above but `tries`
    Column("fencing", BigInteger, nullable=False),  # counts who took the row; the newest alone may go on
    Column("holder", String(64), nullable=False),
    Column("until", BigInteger, nullable=False),  # from then on another may take it
    Column("key_id", String(32), nullable=False),
    Column("facts", LargeBinary, nullable=False),  # sealed: what was decided, never changed
    UniqueConstraint("key", "attempt", name="journal_rows_key"),
    Index("journal_rows_document", "document"),
    Index("journal_rows_submission", "submission"),
    Index("journal_rows_state", "state", "until"),
)

journal_messages = Table(
    "journal_messages",
    metadata,
    Column("row_id", String(36), ForeignKey("journal_rows.row_id"), primary_key=True),
    Column("step", String(16), primary_key=True),
    Column("message_id", String(36), nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("content", LargeBinary, nullable=False),  # sealed: conversation and bytes
)

journal_discards = Table(
    "journal_discards",
    metadata,
    Column("document", String(64), primary_key=True),  # digest of country and document
    Column("asked", BigInteger, nullable=False),
    Column("evidence", String(36), nullable=False),
)
