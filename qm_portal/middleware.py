"""What every request must be before anything else looks at it."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from applications.views.errors import not_found


class NotFoundMiddleware:
    """Shows the portal's own page for what isn't there, also under QM_DEBUG, where Django would show its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return not_found(request, exception) if isinstance(exception, Http404) else None


class SignedOutMiddleware:
    """Answers 401 to what a page asks for by htmx after the session has ended, where a redirect would put the
    sign-in page in the middle of that page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        sign_in = resolve_url(settings.LOGIN_URL)
        if (
            request.headers.get("HX-Request") == "true"
            and response.status_code == 302
            and urlsplit(response["Location"]).path == sign_in
        ):
            return HttpResponse(
                _("You are signed out."), status=401, content_type="text/plain; charset=utf-8"
            )
        return response


class Utf8Middleware:
    """Refuses forms in other encodings than UTF-8. No browser sends one of ours so, and Python's more exotic
    codecs make text of it that can't be kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower() not in ("utf-8", "utf8"):
            return HttpResponseBadRequest("Send the form as UTF-8.", content_type="text/plain")
        return self.get_response(request)
