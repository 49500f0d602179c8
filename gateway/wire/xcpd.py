"""ITI-55 Cross Gateway Patient Discovery, both sides: the codec's public names."""

from gateway.wire.xcpd_request import (
    FindPatientMessage,
    Instance,
    RequestHead,
    read_find_patient,
    read_request_head,
    write_find_patient,
)
from gateway.wire.xcpd_response import (
    Match,
    PatientsAnswer,
    read_patients,
    write_find_patient_refusal,
    write_patients,
)

__all__ = [
    "FindPatientMessage",
    "Instance",
    "Match",
    "PatientsAnswer",
    "RequestHead",
    "read_find_patient",
    "read_patients",
    "read_request_head",
    "write_find_patient",
    "write_find_patient_refusal",
    "write_patients",
]
