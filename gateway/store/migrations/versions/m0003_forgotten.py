"""Until when what was seen is forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "m0003"
down_revision = "m0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known to be forgotten that has not ended by every clock that is anywhere near right."""
    forgotten = op.create_table(
        "seen_forgotten",
        sa.Column("memory", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(forgotten, [{"memory": 1, "until": 0}])
