"""Why a step of the journal goes no further now. None of these leaves the journal: an outcome says what they mean."""

from gateway.journal.ports import FallReason


class StepStopped(Exception):
    """Base: the row stays as it was recorded last."""


class RowTakenOver(StepStopped):
    """Another process took the row: this one may neither record nor send anything about it."""


class StillUnsettled(StepStopped):
    """Whether an effect happened cannot be told now."""


class NotOpened(Exception):
    """Nothing of a submission was recorded: ``reason`` refuses it."""

    def __init__(self, reason: FallReason) -> None:
        super().__init__(reason.value)
        self.reason = reason
