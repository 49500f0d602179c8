"""What an issued document was made of, so that the same content is issued once."""

import sqlalchemy as sa
from alembic import op

revision = "m0007"
down_revision = "m0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of the documents there are it is not known: they stay as they are, and are not issued again."""
    op.add_column("issued_documents", sa.Column("made_of", sa.String(128)))
    op.create_index("issued_documents_made_of", "issued_documents", ["made_of"])
