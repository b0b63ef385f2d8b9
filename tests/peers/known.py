"""What the official clients know: the calls in their own models, to hold each of bkdel's requests against.

A path that no model has is a route that the provider never promised, and a query key that the client never sends is one
that the provider may pass over in silence, which would make a filter "all".
"""

import json
import re
from dataclasses import dataclass
from importlib import resources
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.serialize import create_serializer
from sandbox import Sent


@dataclass(frozen=True)
class Call:
    """One call of a client's model."""

    operation: str
    method: str
    template: str
    queries: frozenset[str]

    def labels(self, sent: Sent) -> dict[str, str] | None:
        """The path's labels, decoded; `None` where the request is another call."""
        # Clients differ in the slash at the end of a list's path, and the services take both.
        segments, wanted = sent.path.strip("/").split("/"), self.template.strip("/").split("/")
        if sent.method != self.method or len(segments) != len(wanted):
            return None
        labels = {}
        for segment, want in zip(segments, wanted, strict=True):
            label = re.fullmatch(r"\{(\w+)}", want)
            if label:
                labels[label[1]] = unquote(segment)
            elif segment != want:
                return None
        return labels


def aws_calls(client: Any) -> list[Call]:
    """AWS Backup's calls, by botocore's model of the service."""
    service = client.meta.service_model
    calls = []
    for name in service.operation_names:
        operation = service.operation_model(name)
        members = operation.input_shape.members.values() if operation.input_shape else ()
        queries = {m.serialization["name"] for m in members if m.serialization.get("location") == "querystring"}
        http = operation.http
        calls.append(Call(name, http["method"], http["requestUri"].split("?")[0], frozenset(queries)))
    return calls


def aws_path(client: Any, call: Call, labels: dict[str, str]) -> str:
    """The path as botocore writes it for the same labels, percent-encoding and all."""
    operation = client.meta.service_model.operation_model(call.operation)
    names = {m.serialization.get("name"): member for member, m in operation.input_shape.members.items()}
    written = create_serializer("rest-json", include_validation=False).serialize_to_request(
        {names[label]: value for label, value in labels.items()}, operation
    )
    return written["url_path"]


def zilliz_calls() -> list[Call]:
    """The control plane's calls, by the model that zilliz-cli brings along."""
    text = resources.files("zilliz_cli").joinpath("builtin_models/control-plane.json").read_text()
    calls = []
    for resource, about in json.loads(text)["resources"].items():
        for name, operation in about["operations"].items():
            if http := operation.get("http"):
                names = (p["name"] for p in operation.get("params", ()) if p.get("position") != "path")
                paging = operation.get("pagination", {})
                extra = (paging[key] for key in ("pageSizeParam", "pageParam") if key in paging)
                queries = frozenset([*names, *extra])
                calls.append(Call(f"{resource} {name}", http["method"], http["path"], queries))
    return calls


def known(sent: Sent, calls: list[Call]) -> tuple[Call, dict[str, str]]:
    """The call that a request is, with all of its query known; literal paths go before labels."""
    by_literals = sorted(calls, key=lambda call: call.template.count("{"))
    for call in by_literals:
        labels = call.labels(sent)
        if labels is not None:
            keys = parse_qs(sent.query, keep_blank_values=True, strict_parsing=bool(sent.query))
            assert keys.keys() <= call.queries, f"{call.operation} has no query {keys.keys() - call.queries}: {sent}"
            return call, labels
    raise AssertionError(f"no call of the official client: {sent.method} {sent.path}")
