"""Checks a raw answer against botocore's service model.

botocore drops what it does not know, so a misspelt element would look like a missing one, or like nothing at all.
Here every element name, every nesting and every leaf's type must be one that the model has.
"""

import json
import re
from xml.etree import ElementTree

EC2_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
QUERY_NAMESPACES = {
    "elasticloadbalancing": "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}
TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
SCALARS = {
    "boolean": re.compile(r"^(true|false)$"),
    "integer": re.compile(r"^-?\d+$"),
    "long": re.compile(r"^-?\d+$"),
    "float": re.compile(r"^-?\d+(\.\d+)?([eE][-+]?\d+)?$"),
    "double": re.compile(r"^-?\d+(\.\d+)?([eE][-+]?\d+)?$"),
    "timestamp": TIMESTAMP,
}


# The service model lists the states of VPC endpoints with a capital, its own filter of DescribeVpcEndpoints without;
# what clients in the field compare with has none.
SMALL_LETTERS = {"State"}


class WireError(AssertionError):
    """An answer that AWS's own model does not describe."""


def check(operation, status, headers, body):
    """Raises WireError with all faults of one answer; `operation` is a botocore OperationModel."""
    faults = []
    protocol = operation.service_model.metadata["protocol"]
    content_type = next((v for k, v in headers.items() if k.lower() == "content-type"), "")
    if protocol == "json":
        _json(operation, status, content_type, body)
        return
    if not content_type.startswith("text/xml"):
        faults.append(f"content type is {content_type!r}, not text/xml")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        raise WireError(f"{operation.name}: not XML: {error}: {body[:300]!r}") from error
    if status >= 300:
        _error(protocol, status, root, faults)
    elif protocol == "ec2":
        _ec2(operation, root, faults)
    else:
        _query(operation, root, faults)
    if faults:
        text = body.decode("utf-8", "replace")
        raise WireError(f"{operation.name} ({status}):\n  " + "\n  ".join(faults) + f"\n{text[:2000]}")


def _json(operation, status, content_type, body):
    """The same for an answer in JSON 1.1."""
    faults = []
    if content_type != f"application/x-amz-json-{operation.service_model.metadata['jsonVersion']}":
        faults.append(f"content type is {content_type!r}")
    try:
        value = json.loads(body)
    except ValueError as error:
        raise WireError(f"{operation.name}: not JSON: {error}: {body[:300]!r}") from error
    if status < 300:
        _json_value(operation.output_shape, value, operation.name, faults)
    elif not isinstance(value, dict) or not all(isinstance(one, str) and one for one in value.values()):
        faults.append(f"an error is an object of texts, not {value!r}")
    elif not {"__type", "Message"} <= set(value) <= {"__type", "Message", "Reason"}:
        faults.append(f"an error holds {sorted(value)}")
    if faults:
        text = body.decode("utf-8", "replace")
        raise WireError(f"{operation.name} ({status}):\n  " + "\n  ".join(faults) + f"\n{text[:2000]}")


JSON_TYPES = {
    "structure": dict,
    "list": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    # Seconds since 1970.
    "timestamp": (int, float),
}


def _json_value(shape, value, path, faults):
    if not isinstance(value, JSON_TYPES[shape.type_name]):
        faults.append(f"{path}: {value!r} is no {shape.type_name}")
    elif shape.type_name == "structure":
        for name, one in value.items():
            if name in shape.members:
                _json_value(shape.members[name], one, f"{path}.{name}", faults)
            else:
                faults.append(f"{path}: the model has no member {name} in {shape.name}")
    elif shape.type_name == "list":
        for index, one in enumerate(value):
            _json_value(shape.member, one, f"{path}[{index}]", faults)
    elif shape.type_name == "string":
        values = getattr(shape, "enum", None)
        if values and value not in values:
            faults.append(f"{path}: {value!r} is not in the enum {shape.name}")
        pattern = shape.metadata.get("pattern")
        if pattern and not re.search(pattern, value):
            faults.append(f"{path}: {value!r} is not of the form {pattern}")


def _split(element):
    """Namespace and local name of an element."""
    if element.tag.startswith("{"):
        namespace, _, name = element.tag[1:].partition("}")
        return namespace, name
    return "", element.tag


def _name(element):
    return _split(element)[1]


def _ec2(operation, root, faults):
    namespace, name = _split(root)
    if name != f"{operation.name}Response":
        faults.append(f"root element is {name}")
    if namespace != EC2_NAMESPACE:
        faults.append(f"namespace is {namespace!r}")
    if not any(_name(child) == "requestId" and (child.text or "") for child in root):
        faults.append("no requestId")
    rest = [child for child in root if _name(child) != "requestId"]
    if operation.output_shape is None:
        # Empty answers carry <return>true</return>, which the model does not name.
        faults.extend(f"element {_name(c)} in an empty answer" for c in rest if _name(c) != "return")
        return
    _structure(operation.output_shape, rest, operation.name, faults)


def _query(operation, root, faults):
    namespace, name = _split(root)
    if name != f"{operation.name}Response":
        faults.append(f"root element is {name}")
    if namespace != QUERY_NAMESPACES[operation.service_model.endpoint_prefix]:
        faults.append(f"namespace is {namespace!r}")
    shape = operation.output_shape
    wrapper = shape.serialization.get("resultWrapper") if shape is not None else None
    seen = []
    for child in root:
        seen.append(_name(child))
        if _name(child) == "ResponseMetadata":
            if [_name(c) for c in child] != ["RequestId"]:
                faults.append("ResponseMetadata without a single RequestId")
        elif _name(child) == wrapper:
            _structure(shape, list(child), operation.name, faults)
        else:
            faults.append(f"element {_name(child)} beside {wrapper}")
    for wanted in filter(None, (wrapper, "ResponseMetadata")):
        if seen.count(wanted) != 1:
            faults.append(f"{seen.count(wanted)} times {wanted}")


def _structure(shape, children, path, faults):
    known = {}
    for member_name, member in shape.members.items():
        known[member.serialization.get("name", member_name)] = (member_name, member)
    seen = set()
    for child in children:
        name = _name(child)
        if name not in known:
            faults.append(f"{path}: the model has no element {name} in {shape.name}")
            continue
        member_name, member = known[name]
        if name in seen and not member.serialization.get("flattened"):
            faults.append(f"{path}.{member_name}: given twice")
        seen.add(name)
        _value(member, child, f"{path}.{member_name}", faults)


def _value(shape, element, path, faults):
    children = list(element)
    if shape.type_name == "structure":
        if (element.text or "").strip():
            faults.append(f"{path}: text {element.text!r} in a structure")
        _structure(shape, children, path, faults)
    elif shape.type_name == "list":
        wanted = shape.member.serialization.get("name", "member")
        for index, child in enumerate(children):
            if _name(child) != wanted:
                faults.append(f"{path}: list element {_name(child)}, the model says {wanted}")
            else:
                _value(shape.member, child, f"{path}[{index}]", faults)
    elif children:
        faults.append(f"{path}: elements {[_name(c) for c in children]} in a {shape.type_name}")
    else:
        _scalar(shape, element.text or "", path, faults)


def _scalar(shape, text, path, faults):
    pattern = SCALARS.get(shape.type_name)
    if pattern is not None and not pattern.match(text):
        faults.append(f"{path}: {text!r} is no {shape.type_name}")
    values = getattr(shape, "enum", None)
    if values and shape.name in SMALL_LETTERS:
        values = [value[0].lower() + value[1:] for value in values]
    if values and text not in values:
        faults.append(f"{path}: {text!r} is not in the enum {shape.name}")


def _error(protocol, status, root, faults):
    if not 400 <= status < 600:
        faults.append(f"status {status}")
    if protocol == "ec2":
        if [_name(root)] + [_name(c) for c in root] != ["Response", "Errors", "RequestID"]:
            faults.append("an error of EC2 is Response{Errors,RequestID}")
            return
        errors = list(root[0])
        names = ["Code", "Message"]
    else:
        if [_name(root)] + [_name(c) for c in root] != ["ErrorResponse", "Error", "RequestId"]:
            faults.append("an error of the query protocol is ErrorResponse{Error,RequestId}")
            return
        errors = [root[0]]
        names = ["Type", "Code", "Message"]
    if not errors:
        faults.append("no Error in Errors")
    for error in errors:
        if [_name(c) for c in error] != names:
            faults.append(f"Error holds {[_name(c) for c in error]}, not {names}")
        elif not all((c.text or "").strip() for c in error):
            faults.append("an empty field in Error")
        if protocol != "ec2" and error[0].text not in ("Sender", "Receiver"):
            faults.append(f"Error type {error[0].text!r}")
