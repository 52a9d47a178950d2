from django.http import HttpRequest, HttpResponse


def applications(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


def start(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


def overview(request: HttpRequest, reference: str) -> HttpResponse:
    return HttpResponse("")


def facts(request: HttpRequest, reference: str) -> HttpResponse:
    return HttpResponse("")


def check(request: HttpRequest, reference: str) -> HttpResponse:
    return HttpResponse("")


def receipt(request: HttpRequest, reference: str) -> HttpResponse:
    return HttpResponse("")


def decision(request: HttpRequest, reference: str) -> HttpResponse:
    return HttpResponse("")


def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    return HttpResponse("")


def certificate(request: HttpRequest, reference: str) -> HttpResponse:
    return HttpResponse("")


def question(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    return HttpResponse("")


def evidence(request: HttpRequest, reference: str, uuid) -> HttpResponse:
    return HttpResponse("")


def evidence_in_place(request: HttpRequest, reference: str, uuid) -> HttpResponse:
    return HttpResponse("")


def remove_evidence(request: HttpRequest, reference: str, uuid) -> HttpResponse:
    return HttpResponse("")
