"""The tables of a release file (SQLite 3, WITHOUT ROWID: a table is its own index). Written once, never changed."""

APPLICATION_ID = 0x6E637452  # "nctR"
FORMAT = 2
TABLES = {
    "source": "position",
    "system": "number",
    "value_set": "number",
    "concept": "system, code",
    "member": "value_set, system, code",
    "later_member": "value_set, system, code",
    "map": "source_system, source_code, value_set",
    "designation": "system, code, language",
    "oddity": "file, line, kind, what",
}
"""Every table of content, with its key."""

SCHEMA = """
CREATE TABLE manifest (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE source (
  position INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, kind TEXT NOT NULL, sha256 TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE system (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, uris TEXT NOT NULL, licence TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE value_set (
  number INTEGER PRIMARY KEY, oid TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, canonical TEXT NOT NULL,
  status TEXT NOT NULL, complete INTEGER NOT NULL, source TEXT NOT NULL, bound_by TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE concept (
  system INTEGER, code TEXT, display TEXT NOT NULL, version TEXT NOT NULL, retired INTEGER NOT NULL,
  PRIMARY KEY (system, code)
) WITHOUT ROWID;
CREATE TABLE member (
  value_set INTEGER, system INTEGER, code TEXT, display TEXT NOT NULL, version TEXT NOT NULL,
  PRIMARY KEY (value_set, system, code)
) WITHOUT ROWID;
CREATE TABLE later_member (
  value_set INTEGER, system INTEGER, code TEXT, from_wave INTEGER NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL,
  PRIMARY KEY (value_set, system, code)
) WITHOUT ROWID;
CREATE TABLE map (
  source_system TEXT, source_code TEXT, value_set TEXT, id TEXT NOT NULL, source_display TEXT NOT NULL,
  target_system TEXT NOT NULL, target_code TEXT NOT NULL, relation TEXT NOT NULL, why TEXT NOT NULL,
  source TEXT NOT NULL, approver TEXT NOT NULL, date TEXT NOT NULL, file TEXT NOT NULL, line INTEGER NOT NULL,
  PRIMARY KEY (source_system, source_code, value_set)
) WITHOUT ROWID;
CREATE TABLE designation (
  system TEXT, code TEXT, language TEXT, text TEXT NOT NULL, source TEXT NOT NULL, PRIMARY KEY (system, code, language)
) WITHOUT ROWID;
CREATE TABLE oddity (
  file TEXT, line INTEGER, kind TEXT, what TEXT, done TEXT NOT NULL, PRIMARY KEY (file, line, kind, what)
) WITHOUT ROWID;
"""
