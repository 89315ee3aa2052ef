"""What fictional companies are called, do and are: our own lists of everyday Danish words; the codes' meanings are public."""

from typing import NamedTuple

ROOTS = tuple(
    sorted(
        [
            "Abildhøj",
            "Agerbæk-Lund",
            "Alhede",
            "Askelund",
            "Bakkegård",
            "Birkelunden",
            "Bjergskov",
            "Blåhøj",
            "Bregneholm",
            "Brobjerg",
            "Bækkelund",
            "Bøgebakken",
            "Dalumgård",
            "Dybmose",
            "Dæmningsgård",
            "Egeløkke",
            "Elmelund",
            "Engkær",
            "Enghøjen",
            "Fasanlund",
            "Fjordbakke",
            "Fjordlyst",
            "Flintbjerg",
            "Fuglekær",
            "Fyrrebakken",
            "Gedehøj",
            "Granbæk",
            "Grusbjerg",
            "Grønkær",
            "Gyvelhøj",
            "Hasselhøj",
            "Havblik",
            "Hedeskov",
            "Hjortekær",
            "Holmelund",
            "Hvidmose",
            "Hyldegård",
            "Højkær",
            "Ildbjerg",
            "Isbjerget",
            "Jernkilde",
            "Jordbærmarken",
            "Kastaniegård",
            "Kildebæk",
            "Kirsebærlund",
            "Klitmøllegård",
            "Klokkeblom",
            "Kløverbakken",
            "Kornmarken",
            "Krogslund",
            "Kvædelunden",
            "Kærhave",
            "Lindeskov",
            "Lyngbakken",
            "Lærkehøj",
            "Løvhave",
            "Marehalm",
            "Mosehøj",
            "Myntelund",
            "Møllehave",
            "Måneskær",
            "Nordskoven",
            "Nøddebjerg",
            "Odderhøj",
            "Pilekær",
            "Poppelgård",
            "Pæreløkke",
            "Ravnkær",
            "Rosenkær",
            "Rughøj",
            "Rønnebæk",
            "Rørmose",
            "Saltvig",
            "Sandkær",
            "Sivsø",
            "Skovmærke",
            "Slåenhøj",
            "Snerlehave",
            "Solbærgård",
            "Stenhøj",
            "Strandløkke",
            "Svaleholm",
            "Søblink",
            "Sønderskov",
            "Tangmose",
            "Tidselbjerg",
            "Tjørnekær",
            "Torvemose",
            "Tranehøj",
            "Ulvemose",
            "Uglehøj",
            "Valmuegård",
            "Vandmølle",
            "Vestkær",
            "Vibemose",
            "Vindhøj",
            "Ællegård",
            "Æblekær",
            "Ørnekær",
            "Østkær",
            "Åkande",
            "Ålykken",
        ]
    )
)
TRADES = tuple(
    sorted(
        [
            "Autolak",
            "Bageri",
            "Bogføring",
            "Boligudlejning",
            "Brolægning",
            "Bådbyggeri",
            "Catering",
            "Cykler",
            "Data",
            "Design",
            "Dyreklinik",
            "Ejendomme",
            "El",
            "Entreprise",
            "Fiskeri",
            "Fliser",
            "Fodpleje",
            "Foto",
            "Fragt",
            "Gartneri",
            "Glas",
            "Grafik",
            "Havebrug",
            "Holding",
            "Hotel",
            "Idræt",
            "Import",
            "Invest",
            "Isolering",
            "Karosseri",
            "Keramik",
            "Kiropraktik",
            "Kloakservice",
            "Køl",
            "Køreskole",
            "Landbrug",
            "Logistik",
            "Lystfiskeri",
            "Maling",
            "Maskinværksted",
            "Media",
            "Mejeri",
            "Mode",
            "Murer",
            "Møbler",
            "Optik",
            "Papir",
            "Plast",
            "Radio",
            "Regnskab",
            "Rengøring",
            "Rådgivning",
            "Samvirke",
            "Slagteri",
            "Smedje",
            "Solenergi",
            "Stilladser",
            "Tandklinik",
            "Tag",
            "Teknik",
        ]
    )
)


class Form(NamedTuple):
    """A company form: Statistics Denmark's code, its text, and how such companies' names end."""

    code: str
    text: str
    ending: str


SOLE_TRADER = Form("10", "Enkeltmandsvirksomhed", "")
FORMS = (
    Form("80", "Anpartsselskab", "ApS"),
    Form("80", "Anpartsselskab", "ApS"),
    SOLE_TRADER,
    Form("60", "Aktieselskab", "A/S"),
    SOLE_TRADER,
    Form("80", "Anpartsselskab", "ApS"),
    Form("30", "Interessentskab", "I/S"),
    Form("115", "Frivillig forening", "F.M.B."),
    Form("40", "Kommanditselskab", "K/S"),
    Form("100", "Erhvervsdrivende fond", "Fonden"),
    Form("130", "Andelsselskab (-forening)", "A.M.B.A."),
    Form("15", "Personligt ejet mindre virksomhed", ""),
)


class Trade(NamedTuple):
    """An industry: its code and text in DB07 and since 2025 in DB25."""

    old: str
    old_text: str
    new: str
    new_text: str


INDUSTRIES = tuple(
    Trade(*line.split(";"))
    for line in """011100;Dyrkning af korn, bælgfrugter og olieholdige frø;011100;Dyrkning af korn, bælgfrugter og olieholdige frø
014100;Avl af malkekvæg;014100;Avl af malkekvæg
107120;Fremstilling af friske bageriprodukter;107100;Fremstilling af brød og friske bageriprodukter
162300;Fremstilling af bygningstømmer og snedkeriartikler;162500;Fremstilling af døre og vinduer af træ
255000;Smedning, presning og valsning af metal;254000;Smedning og formning af metal
412000;Opførelse af bygninger;410000;Opførelse af bygninger
432100;El-installation;432100;El-installation
432200;VVS- og blikkenslagerforretninger;432200;VVS- og blikkenslagerarbejde
433200;Tømrer- og bygningssnedkervirksomhed;433200;Bygningssnedkerarbejde
433410;Malerforretninger;433400;Maler- og glarmesterarbejde
452010;Autoreparationsværksteder mv.;953110;Reparation af motorkøretøjer
463800;Engroshandel med andre fødevarer;463800;Engroshandel med andre fødevarer
471120;Supermarkeder;471110;Supermarkeder og købmænd
477110;Tøjforretninger;477110;Detailhandel med beklædning
494100;Vejgodstransport;494100;Vejgodstransport
551010;Hoteller;551000;Hoteller og lignende
561010;Restauranter;561110;Servering af mad i restauranter
620100;Computerprogrammering;621000;Computerprogrammering
620200;Konsulentbistand vedrørende informationsteknologi;622000;It-rådgivning og forvaltning af computerfaciliteter
631100;Databehandling, webhosting og lignende serviceydelser;631000;Databehandling og hosting
642020;Ikke-finansielle holdingselskaber;642120;Holdingselskabers virksomhed
682040;Udlejning af erhvervsejendomme;682040;Udlejning af erhvervsejendomme
691000;Juridisk bistand;691000;Juridisk bistand
692000;Bogføring og revision, skatterådgivning;692000;Regnskab, revision og skatterådgivning
702200;Virksomhedsrådgivning og anden rådgivning om driftsledelse;702000;Virksomhedsrådgivning
711100;Arkitektvirksomhed;711100;Arkitektvirksomhed
741010;Industriel design og produktdesign;741100;Industri- og modedesign
812100;Almindelig rengøring i bygninger;812100;Almindelig rengøring af bygninger
841100;Generelle offentlige tjenester;841100;Generelle offentlige tjenester
853200;Tekniske skoler og fagskoler;853200;Erhvervsuddannelser
862300;Praktiserende tandlæger;862300;Tandlægevirksomhed
869020;Fysio- og ergoterapeuter;869500;Fysioterapi
931200;Sportsklubber;931200;Sportsklubber
960210;Frisørsaloner;962100;Frisør- og barbervirksomhed
999999;Uoplyst;999999;Uoplyst""".splitlines()
)
UNSTATED = INDUSTRIES[-1]

ABROAD = (
    ("SE", "Storgatan {}, 211 42 Malmö"),
    ("NO", "Havnegata {}, 0150 Oslo"),
    ("DE", "Große Straße {}, 24937 Flensburg"),
    ("GB", "{} Harbour Lane, Leith EH6 6JJ"),
    ("NL", "Havenstraat {}, 1012 AB Amsterdam"),
)
CARE_OF = (
    "Advokaterne Nordhavn",
    "Regnskabskontoret Syd",
    "Ejendomskontoret",
    "Bestyrelsesformanden",
    "Havnens Kontorhotel",
)
CREDIT = ("2", "Konkurs", "1", "Under konkurs")
"""Kreditoplysning, kreditoplysningstekst, statusvaerdi, statusvaerdiTekst of a company that is bankrupt; our own codes."""
