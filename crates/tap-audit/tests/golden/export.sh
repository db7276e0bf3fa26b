#!/usr/bin/env bash
# Brings the traffic mirroring of account 111122223333, us-east-1, to what it should be.
# Written by session_mirror_audit; it needs the aws CLI. Read it before you run it.
# A second run of the same script within a short time creates nothing twice.
# Not in here: eni-5 is not mirrored: three sessions of others fill the interface
set -euo pipefail

export AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1 AWS_PAGER=
account=$(aws sts get-caller-identity --query Account --output text)
if [ "$account" != 111122223333 ]; then
    echo "this is account $account, not 111122223333: nothing was changed" >&2
    exit 1
fi

# What fails is said, and does not stop the rest.
failed=0
try() {
    local word
    for word in "$@"; do
        if [ -z "$word" ]; then
            echo "left out, for what it needs could not be made: $*" >&2
            failed=1
            return 0
        fi
    done
    "$@" > /dev/null || failed=1
}

# The filter `Vectra Full Traffic + DNS Filter (alb-client, vpc-b)`
if ! { : &&
    filter_alb_client_vpc_b=$(aws ec2 create-traffic-mirror-filter \
        --description 'Vectra Full Traffic + DNS Filter (alb-client, vpc-b)' \
        --tag-specifications '[{"ResourceType":"traffic-mirror-filter","Tags":[{"Key":"Name","Value":"Vectra Filter (alb-client, vpc-b)"}]}]' \
        --client-token ea48faa0-2fd6-54e8-8767-5ca48afdd415 \
        --query TrafficMirrorFilter.TrafficMirrorFilterId --output text) &&
    aws ec2 create-traffic-mirror-filter-rule \
        --traffic-mirror-filter-id "$filter_alb_client_vpc_b" \
        --traffic-direction ingress \
        --rule-number 100 \
        --rule-action reject \
        --source-cidr-block 10.0.0.0/16 \
        --destination-cidr-block 0.0.0.0/0 \
        --description 'reject ingress all traffic from 10.0.0.0/16 to 0.0.0.0/0' \
        --client-token fbc467d5-b20f-5101-bddf-c2e76104ea8f > /dev/null &&
    aws ec2 create-traffic-mirror-filter-rule \
        --traffic-mirror-filter-id "$filter_alb_client_vpc_b" \
        --traffic-direction ingress \
        --rule-number 1000 \
        --rule-action accept \
        --source-cidr-block 0.0.0.0/0 \
        --destination-cidr-block 0.0.0.0/0 \
        --description 'all ingress traffic of 0.0.0.0/0' \
        --client-token 5c234fdf-f0bd-59ba-9bde-e7171c7d8105 > /dev/null &&
    aws ec2 create-traffic-mirror-filter-rule \
        --traffic-mirror-filter-id "$filter_alb_client_vpc_b" \
        --traffic-direction egress \
        --rule-number 100 \
        --rule-action reject \
        --source-cidr-block 0.0.0.0/0 \
        --destination-cidr-block 10.0.0.0/16 \
        --description 'reject egress all traffic from 0.0.0.0/0 to 10.0.0.0/16' \
        --client-token c14a7871-8c17-56d3-832a-7a1548b51c97 > /dev/null &&
    aws ec2 create-traffic-mirror-filter-rule \
        --traffic-mirror-filter-id "$filter_alb_client_vpc_b" \
        --traffic-direction egress \
        --rule-number 1000 \
        --rule-action accept \
        --source-cidr-block 0.0.0.0/0 \
        --destination-cidr-block 0.0.0.0/0 \
        --description 'all egress traffic of 0.0.0.0/0' \
        --client-token 05c627b7-2688-54d7-bca4-9a0f5e4b68c7 > /dev/null; }; then
    failed=1
    filter_alb_client_vpc_b=
fi

# tms-3 on eni-3 goes: the instance is blacklisted
try aws ec2 delete-traffic-mirror-session \
        --traffic-mirror-session-id tms-3

# tms-2 on eni-2 is repaired in place
try aws ec2 modify-traffic-mirror-session \
        --traffic-mirror-session-id tms-2 \
        --traffic-mirror-target-id tmt-1

# eni-4 is mirrored
try aws ec2 create-traffic-mirror-session \
        --network-interface-id eni-4 \
        --traffic-mirror-target-id tmt-1 \
        --traffic-mirror-filter-id tmf-1 \
        --session-number 1 \
        --description 'Vectra EC2 i-4' \
        --tag-specifications '[{"ResourceType":"traffic-mirror-session","Tags":[{"Key":"Creator","Value":"Vectra:Tap"},{"Key":"Name","Value":"missing"}]}]' \
        --client-token 48fa0914-a445-5047-99a6-5dabe9341bbe

# eni-6 is mirrored
try aws ec2 create-traffic-mirror-session \
        --network-interface-id eni-6 \
        --traffic-mirror-target-id tmt-1 \
        --traffic-mirror-filter-id "$filter_alb_client_vpc_b" \
        --session-number 1 \
        --packet-length 128 \
        --description 'Vectra EC2 i-6' \
        --tag-specifications '[{"ResourceType":"traffic-mirror-session","Tags":[{"Key":"Creator","Value":"Vectra:Tap"},{"Key":"Name","Value":"i-6"}]}]' \
        --client-token ddc196e5-5054-54a1-8c75-72588e773b06

exit "$failed"
