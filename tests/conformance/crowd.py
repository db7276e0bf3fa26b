"""A scenario with more of everything than two of the smallest pages hold. YAML reads JSON, so it is written as that."""

import json

# Two pages of five, and some.
MANY = 12


def scenario():
    count = range(MANY)
    region = {
        "vpcs": [{"name": f"vpc-{n}"} for n in count],
        "subnets": [{"name": f"subnet-{n}", "vpc": f"vpc-{n}"} for n in count],
        "instances": [
            # Free sources, in one place, for the limits of targets.
            *({"name": f"crowd-{n}", "subnet": "subnet-0"} for n in range(MANY + 1)),
            # Sources that have sessions.
            *({"name": f"busy-{n}", "subnet": f"subnet-{n}"} for n in count),
            {"name": "small", "type": "m5.12xlarge", "subnet": "subnet-0"},
            {"name": "large", "type": "c5.18xlarge", "subnet": "subnet-0"},
        ],
        "network_interfaces": [{"name": f"loose-{n}", "subnet": "subnet-0"} for n in count],
        "vpc_endpoints": [{"name": f"endpoint-{n}", "vpc": f"vpc-{n}"} for n in count],
        "vpc_peerings": [{"name": f"peering-{n}", "requester": f"vpc-{n}", "accepter": "vpc-0"} for n in count[1:]],
        "transit_gateway_attachments": [
            {"name": f"attachment-{n}", "gateway": "tgw-0123456789abcdef0", "vpc": f"vpc-{n}"} for n in count
        ],
        "target_groups": [{"name": f"group-{n}", "vpc": "vpc-0"} for n in range(6)],
        "load_balancers": [
            *({"name": f"balancer-{n}", "subnets": ["subnet-0"]} for n in range(4)),
            {
                "name": "listening",
                "subnets": ["subnet-0"],
                "listeners": [{"port": 4789 + n, "target_group": f"group-{n}"} for n in range(6)],
            },
        ],
        "targets": [
            {"name": "small", "eni": "small", "description": "ten sources"},
            {"name": "large", "eni": "large", "description": "a hundred sources"},
            {"name": "balanced", "nlb": "listening", "description": "any number of sources"},
            *({"name": f"loose-{n}", "eni": f"loose-{n}", "description": f"target {n % 3}"} for n in count),
        ],
        "filters": [
            {
                "name": "all" if n == 0 else f"filter-{n}",
                "description": f"filter {n}",
                "rules": [{"direction": direction, "number": 100} for direction in ("ingress", "egress")],
            }
            for n in count
        ],
        "sessions": [
            {"eni": f"busy-{n}", "target": "balanced", "filter": "all", "description": f"session {n}"} for n in count
        ],
    }
    # The largest page has twenty.
    organization = {"accounts": [{"id": f"4444000000{n:02}", "name": f"team-{n}"} for n in range(25)]}
    return {"account": "111111111111", "organization": organization, "regions": {"eu-west-1": region}}


def write(folder):
    """Writes the scenario into a folder, and gives the file."""
    file = folder / "crowd.yaml"
    file.write_text(json.dumps(scenario()))
    return file
