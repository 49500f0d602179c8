"""What the German simulator sends: the same messages with other prefixes, two identifiers and two documents at once."""

import uuid

from tests.strangers.client import FNR

_OTHERS = (
    'xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0" xmlns:ns2="urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0" '
    'xmlns:ns3="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0" xmlns:ns4="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0" '
    'xmlns:ns5="urn:ihe:iti:xds-b:2007" xmlns:ns6="urn:hl7-org:v3"'
)


def discovery(receiver: str, sender: str, *identifiers: tuple[str, str]) -> str:
    """ITI-55: everything prefixed, a UUID as extension, semanticsText empty; ``identifiers`` are (root, extension)."""

    def party(role: str, code: str, oid: str) -> str:
        return f"""
  <ns6:{role} typeCode="{code}">
    <ns6:device classCode="DEV" determinerCode="INSTANCE">
      <ns6:id root="{oid}"/>
      <ns6:asAgent classCode="AGNT">
        <ns6:representedOrganization classCode="ORG" determinerCode="INSTANCE">
          <ns6:id root="{oid}"/>
        </ns6:representedOrganization>
      </ns6:asAgent>
    </ns6:device>
  </ns6:{role}>"""

    asked = "".join(
        f"""
        <ns6:livingSubjectId>
          <ns6:value root="{root}" extension="{extension}"/>
          <ns6:semanticsText/>
        </ns6:livingSubjectId>"""
        for root, extension in identifiers
    )
    return f"""<ns6:PRPA_IN201305UV02 {_OTHERS} ITSVersion="XML_1.0">
  <ns6:id root="{uuid.uuid4()}" extension="{uuid.uuid4()}"/>
  <ns6:creationTime value="20260124085038.235+0000"/>
  <ns6:versionCode code="V3PR1"/>
  <ns6:interactionId root="2.16.840.1.113883.1.6" extension="PRPA_IN201305UV02"/>
  <ns6:processingCode code="P"/>
  <ns6:processingModeCode code="T"/>
  <ns6:acceptAckCode code="AL"/>{party("receiver", "RCV", receiver)}{party("sender", "SND", sender)}
  <ns6:controlActProcess classCode="CACT" moodCode="EVN">
    <ns6:code code="PRPA_TE201305UV02" codeSystemName="2.16.840.1.113883.1.6"/>
    <ns6:authorOrPerformer typeCode="AUT">
      <ns6:assignedPerson classCode="ASSIGNED"/>
    </ns6:authorOrPerformer>
    <ns6:queryByParameter>
      <ns6:queryId root="1.263507841149"/>
      <ns6:statusCode code="new"/>
      <ns6:responseModalityCode code="R"/>
      <ns6:responsePriorityCode code="I"/>
      <ns6:matchCriterionList/>
      <ns6:parameterList>{asked}
      </ns6:parameterList>
    </ns6:queryByParameter>
  </ns6:controlActProcess>
</ns6:PRPA_IN201305UV02>"""


def query(number: str) -> str:
    """ITI-38: registry objects unprefixed, the query itself prefixed, indented."""
    slots = {
        "$XDSDocumentEntryPatientId": f"'{number}^^^&amp;{FNR}&amp;ISO'",
        "$XDSDocumentEntryStatus": "('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')",
        "$XDSDocumentEntryClassCode": "('60591-5^^2.16.840.1.113883.6.1')",
    }
    written = "".join(
        f"""
    <Slot name="{name}">
      <ValueList>
        <Value>{value}</Value>
      </ValueList>
    </Slot>"""
        for name, value in slots.items()
    )
    return f"""<ns3:AdhocQueryRequest xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0" \
xmlns:ns3="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0">
  <ns3:ResponseOption returnComposedObjects="true" returnType="LeafClass"/>
  <AdhocQuery id="urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d">{written}
  </AdhocQuery>
</ns3:AdhocQueryRequest>"""


def retrieval(home: str, repository: str, *documents: str) -> str:
    """ITI-39: unprefixed, indented, several documents."""
    asked = "".join(
        f"""
  <DocumentRequest>
    <HomeCommunityId>urn:oid:{home}</HomeCommunityId>
    <RepositoryUniqueId>{repository}</RepositoryUniqueId>
    <DocumentUniqueId>{document}</DocumentUniqueId>
  </DocumentRequest>"""
        for document in documents
    )
    return f'<RetrieveDocumentSetRequest xmlns="urn:ihe:iti:xds-b:2007">{asked}\n</RetrieveDocumentSetRequest>'
