"""`ncpeh transform --to cda-ed-l3`: a pharmacy hands out what an ePrescription prescribes, or nothing, and why."""

import json

import pytest

from gateway.cli.transform_file import plain
from tests.support.documents.transforming import AT, Run
from tests.support.machine.require import artefacts
from tests.support.pivots.rich_prescriptions import dispensation, item, prescription, product, quantity, substance
from transformers.cda.documents.dispensation import check_fulfilment, read_dispensation, write_dispensation
from transformers.cda.documents.level_one import original_of, write_level_one
from transformers.cda.documents.prescription import read_prescription, write_prescription
from transformers.model.finding import Severity
from transformers.validation import check

DISPENSE = ("-", "--to", "cda-ed-l3", *AT)
EXAMPLES = (
    "ep/openncp-1-1234-W8.xml",
    "skeletons/ep_a.xml",
    "skeletons/ep_e_pack2.xml",
    "skeletons/ep_k5_bid_pivl.xml",
)


def written(what=None) -> bytes:
    return write_prescription(prescription(what)).content


def said(value: object) -> object:
    """A value without the words that our own narrative repeats of its codes."""
    if isinstance(value, list):
        return [said(one) for one in value]
    if isinstance(value, dict):
        return {key: said(one) for key, one in value.items() if key != "text"}
    return value


def without_supply(content: bytes) -> bytes:
    """The prescription without its entryRelationship of a supply: it does not say how much."""
    before, _, rest = content.partition(b'<supply classCode="SPLY"')
    assert rest
    start = before.rindex(b"<entryRelationship")
    return before[:start] + rest.partition(b"</entryRelationship>")[2]


@pytest.mark.parametrize("name", EXAMPLES)
def test_on_an_official_example_is_handed_out_what_it_prescribes_in_a_valid_document(run: Run, name):
    content = (artefacts() / "cda-examples" / name).read_bytes()
    done = run(*DISPENSE, stdin=content)
    assert (done.returncode, done.stderr) == (0, b"")
    assert [f for f in check(done.stdout, artefacts()).report.findings if f.severity is not Severity.INFO] == []
    (made, losses), (order, _) = read_dispensation(done.stdout), read_prescription(content)
    assert [f for f in losses.findings if f.severity is not Severity.INFO] == []
    assert check_fulfilment(made, order).findings == []
    assert made.patient == order.patient
    assert made.item.quantity == order.item.packages
    made_of, prescribed = (said(plain(product)) for product in (made.item.product, made.item.prescribed_product))
    assert made_of == prescribed == said(plain(order.item.product))
    assert not made.item.substituted


@pytest.mark.parametrize(
    ("what", "handed_out"),
    [
        (item(packages=quantity("3")), "3"),
        (item(product=substance(), packages=None, amount=quantity("30")), "1"),
    ],
)
def test_as_many_packages_are_handed_out_as_are_prescribed_or_the_one_that_holds_the_amount(run: Run, what, handed_out):
    done = run(*DISPENSE, stdin=written(what))
    made, _ = read_dispensation(done.stdout)
    assert str(made.item.quantity.value) == handed_out
    assert (
        made.item.product.packages[0].quantity == read_prescription(written(what))[0].item.product.packages[0].quantity
    )


def test_the_same_prescription_and_instant_are_the_same_bytes_another_of_them_another_dispensation(run: Run):
    def ids(content: bytes, at: str = AT[1]):
        made, _ = read_dispensation(run("-", "--to", "cda-ed-l3", "--at", at, stdin=content).stdout)
        return made.id, made.item.id

    assert run(*DISPENSE, stdin=written()).stdout == run(*DISPENSE, stdin=written()).stdout
    first, later = ids(written()), ids(written(), "2026-11-20T10:00:01")
    other = ids(write_prescription(prescription(id=prescription().parent, parent=prescription().id)).content)
    assert len({*first, *later, *other}) == 6


def test_the_dispensation_is_dated_with_the_instant(run: Run):
    made, _ = read_dispensation(run(*DISPENSE, stdin=written()).stdout)
    assert made.item.dispensed is not None
    assert made.item.dispensed.iso == "2026-11-20T10:00:00+00:00"
    assert made.item.dispenser is not None
    assert made.item.dispenser.role.target.code == "2262"


REFUSED = {
    "does not say an amount": without_supply(written()),
    "is completed": written(item(completed=True)),
    "cannot be relied on (negated)": written().replace(b'moodCode="INT"', b'moodCode="INT" negationInd="true"', 1),
    "cannot be relied on (status-unknown)": written().replace(b'"active"', b'"aborted"', 1),
    "cannot be relied on (status-missing)": written().replace(b'<statusCode code="active"/>', b"", 1),
    "(status-missing)": written().replace(b'<statusCode code="active"/>', b'<statusCode nullFlavor="NI"/>', 1),
    "(mood-missing)": written().replace(b'classCode="SBADM" moodCode="INT"', b'classCode="SBADM"', 1),
    "(amount-mood-missing": written().replace(b'classCode="SPLY" moodCode="RQO"', b'classCode="SPLY" moodCode=""', 1),
    "(patient-missing)": written().replace(b"<recordTarget", b"<informant").replace(b"</recordTarget", b"</informant"),
    "(amount-missing)": written().replace(b'<quantity value="1" unit="1"/>', b'<quantity value="1.5" unit="1"/>', 1),
}


@pytest.mark.parametrize("why", REFUSED)
def test_nothing_is_handed_out_on_a_prescription_that_does_not_allow_it_and_the_report_is_written(
    run: Run, tmp_path, why
):
    report = tmp_path / "report.json"
    assert run(*DISPENSE, stdin=written()).returncode == 0
    assert REFUSED[why] != written()
    done = run(*DISPENSE, "--report", str(report), stdin=REFUSED[why])
    assert (done.returncode, done.stdout) == (1, b"")
    assert why in done.stderr.decode()
    assert len(done.stderr.splitlines()) == 1
    assert json.loads(report.read_text("utf-8"))["version"] == 1


def test_a_product_whose_form_has_no_european_code_is_not_handed_out(run: Run, tmp_path):
    report = tmp_path / "report.json"
    bare = written(item(product=product(form=None)))
    done = run(*DISPENSE, "--report", str(report), stdin=bare)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"may not lack has no European code" in done.stderr
    errors = [f for f in json.loads(report.read_text("utf-8"))["findings"] if f["severity"] == "error"]
    assert {f["code"] for f in errors} == {"required-code-unmapped"}


def level_one() -> bytes:
    return write_level_one(original_of(prescription(), b"%PDF-1.4")).content


UNREADABLE = {
    "a truncated prescription": (written()[:-400], "no well-formed XML"),
    "the original (level 1)": (level_one(), "another kind: ePrescription (original PDF)"),
    "a dispensation": (write_dispensation(dispensation()).content, "another kind: eDispensation"),
    "no document": (b"<a/>", "no kind that is read here"),
    "a prescription without entry": (
        written().replace(b"<substanceAdministration", b"<act").replace(b"</substanceAdministration", b"</act"),
        "it has no prescription",
    ),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_is_no_prescription_of_level_3_exits_2(run: Run, what):
    content, why = UNREADABLE[what]
    done = run(*DISPENSE, stdin=content)
    assert (done.returncode, done.stdout) == (2, b"")
    assert why in done.stderr.decode()


def test_a_dispensation_is_made_of_a_file_alone(run: Run):
    done = run("--person", "rich", "--to", "cda-ed-l3")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"FILE" in done.stderr


@pytest.mark.parametrize("what", ["prescription", "dispensation", "original"])
@pytest.mark.parametrize("form", ["pivot", "html", "pdf"])
def test_a_prescription_and_a_dispensation_are_told_shown_and_printed(run: Run, what, form):
    content = {
        "prescription": written(),
        "dispensation": write_dispensation(dispensation()).content,
        "original": level_one(),
    }[what]
    done = run("-", "--to", form, stdin=content)
    assert (done.returncode, done.stderr) == (0, b"")
    start = {"pivot": b"{", "html": b"<!doctype html>", "pdf": b"%PDF-"}[form]
    assert done.stdout.startswith(start)
    if form == "html" and what != "original":
        assert product().name.encode() in done.stdout


@pytest.mark.parametrize("form", ["pivot", "html", "pdf"])
def test_the_official_examples_are_told_shown_and_printed(run: Run, form):
    for name in (*EXAMPLES, "ed/PlRequest1.xml", "ed/PlRequest2.xml", "skeletons/ed_a.xml", "skeletons/l1_EP.xml"):
        done = run("-", "--to", form, stdin=(artefacts() / "cda-examples" / name).read_bytes())
        assert (name, done.returncode, done.stderr) == (name, 0, b"")
