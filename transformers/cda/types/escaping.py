"""Texts as XML takes them (XML 1.0, 2.4): what is markup is written as a reference."""


def escaped(text: str) -> str:
    """The text for an element or an attribute between double quotes; the characters of `markupsafe.escape`."""
    return (
        text.replace("&", "&amp;").replace(">", "&gt;").replace("<", "&lt;").replace("'", "&#39;").replace('"', "&#34;")
    )
