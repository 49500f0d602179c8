"""The development PKI: which files, which modes, what each certificate says."""

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import get_args

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID
from joserfc.jwk import ECKey

from tests.support.callers.keys import same_key
from trust import pki_layout as layout
from trust.pki import PkiFile, development_pki, new_rsa_key
from trust.pki_layout import Bad, Credential

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AUTHORITIES = [layout.ROOT, layout.ISSUING, layout.FIELD_CA, layout.FOREIGN_CA, layout.NATIONAL_CA]
LISTS = [layout.ROOT_LIST, layout.ISSUING_LIST, layout.FIELD_LIST, layout.FOREIGN_LIST]


@lru_cache(maxsize=1)
def some_keys() -> list[rsa.RSAPrivateKey]:
    return [same_key(name) for name in ("pki-0", "pki-1")]


class Keys:
    """Two keys over and over instead of thirty new ones; notes how many bits were asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, bits: int) -> rsa.RSAPrivateKey:
        self.asked.append(bits)
        return some_keys()[len(self.asked) % 2]


def made(*countries: str) -> dict[str, PkiFile]:
    return development_pki(countries or ("NO", "PT"), NOW, Keys())


def certificates(files: dict[str, PkiFile], path: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(files[path].content)


def certificate(files: dict[str, PkiFile], credential: Credential) -> x509.Certificate:
    return certificates(files, credential.certificate)[0]


def country(one: x509.Certificate) -> str:
    return str(one.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)[0].value)


def test_each_named_file_is_there_and_no_other() -> None:
    credentials = [
        *(of(each) for each in ("NO", "PT") for of in (layout.tls_server, layout.tls_client, layout.seal)),
        *(bad.credential for bad in Bad),
        *AUTHORITIES,
        layout.FIELD_SEAL,
        layout.NATIONAL_SERVER,
        layout.NATIONAL_PROFESSIONAL,
        layout.NATIONAL_ENTERPRISE,
    ]
    single = [layout.TRUST, layout.SEAL_ANCHORS, layout.ALL_LISTS, *LISTS]
    single += [layout.HELSEID_CLIENT_PRIVATE, layout.HELSEID_CLIENT_PUBLIC]

    expected = {path for one in credentials for path in (one.certificate, one.key)} | set(single)
    assert set(made()) == expected
    assert layout.ISSUING_LIST.startswith(f"{layout.LISTS_FOLDER}/")


def test_private_keys_are_readable_by_their_owner_only() -> None:
    private = {path for path, one in made().items() if one.mode == 0o600}

    assert private == {path for path in made() if path.endswith(".key")} | {layout.HELSEID_CLIENT_PRIVATE}
    assert {one.mode for path, one in made().items() if path not in private} == {0o644}


def test_each_key_is_its_certificates_key() -> None:
    files = made()
    for path in files:
        if path.endswith(".key"):
            key = load_pem_private_key(files[path].content, None, unsafe_skip_rsa_key_validation=True)
            own = certificates(files, path.removesuffix(".key") + ".pem")[0]
            assert key.public_key() == own.public_key()


def test_only_the_field_style_seal_has_4096_bits() -> None:
    keys = Keys()

    development_pki(["NO"], NOW, keys)

    assert sorted(set(keys.asked)) == [2048, 4096]
    assert keys.asked.count(4096) == 1


def test_new_key_has_the_bits_asked_for() -> None:
    key = new_rsa_key(2048)

    assert (key.key_size, key.public_key().public_numbers().e) == (2048, 65537)


def test_each_country_is_named_in_its_certificates() -> None:
    files = made("NO", "PT", "FI")

    for each in ("NO", "PT", "FI"):
        for of in (layout.tls_server, layout.tls_client, layout.seal):
            assert country(certificate(files, of(each))) == each


def test_bad_and_field_style_certificates_are_of_the_last_country() -> None:
    files = made("NO", "FI")

    wrong = {Bad.TLS_CLIENT_WRONG_COUNTRY, Bad.SEAL_WRONG_COUNTRY}
    assert {country(certificate(files, bad.credential)) for bad in Bad if bad not in wrong} == {"FI"}
    assert {country(certificate(files, bad.credential)) for bad in wrong} == {layout.WRONG_COUNTRY}
    assert country(certificate(files, layout.FIELD_SEAL)) == "FI"


def test_certificates_are_valid_around_the_instant_given() -> None:
    files = made()
    year = 365 * DAY

    def window(credential: Credential) -> tuple[datetime, datetime]:
        one = certificate(files, credential)
        return one.not_valid_before_utc, one.not_valid_after_utc

    assert window(layout.seal("NO")) == (NOW - HOUR, NOW + year)
    assert window(layout.FIELD_SEAL) == (NOW - HOUR, NOW - HOUR + 10 * year)
    assert window(layout.ROOT) == window(layout.ISSUING) == (NOW - 3 * year, NOW + 10 * year)
    for expired in (Bad.SEAL_EXPIRED, Bad.TLS_CLIENT_EXPIRED):
        assert window(expired.credential) == (NOW - 2 * year, NOW - HOUR)
    for future in (Bad.SEAL_NOT_YET_VALID, Bad.TLS_CLIENT_NOT_YET_VALID):
        assert window(future.credential) == (NOW + year, NOW + 2 * year)


def test_lists_are_in_force_and_name_the_two_revoked() -> None:
    files = made()
    lists = {path: x509.load_der_x509_crl(files[path].content) for path in LISTS}

    for one in lists.values():
        assert (one.last_update_utc, one.next_update_utc) == (NOW - HOUR, NOW + 30 * DAY)
        assert one.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 1
    revoked = {certificate(files, bad.credential).serial_number for bad in (Bad.SEAL_REVOKED, Bad.TLS_CLIENT_REVOKED)}
    assert {entry.serial_number for entry in lists[layout.ISSUING_LIST]} == revoked
    assert {entry.revocation_date_utc for entry in lists[layout.ISSUING_LIST]} == {NOW - HOUR}
    assert [len(lists[path]) for path in (layout.ROOT_LIST, layout.FIELD_LIST, layout.FOREIGN_LIST)] == [0, 0, 0]


def test_the_joined_list_file_holds_those_of_the_authorities_we_trust() -> None:
    files = made()
    trusted = (layout.ROOT_LIST, layout.ISSUING_LIST, layout.FIELD_LIST)

    lists = [x509.load_der_x509_crl(files[path].content).public_bytes(Encoding.PEM) for path in trusted]
    assert files[layout.ALL_LISTS].content == b"".join(lists)


def test_trust_files_hold_the_authorities_they_name() -> None:
    files = made()
    root, issuing, field = (certificate(files, one) for one in (layout.ROOT, layout.ISSUING, layout.FIELD_CA))

    assert certificates(files, layout.TRUST) == [root, issuing]
    assert files[layout.TRUST].content == root.public_bytes(Encoding.PEM) + issuing.public_bytes(Encoding.PEM)
    assert certificates(files, layout.SEAL_ANCHORS) == [root, field]


def test_tls_files_hold_the_issuing_authority_and_seal_files_do_not() -> None:
    files = made()
    issuing = certificate(files, layout.ISSUING)

    assert certificates(files, layout.tls_server("NO").certificate)[1:] == [issuing]
    assert certificates(files, layout.tls_client("NO").certificate)[1:] == [issuing]
    assert certificates(files, layout.seal("NO").certificate)[1:] == []
    assert certificates(files, layout.FIELD_SEAL.certificate)[1:] == []


def test_servers_are_named_as_they_are_reached_on_loopback() -> None:
    files = made()

    for server in (layout.tls_server("NO"), layout.tls_server("PT"), layout.NATIONAL_SERVER):
        names = certificate(files, server).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == ["localhost"]
        assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]


@pytest.mark.parametrize(
    ("credential", "usages"),
    [
        (layout.ROOT, {"key_cert_sign", "crl_sign"}),
        (layout.ISSUING, {"key_cert_sign", "crl_sign"}),
        (layout.tls_server("NO"), {"digital_signature", "key_encipherment"}),
        (layout.tls_client("NO"), {"digital_signature"}),
        (layout.seal("NO"), {"digital_signature", "content_commitment"}),
        (layout.NATIONAL_ENTERPRISE, {"content_commitment"}),
    ],
)
def test_key_usages_are_the_profiles_own(credential: Credential, usages: set[str]) -> None:
    usage = certificate(made(), credential).extensions.get_extension_for_class(x509.KeyUsage)

    every = {"digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"}
    assert {name for name in every | {"key_cert_sign", "crl_sign"} if getattr(usage.value, name)} == usages


def test_critical_is_what_rfc_5280_calls_critical_and_nothing_else() -> None:
    files = made()

    for path in files:
        for one in certificates(files, path) if path.endswith(".pem") and path != layout.ALL_LISTS else ():
            for extension in one.extensions:
                assert extension.critical == isinstance(extension.value, x509.BasicConstraints | x509.KeyUsage)
    for path in LISTS:
        assert not any(extension.critical for extension in x509.load_der_x509_crl(files[path].content).extensions)


def test_authorities_are_of_no_country_and_the_national_server_is_norways() -> None:
    files = made("PT")

    assert {country(certificate(files, one)) for one in AUTHORITIES} == {layout.WRONG_COUNTRY}
    assert country(certificate(files, layout.NATIONAL_SERVER)) == "NO"


def test_national_authority_is_of_its_own() -> None:
    files = made()
    authority = certificate(files, layout.NATIONAL_CA)

    certificate(files, layout.NATIONAL_SERVER).verify_directly_issued_by(authority)
    assert authority.issuer == authority.subject
    assert authority.subject != certificate(files, layout.ROOT).subject


def test_field_style_seal_says_nothing_about_itself() -> None:
    seal = certificate(made(), layout.FIELD_SEAL)

    assert (len(seal.extensions), seal.version) == (0, x509.Version.v3)
    assert seal.signature_hash_algorithm is not None
    assert seal.signature_hash_algorithm.name == "sha512"


def test_issuing_authority_issues_end_entities_only() -> None:
    files = made()

    def constraints(credential: Credential) -> x509.BasicConstraints:
        return certificate(files, credential).extensions.get_extension_for_class(x509.BasicConstraints).value

    assert constraints(layout.ISSUING) == x509.BasicConstraints(ca=True, path_length=0)
    assert constraints(layout.ROOT) == x509.BasicConstraints(ca=True, path_length=None)


def test_helseid_client_keys_are_one_es256_pair() -> None:
    files = made()
    private = json.loads(files[layout.HELSEID_CLIENT_PRIVATE].content)
    public = json.loads(files[layout.HELSEID_CLIENT_PUBLIC].content)

    assert (private["kty"], private["crv"], private["alg"], private["use"]) == ("EC", "P-256", "ES256", "sig")
    assert "d" in private
    assert private["kid"] == ECKey.import_key(private).thumbprint()
    assert public == {"keys": [{name: value for name, value in private.items() if name != "d"}]}


@pytest.mark.parametrize("countries", [[], ["NO", "NO"], ["no"], ["NOR"], [""], ["NO", "P1"], ["../X"]])
def test_refuses_what_is_no_list_of_countries(countries: list[str]) -> None:
    with pytest.raises(ValueError, match="country"):
        development_pki(countries, NOW, Keys())


def test_digests_are_strong() -> None:
    from trust.pki import Digest

    assert {one.name for one in get_args(Digest)} == {"sha256", "sha512"}
