"""The list of routes that are told a customer is whole."""

from __future__ import annotations

import json
import re
from pathlib import Path

from .branches import BODIES, Branches

ROOT = Path(__file__).parents[3]


def test_no_route_that_is_told_a_customer_is_forgotten() -> None:
    """The list above against the documented routes, which a test keeps up to date."""
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    shapes = document["components"]["schemas"]
    told = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = json.dumps(operation.get("requestBody", {}))
            names = {one["name"] for one in operation.get("parameters", ())}
            names |= {
                field
                for name, shape in shapes.items()
                if f'/{name}"' in body
                for field in shape.get("properties", ())
            }
            if "{customer_id}" in path or names & Branches.NAMES:
                told.add((method.upper(), re.sub(r"{\w+}", "{}", path.removeprefix("/api/v1"))))
    listed = {(method, re.sub(r"{\w+}", "{}", path.partition("?")[0])) for method, path in BODIES}
    assert told - Branches.ELSEWHERE == listed
