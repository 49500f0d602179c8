"""`ncpeh ask`: does another country answer? Its summary of a test patient, asked for by an invented professional."""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import clock
from gateway.cli.edge import say
from gateway.cli.person import Person, person_from_input
from gateway.cli.sentences import in_words
from transformers.words import Language

if TYPE_CHECKING:
    from gateway.pictures import first_page
from gateway.peers.ports import PatientDifference


def ask(
    country: Annotated[str, typer.Argument(help="Of the country directory: two capital letters.")],
    person: Person = None,
    language: Annotated[
        str | None, typer.Option(help="The document has to be in it, such as pt; another one is refused.")
    ] = None,
    page: Annotated[Language | None, typer.Option(help="The page of it, in these words: en, nb, nn.")] = None,
) -> None:
    """Ask another country for a test patient's summary, as its peer: find, list, retrieve. Never in production.

    The document, or with --page the page of it, comes on standard output.

    Exit 0: it came; 1: the country does not answer with one; 2: called wrongly.
    """
    from gateway.configuration.settings import load  # here and below: its help loads no node

    settings = load()
    if settings.node.environment == "production":
        reason = "a production node asks for a professional who signed in, and this command for an invented one"
        raise typer.BadParameter(f"node.environment is production: {reason}")
    if country not in settings.countries:
        raise typer.BadParameter("no such country in countries.toml", param_hint="COUNTRY")
    if person is None:
        raise typer.BadParameter("whose summary? Give - and write her number to standard input", param_hint="--person")
    patient = person_from_input(person)
    from gateway.demonstration.asking import ask_for_summary
    from gateway.node.abroad import build_country_b
    from gateway.peers.errors import AbroadRefused, PeerSaidNo

    country_b = build_country_b(settings)
    try:
        came = ask_for_summary(country_b, country, patient, clock.now, language)
    except PeerSaidNo as refused:
        codes = ", ".join(problem.code for problem in refused.problems)
        say(f"{in_words(refused)}: {codes or 'without a code'}.")
        raise typer.Exit(1) from None
    except AbroadRefused as refused:
        say(f"{in_words(refused)}.")
        raise typer.Exit(1) from None
    finally:
        country_b.close()
    beside = f" ({came.originals} with the original)" if came.originals else ""
    say(f"{country}: {came.persons} found, {came.documents} listed{beside}, {1 if came.document else 0} retrieved.")
    if came.document is None or came.person is None:
        raise typer.Exit(1)
    for line in lines_of(came.document.differences):
        say(line)
    content = came.document.content
    if page is not None:
        from gateway.exchange.country_b.page import page_of  # what a page is made with: for this option alone
        from gateway.terminology.chosen import release_chosen

        row, wave = settings.countries[country], settings.countries[country].wave
        release = release_chosen(settings, wave)
        content = page_of(came.document, came.person, row.name, release=release, language=page, picture=first_page)
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def lines_of(differences: Iterable["PatientDifference"]) -> list[str]:
    """What the document says otherwise of its patient, a sentence each; a peer's text moves no terminal's cursor."""
    from gateway.exchange.country_b.patient import banner

    return ["".join(c if c.isprintable() else "\ufffd" for c in banner(one, "en")) for one in differences]
