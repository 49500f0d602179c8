"""A process that sends one report over the national mailbox, forked from one that has imported what it needs."""

import multiprocessing
import os
import select
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

from gateway import clock
from gateway.admission import VerifiedTreatment
from gateway.national.doors import NationalDoors
from gateway.national.message_transport import FiledMail
from gateway.national.prescription_broker import PrescriptionPatient, WrittenReport
from gateway.store.engine import Store
from gateway.store.mail import MailInStore
from tests.support.nodes.stores import KEYS
from tests.support.norway.business_messages import OUR_HER_ID
from tests.support.norway.doors import doors_to, national_table_with_prescriptions
from tests.support.norway.simulator import CLIENT_ID

_LOOKS, _PATIENT = 0.1, 60
"""Seconds between two looks, and for the answer to a reading: nothing here is about who answers late."""


@dataclass(frozen=True)
class Office:
    """Where a process finds the hub, its key, and the database that it shares."""

    base_url: str
    key_file: Path
    database: str

    @contextmanager
    def doors(self, holder: str, *, report_deadline: float = 120) -> Iterator[tuple[NationalDoors, Store]]:
        """The doors of one process with our HER-id."""
        with closing(Store.open(self.database)) as store:
            mail = MailInStore(store, KEYS, holder=holder, now=clock.now)
            with self._opened(mail, report_deadline) as doors:
                yield doors, store

    def _opened(self, mail: FiledMail, report_deadline: float) -> Any:
        table = national_table_with_prescriptions(self.base_url, self.key_file, CLIENT_ID)
        table["national"] |= {"report_deadline": f"PT{report_deadline}S"}
        table["national"]["sender"]["her_id"] = OUR_HER_ID
        return doors_to(table, deadline=_PATIENT, mail=mail)


@dataclass(frozen=True)
class ToSend:
    """A report of one patient's, written and not sent."""

    treatment: VerifiedTreatment
    patient: PrescriptionPatient
    written: WrittenReport


@dataclass
class Sender:
    """The process. ``marker`` is the FIFO by which it tells that it stands at its failpoint."""

    process: ForkServerProcess
    marker: Path

    @property
    def pid(self) -> int:
        return int(self.process.pid or 0)

    def await_point(self) -> str:
        """The point that it stands at; fails when it ends without coming there."""
        reads = os.open(self.marker, os.O_RDONLY | os.O_NONBLOCK)
        try:
            while not select.select([reads], [], [], _LOOKS)[0]:
                assert self.process.exitcode is None, f"it ended with {self.process.exitcode}"
            return os.read(reads, 100).decode("ascii")
        finally:
            os.close(reads)

    def kill(self) -> None:
        """SIGKILL, and its end."""
        os.kill(self.pid, signal.SIGKILL)
        self.process.join()
        assert self.process.exitcode == -signal.SIGKILL

    def go_on(self) -> None:
        """It leaves its point and comes to its end."""
        self.marker.with_name(f"{self.marker.name}.go").touch()
        os.kill(self.pid, signal.SIGCONT)
        self.process.join()
        assert self.process.exitcode == 0


def send_until(point: str, office: Office, report: ToSend, marker: Path) -> Sender:
    """Start a process that sends the report, and stops at the point."""
    os.mkfifo(marker)
    process = _server().Process(target=_sent, args=(f"{point}={marker}", office, report), daemon=True)
    process.start()
    return Sender(process, marker)


def _sent(failpoint: str, office: Office, report: ToSend) -> None:
    """In the new process."""
    os.environ["NCPEH_FAILPOINT"] = failpoint
    with office.doors("no-1") as (doors, _):
        assert doors.prescriptions is not None
        doors.prescriptions.report(report.treatment, report.patient, report.written)


@cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context
