"""Names and occupations of fictional persons: our own lists of everyday Danish words, freely combined."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MALE = _words("""Aksel Albert Anders Anton Arne Asbjørn Asger August Bendt Birger Bjarke Bjørn Carl Christian Emil Erik Esben Frederik
    Gorm Halfdan Hans Helge Henning Holger Ib Ivar Jakob Jens Jeppe Jørgen Kaj Karl Keld Kjeld Knud Kåre Lars Laurids Leif
    Magnus Mads Mikkel Mogens Niels Ole Oskar Otto Palle Peder Poul Preben Rasmus René Rune Rønne Steen Svend Søren Thor
    Thorkild Torben Troels Uffe Ulrik Vagn Valdemar Viggo Villads Åge Åskil Øjvind André Hans-Jørgen Niels-Åge""")
FEMALE = _words("""Agnes Alberte Alma Andrea Anne Asta Astrid Birgit Bodil Camilla Cecilie Dagmar Dagny Ditte Ea Ebba Ellen Else Emma
    Esther Frida Gerda Grethe Gudrun Gøril Hanne Hedvig Helle Ida Inga Inger Ingrid Jytte Kamma Karen Karla Kirsten Kirstine
    Lærke Lene Lise Maja Malene Maren Margrethe Marie Mette Nanna Olga Pernille Ragnhild Rigmor Rosa Ruth Sanne Signe
    Sigrid Sofie Solveig Søs Thea Tove Tyra Ulla Vibeke Vilma Ylva Åse Ålborg Ærna Øda Renée Zoë Anne-Sofie Else-Marie""")
MIDDLE = _words("""Birkelund Dalsgård Egelykke Fjordbæk Grønvang Hedelund Højland Kildegård Krogsbøll Langbjerg Lykke Mosegård Nørbæk
    Overby Rosenlund Skovbo Sønderhøj Tange Vestervang Vindelev Ørbæk Åkjær Ærtebjerg Østerlund""")
SURNAMES = _words("""Abildtrup Aggerholm Agerskov Balslevgård Bechgård Birkholt Bjerregrav Brandbæk Brøndlund Bækmose Dalbjerg Damsbo
    Drejergård Ebbeskov Egebjerg Elkær Engholt Faldborg Feldbæk Flintholt Fuglsbjerg Fyrregård Gammelby Glentehøj Granlund
    Grønhøj Hasselbo Hedegrav Hjortlund Holmgård Hvidbjerg Højmose Hørløkke Iversholt Jernbo Kaldal Kirkeskov Klitgrav
    Krageskov Kærsbo Langeløkke Lindebo Lyngby Løvbjerg Mariegård Mejlhede Møllebo Nebelskov Nygrav Nørremose Oddeskov
    Pilegrav Ravnsbjerg Refsbæk Rolighed Rugbjerg Rønneskov Sandgrav Skelbæk Skjoldbo Skærlund Solbjærg Stenskov Strandbo
    Svanegård Søndergrav Sørbæk Tjørnelund Tranebjerg Ulvskov Vandbæk Vejlegård Vibeholt Vindgård Væggerløkke Ågren
    Ålekær Ærholm Ølgrav Ørnebo Østerskov Müllerholt Grønbæk-Lund Højer-Skov""")
OCCUPATIONS = (
    "",
    *_words(
        """Tømrer Sygeplejerske Fisker Lærer Pædagog Gårdejer Bager Smed Bogholder Pensionist Studerende Maskinarbejder Læge
        Chauffør Køkkenassistent Væver Tjener Mejerist Skipper Stud.mag. Arkitekt Jordemoder Frisør Elektriker Sømand Murer
        Bødker Ingeniør Kunstmaler Kontorassistent Postbud Hjemmehjælper Advokat Bibliotekar Gartner"""
    ),
)
LONG_FIRST = "Christian-Frederik Valdemar Maximilian Asbjørn Åge"  # as long as the field, 50
LONG_MIDDLE = "Kildegård-Vestervang Ærtebjerg-Østerlunde"[:40]
LONG_LAST = "Müllerholt-Væggerløkke-Søndergravsgaarde"  # as long as the field, 40
FOREIGN_FIRST = _words(
    "Amélie Bogdan Çelal Dolores Giulia Håkon Ísold Jürgen María Nuka Paavo Pierre Piotr Sörine"
)
FOREIGN_LAST = tuple(
    "Bjørkåsen Castellon D'Arcy Fernández Grünwaldt Lindströmer O'Keel Rosalini Sémard Wojtas".replace(
        "ó", "o"
    ).split()
)
