"""A picture of a stranger's PDF: what it shows, and that no PDF does anything but cost its own picture."""

from io import BytesIO

import pikepdf
import pytest

from gateway.pictures import first_page
from tests.support.pivots.prescriptions import prescription
from transformers.display.errors import NotPictured
from transformers.display.first_page import HEIGHT, PNG, WIDTH, FirstPage, first_page_of, packed, unpacked
from transformers.display.sheet_original import prescription_pdf


def drawn(
    media_box: tuple[float, ...] = (0, 0, 595, 842), content: bytes = b"", pages: int = 1, **save: object
) -> bytes:
    """A PDF of empty pages of a size, with drawing commands."""
    made = pikepdf.new()
    for _ in range(pages):
        page = made.add_blank_page(page_size=(100, 100))
        page.MediaBox = pikepdf.Array(media_box)
        page.Contents = made.make_stream(content)
    to = BytesIO()
    made.save(to, **save)
    return to.getvalue()


def size_of(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def test_the_picture_is_of_the_first_page_and_says_of_how_many():
    black, white = b"0 g 0 0 595 842 re f", b""
    shown = [first_page(drawn(content=content, pages=pages)) for content, pages in ((black, 1), (white, 3))]
    assert [page and page.pages for page in shown] == [1, 3]
    assert shown[0] is not None
    assert shown[1] is not None
    assert shown[0].picture != shown[1].picture
    assert shown[0].picture == first_page_of(drawn(content=black)).picture
    assert size_of(shown[1].picture)[0] == WIDTH


def test_an_original_of_ours_is_seen():
    shown = first_page(prescription_pdf(prescription()).content)
    assert shown is not None
    assert shown.picture.startswith(PNG)
    assert len(shown.picture) > 10_000


@pytest.mark.parametrize(
    "pdf",
    [
        b"",
        b"%PDF-1.7 nothing %%EOF",
        b"\x89PNG\r\n\x1a\n",
        drawn()[:200],
        drawn(pages=0),
        drawn(encryption=pikepdf.Encryption(owner="o", user="u")),
    ],
    ids=["nothing", "only a head", "another file", "cut", "no page", "locked"],
)
def test_what_cannot_be_drawn_has_no_picture(pdf: bytes):
    assert first_page(pdf) is None


@pytest.mark.parametrize("box", [(0, 0, 1e9, 1e9), (0, 0, 14_400, 1), (0, 0, 1, 14_400), (0, 0, -5, -5)], ids=str)
def test_a_page_of_any_size_gives_a_picture_within_its_bounds_or_none(box: tuple[float, ...]):
    shown = first_page(drawn(box))
    assert shown is None or all(
        0 < each <= most + 1 for each, most in zip(size_of(shown.picture), (WIDTH, HEIGHT), strict=True)
    )


@pytest.mark.timed
@pytest.mark.prove
def test_a_pdf_that_takes_all_memory_or_time_costs_its_own_picture_alone():
    hungry = b"q " * 3_000_000 + b"0 0 595 842 re f"
    endless = b"0 0 595 842 re W n\n" + b"0 0 m 595 842 l S\n" * 2_000_000
    for content in (hungry, endless):
        shown = first_page(drawn(content=content))
        assert shown is None or shown.picture.startswith(PNG)
    assert first_page(drawn()) is not None


def test_drawing_ends_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gateway.pictures._SECONDS", 0.01)
    assert first_page(drawn()) is None


def test_what_another_process_writes_is_believed_only_if_it_is_a_picture():
    page = FirstPage(PNG + b"x", 2)
    assert unpacked(packed(page)) == page
    for other in (b"", b"\0\0\0\1", packed(page).replace(b"PNG", b"GIF")):
        with pytest.raises(NotPictured):
            unpacked(other)
