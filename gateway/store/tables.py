"""The store's own tables: what was seen once, clocks, keys, documents, mail. Moments: microseconds since 1970."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

seen_once = Table(
    "seen_once",
    metadata,
    Column("space", String(64), primary_key=True),
    Column("key", LargeBinary(32), primary_key=True),  # SHA-256: the key itself is not kept
    Column("value", Text, nullable=False),
    Column("until", BigInteger, nullable=False),
    Index("seen_once_until", "until"),
)

seen_forgotten = Table(
    "seen_forgotten",
    metadata,
    Column("memory", Integer, primary_key=True, autoincrement=False),  # 1: there is one memory
    Column("until", BigInteger, nullable=False),  # what ended by then was forgotten, by whatever clock
)

node_clocks = Table(
    "node_clocks",
    metadata,
    Column("node", String(64), primary_key=True),
    Column("wall", BigInteger, nullable=False),
    Column("reference", String(64), nullable=False),  # the database server's clock, or the boot of a SQLite machine
    Column("reference_at", BigInteger, nullable=False),  # when that clock was read beside the wall clock
    Column("steady", BigInteger, nullable=False),  # microseconds
    Column("standing", String(16), nullable=False),
)

settled_time = Table(
    "settled_time",
    metadata,
    Column("database", Integer, primary_key=True, autoincrement=False),  # 1: there is one time
    Column("settled", BigInteger),  # no later than the real time, as far as the nodes can tell
    Column("newest", BigInteger, nullable=False),  # the latest time that a node went by
    Column("accepted", BigInteger, nullable=False),  # rows of the future up to here were accepted by a person
)

store_keys = Table(
    "store_keys",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("proof", String(64), nullable=False),  # HMAC-SHA256 under the key, hex
)

issued_documents = Table(
    "issued_documents",
    metadata,
    Column("unique_id", String(128), primary_key=True),
    Column("person", String(128), nullable=False),  # PersonKey, "key id:digest"
    Column("class_code", String(64), nullable=False),
    Column("format_code", String(128), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("sha1", String(40), nullable=False),
    Column("size", Integer, nullable=False),
    Column("terminology_release", String(64), nullable=False),
    Column("wave", Integer, nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("content", LargeBinary, nullable=False),  # sealed
    Column("about", LargeBinary, nullable=False),  # sealed: person identifier and metadata
    Column("made_of", String(128)),  # "key id:HMAC-SHA256" of the digest of its content
    Index("issued_documents_person", "person"),
    Index("issued_documents_expires", "expires"),
    Index("issued_documents_made_of", "made_of"),
)

listings = Table(
    "listings",
    metadata,
    Column("unique_id", String(128), primary_key=True),  # of a document that was issued
    Column("country", String(2), primary_key=True),
    Column("listed", BigInteger, nullable=False),  # the last time
    Column("expires", BigInteger, nullable=False),
    Index("listings_expires", "expires"),
)

mail_asked = Table(
    "mail_asked",
    metadata,
    Column("message_id", String(64), primary_key=True),  # MsgId of a message of ours, lower case
    Column("receiver", String(32), nullable=False),  # HER-id
    Column("kept", Boolean, nullable=False),  # a report: what answers it is kept
    Column("asked", BigInteger, nullable=False),
    Index("mail_asked_asked", "asked"),
)

mail_found = Table(
    "mail_found",
    metadata,
    Column("hub_id", String(128), primary_key=True),
    Column("sender", String(32), nullable=False),  # HER-id
    Column("about", String(64), nullable=False),  # MsgId it answers, lower case; empty: none that can be read
    Column("receipt", Boolean, nullable=False),
    Column("found", BigInteger, nullable=False),
    Column("key_id", String(32), nullable=False),
    Column("content", LargeBinary, nullable=False),  # sealed
    Index("mail_found_about", "about"),
)

mail_lease = Table(
    "mail_lease",
    metadata,
    Column("task", String(32), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", BigInteger, nullable=False),
)
