"""A second questionnaire, in draft: the nine sections of the association's longer application form."""

from decimal import Decimal
from uuid import uuid4

from django.db import migrations

TITLE = ("Nio avsnitt om er stadskärna", "Nine sections on your town centre")
SECTIONS = [
    {
        "heading": ("Bakgrund", "Background"),
        "text": (
            "Hur började ert gemensamma arbete med stadskärnan, och hur har ni kommit dit ni är i dag?",
            "How did your joint work on the town centre begin, and how did you get to where you are today?",
        ),
        "why": (
            "Vi läser resten av ansökan i ljuset av er historia. Den visar vad ni har byggt på och varför ni söker nu.",
            "We read the rest of the application in the light of your history. It shows what you have built on and "
            "why you apply now.",
        ),
        "good_answer": (
            "När samverkan började och vem som tog initiativet\n"
            "De viktigaste stegen sedan dess, med årtal\n"
            "Vad som har fått er att söka Quality Mark",
            "When the collaboration began and who took the initiative\n"
            "The most important steps since then, with years\n"
            "What has made you apply for the Quality Mark",
        ),
        "evidence_hint": (
            "Beslut som visar när arbetet började\nVerksamhetsberättelser från tidigare år",
            "Decisions that show when the work began\nAnnual reports from earlier years",
        ),
        "weight": "0.5",
        "minutes": 45,
        "max_words": 500,
        "rubric": [
            ("Bakgrunden beskrivs inte.", "The background isn't described."),
            (
                "Några händelser nämns, men det går inte att följa hur arbetet har vuxit fram.",
                "Some events are mentioned, but one can't follow how the work has grown.",
            ),
            (
                "Arbetets gång går att följa, men det är oklart vilka parter som har drivit det.",
                "The course of the work can be followed, but it is unclear which parties have driven it.",
            ),
            (
                "Det är tydligt när och hur samverkan började, vilka som har drivit den och varför ni söker.",
                "It is clear when and how the collaboration began, who has driven it and why you apply.",
            ),
            (
                "Ni visar dessutom vad ni har lärt er på vägen och hur det har ändrat ert sätt att arbeta.",
                "You also show what you have learnt along the way and how it has changed your way of working.",
            ),
        ],
    },
    {
        "heading": ("Nuläge", "Present situation"),
        "text": (
            "Hur ser det ut i stadskärnan i dag? Beskriv styrkor, svagheter, möjligheter och hot.",
            "What is the town centre like today? Describe strengths, weaknesses, opportunities and threats.",
        ),
        "why": (
            "Den som vet var den står kan välja rätt insatser. Vi vill se att ni är överens om bilden av nuläget.",
            "Whoever knows where they stand can choose the right measures. We want to see that you agree on the "
            "present situation.",
        ),
        "good_answer": (
            "En analys av nuläget, till exempel en SWOT\n"
            "Siffror som stöder den, till exempel flöden, omsättning och tomma lokaler\n"
            "Vilka som har varit med och gjort analysen\n"
            "Vad ni själva ser som det viktigaste att ta itu med",
            "An analysis of the present situation, such as a SWOT\n"
            "Figures that support it, such as footfall, turnover and empty premises\n"
            "Who took part in the analysis\n"
            "What you yourselves see as most important to deal with",
        ),
        "evidence_hint": (
            "SWOT eller annan nulägesanalys\nMätningar och undersökningar från de senaste två åren",
            "A SWOT or another analysis of the present situation\nMeasurements and surveys from the last two years",
        ),
        "weight": "1",
        "minutes": 90,
        "max_words": 800,
        "rubric": [
            ("Nuläget beskrivs inte.", "The present situation isn't described."),
            (
                "Beskrivningen är allmän och kan gälla vilken stad som helst.",
                "The description is general and could fit any town.",
            ),
            (
                "Styrkor och svagheter är era egna, men saknar siffror eller delas inte av alla parter.",
                "Strengths and weaknesses are your own, but lack figures or aren't shared by every party.",
            ),
            (
                "Analysen är gemensam, bygger på aktuella siffror och pekar ut vad som är viktigast.",
                "The analysis is joint, builds on current figures and points out what matters most.",
            ),
            (
                "Analysen görs om regelbundet, jämförs över tid och styr vad parterna gör.",
                "The analysis is repeated regularly, compared over time and guides what the parties do.",
            ),
        ],
    },
    {
        "heading": ("Organisation", "Organisation"),
        "text": (
            "Hur är er samverkansorganisation uppbyggd? Beskriv parter, styrelse, mandat, möten och vilket område "
            "som ingår.",
            "How is your collaborative organisation set up? Describe the parties, board, mandate, meetings and the "
            "area that is included.",
        ),
        "why": (
            "Quality Mark ges till en organisation som håller. Offentliga och privata parter ska ha samverkat i "
            "dokumenterad form i minst tre år.",
            "The Quality Mark is given to an organisation that lasts. Public and private parties must have "
            "collaborated in a documented form for at least three years.",
        ),
        "good_answer": (
            "Vilka parter som ingår och vad var och en ansvarar för\n"
            "Hur styrelsen är sammansatt och vad den får besluta om\n"
            "Hur ofta ni träffas\n"
            "Hur länge organisationen har varit verksam\n"
            "Var gränsen för området går",
            "Which parties are included and what each is responsible for\n"
            "How the board is composed and what it may decide\n"
            "How often you meet\n"
            "How long the organisation has been active\n"
            "Where the boundary of the area runs",
        ),
        "evidence_hint": (
            "Stadgar, samverkansavtal eller annat som visar organisationens form\n"
            "En matris över aktörer och ansvar\n"
            "En karta där området är utmärkt\n"
            "Protokoll från de senaste tre åren",
            "Statutes, a collaboration agreement or something else that shows the form of the organisation\n"
            "A matrix of actors and responsibilities\n"
            "A map on which the area is marked\n"
            "Minutes from the last three years",
        ),
        "evidence_required": True,
        "weight": "2",
        "minutes": 120,
        "max_words": 900,
        "rubric": [
            ("Det finns ingen gemensam organisation.", "There is no joint organisation."),
            (
                "Parterna samverkar, men formen är inte dokumenterad.",
                "The parties collaborate, but the form isn't documented.",
            ),
            (
                "Organisationen är dokumenterad, men är yngre än tre år, saknar en viktig part eller har oklart mandat.",
                "The organisation is documented, but is younger than three years, lacks an important party or has "
                "an unclear mandate.",
            ),
            (
                "Offentliga och privata parter samverkar sedan minst tre år, med styrelse, mandat, fasta möten och ett "
                "tydligt område.",
                "Public and private parties have collaborated for at least three years, with a board, a mandate, "
                "regular meetings and a clear area.",
            ),
            (
                "Organisationen är väl förankrad hos alla parter, klarar att personer byts ut och utvärderar sig själv.",
                "The organisation is well rooted with every party, withstands changes of people and evaluates itself.",
            ),
        ],
    },
    {
        "heading": ("Finansiering och budget", "Financing and budget"),
        "text": (
            "Hur finansieras det gemensamma arbetet, och hur ser budgeten ut?",
            "How is the joint work financed, and what is the budget?",
        ),
        "why": (
            "Samverkan som bara en part betalar för är sårbar. Vi vill se att både offentliga och privata parter är "
            "med och att pengarna räcker över tid.",
            "Collaboration that only one party pays for is fragile. We want to see that both public and private "
            "parties take part and that the money lasts.",
        ),
        "good_answer": (
            "Vad offentliga respektive privata parter bidrar med, i kronor och arbetstid\n"
            "Årets budget och föregående års utfall\n"
            "Vilka avtal som finns och hur länge de gäller\n"
            "Vad som händer om en part drar sig ur",
            "What public and private parties contribute, in money and working hours\n"
            "This year's budget and last year's outcome\n"
            "Which agreements there are and how long they run\n"
            "What happens if a party leaves",
        ),
        "evidence_hint": (
            "Avtal om finansiering\nÅrets budget\nSenaste årsbokslut eller årsredovisning",
            "Agreements on financing\nThis year's budget\nThe latest annual accounts",
        ),
        "evidence_required": True,
        "weight": "1.5",
        "minutes": 90,
        "max_words": 700,
        "rubric": [
            ("Det finns ingen gemensam budget.", "There is no joint budget."),
            (
                "Enstaka insatser finansieras gemensamt, men utan budget eller avtal.",
                "Single measures are financed jointly, but without a budget or agreements.",
            ),
            (
                "Budget finns, men bygger i stort sett på en part eller saknar avtal.",
                "There is a budget, but it rests mainly on one party or lacks agreements.",
            ),
            (
                "Offentliga och privata parter finansierar arbetet tillsammans enligt avtal, och budgeten följs upp.",
                "Public and private parties finance the work together by agreement, and the budget is followed up.",
            ),
            (
                "Finansieringen är säkrad i flera år, tål att en part drar sig ur och redovisas öppet för alla parter.",
                "The financing is secured for several years, withstands a party leaving and is accounted for openly "
                "to every party.",
            ),
        ],
    },
    {
        "heading": ("Vision och affärsidé", "Vision and business idea"),
        "text": (
            "Vad vill ni att stadskärnan ska vara i framtiden, och vad är er affärsidé för att nå dit?",
            "What do you want the town centre to be in the future, and what is your business idea for getting there?",
        ),
        "why": (
            "En gemensam vision gör att parterna drar åt samma håll även när det är svårt.",
            "A shared vision makes the parties pull in the same direction even when it is hard.",
        ),
        "good_answer": (
            "Visionen i en eller två meningar\n"
            "Vad samverkansorganisationen erbjuder, och för vem\n"
            "Hur visionen togs fram och vilka som står bakom den\n"
            "Hur den hänger ihop med kommunens planer",
            "The vision in a sentence or two\n"
            "What the collaborative organisation offers, and to whom\n"
            "How the vision was made and who stands behind it\n"
            "How it fits the municipality's plans",
        ),
        "evidence_hint": (
            "Visionsdokument\nBeslut där parterna har ställt sig bakom visionen",
            "A vision document\nDecisions in which the parties have endorsed the vision",
        ),
        "weight": "1",
        "minutes": 60,
        "max_words": 500,
        "rubric": [
            ("Det finns ingen gemensam vision.", "There is no shared vision."),
            (
                "En vision finns hos någon part, men är inte gemensam.",
                "One of the parties has a vision, but it isn't shared.",
            ),
            (
                "Visionen är gemensam, men affärsidén är oklar eller inte beslutad.",
                "The vision is shared, but the business idea is unclear or not decided on.",
            ),
            (
                "Vision och affärsidé är tydliga, gemensamma och beslutade av parterna.",
                "The vision and the business idea are clear, shared and decided on by the parties.",
            ),
            (
                "Visionen är känd långt utanför organisationen och märks i parternas egna beslut.",
                "The vision is known well beyond the organisation and shows in the parties' own decisions.",
            ),
        ],
    },
    {
        "heading": ("Mål och strategi", "Goals and strategy"),
        "text": (
            "Vilka mål har ni för stadskärnan, och vilken strategi ska ta er dit?",
            "What are your goals for the town centre, and what strategy will take you there?",
        ),
        "why": (
            "Mål som går att mäta visar om arbetet gör skillnad. Strategin visar att ni har valt väg.",
            "Goals that can be measured show whether the work makes a difference. The strategy shows that you have "
            "chosen a way.",
        ),
        "good_answer": (
            "Tre till sju mål som går att mäta, med årtal\n"
            "Hur målen hänger ihop med visionen och nuläget\n"
            "Vad ni har valt att satsa på, och vad ni har valt bort\n"
            "Vem som ansvarar för varje mål",
            "Three to seven measurable goals, with years\n"
            "How the goals fit the vision and the present situation\n"
            "What you have chosen to focus on, and what you have left out\n"
            "Who is responsible for each goal",
        ),
        "evidence_hint": (
            "Måldokument eller strategi\nBeslut om målen",
            "A document of goals or a strategy\nThe decision on the goals",
        ),
        "weight": "1",
        "minutes": 60,
        "max_words": 600,
        "rubric": [
            ("Mål saknas.", "There are no goals."),
            ("Mål finns, men går inte att mäta.", "There are goals, but they can't be measured."),
            (
                "Målen går att mäta, men saknar ansvariga, tid eller en gemensam strategi.",
                "The goals can be measured, but lack owners, time or a joint strategy.",
            ),
            (
                "Målen är mätbara, gemensamma och tidsatta, och strategin visar hur ni når dem.",
                "The goals are measurable, shared and set in time, and the strategy shows how you reach them.",
            ),
            (
                "Målen följs upp och skärps efter hand, och de styr parternas egna planer och budgetar.",
                "The goals are followed up and sharpened over time, and they guide the parties' own plans and budgets.",
            ),
        ],
    },
    {
        "heading": ("Affärsplan och handlingsplan", "Business plan and action plan"),
        "text": (
            "Vad ska ni göra de närmaste åren för att nå målen? Beskriv er affärsplan eller handlingsplan.",
            "What will you do in the next few years to reach the goals? Describe your business plan or action plan.",
        ),
        "why": (
            "Planen visar att målen blir till handling, och att någon har lovat att göra den.",
            "The plan shows that the goals turn into action, and that somebody has promised to carry it out.",
        ),
        "good_answer": (
            "De viktigaste insatserna, var och en med tid, ansvarig och pengar\n"
            "Vilket mål varje insats leder till\n"
            "Vad som redan är gjort\n"
            "Hur ofta planen ses över",
            "The most important measures, each with a time, an owner and money\n"
            "Which goal each measure serves\n"
            "What has already been done\n"
            "How often the plan is revised",
        ),
        "evidence_hint": (
            "Gällande affärsplan eller handlingsplan\nEn avstämning av planen från det senaste året",
            "The current business plan or action plan\nA review of the plan from the last year",
        ),
        "evidence_required": True,
        "weight": "1.5",
        "minutes": 90,
        "max_words": 800,
        "rubric": [
            ("Det finns ingen plan.", "There is no plan."),
            ("Idéer till insatser finns, men ingen plan.", "There are ideas for measures, but no plan."),
            (
                "En plan finns, men saknar ansvar, tid eller pengar för flera insatser.",
                "There is a plan, but several measures lack an owner, a time or money.",
            ),
            (
                "Planen är gemensam, knuten till målen och har ansvar, tid och pengar för varje insats.",
                "The plan is joint, tied to the goals and has an owner, a time and money for each measure.",
            ),
            (
                "Planen genomförs i stort sett som den är lagd, ses över varje år och inspirerar andra städer.",
                "The plan is largely carried out as laid down, is revised every year and inspires other towns.",
            ),
        ],
    },
    {
        "heading": ("Utveckling, nyckeltal och uppföljning", "Development, indicators and follow-up"),
        "text": (
            "Vilka nyckeltal följer ni, hur har de utvecklats och hur använder ni resultatet?",
            "Which indicators do you follow, how have they developed and how do you use the results?",
        ),
        "why": (
            "Den som mäter kan visa vad arbetet ger och ändra sig i tid.",
            "Whoever measures can show what the work yields and change course in time.",
        ),
        "good_answer": (
            "De nyckeltal ni följer, med värden för flera år\n"
            "Hur och hur ofta ni mäter\n"
            "Vem som går igenom resultatet\n"
            "Ett exempel på något ni har ändrat efter en uppföljning",
            "The indicators that you follow, with values for several years\n"
            "How and how often you measure\n"
            "Who goes through the results\n"
            "An example of something you have changed after a follow-up",
        ),
        "evidence_hint": (
            "Tabell eller rapport med nyckeltal\nProtokoll där uppföljningen behandlas",
            "A table or report with the indicators\nMinutes in which the follow-up is dealt with",
        ),
        "weight": "1.5",
        "minutes": 90,
        "max_words": 700,
        "rubric": [
            ("Ingen uppföljning görs.", "There is no follow-up."),
            (
                "Enstaka mätningar har gjorts, men inte återkommande.",
                "Single measurements have been made, but not repeatedly.",
            ),
            (
                "Nyckeltal följs, men för kort tid eller utan att resultatet används.",
                "Indicators are followed, but over a short time or without using the results.",
            ),
            (
                "Nyckeltal mäts varje år, går att jämföra över tid och används när parterna beslutar.",
                "Indicators are measured every year, can be compared over time and are used when the parties decide.",
            ),
            (
                "Uppföljningen är öppen för alla, jämförs med andra städer och har lett till tydliga förbättringar.",
                "The follow-up is open to everyone, compared with other towns and has led to clear improvements.",
            ),
        ],
    },
    {
        "heading": ("Kommunikation och dialog", "Communication and dialogue"),
        "text": (
            "Hur berättar ni om arbetet, och hur för ni dialog med dem som bor, verkar och vistas i stadskärnan?",
            "How do you tell people about the work, and how do you hold a dialogue with those who live, work and "
            "spend time in the town centre?",
        ),
        "why": (
            "Samverkan behöver stöd från fler än dem som sitter i styrelsen. Dialogen visar vad som saknas.",
            "Collaboration needs support from more people than the board. The dialogue shows what is wanting.",
        ),
        "good_answer": (
            "Vilka ni vill nå och hur ni når dem\n"
            "Hur medlemmar, företag, fastighetsägare och invånare kan påverka\n"
            "Hur information går mellan parterna\n"
            "Ett exempel på vad dialogen har lett till",
            "Whom you want to reach and how you reach them\n"
            "How members, businesses, property owners and residents can have a say\n"
            "How information flows between the parties\n"
            "An example of what the dialogue has led to",
        ),
        "evidence_hint": (
            "Kommunikationsplan\nExempel på utskick, webbplats eller möten\nSammanställning av en dialog eller enkät",
            "A communication plan\nExamples of newsletters, a website or meetings\nA summary of a dialogue or survey",
        ),
        "weight": "1",
        "minutes": 60,
        "max_words": 600,
        "rubric": [
            (
                "Ingen information eller dialog utanför kretsen.",
                "No information or dialogue beyond the inner circle.",
            ),
            (
                "Information går ut ibland, men utan plan.",
                "Information goes out now and then, but without a plan.",
            ),
            (
                "Informationen är regelbunden, men dialogen är svag eller når bara några grupper.",
                "Information is regular, but the dialogue is weak or reaches only some groups.",
            ),
            (
                "En plan för kommunikation följs, och berörda grupper kan påverka och får svar.",
                "A plan for communication is followed, and the groups concerned can have a say and get replies.",
            ),
            (
                "Dialogen är en naturlig del av arbetet och har synbart ändrat vad som görs i stadskärnan.",
                "The dialogue is a natural part of the work and has visibly changed what is done in the town centre.",
            ),
        ],
    },
]
TRANSLATED = ("heading", "text", "why", "good_answer", "evidence_hint")


def add(apps, schema_editor):
    Questionnaire = apps.get_model("applications", "Questionnaire")
    Question = apps.get_model("applications", "Question")
    RubricLevel = apps.get_model("applications", "RubricLevel")
    # An association that has made versions of its own keeps their numbers.
    newest = Questionnaire.objects.order_by("-version").values_list("version", flat=True).first() or 0
    questionnaire = Questionnaire.objects.create(
        version=newest + 1, title_sv=TITLE[0], title_en=TITLE[1], handling_weeks=10
    )
    for number, section in enumerate(SECTIONS, 1):
        question = Question(
            questionnaire=questionnaire,
            number=number,
            key=uuid4(),
            weight=Decimal(section["weight"]),
            minimum=2,
            minutes=section["minutes"],
            max_words=section["max_words"],
            evidence_required=section.get("evidence_required", False),
        )
        for name in TRANSLATED:
            swedish, english = section[name]
            setattr(question, f"{name}_sv", swedish)
            setattr(question, f"{name}_en", english)
        question.save()
        RubricLevel.objects.bulk_create(
            RubricLevel(question=question, level=level, text_sv=swedish, text_en=english)
            for level, (swedish, english) in enumerate(section["rubric"])
        )


def remove(apps, schema_editor):
    """Only what nobody has begun to change or use."""
    drafts = apps.get_model("applications", "Questionnaire").objects.filter(
        title_sv=TITLE[0], published_at=None, revision=0, application=None
    )
    drafts.exclude(question__revision__gt=0).delete()


class Migration(migrations.Migration):
    dependencies = [("applications", "0032_questionnaires_keys_are_unique")]
    operations = [migrations.RunPython(add, remove)]
