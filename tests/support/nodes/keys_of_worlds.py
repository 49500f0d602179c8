"""Keys of every world's nodes, read when this is imported: by the process that nodes are forked from (`launched`).

A node reads eight RSA keys when it starts, each of which OpenSSL proves consistent: a third of a second of CPU.
"""

from gateway import clock
from gateway.demonstration.world import COUNTRIES
from tests.support.callers.keys import same_keys
from trust import pki_layout
from trust.pki import development_pki
from trust.private_key import read_private_key

_FILES = development_pki(COUNTRIES, clock.now(), same_keys())
_OF_A_COUNTRY = (pki_layout.tls_server, pki_layout.tls_client, pki_layout.seal)
_NATIONAL = (pki_layout.NATIONAL_PROFESSIONAL, pki_layout.NATIONAL_ENTERPRISE)

for _credential in (*(of(country) for country in COUNTRIES for of in _OF_A_COUNTRY), *_NATIONAL):
    read_private_key(_FILES[_credential.key].content)
