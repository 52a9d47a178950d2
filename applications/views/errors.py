"""What is shown when a request can't be answered as asked."""

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.shortcuts import render
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "errors/404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request, and so without database, session and language, any of which may be
    what failed."""
    return HttpResponseServerError(render_to_string("errors/500.html"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose token doesn't match, mostly because somebody signed in or out in another tab. What was typed as
    an answer is shown, to be copied; a page that asks by htmx gets a new token by itself."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=403, headers={"QM-Why": "token"})
    return render(request, "errors/csrf.html", {"typed": request.POST.get("text", "")}, status=403)
