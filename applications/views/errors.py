from django.http import HttpRequest, HttpResponse


def bad_request(request: HttpRequest, exception=None) -> HttpResponse:
    return HttpResponse("")


def permission_denied(request: HttpRequest, exception=None) -> HttpResponse:
    return HttpResponse("")


def not_found(request: HttpRequest, exception=None) -> HttpResponse:
    return HttpResponse("")


def server_error(request: HttpRequest) -> HttpResponse:
    return HttpResponse("")


def csrf_failure(request: HttpRequest, reason="") -> HttpResponse:
    return HttpResponse("")
