"""Which words serve a reader of a language: her own, else those of a language she reads. Never English as if it were.

BCP 47. Nynorsk readers read bokmål; the other way round it is not assumed.
"""

from collections.abc import Mapping

_READ_TOO: Mapping[str, tuple[str, ...]] = {"nn": ("nb",), "no": ("nb", "nn")}
_PIVOT = "en"


def fallback(language: str) -> tuple[str, ...]:
    """Languages in which words are looked for, in order: as asked (``nb-NO``), its language (``nb``), what is read too.

    Empty for English, the language of the displays themselves.
    """
    main = language.partition("-")[0].lower()
    if main == _PIVOT:
        return ()
    return tuple(dict.fromkeys((language, main, *_READ_TOO.get(main, ()))))
