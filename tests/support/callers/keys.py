"""RSA keys of a test process: thirty new ones for each PKI would take two seconds of it."""

from collections import defaultdict
from collections.abc import Callable
from itertools import count

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from trust.pki import new_rsa_key

_MADE: dict[int, list[RSAPrivateKey]] = defaultdict(list)
"""By bits, in the order in which they were first asked for."""


def same_keys() -> Callable[[int], RSAPrivateKey]:
    """A maker of keys for one PKI: no key twice in it, and the keys that another PKI of this process has."""
    given: dict[int, count[int]] = defaultdict(count)

    def make(bits: int) -> RSAPrivateKey:
        number, made = next(given[bits]), _MADE[bits]
        if number == len(made):
            made.append(new_rsa_key(bits))
        return made[number]

    return make
