"""Names of the eHDSI SAML profile (IHE ITI TF XUA, eHDSI XUA revision 19): elements, attributes, formats.

What a country may choose (roles, purposes, class references, …) is data: `trust.saml.tables`.
"""

from datetime import timedelta

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
HL7 = "urn:hl7-org:v3"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
XSD = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

HCP, TRC, NOK = "hcp", "trc", "nok"
QUALIFIERS = {f"urn:ehdsi:assertions:{kind}": kind for kind in (HCP, TRC, NOK)}
"""Issuer/@NameQualifier to kind."""

AUDIENCE = "urn:ehdsi:assertions.audience:x-border"
SENDER_VOUCHES = "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"
PREVIOUS_SESSION = "urn:oasis:names:tc:SAML:2.0:ac:classes:PreviousSession"
NAME_FORMAT_URI = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"

HOME_COMMUNITY = "urn:ihe:iti:xca:2010:homeCommunityId"
NPI = "urn:oasis:names:tc:xspa:1.0:subject:npi"
SUBJECT = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
"""In an HCP assertion the professional's name, in a TRC assertion the patient."""
ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
ORGANISATION = "urn:oasis:names:tc:xspa:1.0:subject:organization"
ORGANISATION_ID = "urn:oasis:names:tc:xspa:1.0:subject:organization-id"
FACILITY_TYPE = "urn:ehdsi:names:subject:healthcare-facility-type"
PURPOSE = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
LOCALITY = "urn:oasis:names:tc:xspa:1.0:environment:locality"
PERMISSION = "urn:oasis:names:tc:xspa:1.0:subject:hl7:permission"
ON_BEHALF_OF = "urn:ehdsi:names:subject:on-behalf-of"
PIN_CODE = "urn:ehdsi:names:document:document-id:dispensationPinCode"
PRESCRIPTION_ID = "urn:ehdsi:names:document:document-id:prescriptionId"
_KIN = "urn:ehdsi:names:subject:nextofkin:"
NEXT_OF_KIN = {
    "id": f"{_KIN}id",
    "first_name": f"{_KIN}firstname",
    "family_name": f"{_KIN}familyname",
    "gender": f"{_KIN}gender",
    "birth_date": f"{_KIN}birthdate",
    "street": f"{_KIN}address:street",
    "city": f"{_KIN}address:city",
    "postal_code": f"{_KIN}address:postalcode",
    "country": f"{_KIN}address:country",
}
"""Field of NextOfKin to attribute."""

FRIENDLY_NAMES = {
    HOME_COMMUNITY: "HCI Identifier",
    NPI: "NPI Identifier",
    SUBJECT: "XSPA Subject",
    ROLE: "XSPA Role",
    ORGANISATION: "XSPA Organization",
    ORGANISATION_ID: "XSPA Organization ID",
    FACILITY_TYPE: "eHealth DSI Healthcare Facility Type",
    PURPOSE: "XSPA Purpose Of Use",
    LOCALITY: "XSPA Locality",
    PERMISSION: "Hl7 Permissions",
    ON_BEHALF_OF: "OnBehalfOf",
    PIN_CODE: "Dispensation Pin Code",
    PRESCRIPTION_ID: "Prescription ID",
}

SKEW = timedelta(seconds=60)
LONGEST = {HCP: timedelta(hours=4), TRC: timedelta(hours=2), NOK: timedelta(hours=2)}
"""NotOnOrAfter - NotBefore, at most."""
