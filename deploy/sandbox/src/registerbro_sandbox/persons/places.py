"""Places and addresses. Municipalities, post codes and country codes are real; the roads and buildings are made up."""

from typing import NamedTuple


class Road(NamedTuple):
    """A road of a municipality, and its name in the short form that labels use (20 characters)."""

    code: str
    name: str


class Place(NamedTuple):
    """A post district within a municipality."""

    municipality: str
    postcode: str
    district: str
    city: str = ""  # supplementary city name


PLACES = tuple(
    Place(*line.split(";"))
    for line in """0101;1000;København K
0101;2300;København S
0101;2700;Brønshøj
0147;2000;Frederiksberg
0157;2900;Hellerup
0173;2800;Kongens Lyngby
0185;2770;Kastrup
0217;3000;Helsingør;Snekkersten
0219;3400;Hillerød
0259;4600;Køge;Ølby
0265;4000;Roskilde;Himmelev
0316;4300;Holbæk;Mørkøv
0326;4400;Kalundborg
0330;4200;Slagelse
0360;4900;Nakskov
0370;4700;Næstved
0390;4760;Vordingborg;Ørslev
0400;3700;Rønne
0400;3740;Svaneke
0430;5600;Faaborg;Bøjden
0461;5000;Odense C
0461;5220;Odense SØ
0479;5700;Svendborg;Tåsinge
0492;5970;Ærøskøbing
0510;6100;Haderslev
0540;6400;Sønderborg
0550;6270;Tønder;Møgeltønder
0561;6700;Esbjerg
0561;6760;Ribe
0573;6800;Varde
0580;6200;Aabenraa
0615;8700;Horsens
0621;6000;Kolding
0630;7100;Vejle
0657;7400;Herning
0661;7500;Holstebro
0665;7620;Lemvig
0706;8400;Ebeltoft
0707;8500;Grenaa
0730;8900;Randers C
0740;8600;Silkeborg;Sejs-Svejbæk
0751;8000;Aarhus C
0751;8210;Aarhus V
0760;6950;Ringkøbing
0773;7900;Nykøbing M
0779;7800;Skive
0787;7700;Thisted;Vorupør
0791;8800;Viborg
0813;9990;Skagen
0820;9600;Aars
0825;9940;Læsø;Østerby
0851;9000;Aalborg;Hasseris
0851;9220;Aalborg Øst
0860;9800;Hjørring;Lønstrup""".splitlines()
)

GREENLAND = (
    Place("0955", "3920", "Qaqortoq"),
    Place("0956", "3900", "Nuuk"),
    Place("0956", "3913", "Tasiilaq"),
    Place("0957", "3911", "Sisimiut"),
    Place("0958", "3952", "Ilulissat"),
)

_ROAD_NAMES = """
Ahornvej Birkestien Bøgeløkken Dæmningen Egernvej Elmegade Engblommevej Fasanvænget Fjordgade Færgevej Granbakken
Grønnegyde Havnegade Hedelyngen Hyldestræde Højskolevej Jernbanegyde Kastanjealle Kirkebakken Klintevej Kløvermarken
Kvædevej Lærkesangen Mejerivej Mølledammen Nattergalevej Nørreport Pilestræde Rådhusstien Rosenhaven Skolebakken
Smedegyde Solsortevænget Søndertoft Tjørnehegnet Torvegyde Ugleparken Vibevej Æblelunden Østerløkke Åbrinken Ålesti
"""
ROADS = tuple(Road(f"{52 + 211 * place:04}", name) for place, name in enumerate(_ROAD_NAMES.split()))
LONG_ROAD = Road("8999", "Gammel Søndre Færgelejes Allé")
GREENLAND_ROADS = (
    Road("0012", "Imaneq"),
    Road("0034", "Kissarneqqortuunnguaq"),
    Road("0056", "Sipisaq Avannarleq"),
)
SPECIAL_ROADS = (
    "9901",
    "9909",
    "9984",
)  # no fixed abode, on board a ship and the like: no address to write to
LOCALITIES = (
    "Ådalsgården",
    "Solhøjkollegiet",
    "Bakkely",
    "Ærtehøjhus, opgang B",
    "Plejehjemmet Søbo",
    "Nørremarken",
)

COUNTRIES = {
    "5110": ("Fjellveien {}", "N-5003 Bergen", "Norge"),
    "5120": ("Björkgatan {}", "S-211 22 Malmö", "Sverige"),
    "5130": ("{} rue du Maréchal", "F-75011 Paris", "Frankrig"),
    "5150": ("Via Rosalini {}", "I-50122 Firenze", "Italien"),
    "5154": ("ul. Polna {}", "PL-80-001 Gdansk", "Polen"),
    "5164": ("Calle Señorita {}", "E-29001 Málaga", "Spanien"),
    "5170": ("{} Harbour Lane", "Leith EH6 6JJ", "Storbritannien"),
    "5180": ("Grünwaldtstraße {}", "D-24937 Flensburg", "Tyskland"),
    "5390": ("{} Elm Street", "Solvang CA 93463", "USA"),
}
DENMARK = "5100"
PARISHES = (
    "7001",
    "7112",
    "7212",
    "7337",
    "7437",
    "7564",
    "7715",
    "7790",
    "7940",
    "8068",
    "8118",
    "8368",
    "8646",
    "8873",
    "8973",
)
SOUTHERN_JUTLAND = ("0510", "0540", "0550", "0580")  # births are registered by the municipality
