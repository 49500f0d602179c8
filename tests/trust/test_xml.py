"""Hostile bytes never become a tree; each attack is refused by its own class, and its harmless twin is not."""

import threading

import pytest
from lxml import etree

from trust.errors import (
    DoctypeForbidden,
    ProcessingInstructionForbidden,
    XIncludeForbidden,
    XmlEncodingForbidden,
    XmlNotWellFormed,
    XmlRefused,
    XmlTooDeep,
    XmlTooLarge,
    XmlTooManyNodes,
    XmlVersionForbidden,
)
from trust.xml import DEFAULT, XmlLimits, canonical, parse, serialise


def _refused(data: bytes, limits: XmlLimits = DEFAULT) -> type[XmlRefused]:
    with pytest.raises(XmlRefused) as refusal:
        parse(data, limits)
    return refusal.type


def _entities(levels: int, width: int) -> bytes:
    """Entity `e<levels>` is `width` to the power of `levels` letters."""
    made = [b'<!ENTITY e0 "lol">']
    made += [b'<!ENTITY e%d "%s">' % (level, b"&e%d;" % (level - 1) * width) for level in range(1, levels + 1)]
    return b"<!DOCTYPE a [" + b"".join(made) + b"]>"


@pytest.mark.parametrize("root", [b"<a>&e9;</a>", b'<a b="&e9;"/>'], ids=["in text", "in an attribute"])
def test_refuses_billion_laughs(root: bytes):
    assert _refused(_entities(9, 10) + root) is DoctypeForbidden


def test_refuses_quadratic_expansion():
    doctype = b'<!DOCTYPE a [<!ENTITY e "' + b"x" * 100_000 + b'">]>'
    assert _refused(doctype + b"<a>" + b"&e;" * 100_000 + b"</a>") is DoctypeForbidden


@pytest.mark.parametrize(
    "doctype",
    [
        b"<!DOCTYPE a>",
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">',
        b'<!DOCTYPE a PUBLIC "-//A" "file:///etc/passwd">',
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE a [<!ENTITY % e SYSTEM "file:///etc/passwd"> %e;]>',
        b'<!DOCTYPE a [<!ATTLIST a b CDATA "added">]>',
        b'<!--x--><!DOCTYPE a [<!ENTITY e "x">]>',
    ],
)
def test_refuses_a_doctype(doctype: bytes):
    assert _refused(doctype + b"<a/>") is DoctypeForbidden


def test_takes_the_word_doctype_in_text():
    assert parse(b"<a><![CDATA[<!DOCTYPE a>]]></a>").text == "<!DOCTYPE a>"


def test_never_reads_an_external_entity(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    doctype = f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'.encode()
    assert _refused(doctype + b"<a>&e;</a>") is DoctypeForbidden


def test_refuses_an_undeclared_entity():
    assert _refused(b"<a>&e;</a>") is XmlNotWellFormed


@pytest.mark.parametrize("data", [b"<a><?x y?></a>", b"<?x y?><a/>", b"<a/><?x y?>", b"<a>b<?x?>c</a>"])
def test_refuses_a_processing_instruction(data: bytes):
    assert _refused(data) is ProcessingInstructionForbidden


def test_an_xml_declaration_is_not_a_processing_instruction():
    assert parse(b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><a/>').tag == "a"


@pytest.mark.parametrize(
    "data",
    [
        b'<a xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="file:///etc/passwd" parse="text"/></a>',
        b'<include xmlns="http://www.w3.org/2001/XInclude"/>',
        b'<a xmlns:i="http://www.w3.org/2001/XIncl&#117;de"><b><i:fallback/></b></a>',
    ],
)
def test_refuses_an_element_of_xinclude(data: bytes):
    assert _refused(data) is XIncludeForbidden


def test_takes_a_declaration_of_xinclude_that_nothing_uses():
    assert parse(b'<a xmlns:i="http://www.w3.org/2001/XInclude"/>').tag == "a"


def _nested(depth: int) -> bytes:
    return b"<a>" * depth + b"</a>" * depth


def test_depth_has_an_edge():
    assert parse(_nested(128)).tag == "a"
    assert _refused(_nested(129)) is XmlTooDeep


def test_a_depth_the_parser_itself_refuses_is_too_deep():
    assert _refused(_nested(100_000)) is XmlTooDeep


def test_elements_have_an_edge():
    limits = XmlLimits(elements=3)
    assert len(parse(b"<a><b/><c/></a>", limits)) == 2
    assert _refused(b"<a><b/><c/><d/></a>", limits) is XmlTooManyNodes


def test_attributes_of_a_document_have_an_edge():
    limits = XmlLimits(attributes=3)
    assert parse(b'<a b="" c=""><d e=""/></a>', limits).tag == "a"
    assert _refused(b'<a b="" c=""><d e="" f=""/></a>', limits) is XmlTooManyNodes


def test_attributes_of_an_element_have_an_edge():
    limits = XmlLimits(attributes_of_one_element=2)
    assert parse(b'<a b="" c=""><d e="" f=""/></a>', limits).tag == "a"
    assert _refused(b'<a b=""><d e="" f="" g=""/></a>', limits) is XmlTooManyNodes


def test_refuses_a_hundred_thousand_attributes():
    assert _refused(b"<a" + b"".join(b' b%d=""' % n for n in range(100_000)) + b"/>") is XmlTooManyNodes


def test_namespace_declarations_have_an_edge():
    limits = XmlLimits(namespaces=2)
    assert parse(b'<a xmlns="urn:a" xmlns:b="urn:b"/>', limits).tag == "{urn:a}a"
    assert _refused(b'<a xmlns="urn:a" xmlns:b="urn:b"><c xmlns:d="urn:d"/></a>', limits) is XmlTooManyNodes


def test_bytes_have_an_edge():
    assert parse(b"<a/>", XmlLimits(bytes=4)).tag == "a"
    assert _refused(b"<ab/>", XmlLimits(bytes=4)) is XmlTooLarge


def test_the_limits_are_these():
    assert XmlLimits(16_777_216, 128, 200_000, 300_000, 256, 10_000, huge_text=False) == DEFAULT


def test_one_huge_text_is_taken_only_when_the_caller_says_so():
    huge = b"<a>" + b"x" * 10_000_001 + b"</a>"
    assert _refused(huge) is XmlTooLarge
    assert len(parse(huge, XmlLimits(huge_text=True)).text or "") == 10_000_001


def test_a_caller_who_lets_huge_text_in_lets_no_depth_in():
    assert _refused(_nested(129), XmlLimits(huge_text=True)) is XmlTooDeep


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["no mark", "byte order mark"])
@pytest.mark.parametrize("declaration", [b"", b'<?xml version="1.0"?>', b"<?xml version='1.0' encoding='utf-8'?>"])
def test_takes_utf8(bom: bytes, declaration: bytes):
    assert parse(bom + declaration + "<a>Bjørn Máhtte</a>".encode()).text == "Bjørn Máhtte"


def test_takes_ascii_as_the_part_of_utf8_it_is():
    assert parse(b'<?xml version="1.0" encoding="US-ASCII"?><a>b</a>').text == "b"
    assert parse('<?xml version="1.0" encoding="US-ASCII"?><a>ø</a>'.encode()).text == "ø"


@pytest.mark.parametrize(
    "data",
    [
        "<a>å</a>".encode("utf-16"),
        "<a>å</a>".encode("utf-16-le"),
        "<a>å</a>".encode("utf-16-be"),
        '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
        "<a>å</a>".encode("utf-32"),
        b'<?xml version="1.0" encoding="UTF-16"?><a/>',
        b'<?xml version="1.0" encoding="utf-7"?><a>+ADw-b+AD4-</a>',
        b"<?xml version='1.0' encoding = 'utf-7' ?><a/>",
        b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-16LE"?><a/>',
        b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe5</a>',
        b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>',
        b'<?xml version="1.0" encoding="IBM037"?><a/>',
        b'<?xml version="1.0" encoding="\xff"?><a/>',
        b'<?xml version="1.0" encoding=""?><a/>',
        b"<a>\xe5</a>",
        b"<a>\xc0\xbc</a>",
        b"<a>\xed\xa0\x80</a>",
        b"<a>\0</a>",
    ],
)
def test_refuses_whatever_is_or_says_it_is_not_utf8(data: bytes):
    assert _refused(data) is XmlEncodingForbidden


def test_an_encoding_named_in_text_is_text():
    assert parse(b'<a>&lt;?xml encoding="utf-16"?></a>').tag == "a"


def test_refuses_xml_1_1():
    assert _refused(b'<?xml version="1.1"?><a/>') is XmlVersionForbidden


@pytest.mark.parametrize(
    "data",
    [b"", b" ", b"<a>", b"<a/><b/>", b"<a b=''b=''/>", b"<b:a/>", b"<a>&#0;</a>", b"<a>]]></a>", b"{}", b"<a b='<'/>"],
)
def test_refuses_what_is_not_well_formed(data: bytes):
    assert _refused(data) is XmlNotWellFormed


def test_a_refusal_keeps_nothing_of_what_was_sent():
    with pytest.raises(XmlNotWellFormed) as refusal:
        parse(b"<Secret>")
    assert "Secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


def test_comments_never_cut_a_text_short():
    root = parse(b"<!--x--><a>on<!-- y -->e<b/>t<!-- z -->wo</a>")
    assert (root.text, root[0].tail, len(root)) == ("one", "two", 1)


def test_a_subtree_keeps_the_namespaces_of_its_ancestors_and_loses_what_follows():
    root = parse(b'<a xmlns:x="urn:x" xmlns:y="urn:y"><b y:c="x:d"/>tail</a>')
    assert parse(serialise(root[0])).nsmap == {"x": "urn:x", "y": "urn:y"}
    assert serialise(root[0]).endswith(b'y:c="x:d"/>')


def test_serialised_text_is_utf8_without_a_declaration():
    assert serialise(parse("<a>ø</a>".encode())) == "<a>ø</a>".encode()


def test_canonical_form_drops_namespaces_that_only_values_use_unless_named():
    root = parse(b'<a xmlns:x="urn:x" xmlns:y="urn:y" c="x:d"  b="1"/>')
    assert canonical(root) == b'<a b="1" c="x:d"></a>'
    assert canonical(root, ["x"]) == b'<a xmlns:x="urn:x" b="1" c="x:d"></a>'


def test_canonical_form_of_a_subtree_ends_with_it():
    assert canonical(parse(b'<a xmlns:x="urn:x"><b/>tail</a>')[0], ["x"]) == b'<b xmlns:x="urn:x"></b>'


def test_canonical_form_keeps_the_default_namespace_where_it_is_when_named():
    root = parse(b'<x:a xmlns="urn:d" xmlns:x="urn:x"><b/></x:a>')
    assert canonical(root) == b'<x:a xmlns:x="urn:x"><b xmlns="urn:d"></b></x:a>'
    assert canonical(root, ["#default"]) == b'<x:a xmlns="urn:d" xmlns:x="urn:x"><b></b></x:a>'


def test_the_default_namespace_does_not_crowd_out_other_prefixes():
    root = parse(b'<x:a xmlns="urn:d" xmlns:x="urn:x" xmlns:y="urn:y" b="y:c"/>')
    everything = b'<x:a xmlns="urn:d" xmlns:x="urn:x" xmlns:y="urn:y" b="y:c"></x:a>'
    assert canonical(root, ["#default", "y"]) == everything


def test_canonical_form_has_no_comments_whoever_made_the_tree():
    root = parse(b"<a>b</a>")
    root.append(etree.Comment("c"))
    assert canonical(root) == b"<a>b</a>"


def test_it_keeps_it_in_a_thread_that_has_met_no_empty_namespace():
    root = parse(b'<x:a xmlns="urn:d" xmlns:x="urn:x"><b/></x:a>')
    made: list[bytes] = []
    thread = threading.Thread(target=lambda: made.append(canonical(root, ["#default", "x"])))
    thread.start()
    thread.join()
    assert made == [b'<x:a xmlns="urn:d" xmlns:x="urn:x"><b></b></x:a>']


def test_a_relative_namespace_name_has_no_canonical_form():
    with pytest.raises(XmlNotWellFormed):
        canonical(parse(b'<a xmlns="relative"/>'))
