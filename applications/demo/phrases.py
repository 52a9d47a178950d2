"""Sentences that the many cases of `many` are filled with: made up, so that texts have the length of real ones."""

from __future__ import annotations

from random import Random

ANSWERS = (
    "Styrgruppen har träffats varannan månad och för protokoll som alla parter får.",
    "I {town} har fastighetsägarna, handeln och kommunen sedan tre år tillbaka ett gemensamt avtal.",
    "Det svåraste var att få med de mindre fastighetsägarna, som sällan bor på orten.",
    "Vi började med en promenad genom centrum där alla pekade ut det som de ville ändra på.",
    "Antalet lediga lokaler har minskat från fjorton till sex på två år.",
    "Flödet på Storgatan mäts varje timme och redovisas för styrgruppen en gång i kvartalet.",
    "Budgeten delas i tre lika delar och beslutas i november för hela nästa år.",
    "Besökarna i {town} säger i enkäten att de stannar längre sedan torget gjordes om.",
    "Vi har kommit överens om fyra mål som går att mäta och som varje part tar hem till sin egen styrelse.",
    "En gemensam kalender för evenemang gör att vi slipper krocka med varandra.",
    "Belysningen längs gångstråket är utbytt, och fler känner sig trygga efter klockan åtta på kvällen.",
    "Handlarna har gemensamma öppettider på lördagar, vilket tog lång tid att enas om.",
    "Den nya lekplatsen betalades till hälften av fastighetsägarna.",
    "Vi följer upp planen varje mars och skriver om det som inte har fungerat.",
    "Centrumledaren är anställd av föreningen och leds av en styrelse där alla parter har en röst.",
    "Det som vi lärde oss är att små saker som syns snabbt gör att fler vill vara med.",
    "Under de kommande tre åren vill vi få fler att bo i {town}s stadskärna.",
    "Vi har tagit fram en vision i fem meningar som hänger i varje butik.",
    "Torghandeln har flyttats tillbaka till torget, och platserna är uthyrda hela sommaren.",
    "Kommunens plan för centrum bygger nu på samma karta som vår egen handlingsplan.",
    "Märket har gett oss ett gemensamt språk när vi talar om kvalitet.",
    "Vi vill jämföra oss med andra städer och lära av dem som har kommit längre.",
    "Cykelparkeringarna vid stationen byggdes efter förslag från ungdomsrådet.",
    "Varje ny företagare i {town} får ett besök och en fadder den första månaden.",
)
COMMENTS = (
    "Avtalet är tydligt och parterna har en fast form för sina möten.",
    "Målen går att mäta, men det saknas uppgifter om hur det var före arbetet.",
    "Beskriv gärna mer om vem som ansvarar för uppföljningen.",
    "Underlaget visar att arbetet är förankrat hos alla parter.",
    "Exemplet med lokalerna visar på ett bra sätt vad samverkan har lett till.",
    "Det är oklart om fastighetsägarna deltar i besluten eller bara informeras.",
    "Siffrorna i svaret stämmer med bilagan.",
    "Planen sträcker sig över tre år och har en budget.",
)
SUMMARIES = (
    "Ansökan ger en tydlig bild av samverkan i {town}.",
    "Vi ser ett långsiktigt arbete där parterna tar ansvar tillsammans.",
    "Det mesta är på plats, men uppföljningen behöver bli mer regelbunden.",
    "Styrkan är organisationen. Det som kan utvecklas är kommunikationen utåt.",
)
REASONS = {
    "approved": "Rådgivarnas granskningar visar att kraven är uppfyllda. {town} har en samverkan som är dokumenterad, "
    "finansierad och följs upp. Arbetet med uppföljningen bör fortsätta.",
    "declined": "Samverkan i {town} har kommit en bit på väg, men alla kriterier är ännu inte uppfyllda. Målen behöver "
    "bli mätbara och uppföljningen regelbunden innan märket kan ges.",
}
RECOMMENDATIONS = (
    "Mät besöksflödet på samma sätt varje år.",
    "Ta in de mindre fastighetsägarna i styrgruppen.",
    "Skriv ner hur planen följs upp och av vem.",
)
COMPLETION = "Beskriv hur målen följs upp och bifoga den senaste uppföljningen."
OVERRIDE = "Bristen är åtgärdad och har visats för oss vid ett besök på plats."


def answer(chance: Random, town: str) -> str:
    """An answer of about a hundred words."""
    return _text(chance, ANSWERS, chance.randint(6, 12), town)


def comment(chance: Random, town: str) -> str:
    """What an advisor writes on one question."""
    return _text(chance, COMMENTS, chance.randint(1, 2), town)


def summary(chance: Random, town: str) -> str:
    """What an advisor writes of the whole."""
    return _text(chance, SUMMARIES, 2, town)


def _text(chance: Random, sentences: tuple[str, ...], number: int, town: str) -> str:
    return " ".join(chance.sample(sentences, number)).format(town=town)
