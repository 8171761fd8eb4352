"""The webhook signature: HMAC-SHA1 over the public URL and every form parameter, blank ones kept.

Source: Twilio "Validating Signatures from Twilio". Behind a proxy the request's own host and
scheme mean nothing, so the URL is the configured `public_base_url` plus the raw path and query.
Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hmac import compare_digest
from urllib.parse import parse_qsl, urlparse

from multidict import MultiDict
from twilio.request_validator import RequestValidator, add_port, remove_port

SIGNATURE_HEADER = "X-Twilio-Signature"
IDEMPOTENCY_HEADER = "I-Twilio-Idempotency-Token"

_MAX_FIELDS = 500  # Twilio sends a few dozen; more is an attack on the parser


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """One webhook as received. `raw_path` is path and query exactly as on the wire."""

    raw_path: str
    body: bytes
    signature: str | None


def parse_form(body: bytes) -> MultiDict[str] | None:
    """Return the form's parameters in order, blank ones kept; None when it is no form at all."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:  # UnicodeDecodeError is one
        return None
    return MultiDict(pairs)


def is_signed_by(
    request: SignedRequest,
    public_base_url: str,
    auth_tokens: Sequence[str],
    params: MultiDict[str] | None = None,
) -> bool:
    """Say whether one of `auth_tokens` (two while a token is rotated) signed this request.

    `params`: its body as `parse_form` reads it, where that is known.
    """
    if not request.signature:
        return False
    form = parse_form(request.body) if params is None else params
    if form is None:
        return False
    urls = _signed_urls(public_base_url.rstrip("/") + request.raw_path)
    given = request.signature.encode("utf-8", "replace")
    return any(
        compare_digest(_validator(token).compute_signature(url, form).encode(), given)
        for token in auth_tokens
        if token
        for url in urls
    )


@lru_cache(maxsize=256)
def _signed_urls(url: str) -> tuple[str, ...]:
    """Return what Twilio may have signed: the address as it is, without its port, or with one.

    These are the two that `RequestValidator.validate` signs; it signs both before it compares.
    """
    parsed = urlparse(url)
    return tuple(dict.fromkeys((parsed.geturl(), remove_port(parsed), add_port(parsed))))


@lru_cache(maxsize=16)
def _validator(token: str) -> RequestValidator:
    return RequestValidator(token)
