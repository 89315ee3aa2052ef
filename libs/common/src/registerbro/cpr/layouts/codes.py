"""Code tables of the records, in Danish and English. A code that is not listed is kept as delivered.

Status texts are those of the vendor's guide; event codes without a known meaning are left out.
"""

import types

from registerbro.cpr.layouts.field import Codes, CodeText


def _table(*rows: tuple[str, str, str]) -> Codes:
    return types.MappingProxyType({code: CodeText(danish, english) for code, danish, english in rows})


STATUS = _table(
    ("01", "Bopæl i dansk folkeregister", "Registered with residence in the Danish population register"),
    (
        "03",
        "Speciel vejkode (9900-9999) i dansk folkeregister",
        "Registered with a special street code (9900-9999) in the Danish register",
    ),
    ("05", "Bopæl i grønlandsk folkeregister", "Residence in the Greenlandic register"),
    ("07", "Speciel vejkode i grønlandsk folkeregister", "Special street code in the Greenlandic register"),
    (
        "20",
        "Uden bopæl i dansk/grønlandsk folkeregister, men tildelt personnummer af skattehensyn (kommunekoderne 0010, 0011, 0012 og 0019)",
        "Without residence in the Danish or Greenlandic register; administrative numbers",
    ),
    ("30", "Annulleret personnummer", "Cancelled number"),
    ("50", "Slettet personnummer ved dobbeltnummer", "Deleted (double) number"),
    (
        "60",
        "Ændret personnummer ved ændring af fødselsdato og køn",
        "Changed number, because birth date or sex changed",
    ),
    ("70", "Forsvundet", "Disappeared"),
    ("80", "Udrejst", "Emigrated"),
    ("90", "Død", "Deceased"),
)
SEX = _table(("M", "mand", "male"), ("K", "kvinde", "female"))
CIVIL_STATUS = _table(
    ("U", "ugift", "unmarried"),
    ("G", "gift", "married"),
    ("F", "skilt", "divorced"),
    ("E", "enke eller enkemand", "widow or widower"),
    ("P", "registreret partnerskab", "registered partnership"),
    ("O", "ophævet partnerskab", "dissolved partnership"),
    ("L", "længstlevende partner", "surviving partner"),
    ("D", "død", "dead"),
)
CHURCH = _table(
    ("F", "medlem af folkekirken", "member of the national church"),
    ("M", "medlem af folkekirken", "member of the national church"),
    ("S", "medlem af folkekirken", "member of the national church"),
    ("A", "ikke medlem af folkekirken", "not a member of the national church"),
    ("U", "uden for folkekirken", "outside the national church"),
)
PROTECTION = _table(
    ("0001", "navne- og adressebeskyttelse", "name and address protection"),
    ("0002", "beskyttelse mod lokale vejvisere", "protection against local directories"),
    ("0003", "beskyttelse mod markedsføring", "protection against marketing"),
    ("0004", "beskyttelse mod forskning (ophævet)", "protection against use in research (abolished)"),
    ("0005", "kreditadvarsel", "credit warning"),
)
NAME_MARK = _table(
    ("+", "navnet er forkortet", "name abbreviated"),
    ("*", "navnet har tegn, som registret ikke kan gengive", "name has characters the register cannot hold"),
    ("=", "navnet er utilstrækkeligt dokumenteret", "name insufficiently documented"),
)
CORRECTION = _table(
    ("K", "rettet", "row replaced by a correction"),
    ("A", "annulleret", "row undone"),
    ("Æ", "teknisk ændret", "row replaced by a technical change"),
)
CUSTODY_HOLDER = _table(
    ("0003", "mor", "mother"),
    ("0004", "far", "father"),
    ("0005", "anden indehaver 1", "other holder 1"),
    ("0006", "anden indehaver 2", "other holder 2"),
)
GUARDIAN_GIVEN = _table(
    ("0001", "værge angivet ved personnummer", "guardian given by personal number"),
    ("0002", "værge angivet ved navn og adresse", "guardian given by name and address"),
)
EVENT = _table(
    ("A01", "flytning", "move"),
    ("A02", "forsvinding", "disappearance"),
    ("A03", "genfinding", "found again"),
    ("A04", "genindrejse", "re-entry"),
    ("A06", "udrejse", "emigration"),
    ("A07", "supplerende adresse ændret", "supplementary address changed"),
    ("A08", "udlandsadresse eller valgret opdateret", "foreign address or franchise updated"),
    ("A09", "aktuel adresse rettet", "current address corrected"),
    (
        "A10",
        "aktuel adresse annulleret, udrejse eller forsvinding",
        "current address annulled, emigration or disappearance",
    ),
    ("A13", "navneændring", "name change"),
    ("A14", "navngivning", "name giving"),
    ("A15", "navnefelter opdateret", "name fields updated"),
    ("A16", "aktuelle navne rettet", "current names corrected"),
    ("A17", "aktuelle navne annulleret", "current names annulled"),
    ("A21", "død", "death"),
    ("A24", "civilstand ændret", "civil status changed"),
    ("A25", "aktuel civilstand annulleret", "current civil status annulled"),
    ("A33", "beskyttelse", "protection"),
    ("A34", "folkekirkeforhold og stilling", "church relation and occupation"),
    ("A40", "personnummer annulleret", "personal number annulled"),
    ("A42", "teknisk adresseændring", "technical address change"),
    ("A45", "abonnement på personnummer", "subscription to a personal number"),
    ("A47", "kontaktadresse opdateret", "contact address updated"),
    ("A73", "værgemål", "guardianship"),
    ("A74", "rekvisition af personens oplysninger", "requisition of the person's records"),
    ("K74", "periodisk maskinel rekvisition", "periodic requisition by machine"),
    ("P02", "personnummer slettet", "personal number deleted"),
    ("P03", "personnummer ændret", "personal number changed"),
    (
        "P10",
        "postnummer, by, lokalitet eller vejnavn ændret",
        "post code, city, locality or road name changed",
    ),
    ("P11", "automatisk sletning ved udløb", "automatic deletion on expiry"),
    ("P31", "indrejse med personnummer", "entry with personal number"),
    ("P42", "nummerændring annulleret", "change of number undone"),
    ("P43", "sletning af nummer annulleret", "deletion of number undone"),
    ("P48", "aktuel separation rettet", "current separation corrected"),
    ("P49", "aktuel separation annulleret", "current separation annulled"),
    ("P56", "aktuelt folkekirkeforhold annulleret", "current church relation annulled"),
)
DERIVED = _table(
    ("ÆG", "ægtefælle", "spouse"),
    ("PA", "partner", "partner"),
    ("TÆ", "tidligere ægtefælle", "former spouse"),
    ("TP", "tidligere partner", "former partner"),
    ("NÆ", "ny ægtefælle", "new spouse"),
    ("NP", "ny partner", "new partner"),
    ("HÆ", "historisk ægtefælle", "historical spouse"),
    ("HP", "historisk partner", "historical partner"),
    ("FA", "far", "father"),
    ("TF", "tidligere far", "former father"),
    ("NF", "ny far", "new father"),
    ("MO", "mor", "mother"),
    ("TM", "tidligere mor", "former mother"),
    ("NM", "ny mor", "new mother"),
    ("BØ", "barn", "child"),
    ("TB", "tidligere barn", "former child"),
    ("NB", "nyt barn", "new child"),
    ("PT", "tidligere gældende personnummer", "former current personal number"),
    ("PN", "nyt gældende personnummer", "new current personal number"),
    ("PH", "historisk personnummer", "historical personal number"),
    ("NV", "ny værge", "new guardian"),
    ("VS", "værge slettet", "guardian removed"),
)
