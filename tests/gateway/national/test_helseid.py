"""HelseID: private_key_jwt, DPoP with nonce, tokens kept per audience and scope and renewed in time."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID, uuid5

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.util import urlsafe_b64encode

from gateway.errors import NationalAccessDenied, NationalAnswerUnreadable, NationalServiceDown, NationalServiceSlow
from gateway.http import HttpAnswer, HttpTooSlow, HttpUnreachable
from gateway.national.calls import Api
from gateway.national.helseid import HelseId, HelseIdSettings, Resource
from tests.support.norway.scripted import Asked, ScriptedHttp, answer

ISSUER = "https://helseid.invalid"
PERSON = Resource("nhn:person", "nhn:person/read")
OTHER = Resource("nhn:other", "nhn:other/read")
START = datetime(2026, 11, 24, 12, tzinfo=UTC)
SPACE = UUID("5d6f1c52-3c5a-4f43-9d1f-0c5b6ed1a001")


class Clock:
    def __init__(self) -> None:
        self.at = START
        self.ids = 0

    def now(self) -> datetime:
        return self.at

    def new_id(self) -> UUID:
        self.ids += 1
        return uuid5(SPACE, str(self.ids))


def discovery(one: Asked) -> HttpAnswer | None:
    if one.url != f"{ISSUER}/.well-known/openid-configuration":
        return None
    return answer(200, {"issuer": ISSUER, "token_endpoint": f"{ISSUER}/connect/token"})


def granted(token: str = "token-1", seconds: int = 600) -> HttpAnswer:
    return answer(200, {"access_token": token, "token_type": "DPoP", "expires_in": seconds})


def wants_nonce(nonce: str) -> HttpAnswer:
    return answer(400, {"error": "use_dpop_nonce"}, dpop_nonce=nonce)


@pytest.fixture
def key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "client-1"})


Make = Callable[..., tuple[HelseId, ScriptedHttp, Clock]]


@pytest.fixture
def make(tmp_path: Path, key: ECKey) -> Make:
    def made(*steps: Any, route: Any = discovery, algorithm: str = "ES256") -> tuple[HelseId, ScriptedHttp, Clock]:
        file = tmp_path / "client.jwk"
        file.write_text(json.dumps(key.as_dict(private=True)), encoding="utf-8")
        settings = HelseIdSettings(ISSUER, "client-id", file, algorithm, "994598759")
        http, clock = ScriptedHttp(list(steps), route=route), Clock()
        return HelseId(settings, http, now=clock.now, new_id=clock.new_id), http, clock

    return made


def form(one: Asked) -> dict[str, str]:
    assert one.content is not None
    return {name: values[0] for name, values in parse_qs(one.content.decode(), strict_parsing=True).items()}


def proof(written: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a DPoP proof, verified with the key it carries."""
    header = dict(jws.extract_compact(written.encode()).headers())
    return header, jwt.decode(written, ECKey.import_key(header["jwk"]), algorithms=["ES256"]).claims


def test_a_token_request_proves_who_we_are_for_helseid_alone(make: Make, key: ECKey):
    helseid, http, _ = make(granted())
    assert helseid.token(PERSON) == "token-1"
    sent = form(http.asked[-1])
    read = jwt.decode(sent["client_assertion"], key, algorithms=["ES256"])
    assert (read.header["typ"], read.header["kid"]) == ("client-authentication+jwt", "client-1")
    assert (read.claims["iss"], read.claims["sub"], read.claims["aud"]) == ("client-id", "client-id", ISSUER)
    assert read.claims["exp"] - read.claims["iat"] == 30
    assert (sent["grant_type"], sent["scope"]) == ("client_credentials", "nhn:person/read")
    identifier = json.loads(sent["authorization_details"])[0]["practitioner_role"]["organization"]["identifier"]
    assert (identifier["system"], identifier["value"]) == ("urn:oid:1.0.6523", "NO:ORGNR:994598759:")


def test_a_key_that_is_replaced_signs_the_next_request_and_one_that_is_none_leaves_the_last(
    make: Make, key: ECKey, tmp_path: Path
):
    helseid, http, _ = make(granted(seconds=60), granted(seconds=60), granted(seconds=60))
    file, new = tmp_path / "client.jwk", ECKey.generate_key("P-256", {"kid": "client-2"})

    def signed_by(of: ECKey) -> bool:
        helseid.token(PERSON)
        return bool(jwt.decode(form(http.asked[-1])["client_assertion"], of, algorithms=["ES256"]).claims)

    assert signed_by(key)
    file.write_text("no key", encoding="utf-8")
    assert signed_by(key)
    file.write_text(json.dumps(new.as_dict(private=True)), encoding="utf-8")
    assert signed_by(new)


def test_every_assertion_and_proof_has_an_id_of_its_own(make: Make):
    helseid, http, _ = make(wants_nonce("n-1"), granted())
    helseid.token(PERSON)
    first, second = http.asked[1:]
    assert form(first)["client_assertion"] != form(second)["client_assertion"]
    assert proof(first.headers["dpop"])[1]["jti"] != proof(second.headers["dpop"])[1]["jti"]


def test_the_servers_nonce_is_used_once_asked_for_and_kept(make: Make):
    helseid, http, _ = make(wants_nonce("n-1"), granted())
    helseid.token(PERSON)
    assert [proof(one.headers["dpop"])[1].get("nonce") for one in http.asked[1:]] == [None, "n-1"]
    helseid.token(OTHER)
    assert proof(http.asked[-1].headers["dpop"])[1]["nonce"] == "n-1"


def test_a_server_that_always_wants_the_same_nonce_is_asked_twice_only(make: Make):
    helseid, http, _ = make(wants_nonce("n-1"))
    with pytest.raises(NationalAccessDenied):
        helseid.token(PERSON)
    assert len(http.asked) == 3


def test_a_token_is_kept_for_its_api_and_discovery_asked_once(make: Make):
    helseid, http, _ = make(granted("a"), granted("b"))
    assert [helseid.token(PERSON), helseid.token(OTHER), helseid.token(PERSON), helseid.token(OTHER)] == list("abab")
    assert len(http.asked) == 3


@pytest.mark.parametrize(("seconds", "expected"), [(539, "a"), (540, "b")])
def test_a_token_is_renewed_before_it_expires(make: Make, seconds: int, expected: str):
    helseid, _, clock = make(granted("a", 600), granted("b"))
    helseid.token(PERSON)
    clock.at += timedelta(seconds=seconds)
    assert helseid.token(PERSON) == expected


def test_many_callers_at_once_fetch_one_token(make: Make):
    helseid, http, _ = make(granted())
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: helseid.token(PERSON), range(16))) == {"token-1"}
    assert len(http.asked) == 2


def test_a_caller_does_not_wait_for_ever_for_another(make: Make, tmp_path: Path):
    make(granted())
    settings = HelseIdSettings(ISSUER, "c", tmp_path / "client.jwk", "ES256", "994598759", wait_seconds=0.05)
    clock = Clock()
    inside: list[type[Exception]] = []

    def slow(_: Asked) -> HttpAnswer:
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(second.token, PERSON)
            inside.append(type(waiting.exception(timeout=180)))
        return granted()

    second = HelseId(settings, ScriptedHttp([slow], route=discovery), now=clock.now, new_id=clock.new_id)
    assert second.token(PERSON) == "token-1"
    assert inside == [NationalServiceSlow]


def test_a_request_is_authorised_with_a_proof_bound_to_it(make: Make):
    helseid, _, _ = make(granted())
    headers = helseid.for_resource(PERSON).headers("GET", "https://api.invalid/a?b=c")
    header, claims = proof(headers["dpop"])
    assert headers["authorization"] == "DPoP token-1"
    assert (header["typ"], "d" in header["jwk"]) == ("dpop+jwt", False)
    assert (claims["htm"], claims["htu"]) == ("GET", "https://api.invalid/a")
    assert claims["ath"] == urlsafe_b64encode(sha256(b"token-1").digest()).decode()


def api(helseid: HelseId, *steps: Any) -> tuple[Api, ScriptedHttp]:
    http = ScriptedHttp(list(steps))
    return Api("x", "https://api.invalid", http, helseid.for_resource(PERSON)), http


def test_an_api_that_wants_its_own_nonce_gets_it_once(make: Make):
    helseid, _, _ = make(granted())
    wants = answer(401, None, www_authenticate='DPoP error="use_dpop_nonce"', dpop_nonce="api-1")
    door, http = api(helseid, wants, answer(200, {}))
    assert door.ask("GET", "/a", {}).status == 200
    assert [proof(one.headers["dpop"])[1].get("nonce") for one in http.asked] == [None, "api-1"]


def test_an_api_that_calls_the_token_invalid_gets_a_fresh_one_once(make: Make):
    helseid, _, _ = make(granted("old"), granted("new"))
    door, http = api(helseid, answer(401, None, www_authenticate='DPoP error="invalid_token"'))
    with pytest.raises(NationalAccessDenied):
        door.ask("GET", "/a", {})
    assert [one.headers["authorization"] for one in http.asked] == ["DPoP old", "DPoP new"]


def test_an_api_that_refuses_without_a_word_is_asked_once(make: Make):
    helseid, _, _ = make(granted())
    door, http = api(helseid, answer(401, None))
    with pytest.raises(NationalAccessDenied):
        door.ask("GET", "/a", {})
    assert len(http.asked) == 1


@pytest.mark.parametrize(
    ("step", "refusal"),
    [
        (HttpUnreachable(), NationalServiceDown),
        (HttpTooSlow(), NationalServiceSlow),
        (answer(503, None), NationalServiceDown),
        (answer(400, {"error": "invalid_client"}), NationalAccessDenied),
        (answer(401, {"error": "invalid_client"}), NationalAccessDenied),
        (answer(200, b"<html>"), NationalAnswerUnreadable),
        (answer(200, {"access_token": "t", "token_type": "Bearer", "expires_in": 1}), NationalAnswerUnreadable),
        (answer(200, {"access_token": "t", "token_type": "DPoP", "expires_in": 0}), NationalAnswerUnreadable),
        (answer(200, {"token_type": "DPoP", "expires_in": 600}), NationalAnswerUnreadable),
    ],
)
def test_each_failure_of_helseid_is_its_refusal(make: Make, step: Any, refusal: type[Exception]):
    helseid, _, _ = make(step)
    with pytest.raises(refusal) as refused:
        helseid.token(PERSON)
    assert vars(refused.value) == {"service": "helseid"}


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.invalid", "token_endpoint": f"{ISSUER}/connect/token"},
        {"issuer": ISSUER, "token_endpoint": "https://evil.invalid/connect/token"},
        {"issuer": ISSUER},
    ],
)
def test_a_token_endpoint_that_is_not_helseids_own_is_refused(make: Make, metadata: dict[str, str]):
    helseid, http, _ = make(granted(), route=lambda one: answer(200, metadata) if "well-known" in one.url else None)
    with pytest.raises(NationalAnswerUnreadable):
        helseid.token(PERSON)
    assert len(http.asked) == 1


def test_an_rsa_key_signs_with_ps256(tmp_path: Path):
    rsa = RSAKey.generate_key(2048)
    file = tmp_path / "rsa.jwk"
    file.write_text(json.dumps(rsa.as_dict(private=True)), encoding="utf-8")
    clock, http = Clock(), ScriptedHttp([granted()], route=discovery)
    settings = HelseIdSettings(ISSUER, "c", file, "PS256", "994598759")
    HelseId(settings, http, now=clock.now, new_id=clock.new_id).token(PERSON)
    assert jwt.decode(form(http.asked[-1])["client_assertion"], rsa, algorithms=["PS256"]).header["alg"] == "PS256"


@pytest.mark.parametrize("algorithm", ["PS256", "none", "HS256"])
def test_a_key_of_another_kind_stops_the_start(make: Make, algorithm: str):
    with pytest.raises(ValueError, match="HelseID"):
        make(granted(), algorithm=algorithm)


def test_a_public_key_stops_the_start(tmp_path: Path, key: ECKey):
    file = tmp_path / "public.jwk"
    file.write_text(json.dumps(key.as_dict(private=False)), encoding="utf-8")
    clock = Clock()
    settings = HelseIdSettings(ISSUER, "c", file, "ES256", "994598759")
    with pytest.raises(ValueError, match="private"):
        HelseId(settings, ScriptedHttp(), now=clock.now, new_id=clock.new_id)
