# The traffic mirroring of account 111122223333, us-east-1, as it should be.
# Written by session_mirror_audit. What is there already is imported by the blocks below.
# Let either Terraform or session_mirror_tap keep these sessions, not both.
# To be deleted, which Terraform does not do for what it does not have: tms-3 on eni-3: the instance is blacklisted
# Not in here: eni-5 is not mirrored: three sessions of others fill the interface

terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      "source"  = "hashicorp/aws"
      "version" = ">= 5.0"
    }
  }
}

provider "aws" {
  region = "us-east-1"
  allowed_account_ids = [
    "111122223333"
  ]
}

import {
  to = aws_ec2_traffic_mirror_target.target_tmt_1
  id = "tmt-1"
}

resource "aws_ec2_traffic_mirror_target" "target_tmt_1" {
  network_load_balancer_arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/tmt-1/0"
}

import {
  to = aws_ec2_traffic_mirror_filter.filter_all
  id = "tmf-1"
}

resource "aws_ec2_traffic_mirror_filter" "filter_all" {
  description = "Vectra Full Traffic + DNS Filter"
  network_services = [
    "amazon-dns"
  ]
}

resource "aws_ec2_traffic_mirror_filter_rule" "filter_all_ingress_100" {
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.filter_all.id
  description              = "all ingress traffic of 0.0.0.0/0"
  traffic_direction        = "ingress"
  rule_number              = 100
  rule_action              = "accept"
  source_cidr_block        = "0.0.0.0/0"
  destination_cidr_block   = "0.0.0.0/0"
}

resource "aws_ec2_traffic_mirror_filter_rule" "filter_all_ingress_200" {
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.filter_all.id
  description              = "all ingress traffic of ::/0"
  traffic_direction        = "ingress"
  rule_number              = 200
  rule_action              = "accept"
  source_cidr_block        = "::/0"
  destination_cidr_block   = "::/0"
}

resource "aws_ec2_traffic_mirror_filter_rule" "filter_all_egress_100" {
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.filter_all.id
  description              = "all egress traffic of 0.0.0.0/0"
  traffic_direction        = "egress"
  rule_number              = 100
  rule_action              = "accept"
  source_cidr_block        = "0.0.0.0/0"
  destination_cidr_block   = "0.0.0.0/0"
}

resource "aws_ec2_traffic_mirror_filter_rule" "filter_all_egress_200" {
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.filter_all.id
  description              = "all egress traffic of ::/0"
  traffic_direction        = "egress"
  rule_number              = 200
  rule_action              = "accept"
  source_cidr_block        = "::/0"
  destination_cidr_block   = "::/0"
}

resource "aws_ec2_traffic_mirror_filter" "filter_alb_client_vpc_b" {
  description = "Vectra Full Traffic + DNS Filter (alb-client, vpc-b)"
  tags = {
    "Name" = "Vectra Filter (alb-client, vpc-b)"
  }
}

resource "aws_ec2_traffic_mirror_filter_rule" "filter_alb_client_vpc_b_ingress_100" {
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.filter_alb_client_vpc_b.id
  description              = "reject ingress all traffic from 10.0.0.0/16 to 0.0.0.0/0"
  traffic_direction        = "ingress"
  rule_number              = 100
  rule_action              = "reject"
  source_cidr_block        = "10.0.0.0/16"
  destination_cidr_block   = "0.0.0.0/0"
}

resource "aws_ec2_traffic_mirror_filter_rule" "filter_alb_client_vpc_b_ingress_1000" {
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.filter_alb_client_vpc_b.id
  description              = "all ingress traffic of 0.0.0.0/0"
  traffic_direction        = "ingress"
  rule_number              = 1000
  rule_action              = "accept"
  source_cidr_block        = "0.0.0.0/0"
  destination_cidr_block   = "0.0.0.0/0"
}

resource "aws_ec2_traffic_mirror_filter_rule" "filter_alb_client_vpc_b_egress_100" {
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.filter_alb_client_vpc_b.id
  description              = "reject egress all traffic from 0.0.0.0/0 to 10.0.0.0/16"
  traffic_direction        = "egress"
  rule_number              = 100
  rule_action              = "reject"
  source_cidr_block        = "0.0.0.0/0"
  destination_cidr_block   = "10.0.0.0/16"
}

resource "aws_ec2_traffic_mirror_filter_rule" "filter_alb_client_vpc_b_egress_1000" {
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.filter_alb_client_vpc_b.id
  description              = "all egress traffic of 0.0.0.0/0"
  traffic_direction        = "egress"
  rule_number              = 1000
  rule_action              = "accept"
  source_cidr_block        = "0.0.0.0/0"
  destination_cidr_block   = "0.0.0.0/0"
}

import {
  to = aws_ec2_traffic_mirror_session.session_eni_1
  id = "tms-1"
}

resource "aws_ec2_traffic_mirror_session" "session_eni_1" {
  network_interface_id     = "eni-1"
  traffic_mirror_target_id = aws_ec2_traffic_mirror_target.target_tmt_1.id
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.filter_all.id
  session_number           = 1
  packet_length            = 8500
  virtual_network_id       = 7000001
  description              = "what it is for"
  tags = {
    "Creator" = "Vectra:Tap"
  }
}

import {
  to = aws_ec2_traffic_mirror_session.session_eni_2
  id = "tms-2"
}

resource "aws_ec2_traffic_mirror_session" "session_eni_2" {
  network_interface_id     = "eni-2"
  traffic_mirror_target_id = aws_ec2_traffic_mirror_target.target_tmt_1.id
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.filter_all.id
  session_number           = 1
  packet_length            = 8500
  virtual_network_id       = 7000001
  description              = "what it is for"
  tags = {
    "Creator" = "Vectra:Tap"
  }
}

resource "aws_ec2_traffic_mirror_session" "session_eni_4" {
  network_interface_id     = "eni-4"
  traffic_mirror_target_id = aws_ec2_traffic_mirror_target.target_tmt_1.id
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.filter_all.id
  session_number           = 1
  description              = "Vectra EC2 i-4"
  tags = {
    "Creator" = "Vectra:Tap"
    "Name"    = "missing"
  }
}

resource "aws_ec2_traffic_mirror_session" "session_eni_6" {
  network_interface_id     = "eni-6"
  traffic_mirror_target_id = aws_ec2_traffic_mirror_target.target_tmt_1.id
  traffic_mirror_filter_id = aws_ec2_traffic_mirror_filter.filter_alb_client_vpc_b.id
  session_number           = 1
  packet_length            = 128
  description              = "Vectra EC2 i-6"
  tags = {
    "Creator" = "Vectra:Tap"
    "Name"    = "i-6"
  }
  depends_on = [
    aws_ec2_traffic_mirror_filter_rule.filter_alb_client_vpc_b_ingress_100,
    aws_ec2_traffic_mirror_filter_rule.filter_alb_client_vpc_b_ingress_1000,
    aws_ec2_traffic_mirror_filter_rule.filter_alb_client_vpc_b_egress_100,
    aws_ec2_traffic_mirror_filter_rule.filter_alb_client_vpc_b_egress_1000
  ]
}
