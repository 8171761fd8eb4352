"""HTTP for every feature: typed routes with one declaration for handler, access and OpenAPI.

A feature's `api.py` is a class of handlers; see `hub.web.routes.route` for the form.
"""

from .app import WebOptions, build_web_app
from .calls import BytesAnswer, Call, FileAnswer, LinesAnswer, StreamAnswer, TextAnswer, Upload
from .guard import Guard, csrf_token_of, session_cookie_name
from .metrics import WebMetrics
from .middleware import QUIET
from .openapi import build_openapi
from .paging import Page, PageQuery, decode_cursor, encode_cursor
from .principal import Access, Authenticate, Credentials, Principal, Role, Via
from .routes import Declared, Route, bind_routes, declared_routes, route
from .shapes import Body, Key, Query, View

__all__ = [
    "QUIET",
    "Access",
    "Authenticate",
    "Body",
    "BytesAnswer",
    "Call",
    "Credentials",
    "Declared",
    "FileAnswer",
    "Guard",
    "Key",
    "LinesAnswer",
    "Page",
    "PageQuery",
    "Principal",
    "Query",
    "Role",
    "Route",
    "StreamAnswer",
    "TextAnswer",
    "Upload",
    "Via",
    "View",
    "WebMetrics",
    "WebOptions",
    "bind_routes",
    "build_openapi",
    "build_web_app",
    "csrf_token_of",
    "declared_routes",
    "decode_cursor",
    "encode_cursor",
    "route",
    "session_cookie_name",
]
