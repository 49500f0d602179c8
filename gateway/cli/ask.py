"""`ncpeh ask`: another country asked for a test patient by an invented professional: her summary, her prescriptions."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import clock
from gateway.cli.asked import AskedFor, keep_messages
from gateway.cli.edge import say
from gateway.cli.person import Person, person_from_input
from gateway.cli.sentences import in_words
from gateway.messages import PatientIdentifier
from transformers.words import Language

if TYPE_CHECKING:
    from gateway.configuration.settings import Settings
    from gateway.demonstration.asking import SummaryAbroad
    from gateway.peers.ports import PatientDifference


def ask(  # noqa: PLR0913 - one argument per option of the command line
    country: Annotated[str, typer.Argument(help="Of the country directory: two capital letters.")],
    person: Person = None,
    language: Annotated[
        str | None, typer.Option(help="The document has to be in it, such as pt; another one is refused.")
    ] = None,
    page: Annotated[Language | None, typer.Option(help="The page of it, in these words: en, nb, nn.")] = None,
    what: Annotated[AskedFor, typer.Option(help="What is asked, or done at the counter.")] = AskedFor.SUMMARY,
    prescription: Annotated[
        str | None, typer.Option("--id", help="Of a prescription, as `prescriptions` lists it.")
    ] = None,
    item: Annotated[str | None, typer.Option(help="Item number (FEST) of the package handed out.")] = None,
    packages: Annotated[str, typer.Option(help="How many of it.")] = "1",
    reason: Annotated[
        list[str] | None, typer.Option(help="Why a stop is passed, as STOP=WORDS; of `refuse` the words alone.")
    ] = None,
    document: Annotated[str | None, typer.Option(help="Id of a draft or dispensation, as `dispense` says it.")] = None,
    words: Annotated[Language, typer.Option(help="The language of what a pharmacist is told.")] = "en",
    save_messages: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Keep every message as it was sent and as it came, for a test bed."),
    ] = None,
) -> None:
    """Ask another country for a test patient's summary or prescriptions, as its peer. Never in production.

    A summary, prescription or draft, or with --page the page of it, comes on standard output; what is said of it on
    standard error. `dispense` writes the draft and sends nothing; `confirm` sends it; `state` asks nobody.

    Exit 0: done; 1: the country, or a rule, says no, or it is not known; 2: called wrongly.
    """
    from gateway.configuration.settings import load  # here and below: its help loads no node

    settings = load()
    if settings.node.environment == "production":
        why = "a production node asks for a professional who signed in, and this command for an invented one"
        raise typer.BadParameter(f"node.environment is production: {why}")
    if country not in settings.countries:
        raise typer.BadParameter("no such country in countries.toml", param_hint="COUNTRY")
    if person is None:
        raise typer.BadParameter("whose summary? Give - and write her number to standard input", param_hint="--person")
    if what is not AskedFor.SUMMARY:
        from gateway.cli.ask_counter import CounterOptions, at_the_counter

        options = CounterOptions(what, prescription, item, packages, tuple(reason or ()), document, words, page)
        raise typer.Exit(at_the_counter(settings, country, person_from_input(person), options, save_messages))
    came = _summary(settings, country, person_from_input(person), language, save_messages)
    beside = f" ({came.originals} with the original)" if came.originals else ""
    say(f"{country}: {came.persons} found, {came.documents} listed{beside}, {1 if came.document else 0} retrieved.")
    if came.document is None or came.person is None:
        raise typer.Exit(1)
    for line in lines_of(came.document.differences):
        say(line)
    content = came.document.content
    if page is not None:
        from gateway.exchange.country_b.page import page_of  # what a page is made with: for this option alone
        from gateway.pictures import first_page
        from gateway.terminology.chosen import release_chosen

        row = settings.countries[country]
        release = release_chosen(settings, row.wave)
        content = page_of(came.document, came.person, row.name, release=release, language=page, picture=first_page)
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _summary(
    settings: "Settings", country: str, patient: PatientIdentifier, language: str | None, messages: Path | None
) -> "SummaryAbroad":
    """What came of asking. Raises typer.Exit where the country says no, or says nothing."""
    from gateway.demonstration.asking import ask_for_summary
    from gateway.node.abroad import build_country_b
    from gateway.peers.errors import AbroadRefused, PeerSaidNo

    country_b = build_country_b(settings, seen=None if messages is None else keep_messages(messages))
    try:
        return ask_for_summary(country_b, country, patient, clock.now, language)
    except PeerSaidNo as refused:
        codes = ", ".join(problem.code for problem in refused.problems)
        say(f"{in_words(refused)}: {codes or 'without a code'}.")
        raise typer.Exit(1) from None
    except AbroadRefused as refused:
        say(f"{in_words(refused)}.")
        raise typer.Exit(1) from None
    finally:
        country_b.close()


def lines_of(differences: Iterable["PatientDifference"]) -> list[str]:
    """What the document says otherwise of its patient, a sentence each; a peer's text moves no terminal's cursor."""
    from gateway.exchange.country_b.patient import banner

    return ["".join(c if c.isprintable() else "\ufffd" for c in banner(one, "en")) for one in differences]
