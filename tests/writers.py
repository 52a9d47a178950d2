"""One of the people in tests/test_writers.py: saves an answer again and again until the time is up, then prints
how often. Run as `python -m tests.writers <question number> <seconds>`."""

import sys
import time

import django


def main(number: int, seconds: float) -> None:
    django.setup()
    from applications import writing
    from applications.models import Answer, Application

    application = Application.objects.get()
    question = application.questionnaire.question_set.get(number=number)
    saved = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        writing.save_answer(application, question, application.created_by, f"Svar nummer {saved}.", saved % 5)
        assert Answer.objects.filter(application=application, question=question).exists()
        saved += 1
    print(saved)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
