"""What nodes tell each other of their clocks."""

import sqlalchemy as sa
from alembic import op

revision = "m0004"
down_revision = "m0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is believed of the time begins with the newest document that was listed, where there is one."""
    op.create_table(
        "node_clocks",
        sa.Column("node", sa.String(64), primary_key=True),
        sa.Column("wall", sa.BigInteger, nullable=False),
        sa.Column("reference", sa.String(64), nullable=False),
        sa.Column("reference_at", sa.BigInteger, nullable=False),
        sa.Column("steady", sa.BigInteger, nullable=False),
        sa.Column("standing", sa.String(16), nullable=False),
    )
    op.create_table(
        "settled_time",
        sa.Column("database", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("settled", sa.BigInteger),
        sa.Column("newest", sa.BigInteger, nullable=False),
        sa.Column("accepted", sa.BigInteger, nullable=False),
    )
    op.execute("INSERT INTO settled_time SELECT 1, max(created), 0, 0 FROM issued_documents")
