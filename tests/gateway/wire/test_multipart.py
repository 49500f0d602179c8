"""multipart/related, split strictly: each way a body can hold two messages for two readers is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import MultipartMalformed
from gateway.wire.media_type import MediaType
from gateway.wire.multipart import MultipartLimits, Parts, split, write

ROOT = 'application/xop+xml; charset=UTF-8; type="application/soap+xml"'


def part(content: bytes, content_id: str | None = None, kind: str | None = None, more: str = "") -> bytes:
    fields = [f"Content-Type: {kind}"] if kind else []
    fields += [f"Content-ID: <{content_id}>"] if content_id else []
    fields += [more] if more else []
    return "".join(f"{field}\r\n" for field in fields).encode() + b"\r\n" + content


def joined(*parts: bytes, boundary: str = "MIMEBoundary") -> bytes:
    return b"".join(f"--{boundary}\r\n".encode() + p + b"\r\n" for p in parts) + f"--{boundary}--\r\n".encode()


def related(boundary: str = "MIMEBoundary", **parameters: str) -> MediaType:
    return MediaType("multipart/related", {"boundary": boundary, **parameters})


def two() -> list[bytes]:
    return [part(b"<root/>", "0.root@x", ROOT), part(b"\x00binary\r\n", "urn:uuid:1", "application/octet-stream")]


def refused(media_type: MediaType, body: bytes) -> None:
    with pytest.raises(MultipartMalformed):
        split(media_type, body)


def test_splits_root_and_attachments_byte_for_byte():
    parts = split(related(), joined(*two()))
    assert parts.root == b"<root/>"
    assert parts.attachments == {"urn:uuid:1": b"\x00binary\r\n"}


def test_one_part_is_a_message():
    assert split(related(), joined(two()[0])).attachments == {}


def test_start_names_the_root():
    parts = split(related(start="<0.root@x>"), joined(*reversed(two())))
    assert parts.root == b"<root/>"
    assert set(parts.attachments) == {"urn:uuid:1"}


def test_without_start_the_first_part_is_the_root_and_must_be_xml():
    refused(related(), joined(*reversed(two())))


def test_refuses_a_start_that_no_part_has():
    refused(related(start="<other@x>"), joined(*two()))


def test_a_leading_line_end_and_padding_after_a_boundary_are_no_content():
    body = b"\r\n" + joined(*two()).replace(b"--MIMEBoundary\r\n", b"--MIMEBoundary \t\r\n")
    assert split(related(), body).root == b"<root/>"


def test_refuses_a_content_id_twice():
    refused(related(), joined(*two(), two()[1]))


def test_refuses_a_content_id_of_the_root_again():
    refused(related(), joined(two()[0], part(b"x", "0.root@x")))


def test_refuses_an_attachment_without_a_name():
    refused(related(), joined(two()[0], part(b"x", kind="application/octet-stream")))


def test_refuses_a_field_twice():
    refused(related(), joined(part(b"<root/>", "a", ROOT, "Content-ID: <b>")))


def test_refuses_a_field_twice_with_the_same_value():
    refused(related(), joined(part(b"<root/>", "a", ROOT, "content-id: <a>")))


def test_joins_a_folded_field():
    folded = b'Content-Type: application/xop+xml;\r\n type="application/soap+xml"\r\n\r\n<root/>'
    assert split(related(), joined(folded)).root == b"<root/>"


def test_refuses_a_header_line_without_colon_or_outside_ascii():
    refused(related(), joined(part(b"<root/>", "a", ROOT, "nonsense")))
    refused(related(), joined(part(b"<root/>", "a", ROOT, "Content-Description: \u00e6")))


@pytest.mark.parametrize("control", ["\0", "\x01", "\x7f", "\n", "\r"])
def test_refuses_a_control_character_in_a_header(control: str):
    refused(related(), joined(part(b"<root/>", "a", ROOT, f"Content-Description: a{control}b")))
    assert split(related(), joined(part(b"<root/>", "a", ROOT, "Content-Description: a\tb"))).root == b"<root/>"


@pytest.mark.parametrize("count", [16, 17])
def test_sixteen_parts_are_the_most(count):
    parts = [two()[0], *(part(b"x", f"p{n}") for n in range(count - 1))]
    if count == 16:
        assert len(split(related(), joined(*parts)).attachments) == 15
    else:
        refused(related(), joined(*parts))


@pytest.mark.parametrize("size", [8192, 8193])
def test_eight_kilobytes_of_header_are_the_most(size):
    head = part(b"", "a", ROOT)[:-2] + b"X: "
    padded = head + b"x" * (size - len(head)) + b"\r\n\r\n<root/>"
    if size == 8192:
        assert split(related(), joined(padded)).root == b"<root/>"
    else:
        refused(related(), joined(padded))


def test_what_looks_like_more_header_is_no_header_past_the_limit():
    padded = part(b"", "a", ROOT)[:-2] + b"X: " + b"x" * 8192 + b"\r\n\r\nY: y\r\n"
    refused(related(), joined(padded))


def test_the_limits_are_the_callers():
    with pytest.raises(MultipartMalformed):
        split(related(), joined(*two()), MultipartLimits(parts=1))


@pytest.mark.parametrize("boundary", ["", "x" * 71, "a b ", "a\nb", 'a"b', "æ"])
def test_refuses_a_boundary_outside_its_grammar(boundary):
    refused(related(boundary), joined(two()[0], boundary=boundary or "x"))


def test_the_longest_boundary_is_read():
    assert split(related("x" * 70), joined(two()[0], boundary="x" * 70)).root == b"<root/>"


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        ("no closing boundary", joined(*two()).replace(b"--MIMEBoundary--\r\n", b"")),
        ("a closing boundary cut short", joined(*two())[:-3]),
        ("text before the first boundary", b"hello\r\n" + joined(*two())),
        ("text after the last boundary", joined(*two()) + b"hello"),
        ("another message after the last boundary", joined(*two()) + joined(*two())),
        ("line feeds alone", joined(*two()).replace(b"\r\n", b"\n")),
        ("a line that begins with the boundary", joined(part(b"a\r\n--MIMEBoundaryX\r\nb", "a", ROOT))),
        ("nothing but the end", b"--MIMEBoundary--\r\n"),
        ("nothing", b""),
        ("a part without the blank line", b"--MIMEBoundary\r\nContent-Type: text/xml\r\n--MIMEBoundary--\r\n"),
    ],
)
def test_refuses_boundary_tricks(rule, body):
    refused(related(), body)


def test_the_boundary_inside_a_line_is_content():
    content = b"<root>x--MIMEBoundary</root>"
    assert split(related(), joined(part(content, "a", ROOT))).root == content


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "x-gzip"])
def test_refuses_an_encoded_part(encoding):
    refused(related(), joined(part(b"<root/>", "a", ROOT, f"Content-Transfer-Encoding: {encoding}")))


@pytest.mark.parametrize("encoding", ["binary", "8BIT", "7bit"])
def test_reads_a_part_that_is_not_encoded(encoding):
    body = joined(part(b"<root/>", "a", ROOT, f"Content-Transfer-Encoding: {encoding}"))
    assert split(related(), body).root == b"<root/>"


@pytest.mark.parametrize("kind", [None, "text/html", "application/octet-stream", "application/xop+xml; charset=utf-16"])
def test_refuses_a_root_that_is_not_xml(kind):
    refused(related(), joined(part(b"<root/>", "a", kind)))


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_any_bytes_come_back_as_they_were(contents):
    attachments = {f"p{n}": content for n, content in enumerate(contents)}
    body = joined(part(b"<root/>", "r", ROOT), *(part(c, name) for name, c in attachments.items()))
    assert split(related(), body).attachments == attachments


@given(st.binary(max_size=400))
def test_no_body_does_anything_but_be_refused_or_read(noise):
    for body in (noise, joined(noise), joined(part(b"<root/>", "r", ROOT) + noise)):
        try:
            split(related(), body)
        except MultipartMalformed:
            continue


# --- written ---------------------------------------------------------------------------------------------------------

CONTENTS = st.binary(max_size=60) | st.sampled_from([b"\r\n", b"--", b"\r\n--MIMEBoundar", b"\r\n--\r\n\r\n"])


@given(CONTENTS, st.dictionaries(st.from_regex(r"[a-z0-9-]{1,20}@document", fullmatch=True), CONTENTS, max_size=4))
def test_what_is_written_is_split_into_the_same(root, attachments):
    parts = Parts(root, attachments)
    assert split(related(), write(parts, "MIMEBoundary", ROOT)) == parts


def test_a_boundary_that_stands_in_a_part_is_not_written():
    parts = Parts(b"<root/>", {"a@document": b"a--MIMEBoundaryb"})
    with pytest.raises(ValueError, match="boundary"):
        write(parts, "MIMEBoundary", ROOT)
    assert split(related("Other"), write(parts, "Other", ROOT)) == parts


def test_a_boundary_that_is_none_is_not_written():
    with pytest.raises(ValueError, match="boundary"):
        write(Parts(b"<root/>", {}), "a\nb", ROOT)
