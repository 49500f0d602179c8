"""What a person says of herself when an act of hers becomes evidence: her name, and why."""


class AcceptanceIncomplete(Exception):
    """Who accepts, or why, is blank or cannot be printed; says which."""


def words_of_person(name: str, text: str) -> str:
    """The words on one line. Raises AcceptanceIncomplete with ``name`` when they are blank or cannot be printed."""
    words = " ".join(text.split())
    if not words or not words.isprintable():
        raise AcceptanceIncomplete(name)
    return words
