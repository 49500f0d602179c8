"""`ncpeh ask --what …` of a pharmacist: list, show, dispense, confirm, discard, refuse, and how it stands."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import typer

from gateway import clock
from gateway.cli.asked import AskedFor, keep_messages
from gateway.cli.edge import say
from gateway.cli.sentences import in_words
from gateway.configuration.settings import Settings
from gateway.counter.decide import CounterHandout
from gateway.counter.rules import CounterRules
from gateway.counter.words import say_differences, say_reason
from gateway.demonstration.at_the_counter import CounterSession, NotListed, NotOnePerson, medicine_of, open_counter
from gateway.evidence.named import AcceptanceIncomplete
from gateway.exchange.country_b.page import page_of
from gateway.handouts.desk import HandoutStanding
from gateway.handouts.errors import HandoutBarred, HandoutRefused
from gateway.handouts.recorded import written_id
from gateway.handouts.states import HandoutState
from gateway.handouts.words import say_draft, say_handout_refusal, say_standing
from gateway.messages import PatientIdentifier
from gateway.node.abroad import build_country_b
from gateway.node.handouts import read_counter_rules
from gateway.peers.errors import AbroadRefused, PeerSaidNo
from gateway.pictures import first_page
from gateway.terminology.chosen import release_chosen
from transformers.cda.errors import CdaError
from transformers.model.values import Identifier
from transformers.words import Language

_DONE = frozenset({HandoutState.ACCEPTED, HandoutState.DISCARDED})


@dataclass(frozen=True, slots=True)
class CounterOptions:
    """What was called for."""

    what: AskedFor
    prescription: str | None
    item: str | None
    packages: str
    reasons: tuple[str, ...]
    document: str | None
    words: Language
    page: Language | None

    def handout(self) -> CounterHandout:
        """What is handed out. Raises typer.BadParameter."""
        if self.item is None:
            raise typer.BadParameter("which package? Give its item number", param_hint="--item")
        try:
            packages = Decimal(self.packages)
        except InvalidOperation:
            raise typer.BadParameter("not a number", param_hint="--packages") from None
        parts = [reason.partition("=") for reason in self.reasons]
        if any(not equals for _, equals, _ in parts):
            raise typer.BadParameter("write STOP=WORDS, the stop as it was said", param_hint="--reason")
        return CounterHandout(self.item, packages, {stop: words for stop, _, words in parts})

    def listed(self) -> str:
        """Unique id of the prescription. Raises typer.BadParameter."""
        if self.prescription is None:
            raise typer.BadParameter("which prescription? See --what prescriptions", param_hint="--id")
        return self.prescription

    def dispensation(self) -> Identifier:
        """Id of the dispensation, ``root^extension``. Raises typer.BadParameter."""
        root, caret, extension = (self.document or "").partition("^")
        if not (root and caret and extension):
            raise typer.BadParameter("write the id that `dispense` said, ROOT^EXTENSION", param_hint="--document")
        return Identifier(root, extension)


def at_the_counter(
    settings: Settings, country: str, patient: PatientIdentifier, options: CounterOptions, messages: Path | None
) -> int:
    """Do it; the exit status. Raises typer.BadParameter where an option is lacking or unreadable."""
    needs, step = _STEPS[options.what]
    for need in needs:
        need(options)
    country_b = build_country_b(settings, seen=None if messages is None else keep_messages(messages))
    try:
        return step(open_counter(country_b, country, patient, clock.now), options)
    except PeerSaidNo as refused:
        codes = ", ".join(problem.code for problem in refused.problems)
        say(f"{in_words(refused)}: {codes or 'without a code'}.")
    except (AbroadRefused, CdaError, AcceptanceIncomplete) as refused:
        say(f"{in_words(refused)}.")
    except NotOnePerson:
        say("several persons have that number there: none was chosen.")
    except NotListed:
        say("its list has no such prescription now. See --what prescriptions.")
    except HandoutBarred as barred:
        say(say_handout_refusal(barred, options.words))
        for line in _barred(barred, read_counter_rules(settings), options.words):
            say(line)
    except HandoutRefused as refused:
        say(say_handout_refusal(refused, options.words))
    finally:
        country_b.close()
    return 1


def _barred(barred: HandoutBarred, rules: CounterRules, language: Language) -> Iterator[str]:
    """Each reason, whom to ask, and the nearest Norwegian packages with what is different."""
    decision = barred.decision
    for reason in decision.reasons:
        if reason.holds:
            key = f" [--reason '{reason.key}=…']" if reason.may_pass else ""
            yield f"- {say_reason(reason, rules, language)}{key}"
    who = decision.prescriber
    if who is not None:
        name = "" if who.name is None else who.name.plain()
        yield _plain("  ".join([f"  {name}", *(one.value for one in who.telecoms)]))
    for near in () if decision.product is None else decision.product.nearest:
        yield f"  {near.entry.item_number}  {near.entry.name}  {say_differences(near, language)}".rstrip()


def _list(counter: CounterSession, _options: CounterOptions) -> int:
    for entry in counter.listed():
        medicine = medicine_of(entry)
        state = {True: "open", False: "closed", None: "not said"}[medicine.dispensable]
        typer.echo(f"{entry.unique_id}\t{state}\t{_plain(medicine.description)}")
    return 0


def _show(counter: CounterSession, options: CounterOptions) -> int:
    document, _ = counter.fetched(options.listed())
    row = counter.treatment.session.peer
    content = document.content
    if options.page is not None:
        release, person = release_chosen(counter.country_b.settings, row.wave), counter.treatment.person
        content = page_of(document, person, row.name, release=release, language=options.page, picture=first_page)
    return _out(content)


def _draft(counter: CounterSession, options: CounterOptions) -> int:
    draft = counter.draft(options.listed(), options.handout())
    for line in say_draft(draft, counter.treatment.session.peer, options.words):
        say(line)
    say(f"Draft {draft.document.root}^{draft.document.extension}: nothing is sent before --what confirm.")
    return _out(draft.content)


def _confirm(counter: CounterSession, options: CounterOptions) -> int:
    return _stands(counter, counter.confirm(options.dispensation()), options)


def _discard(counter: CounterSession, options: CounterOptions) -> int:
    return _stands(counter, counter.discard(options.dispensation()), options)


def _state(counter: CounterSession, options: CounterOptions) -> int:
    return _stands(counter, counter.standing(options.dispensation()), options)


def _facts(counter: CounterSession, options: CounterOptions) -> int:
    facts = counter.home_facts(options.dispensation())
    who = facts.prescriber
    told = {
        "version": 1,
        "country": facts.country,
        "document": written_id(facts.document),
        "prescription": written_id(facts.prescription),
        "local_prescription_id": facts.local_prescription_id,
        "dispensation": written_id(facts.dispensation),
        "item_number": facts.item_number,
        "packages": str(facts.packages),
        "dispensed": facts.dispensed.isoformat(),
        "prescriber": None if who is None or who.name is None else who.name.plain(),
    }
    typer.echo(json.dumps(told, ensure_ascii=False))
    return 0


def _refuse(counter: CounterSession, options: CounterOptions) -> int:
    rules = counter.refuse(options.listed(), " ".join(options.reasons))
    typer.echo(f"recorded: not handed out ({', '.join(rules) or 'the pharmacist alone'})")
    return 0


def _stands(counter: CounterSession, standing: HandoutStanding, options: CounterOptions) -> int:
    for line in say_standing(standing, counter.treatment.session.peer, options.words):
        say(line)
    typer.echo(standing.state.value)
    return 0 if standing.state in _DONE else 1


_Need = Callable[[CounterOptions], object]
_Step = Callable[[CounterSession, CounterOptions], int]
_LISTED, _HANDOUT, _DOCUMENT = CounterOptions.listed, CounterOptions.handout, CounterOptions.dispensation
_STEPS: Mapping[AskedFor, tuple[tuple[_Need, ...], _Step]] = {
    AskedFor.PRESCRIPTIONS: ((), _list),
    AskedFor.PRESCRIPTION: ((_LISTED,), _show),
    AskedFor.DISPENSE: ((_LISTED, _HANDOUT), _draft),
    AskedFor.CONFIRM: ((_DOCUMENT,), _confirm),
    AskedFor.STATE: ((_DOCUMENT,), _state),
    AskedFor.DISCARD: ((_DOCUMENT,), _discard),
    AskedFor.REFUSE: ((_LISTED,), _refuse),
    AskedFor.FACTS: ((_DOCUMENT,), _facts),
}
"""What each needs to be told, and what it does."""


def _out(content: bytes) -> int:
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
    return 0


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
