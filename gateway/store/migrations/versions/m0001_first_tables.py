"""Seen once, issued documents, evidence with its chain's head, evidence bodies.

Migrations say what the tables were then, so they import nothing of the rooms; a test compares their sum with the rooms'
tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "m0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables; the chain begins at sequence 0 with 32 zero bytes."""
    op.create_table(
        "seen_once",
        sa.Column("space", sa.String(64), primary_key=True),
        sa.Column("key", sa.LargeBinary(32), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_index("seen_once_until", "seen_once", ["until"])
    op.create_table(
        "issued_documents",
        sa.Column("unique_id", sa.String(128), primary_key=True),
        sa.Column("person", sa.String(128), nullable=False),
        sa.Column("class_code", sa.String(64), nullable=False),
        sa.Column("format_code", sa.String(128), nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("sha1", sa.String(40), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("terminology_release", sa.String(64), nullable=False),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("about", sa.LargeBinary, nullable=False),
    )
    op.create_index("issued_documents_person", "issued_documents", ["person"])
    op.create_index("issued_documents_expires", "issued_documents", ["expires"])
    op.create_table(
        "evidence",
        sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.String(36), nullable=False, unique=True),
        sa.Column("correlation", sa.String(36), nullable=False),
        sa.Column("patient", sa.String(128)),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("previous", sa.LargeBinary(32), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )
    op.create_index("evidence_correlation", "evidence", ["correlation"])
    op.create_index("evidence_patient", "evidence", ["patient"])
    head = op.create_table(
        "evidence_head",
        sa.Column("chain", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
    )
    op.bulk_insert(head, [{"chain": 1, "sequence": 0, "hash": bytes(32)}])
    op.create_table(
        "evidence_bodies",
        sa.Column("event_id", sa.String(36), sa.ForeignKey("evidence.event_id"), primary_key=True),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("request", sa.LargeBinary, nullable=False),
        sa.Column("response", sa.LargeBinary, nullable=False),
    )
