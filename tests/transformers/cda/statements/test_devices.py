"""Devices and implants: elements written by hand from E.3.5, printed and read."""

from tests.support.documents.by_hand import alike, by_hand, printed, words
from tests.support.documents.foreign import codes, read, section
from tests.support.pivots import summaries as pivots
from tests.support.pivots.summaries import mapped
from transformers.model.summary import ImplantedDevice, KnownAbsent, Present
from transformers.model.values import Identifier, Moment, Period, Provenance

FORM = '<supply classCode="SPLY" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.5"/>'
EMDN = 'codeSystem="1.3.6.1.4.1.12559.11.10.1.3.1.44.6"'


def test_a_device_is_printed_as_the_specification_writes_it():
    hand = f"""{FORM}<id root="OWN"/><text><reference value="#dev1"/></text>
      <effectiveTime xsi:type="IVL_TS"><low value="202102031015+0100"/></effectiveTime>
      <participant typeCode="DEV"><participantRole classCode="MANU">
        <id root="2.16.840.1.113883.3.3719" extension="UDI-0001"/>
        <playingDevice classCode="DEV" determinerCode="INSTANCE">
          <code code="J0101" {EMDN} codeSystemName="EMDN" displayName="PACEMAKERS">{words("dev1-device")}</code>
        </playingDevice></participantRole></participant></supply>"""
    pacemaker = pivots.implant(
        device=mapped("J0101", pivots.EMDN, "PACEMAKERS"), implanted=Period(Moment("2021-02-03T10:15+01:00"))
    )
    assert printed("devices", pacemaker) == [by_hand(hand)]


def test_no_known_devices_is_printed_as_the_specification_writes_it():
    hand = f"""{FORM}<id nullFlavor="NA"/><text><reference value="#dev1"/></text>
      <effectiveTime xsi:type="IVL_TS"><low nullFlavor="UNK"/></effectiveTime>
      <participant typeCode="DEV"><participantRole classCode="MANU"><id nullFlavor="NA"/>
        <playingDevice classCode="DEV" determinerCode="INSTANCE">
          <code code="no-known-devices" codeSystem="2.16.840.1.113883.5.1150.1"
            codeSystemName="IPS Absent and Unknown Data" displayName="No known devices in use"/>
        </playingDevice></participantRole></participant></supply>"""
    assert printed("devices", KnownAbsent("no-known-devices", pivots.provenance())) == [by_hand(hand)]


def test_a_device_of_a_foreign_document_is_read_whole():
    hand = f"""{FORM}<id root="2.999.9" extension="I7"/><text><reference value="#a1"/></text>
      <effectiveTime xsi:type="IVL_TS"><low value="2015"/><high value="20200101"/></effectiveTime>
      <participant typeCode="DEV"><participantRole classCode="MANU"><id root="2.999.8" extension="SN-1"/>
        <playingDevice classCode="DEV" determinerCode="INSTANCE">
          <code code="P0908" {EMDN} displayName="HIP PROSTHESES"/></playingDevice></participantRole></participant>
    </supply>"""
    result = read(section("devices", hand))
    device = alike("P0908", pivots.EMDN, "HIP PROSTHESES", "EMDN")
    assert result.summary.content.devices == Present(
        (
            ImplantedDevice(
                id="I7",
                device=device,
                implanted=Period(Moment("2015"), Moment("2020-01-01")),
                provenance=Provenance("Hospital Um", "I7", None),
                device_id=Identifier("2.999.8", "SN-1"),
            ),
        )
    )
    assert codes(result) == []
