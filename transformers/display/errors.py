"""Why a document is not shown: a closed tree, one class per reason."""


class DisplayRefused(Exception):
    """Base of everything the display raises; bytes that are no safe XML end in trust's XmlRefused before it."""

    def __str__(self) -> str:
        return type(self).__name__


class NotAClinicalDocument(DisplayRefused):
    """The root is not ClinicalDocument of HL7 CDA R2."""


class SeveralPatients(DisplayRefused):
    """More than one recordTarget: whose allergy it is cannot be told (eHDSI: exactly one)."""


class NotPrintable(DisplayRefused):
    """The typesetter does not print it."""


class NotPictured(Exception):
    """No picture can be made of a file. No reason to refuse a page, which says so and offers the file."""
