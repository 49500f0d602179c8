"""Options that several commands have."""

from typing import Annotated

import typer

Database = Annotated[str | None, typer.Option(help="sqlite:///PATH or postgresql://…; default: the node's own.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
