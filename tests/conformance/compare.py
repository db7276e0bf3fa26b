"""Compares two answers of the same call: keys, types and values, after what must differ has been made alike."""

import re
from dataclasses import dataclass
from datetime import datetime

# Kinds of difference. "only ..." is about a key, or about how many elements a list has.
ONLY_MOTO, ONLY_SIM, TYPE, VALUE, LENGTH = "only moto", "only sim", "type", "value", "length"

# What each side makes up for itself. moto's ids of mirror things have prefixes of its own.
MADE_UP = [
    (re.compile(r"\b(traf-mir-fil|tmf)-[0-9a-f]{8,17}\b"), "<filter>"),
    (re.compile(r"\b(traf-mir-tar|tmt)-[0-9a-f]{8,17}\b"), "<target>"),
    (re.compile(r"\b(traf-mir-ses|tms)-[0-9a-f]{8,17}\b"), "<session>"),
    (re.compile(r"\b(vpc-cidr-assoc|rtbassoc|rtb|aclassoc|acl|eni-attach|tgw-attach|tgw|pcx|vpce|dopt|vol|vpc|subnet|eni|sg|r|i)-[0-9a-f]{8,17}\b"), r"<\1>"),
    (re.compile(r"/[0-9a-f]{16}\b"), "/<hash>"),
    (re.compile(r"\b([0-9a-f]{2}:){5}[0-9a-f]{2}\b"), "<mac>"),
    (re.compile(r"\b10\.\d+\.\d+\.\d+\b(?!/)"), "<address>"),
    (re.compile(r"\bAROA[A-Z0-9]{8,}\b"), "<role>"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uuid>"),
]
# Whose values are random as a whole.
SECRETS = {"AccessKeyId", "SecretAccessKey", "SessionToken"}


@dataclass(frozen=True)
class Difference:
    operation: str
    path: str
    kind: str
    moto: object = None
    sim: object = None

    def __str__(self):
        return f"{self.operation} {self.path}: {self.kind} (moto {self.moto!r}, sim {self.sim!r})"


def alike(value, names):
    """The answer with ids that both sides have named alike put as their name, and made-up ones as their kind."""
    if isinstance(value, dict):
        return {
            key: "<secret>" if key in SECRETS else alike(one, names)
            for key, one in value.items()
            if key != "ResponseMetadata"
        }
    if isinstance(value, list):
        return sorted((alike(one, names) for one in value), key=repr_sorted)
    if isinstance(value, datetime):
        return datetime
    if isinstance(value, str):
        for known, name in names.items():
            value = value.replace(known, f"<{name}>")
        for pattern, stands_for in MADE_UP:
            value = pattern.sub(stands_for, value)
    return value


def repr_sorted(value):
    """A sort key that a key more or less on one side does not upset: the named things of an element first."""
    text = repr(sorted(value.items(), key=lambda item: item[0]) if isinstance(value, dict) else value)
    return sorted(re.findall(r"<[^<>]*:[^<>]*>", text)), text


def differences(operation, moto, sim, path=""):
    if isinstance(moto, dict) and isinstance(sim, dict):
        for key in sorted(moto.keys() | sim.keys()):
            where = f"{path}.{key}" if path else key
            if key not in sim:
                yield Difference(operation, where, ONLY_MOTO, moto=moto[key])
            elif key not in moto:
                yield Difference(operation, where, ONLY_SIM, sim=sim[key])
            else:
                yield from differences(operation, moto[key], sim[key], where)
    elif isinstance(moto, list) and isinstance(sim, list):
        if len(moto) != len(sim):
            yield Difference(operation, path, LENGTH, len(moto), len(sim))
        for one, other in zip(moto, sim, strict=False):
            yield from differences(operation, one, other, f"{path}[]")
    elif type(moto) is not type(sim):
        yield Difference(operation, path, TYPE, moto, sim)
    elif moto != sim:
        yield Difference(operation, path, VALUE, moto, sim)
