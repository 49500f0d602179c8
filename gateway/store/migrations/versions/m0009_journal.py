"""The journal of what is taken and dispensed abroad: rows, the messages they sent, and discards that came before."""

import sqlalchemy as sa
from alembic import op

revision = "m0009"
down_revision = "m0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing has been taken."""
    op.create_table(
        "journal_rows",
        sa.Column("row_id", sa.String(36), primary_key=True),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("document", sa.String(64), nullable=False),
        sa.Column("submission", sa.String(36), nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("taken", sa.String(64), unique=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("asked_in", sa.String(16)),
        sa.Column("refusal", sa.String(256)),
        sa.Column("discard", sa.Boolean, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("opened", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("evidence", sa.String(36), nullable=False),
        sa.Column("proof", sa.String(128), nullable=False),
        sa.Column("fencing", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("facts", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("key", "attempt", name="journal_rows_key"),
    )
    op.create_index("journal_rows_document", "journal_rows", ["document"])
    op.create_index("journal_rows_submission", "journal_rows", ["submission"])
    op.create_index("journal_rows_state", "journal_rows", ["state", "until"])
    op.create_table(
        "journal_messages",
        sa.Column("row_id", sa.String(36), sa.ForeignKey("journal_rows.row_id"), primary_key=True),
        sa.Column("step", sa.String(16), primary_key=True),
        sa.Column("message_id", sa.String(36), nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "journal_discards",
        sa.Column("document", sa.String(64), primary_key=True),
        sa.Column("asked", sa.BigInteger, nullable=False),
        sa.Column("evidence", sa.String(36), nullable=False),
    )
