"""Where `config/` and `samples/` are. `transformers` knows, for it reads its words there too (`config/words/`)."""

from transformers.shipped import shipped

__all__ = ["shipped"]
