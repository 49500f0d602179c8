"""Terminology releases and their activations."""

import sqlalchemy as sa
from alembic import op

revision = "m0002"
down_revision = "m0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; until a release is activated the starter is in force."""
    op.create_table(
        "terminology_releases",
        sa.Column("release", sa.String(64), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("imported_by", sa.Text, nullable=False),
        sa.Column("imported_at", sa.BigInteger, nullable=False),
        sa.Column("approved_by", sa.Text),
        sa.Column("approved_at", sa.BigInteger),
    )
    op.create_table(
        "terminology_activations",
        sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("release", sa.String(64), sa.ForeignKey("terminology_releases.release")),
        sa.Column("wave", sa.Integer, nullable=False),
        sa.Column("restores", sa.Integer),
        sa.Column("activated_by", sa.Text, nullable=False),
        sa.Column("activated_at", sa.BigInteger, nullable=False),
        sa.Column("override", sa.Text),
    )
