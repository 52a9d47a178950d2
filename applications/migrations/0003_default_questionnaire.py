"""The first questionnaire: the five questions that a certified town answers, with guidance and rubric."""

from decimal import Decimal

from django.db import migrations
from django.utils import timezone

QUESTIONS = [
    {
        "heading": ("Samverkan i er stad", "Collaboration in your town"),
        "text": (
            "På vilket sätt har samverkan i er stad förändrats/utvecklats i ert arbete att få ett QM-certifikat?",
            "In what way has collaboration in your town changed or developed in your work towards a QM certificate?",
        ),
        "why": (
            "Samverkan mellan kommun, fastighetsägare och handel är kärnan i Quality Mark. Vi vill förstå vilka som "
            "är med, hur ni arbetar tillsammans och vad som har blivit annorlunda.",
            "Collaboration between the municipality, property owners and traders is the heart of Quality Mark. We "
            "want to understand who takes part, how you work together and what has become different.",
        ),
        "good_answer": (
            "Vilka parter som är med och vem som leder arbetet\n"
            "Hur ofta ni träffas och hur ni fattar beslut\n"
            "Vad som har förändrats sedan ni började, gärna med ett exempel\n"
            "Vad som har varit svårt och hur ni löste det",
            "Which parties take part and who leads the work\n"
            "How often you meet and how you make decisions\n"
            "What has changed since you began, ideally with an example\n"
            "What has been difficult and how you solved it",
        ),
        "evidence_hint": (
            "Samverkansavtal eller stadgar\nProtokoll från möten med flera parter\nEn översikt över organisationen",
            "A collaboration agreement or statutes\nMinutes of meetings with several parties\nAn overview of the organisation",
        ),
        "evidence_required": True,
        "rubric": [
            ("Ingen samverkan mellan parterna.", "No collaboration between the parties."),
            ("Kontakter finns men utan fast form.", "There are contacts, but without a fixed form."),
            (
                "Parterna träffas regelbundet men någon viktig part saknas eller ansvaret är oklart.",
                "The parties meet regularly, but an important party is missing or responsibility is unclear.",
            ),
            (
                "Kommun, fastighetsägare och handel samverkar i dokumenterad form och arbetet har utvecklats tydligt.",
                "The municipality, property owners and traders collaborate in a documented form, and the work has "
                "clearly developed.",
            ),
            (
                "Samverkan är väl förankrad, följs upp och är en förebild för andra städer.",
                "Collaboration is well rooted, followed up and a model for other towns.",
            ),
        ],
    },
    {
        "heading": ("Den största förändringen", "The greatest change"),
        "text": (
            "Vilken har varit den största förändringen/förbättringen som QM bidragit till? Ekonomiskt, "
            "organisationsmässigt, övrigt?",
            "What has been the greatest change or improvement that QM has contributed to? Financially, "
            "organisationally, otherwise?",
        ),
        "why": (
            "Märket ska göra skillnad. Vi vill veta vad arbetet har lett till och hur ni vet det.",
            "The mark should make a difference. We want to know what the work has led to and how you know.",
        ),
        "good_answer": (
            "En eller två förändringar som har betytt mest\n"
            "Hur det var före och hur det är nu, gärna med siffror\n"
            "Vilka som märker skillnaden\n"
            "Gemensamma mål och hur ni följer upp dem",
            "One or two changes that have meant the most\n"
            "How it was before and how it is now, ideally with figures\n"
            "Who notices the difference\n"
            "Shared goals and how you follow them up",
        ),
        "evidence_hint": (
            "Mål och uppföljning\nBudget för det gemensamma arbetet\nMätningar, till exempel flöden, omsättning eller tomma lokaler",
            "Goals and follow-up\nThe budget for the joint work\nMeasurements, such as footfall, turnover or empty premises",
        ),
        "evidence_required": True,
        "rubric": [
            ("Ingen förändring kan visas.", "No change can be shown."),
            (
                "En förändring har påbörjats men märks ännu inte.",
                "A change has begun but can't be noticed yet.",
            ),
            (
                "En förändring märks men är inte följd upp eller belagd.",
                "A change can be noticed but hasn't been followed up or supported.",
            ),
            (
                "En tydlig förbättring är beskriven, följd upp och styrkt med underlag.",
                "A clear improvement is described, followed up and supported by evidence.",
            ),
            (
                "Förbättringen är mätbar, varaktig och till nytta för alla parter i stadskärnan.",
                "The improvement is measurable, lasting and of use to every party in the town centre.",
            ),
        ],
    },
    {
        "heading": ("Så drar ni nytta av QM", "How you will use QM"),
        "text": (
            "På vilket sätt kommer ni att dra nytta av ert godkända QM?",
            "In what way will you make use of your approved QM?",
        ),
        "why": (
            "Märket är ett verktyg för de kommande tre åren. Vi vill se att det finns en riktning och en plan.",
            "The mark is a tool for the coming three years. We want to see that there is a direction and a plan.",
        ),
        "good_answer": (
            "Vad ni ska göra de närmaste tre åren\n"
            "Vem som ansvarar och hur det finansieras\n"
            "Hur ni använder märket gentemot invånare, företag och besökare",
            "What you will do in the next three years\n"
            "Who is responsible and how it is financed\n"
            "How you use the mark towards residents, businesses and visitors",
        ),
        "evidence_hint": (
            "Affärsplan eller handlingsplan\nKommunikationsplan",
            "A business plan or action plan\nA communication plan",
        ),
        "evidence_required": False,
        "rubric": [
            ("Ingen tanke på hur märket ska användas.", "No thought of how the mark will be used."),
            ("Idéer finns men ingen plan.", "There are ideas but no plan."),
            (
                "En plan finns men saknar ansvar, tid eller pengar.",
                "There is a plan, but it lacks responsibility, time or money.",
            ),
            (
                "En gemensam plan med ansvar, tid och finansiering finns och märket används i den.",
                "There is a joint plan with responsibility, time and financing, and the mark is used in it.",
            ),
            (
                "Planen är långsiktig, följs upp varje år och märket används medvetet av alla parter.",
                "The plan is long-term, followed up every year, and the mark is used deliberately by every party.",
            ),
        ],
    },
    {
        "heading": ("Därför är QM viktigt", "Why QM is important"),
        "text": ("Varför är det viktigt att ha ett QM?", "Why is it important to have a QM?"),
        "why": (
            "Svaret visar om parterna är överens om vad kvalitet i stadskärnan betyder hos er.",
            "The answer shows whether the parties agree on what quality in the town centre means where you are.",
        ),
        "good_answer": (
            "Vad märket betyder för er, med egna ord\n"
            "Vad det betyder för var och en av parterna\n"
            "Hur det hänger ihop med er vision för stadskärnan",
            "What the mark means to you, in your own words\n"
            "What it means to each of the parties\n"
            "How it fits your vision for the town centre",
        ),
        "evidence_hint": (
            "Vision eller strategi för stadskärnan\nBeslut där parterna ställer sig bakom arbetet",
            "A vision or strategy for the town centre\nDecisions in which the parties stand behind the work",
        ),
        "evidence_required": False,
        "rubric": [
            ("Inget skäl anges.", "No reason is given."),
            (
                "Skälet är allmänt och gäller vilken stad som helst.",
                "The reason is general and fits any town.",
            ),
            (
                "Skälet är eget men delas inte tydligt av alla parter.",
                "The reason is your own but isn't clearly shared by every party.",
            ),
            (
                "Skälet är eget, gemensamt och knutet till visionen för stadskärnan.",
                "The reason is your own, shared, and tied to the vision for the town centre.",
            ),
            (
                "Kvalitetsarbetet är en del av hur stadskärnan styrs och syns i parternas egna beslut.",
                "The quality work is part of how the town centre is run and shows in the parties' own decisions.",
            ),
        ],
    },
    {
        "heading": ("Främsta anledningen", "The main reason"),
        "text": (
            "Vad har varit den främsta anledningen till att ni vill kvalitetssäkra er stad med ett QM?",
            "What has been the main reason why you want to assure the quality of your town with a QM?",
        ),
        "why": (
            "Anledningen hjälper oss att ge er återkoppling som ni har nytta av, vad beslutet än blir.",
            "The reason helps us to give you feedback that is of use to you, whatever the decision.",
        ),
        "good_answer": (
            "Vad som fick er att börja\nVad ni vill ha hjälp med att upprätthålla\nVad som skulle hända utan märket",
            "What made you begin\nWhat you want help to keep up\nWhat would happen without the mark",
        ),
        "evidence_hint": (
            "Beslut om att arbeta med Quality Mark\nNulägesanalys, till exempel styrkor och svagheter",
            "The decision to work with Quality Mark\nAn analysis of the present situation, such as strengths and weaknesses",
        ),
        "evidence_required": False,
        "rubric": [
            ("Ingen anledning anges.", "No reason is given."),
            ("Anledningen är oklar.", "The reason is unclear."),
            (
                "Anledningen är tydlig men inte knuten till hur staden ser ut i dag.",
                "The reason is clear but not tied to how the town is today.",
            ),
            (
                "Anledningen är tydlig och bygger på en beskrivning av nuläget.",
                "The reason is clear and builds on a description of the present situation.",
            ),
            (
                "Anledningen bygger på en gemensam analys och styr vad parterna gör.",
                "The reason builds on a joint analysis and guides what the parties do.",
            ),
        ],
    },
]


def add(apps, schema_editor):
    Questionnaire = apps.get_model("applications", "Questionnaire")
    Question = apps.get_model("applications", "Question")
    RubricLevel = apps.get_model("applications", "RubricLevel")
    questionnaire = Questionnaire.objects.create(
        version=1,
        title_sv="Fem frågor om er stadskärna",
        title_en="Five questions about your town centre",
        published_at=timezone.now(),
    )
    for number, data in enumerate(QUESTIONS, 1):
        question = Question(
            questionnaire=questionnaire,
            number=number,
            evidence_required=data["evidence_required"],
            weight=Decimal(1),
            minimum=2,
        )
        for name in ("heading", "text", "why", "good_answer", "evidence_hint"):
            swedish, english = data[name]
            setattr(question, f"{name}_sv", swedish)
            setattr(question, f"{name}_en", english)
        question.save()
        RubricLevel.objects.bulk_create(
            RubricLevel(question=question, level=level, text_sv=swedish, text_en=english)
            for level, (swedish, english) in enumerate(data["rubric"])
        )


class Migration(migrations.Migration):
    dependencies = [("applications", "0002_roles")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
