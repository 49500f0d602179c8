"""Evidence: one row per transaction, the head of the chain, and bodies when they are kept."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

evidence = Table(
    "evidence",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", String(36), nullable=False, unique=True),
    Column("correlation", String(36), nullable=False),
    Column("patient", String(128)),  # PersonKey, "key id:digest"
    Column("event", Text, nullable=False),  # canonical JSON, the very text that was hashed
    Column("previous", LargeBinary(32), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Index("evidence_correlation", "correlation"),
    Index("evidence_patient", "patient"),
)

evidence_head = Table(
    "evidence_head",
    metadata,
    Column("chain", Integer, primary_key=True, autoincrement=False),  # 1: there is one chain
    Column("sequence", BigInteger, nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
)

evidence_bodies = Table(
    "evidence_bodies",
    metadata,
    Column("event_id", String(36), ForeignKey("evidence.event_id"), primary_key=True),
    Column("key_id", String(32), nullable=False),
    Column("request", LargeBinary, nullable=False),  # sealed
    Column("response", LargeBinary, nullable=False),  # sealed
)
