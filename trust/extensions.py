"""One extension of a certificate, or None: what RFC 5280 section 4.2 lets a certificate say about itself."""

from typing import TypeVar

from cryptography import x509

Kind = TypeVar("Kind", bound=x509.ExtensionType)


def extension(certificate: x509.Certificate, kind: type[Kind]) -> Kind | None:
    """The certificate's extension of that class, None when it has none (a version 1 certificate never has)."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
