"""To which country an issued document was listed, and when: a dispensing is of a prescription that was listed there."""

import sqlalchemy as sa
from alembic import op

revision = "m0008"
down_revision = "m0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of what was listed before it is not known: it has to be listed again before it is dispensed."""
    op.create_table(
        "listings",
        sa.Column("unique_id", sa.String(128), primary_key=True),
        sa.Column("country", sa.String(2), primary_key=True),
        sa.Column("listed", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
    )
    op.create_index("listings_expires", "listings", ["expires"])
