"""What a pharmacy or a prescriber sends to Reseptformidleren, as type and payload: M5, M9.1, M9.3, M9.5, M10.

Written by hand, so that the simulator is not asked with what our own writers make.
"""

KITH = "http://www.kith.no/xmlstds"
EHELSE = "http://www.ehelse.no/xmlstds"
HER_LIST = "2.16.578.1.12.4.1.1.9051"
CANCEL = '<Kansellering V="16"/>'
CLOSES = '<Avsluttet V="1"/>'
EVERY = '<AlleResepter V="1"/>'
PRODUCT = (
    f'<ReseptDokLegemiddel xmlns="{KITH}/eresept/m1/2013-10-08"><Varegruppekode V="L"/><Antall>{{packages}}</Antall>'
    f'<Reiterasjon>0</Reiterasjon><Forskrivning xmlns="{KITH}/eresept/forskrivning/2013-10-08"><{{kind}}>'
    '<NavnFormStyrke>X</NavnFormStyrke><Reseptgruppe V="C"/>{inside}</{kind}></Forskrivning></ReseptDokLegemiddel>'
)
DISPENSER = (
    f'<Utleverer><HerId><f:Id xmlns:f="{KITH}/felleskomponent1">8190999</f:Id><f:TypeId '
    f'xmlns:f="{KITH}/felleskomponent1" V="HER" S="{HER_LIST}" DN="HER-id"/></HerId><Navn>Oss</Navn></Utleverer>'
)


def product(kind: str = "Legemiddelpakning", packages: str = "1") -> str:
    """What an M10 says was handed out."""
    inside = "<Varenr>999999</Varenr>" if kind == "Legemiddelpakning" else "<Varenavn>X</Varenavn>"
    return PRODUCT.format(kind=kind, packages=packages, inside=inside)


def m93(prescription: str, cancel: str = "") -> tuple[str, str]:
    """M9.3; one without a prescription names none."""
    about = f"<ReseptId>{prescription}</ReseptId>" if prescription else ""
    payload = f'<M93 xmlns="{KITH}/eresept/m93/2010-06-04">{about}{cancel}<AnsattId>PT:1</AnsattId></M93>'
    return "ERM93", payload


def m10(
    prescription: str, dispensed: str | None = None, *, annuls: str = "", closed: str = "", after: str = "",
    annulling: bool | None = None,
) -> tuple[str, str]:  # fmt: skip
    """M10; ``dispensed`` None: one package."""
    taken_back = f"<AnnulleringsId>{annuls}</AnnulleringsId>" if annuls else ""
    says = "true" if annulling or (annulling is None and annuls) else "false"
    return "ERM10", (
        f'<Utleveringsrapport xmlns="{KITH}/eresept/m10/2013-10-08"><Utlevering xmlns="{KITH}/eresept/utlevering/'
        f'2013-10-08"><ReseptId>{prescription}</ReseptId><Utleveringsdato>2026-11-20</Utleveringsdato>'
        f"<Annullering>{says}</Annullering>{closed}{taken_back}{product() if dispensed is None else dispensed}"
        f"{DISPENSER}</Utlevering>{after}<ReservasjonRapportFastlege>false</ReservasjonRapportFastlege>"
        "<AnsattId>PT:1</AnsattId></Utleveringsrapport>"
    )


def given_back(
    prescription: str, dispensed: str = "", *, annuls: str = "", closed: str = "", annulling: bool | None = None
) -> tuple[str, str]:
    """An M10 that cancels a download."""
    after = '<Kanselleringskode V="16"/>'
    return m10(prescription, dispensed, annuls=annuls, closed=closed, after=after, annulling=annulling)


def m91(number: str, every: str = "2") -> tuple[str, str]:
    """M9.1."""
    return "ERM91", (
        f'<ForesporselReseptUtleverer xmlns="{KITH}/eresept/m91/2013-10-08"><Fnr>{number}</Fnr>'
        f'<AlleResepter V="{every}"/><AnsattId>PT:1</AnsattId>'
        '<InkluderVergeinnsynsreservasjon V="2"/></ForesporselReseptUtleverer>'
    )


def m95(number: str, more: str = "") -> tuple[str, str]:
    """M9.5."""
    return "ERM95", (
        f'<M95 xmlns="{EHELSE}/eresept/m95/2018-07-01"><Fnr>{number}</Fnr>{more or _ACTIVE}'
        "<Komprimering>0</Komprimering></M95>"
    )


def m97(prescription: str) -> tuple[str, str]:
    """M9.7."""
    return "ERM97", (
        f'<M97 xmlns="{EHELSE}/eresept/m97/2018-07-01"><ReseptId>{prescription}</ReseptId>'
        "<Komprimering>0</Komprimering></M97>"
    )


def m5(prescription: str) -> tuple[str, str]:
    """M5."""
    return "ERM5", (
        f'<Tilbakekalling xmlns="{KITH}/eresept/m5/2013-04-16"><ReseptId>{prescription}</ReseptId>'
        '<Arsak V="2" S="2.16.578.1.12.4.1.1.7500" DN="Seponering"/></Tilbakekalling>'
    )


_ACTIVE = '<AlleResepter V="2"/>'


def about(message: str, number: str) -> str:
    """The same message with a patient in its head."""
    patient = (
        f'<Patient><Ident><Id>{number}</Id><TypeId V="FNR" S="2.16.578.1.12.4.1.1.8116" DN="Fødselsnummer"/></Ident>'
        "</Patient>"
    )
    return message.replace("</MsgInfo>", f"{patient}</MsgInfo>")
