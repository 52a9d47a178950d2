"""A worked example and the time it takes, for the five questions of the first questionnaire: the answers of
Kristinehamn, which holds the mark, word for word. Questions that the association has written itself are left alone."""

from django.db import migrations

SOURCE = "Kristinehamn"
DEFAULT_MINUTES = 45
# The question as the first questionnaire has it, the example in Swedish and in English, and minutes.
HELP = [
    (
        "På vilket sätt har samverkan i er stad förändrats/utvecklats i ert arbete att få ett QM-certifikat?",
        "Framförallt så har vi blivit en tightare grupp som har fått större förståelse för varandras processer och "
        "frågor. Det har inte varit helt lätt att övertyga alla ingående aktörer att engagera sig och ge utrymme för "
        "samverkan, men nu när vi har hållit på ett tag så börjar man se fördelar med att lägga tid och kraft på "
        "detta.",
        "Above all, we have become a closer group that has gained a greater understanding of each other's processes "
        "and questions. It hasn't been altogether easy to convince everyone involved to commit themselves and make "
        "room for collaboration, but now that we have been at it for a while, people begin to see the benefits of "
        "putting time and effort into this.",
        90,
    ),
    (
        "Vilken har varit den största förändringen/förbättringen som QM bidragit till? Ekonomiskt, "
        "organisationsmässigt, övrigt?",
        "För oss i Kristinehamn har det främst handlat om att samla sig och ha en gemensam viljeinriktning och ett "
        "forum där alla kan komma till tals. Det har länge efterfrågats. Nu har vi tydliga, gemensamma mål som är "
        "enkla att följa upp och som berör alla aktörer i stadskärnan.",
        "For us in Kristinehamn it has mainly been about coming together, having a common direction, and a forum "
        "where everyone can be heard. It had long been asked for. Now we have clear, shared goals that are easy to "
        "follow up and that concern everyone in the town centre.",
        90,
    ),
    (
        "På vilket sätt kommer ni att dra nytta av ert godkända QM?",
        "Vi kommer att fortsätta att jobba strategiskt och långsiktigt med att utveckla vår stadskärna och att lyssna "
        "in vad fastighetsägare, näringsidkare och kommunen vill och gemensamt jobba för att nå dit. Vår QM-märkning "
        "påminner oss om att vi jobbar på rätt sätt, med rätt frågor. Vi kommer även att jobba emot att ta fram en "
        "ansökan till Årets stadskärna!",
        "We will go on working strategically and for the long term to develop our town centre, and to listen to what "
        "property owners, businesses and the municipality want, and work together to get there. Our QM mark reminds "
        "us that we are working in the right way, with the right questions. We will also work towards an application "
        "for Town Centre of the Year!",
        60,
    ),
    (
        "Varför är det viktigt att ha ett QM?",
        "Det är ett kvitto på att vi jobbar i rätt riktning. Det har funkat för andra, då kan det funka för oss!",
        "It is proof that we are working in the right direction. It has worked for others, so it can work for us!",
        30,
    ),
    (
        "Vad har varit den främsta anledningen till att ni vill kvalitetssäkra er stad med ett QM?",
        "Att få stöd genom beprövade metoder att få till och upprätthålla en samverkansorganisation som jobbar för en "
        "levande stadskärna.",
        "To have the support of proven methods in bringing about and keeping up a collaborative organisation that "
        "works for a living town centre.",
        30,
    ),
]


def fill(apps, schema_editor):
    questions = apps.get_model("applications", "Question").objects.filter(questionnaire__version=1)
    for text, swedish, english, minutes in HELP:
        asked = questions.filter(text_sv=text)
        asked.filter(minutes=DEFAULT_MINUTES).update(minutes=minutes)
        asked.filter(example_sv="").update(example_sv=swedish, example_en=english, example_source=SOURCE)


def empty(apps, schema_editor):
    questions = apps.get_model("applications", "Question").objects.filter(questionnaire__version=1)
    for text, swedish, _english, minutes in HELP:
        asked = questions.filter(text_sv=text)
        asked.filter(minutes=minutes).update(minutes=DEFAULT_MINUTES)
        asked.filter(example_sv=swedish).update(example_sv="", example_en="", example_source="")


class Migration(migrations.Migration):
    dependencies = [("applications", "0006_evidence_for_several_questions")]
    operations = [migrations.RunPython(fill, empty)]
