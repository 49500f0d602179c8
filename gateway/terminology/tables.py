"""Releases known to the nodes of a database, and every activation there ever was. Moments are microseconds (UTC)."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, String, Table, Text

metadata = MetaData()

terminology_releases = Table(
    "terminology_releases",
    metadata,
    Column("release", String(64), primary_key=True),
    Column("sha256", String(64), nullable=False),  # of the file
    Column("imported_by", Text, nullable=False),
    Column("imported_at", BigInteger, nullable=False),
    Column("approved_by", Text),
    Column("approved_at", BigInteger),
)

terminology_activations = Table(
    "terminology_activations",
    metadata,
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("release", String(64), ForeignKey("terminology_releases.release")),  # null: the starter release
    Column("wave", Integer, nullable=False),  # 0: every wave
    Column("restores", Integer),  # the generation a rollback went back to (0: the starter); null: an activation
    Column("activated_by", Text, nullable=False),
    Column("activated_at", BigInteger, nullable=False),
    Column("override", Text),  # why, when checks had failed
)
