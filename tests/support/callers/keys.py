"""RSA keys of the tests: made once for the processes of a checkout, in `var/test-keys`, which `make clean` removes.

Thirty new ones for each PKI take two seconds of a processor, and each process of a run builds several.
"""

import fcntl
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from itertools import count
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from trust.pki import new_rsa_key

_FOLDER = Path(__file__).resolve().parents[3] / "var" / "test-keys"


def same_keys() -> Callable[[int], RSAPrivateKey]:
    """A maker of keys for one PKI: no key twice in it, and the keys that every other PKI of the tests has."""
    given: dict[int, count[int]] = defaultdict(count)

    def make(bits: int) -> RSAPrivateKey:
        return same_key(str(next(given[bits])), bits)

    return make


@cache
def same_key(name: str, bits: int = 2048) -> RSAPrivateKey:
    """The key of that name: made by who asks first, read by the others, who wait for it."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with (_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _kept(_FOLDER / f"{bits}-{name}.pem", bits)


def _kept(path: Path, bits: int) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), None, unsafe_skip_rsa_key_validation=True)  # ours, as we wrote it
    except FileNotFoundError:
        key = new_rsa_key(bits)
        beside = path.with_suffix(".new")
        beside.touch(mode=0o600)
        beside.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        beside.replace(path)
    assert isinstance(key, RSAPrivateKey)
    return key
