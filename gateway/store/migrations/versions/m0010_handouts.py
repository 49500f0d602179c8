"""What Norwegian pharmacies hand out on foreign prescriptions: a row for each dispensation (state table B)."""

import sqlalchemy as sa
from alembic import op

revision = "m0010"
down_revision = "m0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing has been handed out."""
    op.create_table(
        "handout_rows",
        sa.Column("row_id", sa.String(36), primary_key=True),
        sa.Column("document", sa.String(64), nullable=False, unique=True),
        sa.Column("prescription", sa.String(64), nullable=False),
        sa.Column("taken", sa.String(64), unique=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("asked_in", sa.String(24)),
        sa.Column("answer_key", sa.String(32)),
        sa.Column("answer", sa.LargeBinary),
        sa.Column("seen", sa.String(24)),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("drafted", sa.BigInteger, nullable=False),
        sa.Column("sent", sa.BigInteger),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("evidence", sa.String(36)),
        sa.Column("proof", sa.String(128), nullable=False),
        sa.Column("fencing", sa.BigInteger, nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("facts", sa.LargeBinary, nullable=False),
    )
    op.create_index("handout_rows_prescription", "handout_rows", ["prescription"])
    op.create_index("handout_rows_state", "handout_rows", ["state", "changed"])
