"""Which store keys the database was written with."""

import sqlalchemy as sa
from alembic import op

revision = "m0005"
down_revision = "m0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """None is known yet: the first node that starts notes its own."""
    op.create_table(
        "store_keys",
        sa.Column("key_id", sa.String(32), primary_key=True),
        sa.Column("proof", sa.String(64), nullable=False),
    )
