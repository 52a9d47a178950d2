"""Texts to begin a completion point with."""

from django.db import migrations

TEXTS = [
    (
        "Underlag saknas",
        None,
        "Ni beskriver detta väl, men vi hittar inget underlag som visar det. Bifoga ett dokument som styrker svaret, "
        "till exempel ett protokoll, ett avtal eller en plan, och säg var i dokumentet det står.",
    ),
    (
        "Svaret behöver bli mer konkret",
        None,
        "Beskriv mer konkret hur ni arbetar: vem gör vad, hur ofta, och vad har det lett till? Ge gärna ett eller två "
        "exempel från det senaste året.",
    ),
    (
        "Uppföljning saknas",
        None,
        "Berätta hur ni följer upp detta: vilka mått ni använder, hur ofta ni mäter och vad de senaste siffrorna visar.",
    ),
    (
        "Alla parters roll framgår inte",
        None,
        "Det framgår inte hur kommunen, fastighetsägarna och handeln var för sig deltar. Beskriv vad varje part bidrar "
        "med och hur besluten fattas gemensamt.",
    ),
    (
        "Underlaget är för gammalt",
        None,
        "Underlaget är äldre än tre år. Bifoga ett aktuellt, eller förklara varför det fortfarande gäller.",
    ),
    (
        "Filen går inte att läsa",
        None,
        "Vi kan inte läsa en av filerna. Ladda upp den igen, gärna som PDF.",
    ),
]


def add(apps, schema_editor):
    CompletionTemplate = apps.get_model("applications", "CompletionTemplate")
    if not CompletionTemplate.objects.exists():
        CompletionTemplate.objects.bulk_create(
            CompletionTemplate(title=title, question=question, text=text) for title, question, text in TEXTS
        )


class Migration(migrations.Migration):
    dependencies = [("applications", "0033_questionnaires_nine_sections")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
