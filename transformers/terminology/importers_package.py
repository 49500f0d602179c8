"""A FHIR NPM package (``.tgz``) to rows: every ValueSet, CodeSystem and ConceptMap in its ``package`` folder.

HL7 FHIR package specification. The archive is read in memory, within limits; nothing is unpacked to disk.
"""

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from transformers.terminology.errors import PackageUnreadable
from transformers.terminology.importers_fhir import read_resources
from transformers.terminology.rows import Content, Facts, Source

_LARGEST = 512 * 1024 * 1024


def read_package(path: Path, facts: Facts) -> Content:
    """Everything a package says.

    Raises PackageUnreadable (corrupt, truncated, too large) and the leaves that `read_resources` raises.
    """
    data = _bytes(path)
    files = dict(_members(path.name, data))
    about = files.pop("package.json", None)
    if about is None:
        raise PackageUnreadable(path.name, 0, "no package.json")
    try:
        said = json.loads(about)
        name, version = str(said["name"]), str(said["version"])
    except (ValueError, KeyError, TypeError) as fault:
        raise PackageUnreadable(f"{path.name}/package.json", 0, "no name and version") from fault
    content = read_resources(sorted(files.items()), facts)
    content.sources.append(Source(name, version, "fhir-package", hashlib.sha256(data).hexdigest()))
    return content


def read_resource_file(path: Path, facts: Facts) -> Content:
    """Everything a JSON file of one resource or a Bundle says."""
    data = _bytes(path)
    content = read_resources([(path.name, data)], facts)
    if not (content.value_sets or content.concepts or content.maps or content.designations):
        raise PackageUnreadable(path.name, 0, "no ValueSet, CodeSystem or ConceptMap")
    content.sources.append(Source(path.name, "", "fhir", hashlib.sha256(data).hexdigest()))
    return content


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise PackageUnreadable(path.name, 0, (fault.strerror or "no reason is given").lower()) from fault


def _members(package: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(fileobj=io.BytesIO(_inflated(package, data)), mode="r:") as archive:
            for member in archive:
                folder, _, name = member.name.removeprefix("./").partition("/")
                if folder != "package" or "/" in name or name.startswith(".") or not name.endswith(".json"):
                    continue
                content = archive.extractfile(member)
                if content is not None:
                    yield name, content.read()
    except (tarfile.TarError, EOFError, OSError, zlib.error) as fault:
        raise PackageUnreadable(package, 0, "corrupt or truncated") from fault


def _inflated(package: str, data: bytes) -> bytes:
    """The archive, read to its end, since only there is its check sum."""
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
        archive = packed.read(_LARGEST + 1)
    if len(archive) > _LARGEST:
        raise PackageUnreadable(package, 0, "too large")
    return archive
