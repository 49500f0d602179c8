"""Binary content: inline, or in the part an Include points to; every part is used, every Include has its part."""

import base64

import pytest

from gateway.errors import MultipartMalformed
from gateway.wire.xop import check_includes, read_binary
from tests.support.nodes.wire import tree

INCLUDE = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="{}"/>'
PARTS = {"urn:uuid:1": b"\x00\xff"}


def message(body: str, header: str = ""):
    root = tree(f"<e><h>{header}</h><b>{body}</b></e>")
    return root, root[1]


def document(href: str = "cid:urn:uuid:1") -> str:
    return f"<d>{INCLUDE.format(href)}</d>"


def test_an_include_gives_the_bytes_of_its_part():
    root, body = message(document())
    check_includes(root, body, PARTS)
    assert read_binary(body[0], PARTS) == b"\x00\xff"


def test_a_cid_is_percent_decoded():
    root, body = message(document("cid:uuid%3A1%40cxf.apache.org"))
    check_includes(root, body, {"uuid:1@cxf.apache.org": b"a"})
    assert read_binary(body[0], {"uuid:1@cxf.apache.org": b"a"}) == b"a"


def test_white_space_around_an_include_does_not_matter():
    root, body = message(document().replace("<x:", "\n <x:").replace("/></d>", "/>\n</d>"))
    check_includes(root, body, PARTS)
    assert read_binary(body[0], PARTS) == b"\x00\xff"


@pytest.mark.parametrize(
    ("rule", "body", "parts"),
    [
        ("a part no Include points to", "<d>AA==</d>", PARTS),
        ("a part that is missing", document("cid:urn:uuid:2"), PARTS),
        ("an Include without any part", document(), {}),
        ("two Includes of one part", document() * 2, PARTS),
        ("an address on the net", document("http://127.0.0.1/x"), {"http://127.0.0.1/x": b"a"}),
        ("a file", document("file:///etc/passwd"), {"file:///etc/passwd": b"a"}),
        ("no href", document().replace(' href="cid:urn:uuid:1"', ""), PARTS),
        (
            "an Include in an Include",
            document().replace("/></d>", ">" + INCLUDE.format("cid:b") + "</x:Include></d>"),
            PARTS,
        ),
        ("text before an Include", document().replace("<d>", "<d>AA=="), PARTS),
        ("text after an Include", document().replace("</d>", "AA==</d>"), PARTS),
        ("text in an Include", document().replace("/></d>", ">AA==</x:Include></d>"), PARTS),
        ("something beside an Include", document().replace("</d>", "<y/></d>"), PARTS),
    ],
)
def test_refuses(rule, body, parts):
    root, content = message(body)
    with pytest.raises(MultipartMalformed):
        check_includes(root, content, parts)


def test_refuses_an_include_in_the_header():
    root, body = message("<d/>", header=document())
    with pytest.raises(MultipartMalformed):
        check_includes(root, body, PARTS)


def test_refuses_an_include_in_the_header_beside_one_in_the_body():
    root, body = message(document(), header=document("cid:other"))
    with pytest.raises(MultipartMalformed):
        check_includes(root, body, PARTS)


def test_inline_base64_may_have_line_ends():
    text = base64.encodebytes(bytes(range(256)) * 4).decode()
    assert read_binary(tree(f"<d>\n {text} </d>"), {}) == bytes(range(256)) * 4


@pytest.mark.parametrize("text", ["AA", "AA=", "AA==AA==", "A*==", "&#230;AAA", "=", "AAA=A"])
def test_what_is_not_base64_is_no_content(text):
    assert read_binary(tree(f"<d>{text}</d>"), {}) is None


def test_an_element_with_other_content_has_no_bytes():
    assert read_binary(tree("<d><y/></d>"), {}) is None
    assert read_binary(tree("<d><y/><z/></d>"), {}) is None
