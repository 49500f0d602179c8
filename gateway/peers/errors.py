"""Why an answer from abroad is not used: a closed tree, one class per reason. Seen from country B.

AbroadRefused
├── PeerNotAgreed          the country directory does not let us ask that
├── PeerUnreachable        no connection, TLS refused (chain, host name, revocation), or no address
├── ServerOfAnother        its certificate names another country than the one asked
├── PeerSlow               no answer within the deadline
├── PeerFault              a SOAP fault; its code and text
├── PeerSaidNo             an answer that refuses; its problems
├── PeerAnswerUnreadable   outside its specification, or over our limits
├── AnswerToAnother        RelatesTo or targetMessage names another request
├── AnswerFromAnother      another home community than the one asked
├── AnswerAboutAnother     another patient than the one asked about
├── DocumentNotAsked       a document id that was not asked for
├── PatientUnproven        the document that came does not prove to be about the patient who was identified
├── DocumentUnlisted       the document that came is another than the list describes
├── DocumentDamaged        hash or size differ from what was listed
└── DocumentNotValid       policy lets no document with these findings in
"""

from dataclasses import dataclass, field

from gateway.messages import Remark


class AbroadRefused(Exception):
    """Base of every reason not to use an answer from abroad."""

    def __str__(self) -> str:
        return type(self).__name__


class PeerNotAgreed(AbroadRefused):
    """`config/countries.toml` does not say that country answers us this service."""


@dataclass
class PeerUnreachable(AbroadRefused):
    """No connection: no address, refused, or TLS not verified; or one that broke.

    ``sent``: something of the request may have come there. Only where no connection was made is it certain that not.
    """

    sent: bool = True

    def __str__(self) -> str:
        return type(self).__name__


class ServerOfAnother(AbroadRefused):
    """The certificate of the server names another country than the one asked; nothing was sent."""


class PeerSlow(AbroadRefused):
    """No answer within the deadline."""


@dataclass
class PeerFault(AbroadRefused):
    """A SOAP fault."""

    code: str
    subcode: str | None
    text: str = field(repr=False)


@dataclass
class PeerSaidNo(AbroadRefused):
    """The peer refuses: its codes and its own words."""

    problems: tuple[Remark, ...]
    issue: str | None = None


@dataclass
class PeerAnswerUnreadable(AbroadRefused):
    """Outside its specification or our limits; ``why`` is the class of the reader's refusal."""

    why: str


class AnswerToAnother(AbroadRefused):
    """The answer relates to another request."""


class AnswerFromAnother(AbroadRefused):
    """Another home community than the one asked."""


class AnswerAboutAnother(AbroadRefused):
    """Another patient than the one asked about."""


class DocumentNotAsked(AbroadRefused):
    """A document that was not asked for."""


@dataclass
class PatientUnproven(AbroadRefused):
    """The document does not prove to be about the patient who was identified.

    ``field`` is the part of its header that does not: ``recordTarget`` (none, several, or nothing readable),
    ``recordTarget/id`` (none of the identifiers of the match) or ``recordTarget/birthTime`` (another day).
    """

    field: str


@dataclass
class DocumentUnlisted(AbroadRefused):
    """The document is another than the list describes; ``field`` is the part of its list entry that it contradicts."""

    field: str


class DocumentDamaged(AbroadRefused):
    """Hash or size differ from the listing."""


@dataclass
class DocumentNotValid(AbroadRefused):
    """Findings of a severity that policy refuses; ``rules`` names what was broken, each once."""

    rules: tuple[str, ...]
