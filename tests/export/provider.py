"""What the hashicorp/aws provider's documentation says of the resources that are written: which attributes they need, which
they may have, and which blocks. Terraform's own `validate` would need the provider itself, which has to be fetched."""

RESOURCES = {
    "aws_ec2_traffic_mirror_target": {
        "needs": set(),
        "one_of": {"network_interface_id", "network_load_balancer_arn", "gateway_load_balancer_endpoint_id"},
        "may": {"description", "tags"},
    },
    "aws_ec2_traffic_mirror_filter": {
        "needs": set(),
        "may": {"description", "network_services", "tags"},
    },
    "aws_ec2_traffic_mirror_filter_rule": {
        "needs": {
            "traffic_mirror_filter_id",
            "traffic_direction",
            "rule_number",
            "rule_action",
            "source_cidr_block",
            "destination_cidr_block",
        },
        "may": {"description", "protocol", "source_port_range", "destination_port_range"},
        "blocks": {"source_port_range": {"from_port", "to_port"}, "destination_port_range": {"from_port", "to_port"}},
        # <filter-id>:<rule-id>
        "import": r"[^:]+:[^:]+",
    },
    "aws_ec2_traffic_mirror_session": {
        "needs": {"network_interface_id", "traffic_mirror_filter_id", "traffic_mirror_target_id", "session_number"},
        "may": {"description", "packet_length", "virtual_network_id", "tags"},
    },
    "aws_ec2_tag": {"needs": {"resource_id", "key", "value"}, "may": set()},
}
