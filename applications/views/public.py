from django.http import HttpRequest, HttpResponse


def front(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


def questions(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


def register(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


def verify_form(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


def verify(request: HttpRequest, code: str) -> HttpResponse:
    return HttpResponse("")


def set_language(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")
