"""Who the sample persons are. All invented: adjective and noun as given and family name, numbers with month +80."""

from dataclasses import dataclass, field
from datetime import date

from tests.support.authoring.numbers import organisation, synthetic


@dataclass(frozen=True)
class Clinic:
    """An invented clinic with one invented professional."""

    name: str
    organisation: str
    her_id: str
    street: str
    postal_code: str
    city: str
    municipality: tuple[str, str]
    hpr: str
    given: str
    family: str
    phone: str


@dataclass(frozen=True)
class Individual:
    """One sample person; ``old`` are discontinued numbers, the index then lists the first of them."""

    id: str
    stands_for: str
    number: str
    given: str
    family: str
    sex: str
    born: date
    street: str
    house: str
    postal_code: str
    city: str
    municipality: tuple[str, str]
    clinic: Clinic
    middle: str | None = None
    d_number: bool = False
    mobile: str | None = None
    email: str | None = None
    language: str = "nb"
    protection: str = "Unclassified"
    status: str = "Resident"
    died: date | None = None
    old: tuple[str, ...] = ()
    former_name: tuple[str, str] | None = None
    pvk: str = "INGEN"
    blocked: tuple[str, ...] = field(default=())

    @property
    def identifier(self) -> str:
        """What the index lists."""
        return self.old[0] if self.old else self.number


HEIA = Clinic(
    name="Solheia legesenter", organisation=organisation("31284075"), her_id="8190011", street="Kvartsveien 7",
    postal_code="2312", city="OTTESTAD", municipality=("3413", "Stange"), hpr="990000014", given="Nøye",
    family="Lyngmo", phone="tel:+4799900101",
)  # fmt: skip
VIKA = Clinic(
    name="Lillevågen legekontor", organisation=organisation("31510346"), her_id="8190029", street="Naustbakken 2",
    postal_code="6690", city="AURE", municipality=("1576", "Aure"), hpr="990000022", given="Trygg",
    family="Storsten", phone="tel:+4799900102",
)  # fmt: skip
NORD = Clinic(
    name="Vidda helsesenter", organisation=organisation("31777212"), her_id="8190037", street="Reinlavstien 4",
    postal_code="9730", city="KARASJOK", municipality=("5610", "Kárášjohka - Karasjok"), hpr="990000030",
    given="Sávdni", family="Čáhput", phone="tel:+4799900103",
)  # fmt: skip

OSLO = ("0301", "Oslo")
STANGE = ("3413", "Stange")
AURE = ("1576", "Aure")
KARASJOK = ("5610", "Kárášjohka - Karasjok")

PEOPLE: tuple[Individual, ...] = (
    Individual(
        id="rich",
        stands_for="data in every source: allergies, problems, implants, procedures, medicines, vaccinations",
        number=synthetic(date(1974, 3, 13), 240), given="Ryddig", middle="Lerke", family="Havreåker", sex="F",
        born=date(1974, 3, 13), street="Gråbeinstien", house="12", postal_code="2312", city="OTTESTAD",
        municipality=STANGE, clinic=HEIA, mobile="+4799900201", email="ryddig.havreaker@example.invalid",
    ),
    Individual(
        id="known-absences", stands_for="a reconciled medicines list that is empty: known to use no medicines",
        number=synthetic(date(1985, 11, 2), 301), given="Frisk", family="Granskog", sex="M", born=date(1985, 11, 2),
        street="Orrfuglveien", house="3", postal_code="2312", city="OTTESTAD", municipality=STANGE, clinic=HEIA,
    ),
    Individual(
        id="no-information", stands_for="a person about whom no source holds anything",
        number=synthetic(date(1991, 6, 24), 412), given="Stille", family="Måneskinn", sex="F", born=date(1991, 6, 24),
        street="Tussmørkebakken", house="8", postal_code="0690", city="OSLO", municipality=OSLO, clinic=HEIA,
    ),
    Individual(
        id="kode-7",
        stands_for="confidential address (fortrolig, kode 7): answered without address, telecom and clinics",
        number=synthetic(date(1980, 1, 19), 120), given="Forsiktig", middle="Måltrost", family="Rognebær", sex="F",
        born=date(1980, 1, 19), street="Skjulestedet", house="41", postal_code="6690", city="AURE", municipality=AURE,
        clinic=VIKA, mobile="+4799900204", email="forsiktig@example.invalid", protection="Confidential",
    ),
    Individual(
        id="kode-6", stands_for="strictly confidential address (strengt fortrolig, kode 6): answered as unknown",
        number=synthetic(date(1977, 9, 5), 333), given="Varsom", family="Steinrøys", sex="M", born=date(1977, 9, 5),
        street="Løyndomsvegen", house="1", postal_code="6690", city="AURE", municipality=AURE, clinic=VIKA,
        mobile="+4799900205", email="varsom@example.invalid", protection="StrictlyConfidential",
    ),
    Individual(
        id="reserved", stands_for="reserved against cross-border sharing: answered as unknown",
        number=synthetic(date(1966, 4, 30), 118), given="Bestemt", family="Løvetann", sex="F", born=date(1966, 4, 30),
        street="Hestehovlia", house="22", postal_code="2312", city="OTTESTAD", municipality=STANGE, clinic=HEIA,
        pvk="RESERVASJON",
    ),
    Individual(
        id="blocked", stands_for="blocked one named professional: no clinical data may leave",
        number=synthetic(date(1959, 12, 11), 255), given="Rolig", family="Elvebakke", sex="M", born=date(1959, 12, 11),
        street="Fossekallsvingen", house="5", postal_code="0690", city="OSLO", municipality=OSLO, clinic=HEIA,
        pvk="BLOKKERT", blocked=("990000048",),
    ),
    Individual(
        id="guardian-reserved", stands_for="14 years old, a prescription reserved against guardians' insight",
        number=synthetic(date(2012, 9, 8), 600), given="Modig", middle="Vår", family="Kløverløkken", sex="F",
        born=date(2012, 9, 8), street="Skolebakken", house="16", postal_code="2312", city="OTTESTAD",
        municipality=STANGE, clinic=HEIA,
    ),
    Individual(
        id="deceased", stands_for="registered as deceased: answered as unknown by policy",
        number=synthetic(date(1938, 8, 1), 321), given="Minnerik", family="Høstløv", sex="M", born=date(1938, 8, 1),
        street="Gamlevegen", house="9", postal_code="2312", city="OTTESTAD", municipality=STANGE, clinic=HEIA,
        status="Deceased", died=date(2025, 10, 17),
    ),
    Individual(
        id="d-number", stands_for="a D-number (day +40)",
        number=synthetic(date(1988, 2, 27), 134, d_number=True), d_number=True, given="Reiselysten",
        family="Trekkfugl", sex="F", born=date(1988, 2, 27), street="Brakkevegen", house="30", postal_code="0690",
        city="OSLO", municipality=OSLO, clinic=HEIA, status="Temporary", language="en",
    ),
    Individual(
        id="rule-2032", stands_for="a number that is valid under the 2032 control digit rule only",
        number=synthetic(date(1990, 10, 14), 405, remainder=2), given="Framtidig", family="Morgengry", sex="F",
        born=date(1990, 10, 14), street="Nyttårsveien", house="32", postal_code="0690", city="OSLO",
        municipality=OSLO, clinic=HEIA, language="nn",
    ),
    Individual(
        id="discontinued", stands_for="asked for by a discontinued number, answered with the current one",
        number=synthetic(date(1969, 5, 21), 364), old=(synthetic(date(1969, 5, 12), 452),), given="Omdøpt",
        family="Sommerfugl", former_name=("Gammel", "Larve"), sex="F", born=date(1969, 5, 21), street="Puppestien",
        house="2", postal_code="2312", city="OTTESTAD", municipality=STANGE, clinic=HEIA,
    ),
    Individual(
        id="sami-names", stands_for="names with æ, ø, å and Sámi letters, and several middle names",
        number=synthetic(date(1983, 7, 16), 277), given="Máhtte Áilu", middle="Čieŧŧa Đuvžžá Šearrát",
        family="Ŋuorjjot-Æsjåsen", sex="M", born=date(1983, 7, 16), street="Bøžžogeaidnu", house="6",
        postal_code="9730", city="KARASJOK", municipality=KARASJOK, clinic=NORD, language="se",
    ),
    Individual(
        id="ordinary-man",
        stands_for="an ordinary man: prescriptions but no reconciled list, codes without a European map",
        number=synthetic(date(1979, 2, 8), 199), given="Alminnelig", middle="Bakke", family="Furukongle", sex="M",
        born=date(1979, 2, 8), street="Tverrgata", house="14", postal_code="0690", city="OSLO", municipality=OSLO,
        clinic=HEIA, mobile="+4799900214",
    ),
    Individual(
        id="ordinary-child", stands_for="an ordinary child: egg allergy and the childhood vaccinations",
        number=synthetic(date(2020, 5, 29), 731), given="Leken", family="Blåklokke", sex="M", born=date(2020, 5, 29),
        street="Huskestubben", house="1", postal_code="2312", city="OTTESTAD", municipality=STANGE, clinic=HEIA,
    ),
    Individual(
        id="ordinary-old-woman", stands_for="an ordinary old woman: many medicines, a heart valve, written in Nynorsk",
        number=synthetic(date(1937, 4, 3), 222), given="Munter", middle="Heggeblom", family="Kveldsol", sex="F",
        born=date(1937, 4, 3), street="Kyrkjevegen", house="55", postal_code="6690", city="AURE", municipality=AURE,
        clinic=VIKA, mobile="+4799900216", language="nn",
    ),
    Individual(
        id="prescriptions", stands_for="prescriptions of every shape, and one for every reason against export",
        number=synthetic(date(1962, 6, 7), 288), given="Ivrig", middle="Granbar", family="Steinkobbe", sex="F",
        born=date(1962, 6, 7), street="Reseptveien", house="10", postal_code="2312", city="OTTESTAD",
        municipality=STANGE, clinic=HEIA, mobile="+4799900217",
    ),
)  # fmt: skip
