"""Our mailbox at EDI 2.0 (NHN message transport, REST, api-version 2): list, fetch, mark read, receipt.

The hub lists unread messages, oldest first, 10 unless told otherwise and 100 at most: what nobody takes would in the
end hide what somebody waits for.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from urllib.parse import quote

from gateway.national.calls import Api
from transformers.norway.errors import Malformed
from transformers.norway.json_fields import Member, as_object, read_json, read_object, required_words

_MOST = 100
_CREATED = (201, 409)
_DONE = (200, 201, 204)
_OK = json.dumps({"appRecStatus": "Ok", "appRecErrorList": []}).encode("ascii")


class Mailbox:
    """One HER-id's messages at the hub. Every call raises `NationalRefused` leaves or ``Malformed``; keeps no state."""

    def __init__(self, api: Api, *, her_id: str, source_system: str) -> None:
        self._api = api
        self._her_id = her_id
        self._headers: Mapping[str, str] = {
            "accept": "application/json",
            "content-type": "application/json",
            "api-version": "2",
            "nhn-source-system": source_system,
        }

    def send(self, message: bytes, seconds: float) -> str | None:
        """Hand a message in; the hub's own id of it, None when it has it already (409)."""
        body = {
            "contentType": "application/xml",
            "contentTransferEncoding": "base64",
            "businessDocument": base64.b64encode(message).decode("ascii"),
        }
        content = json.dumps(body).encode("ascii")
        sent = self._api.ask("POST", "/Messages", self._headers, content, allowed=_CREATED, deadline_seconds=seconds)
        identifier = read_json(sent.body, "Messages") if sent.status == _CREATED[0] else None
        return identifier.lower() if isinstance(identifier, str) else None

    def unread(self, seconds: float) -> list[Member]:
        """Metadata of unread messages."""
        path = f"/Messages?receiverHerIds={quote(self._her_id, safe='')}&includeMetadata=true&messagesToFetch={_MOST}"
        answer = self._api.ask("GET", path, self._headers, deadline_seconds=seconds)
        listed = read_json(answer.body, "Messages")
        if not isinstance(listed, list):
            raise Malformed("Messages")
        return [as_object(entry, "Messages") for entry in listed]

    def document(self, key: str, seconds: float) -> bytes:
        """The business document of a message."""
        path = f"/Messages/{quote(key, safe='')}/business-document"
        answer = self._api.ask("GET", path, self._headers, deadline_seconds=seconds)
        written = required_words(read_object(answer.body, "businessDocument"), "businessDocument")
        try:
            return base64.b64decode(written, validate=True)
        except (binascii.Error, ValueError):
            raise Malformed("businessDocument") from None

    def mark_read(self, key: str, seconds: float) -> None:
        """Take a message out of the unread ones."""
        path = f"/Messages/{quote(key, safe='')}/read/{quote(self._her_id, safe='')}"
        self._api.ask("PUT", path, self._headers, allowed=_DONE, deadline_seconds=seconds)

    def acknowledge(self, key: str, seconds: float) -> None:
        """Send the application receipt of a business message."""
        path = f"/Messages/{quote(key, safe='')}/apprec/{quote(self._her_id, safe='')}"
        self._api.ask("POST", path, self._headers, _OK, allowed=_DONE, deadline_seconds=seconds)
