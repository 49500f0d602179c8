"""The collector of cyclic garbage in a test process: modules and test items, which stay, are not looked through."""

import gc

_YOUNG, _MIDDLE, _OLD = 20_000, 20, 20
"""Python's own are 700, 10 and 10, with which a seventh of the tests' processor time goes into this."""


def begin() -> None:
    """Before the tests are collected: nothing made while they are becomes garbage."""
    gc.disable()


def leave_out_what_stays() -> None:
    """After they were: look for garbage again, among what is made from now on."""
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    gc.enable()
