"""A private key of ours, as its PEM file holds it."""

from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key


@lru_cache(maxsize=16)  # OpenSSL proves an RSA key consistent whenever it is read: 43 ms of CPU for 2048 bits
def read_private_key(pem: bytes) -> PrivateKeyTypes:
    """The key, proved consistent once a process.

    Raises TypeError for an encrypted key, ValueError and UnsupportedAlgorithm for what is no key.
    """
    return load_pem_private_key(pem, None)
