"""Our own private keys: consistent ones, from PEM without a password."""

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from tests.support.callers.keys import same_key
from trust.private_key import read_private_key

KEY = same_key("private-key")


def pem(key=KEY, encryption: KeySerializationEncryption | None = None) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def test_a_key_is_read_and_proved_once():
    read = read_private_key(pem())
    assert read.private_numbers() == KEY.private_numbers()
    assert read_private_key(pem()) is read


def test_refuses_a_key_whose_numbers_do_not_fit_each_other():
    good = KEY.private_numbers()
    wrong = RSAPrivateNumbers(
        good.p, good.q, good.d + 2, good.dmp1, good.dmq1, good.iqmp, good.public_numbers
    ).private_key(unsafe_skip_rsa_key_validation=True)
    with pytest.raises(ValueError, match="Invalid private key"):
        read_private_key(pem(wrong))


def test_refuses_an_encrypted_key():
    with pytest.raises(TypeError):
        read_private_key(pem(encryption=BestAvailableEncryption(b"password")))


def test_refuses_what_is_no_key():
    with pytest.raises(ValueError, match="PEM"):
        read_private_key(b"no key")
