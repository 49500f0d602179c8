"""What was found in the national mailbox, and which messages of ours it may answer."""

import sqlalchemy as sa
from alembic import op

revision = "m0006"
down_revision = "m0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing is known yet, and nobody clears up."""
    op.create_table(
        "mail_asked",
        sa.Column("message_id", sa.String(64), primary_key=True),
        sa.Column("receiver", sa.String(32), nullable=False),
        sa.Column("kept", sa.Boolean, nullable=False),
        sa.Column("asked", sa.BigInteger, nullable=False),
    )
    op.create_index("mail_asked_asked", "mail_asked", ["asked"])
    op.create_table(
        "mail_found",
        sa.Column("hub_id", sa.String(128), primary_key=True),
        sa.Column("sender", sa.String(32), nullable=False),
        sa.Column("about", sa.String(64), nullable=False),
        sa.Column("receipt", sa.Boolean, nullable=False),
        sa.Column("found", sa.BigInteger, nullable=False),
        sa.Column("key_id", sa.String(32), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_index("mail_found_about", "mail_found", ["about"])
    lease = op.create_table(
        "mail_lease",
        sa.Column("task", sa.String(32), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(lease, [{"task": "clear-up", "holder": "", "until": 0}])
