"""What every request must be before anything else looks at it."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest

from applications.views.errors import not_found


class NotFoundMiddleware:
    """Shows the portal's own page for what isn't there, also under QM_DEBUG, where Django would show its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return not_found(request, exception) if isinstance(exception, Http404) else None


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
