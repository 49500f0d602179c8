"""Reading X.509 through the library: one extension of a certificate, and the errors of bytes that cannot be read."""

from typing import TypeVar

from cryptography import x509

UNREADABLE = (
    ValueError,
    TypeError,  # a name attribute that is a BIT STRING
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What `cryptography` raises for bytes that are no certificate or list, some only when a field is first looked at."""

Kind = TypeVar("Kind", bound=x509.ExtensionType)


def extension(certificate: x509.Certificate, kind: type[Kind]) -> Kind | None:
    """The certificate's extension of that class, None when it has none (a version 1 certificate never has)."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
