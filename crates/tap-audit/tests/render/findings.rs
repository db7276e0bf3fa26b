//! One finding of each code, with facts as an account has them.

use tap_audit::finding::{Finding, FindingCode};
use tap_core::ids::VpcId;

use crate::sample::{LAB, PROD, STAGE};

type Facts = (&'static [&'static str], Option<&'static str>, &'static str, &'static [&'static str]);

const SESSION: &str = "tms-0a000000000000005";
const ENI_TARGET: &str = "tmt-0a000000000000002";
const NLB: &str =
    "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/net/sensor/0123456789abcdef";
const NLB_TARGET: &str = "tmt-0a000000000000001";
const FILTER: &str = "tmf-0a000000000000001";
const FEW: &[&str] = &["eni-0a000000000000001", "eni-0a000000000000002", "eni-0a000000000000003"];

/// One finding of each code, the gravest first; one of them muted, and one with more places than anybody reads.
pub fn all() -> Vec<Finding> {
    let mut findings: Vec<Finding> = FindingCode::ALL.iter().map(|code| of(*code)).collect();
    for finding in &mut findings {
        finding.muted = finding.code == FindingCode::ForeignSession;
    }
    let mut many = of(FindingCode::InterfaceNotMirrored);
    many.at = vec!["subnet-0a000000000000002".to_owned()];
    many.what = "25 interfaces in subnet-0a000000000000002 are to be mirrored and have no session"
        .to_owned();
    many.affected = (0..25).map(|n| format!("eni-0c0000000000000{n:02}")).collect();
    findings.push(many);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity()));
    findings
}

/// A finding of a code.
pub fn of(code: FindingCode) -> Finding {
    let (at, vpc, what, affected) = facts(code);
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    Finding {
        code,
        at: owned(at),
        vpc: vpc.map(VpcId::new),
        what: what.to_owned(),
        affected: owned(affected),
        muted: false,
    }
}

fn facts(code: FindingCode) -> Facts {
    const VPC: Option<&str> = Some(PROD);
    match code {
        FindingCode::TargetOutsideOrganization => (
            &["tmt-0f000000000000001"],
            VPC,
            "tmt-0f000000000000001 belongs to account 999988887777, which is not in the organization",
            &[SESSION],
        ),
        FindingCode::TargetInOtherAccount => (
            &["tmt-0a000000000000004"],
            VPC,
            "tmt-0a000000000000004 belongs to account 999988887777, and whether that is one of the organization was not asked",
            &["tms-0a000000000000006"],
        ),
        FindingCode::ForeignSession => (
            &[SESSION],
            VPC,
            "tms-0a000000000000005 mirrors eni-0a000000000000005 to tmt-0f000000000000001 and is not one of ours",
            &[],
        ),
        FindingCode::SessionWithoutOwnerTag => {
            (&[SESSION], VPC, "tms-0a000000000000005 has none of the tags Owner, owner, Team", &[])
        }
        FindingCode::SessionWithoutDescription => {
            (&[SESSION], VPC, "tms-0a000000000000005 has no description", &[])
        }
        FindingCode::FilterWithoutDescription => (
            &["tmf-0f000000000000001"],
            None,
            "filter tmf-0f000000000000001 is in use and has no description",
            &[],
        ),
        FindingCode::VpcNotMirrored => (
            &[STAGE],
            Some(STAGE),
            "vpc-0a000000000000002 (staging) has 2 interfaces that can be mirrored, and no session",
            &[],
        ),
        FindingCode::InterfaceNotMirrored => (
            &["eni-0a000000000000006"],
            VPC,
            "eni-0a000000000000006 is to be mirrored to tmt-0a000000000000001 and has no session",
            &[],
        ),
        FindingCode::SessionDrifted => (
            &["tms-0a000000000000004"],
            VPC,
            "tms-0a000000000000004 has filter tmf-0f000000000000001 and should have tmf-0a000000000000001",
            &[],
        ),
        FindingCode::SessionLeftOver => (
            &["tms-0a000000000000007"],
            VPC,
            "tms-0a000000000000007 mirrors i-0a000000000000008, which is blacklisted",
            &[],
        ),
        FindingCode::VpcMisconfigured => (
            &[LAB],
            Some(LAB),
            "vpc-0a000000000000003: Vectra:session_mirroring_enrollment is `automatic`: expected `auto` or `whitelist`",
            &[],
        ),
        FindingCode::RuleMisconfigured => (
            &["rules.yaml:12"],
            VPC,
            "rules.yaml:12: the target tmt-0a00000000000dead is not there, or not shared with this account",
            &[],
        ),
        FindingCode::RuleTargetUnusable => (
            &["rules.yaml:20"],
            VPC,
            "rules.yaml:20: of 2 targets, tmt-0a000000000000003 cannot be used",
            &[],
        ),
        FindingCode::RulesNotGiven => (
            &["tms-0a000000000000008"],
            VPC,
            "1 session was made by a rule, and no rules were given",
            &[],
        ),
        FindingCode::NoRulesFile => {
            (&["us-east-1"], None, "no file in rules/ is for us-east-1", &[])
        }
        FindingCode::SourceNotRunning => (
            &["tms-0a000000000000009"],
            VPC,
            "i-0a000000000000009, the source of tms-0a000000000000009, is stopped",
            &[],
        ),
        FindingCode::SourceDetached => (
            &["tms-0a000000000000010"],
            VPC,
            "eni-0a000000000000010, the source of tms-0a000000000000010, is attached to nothing",
            &[],
        ),
        FindingCode::SourceGone => (
            &["tms-0a000000000000006"],
            None,
            "eni-0a00000000000dead, the source of tms-0a000000000000006, does not exist any more",
            &[],
        ),
        FindingCode::SourceUnsupported => (
            &["tms-0a000000000000011"],
            VPC,
            "AWS does not mirror t2.micro, the type of i-0a000000000000010",
            &[],
        ),
        FindingCode::FilterTakesNothing => (
            &["tmf-0f000000000000001"],
            None,
            "no rule of tmf-0f000000000000001 accepts anything, and it does not take DNS",
            &["tms-0a000000000000004"],
        ),
        FindingCode::SessionShadowed => (
            &["tms-0a000000000000012"],
            VPC,
            "tms-0a000000000000005, number 1 on eni-0a000000000000005, takes everything before tms-0a000000000000012",
            &[],
        ),
        FindingCode::FilterRejects => {
            (&[FILTER], None, "tmf-0a000000000000001 rejects TCP 443 out to 0.0.0.0/0", &[])
        }
        FindingCode::FilterIncomplete => {
            (&[FILTER], None, "filter tmf-0a000000000000001 of our sessions lacks 1 rule", &[])
        }
        FindingCode::FilterHasMore => (
            &["tmf-0a000000000000001"],
            None,
            "filter tmf-0a000000000000001 has what its profile (all-tcp) has not: accept ingress udp from 0.0.0.0/0 to 0.0.0.0/0 (number 5)",
            &[],
        ),
        FindingCode::FilterUnverified => (
            &["tmf-0a000000000000001"],
            None,
            "filter tmf-0a000000000000001 of custom:web is used as it is: no file of this run defines the profile",
            &[],
        ),
        FindingCode::SeveralFilters => (
            &[FILTER, "tmf-0a000000000000003"],
            None,
            "tmf-0a000000000000001 is used; tmf-0a000000000000003 has the same description",
            &[],
        ),
        FindingCode::FilterOverfull => (
            &["tmf-0a000000000000002"],
            None,
            "tmf-0a000000000000002 has 10 rules in and lacks one",
            &[],
        ),
        FindingCode::TargetGone => (
            &["tmt-0a000000000000005"],
            VPC,
            "eni-0a00000000000beef, which tmt-0a000000000000005 delivers to, does not exist any more",
            FEW,
        ),
        FindingCode::TargetDetached => (
            &["tmt-0a000000000000003"],
            VPC,
            "eni-0a000000000000091, behind tmt-0a000000000000003, is attached to nothing",
            &[],
        ),
        FindingCode::TargetStopped => (
            &[ENI_TARGET],
            VPC,
            "i-0a000000000000090, behind tmt-0a000000000000002, is stopped",
            FEW,
        ),
        FindingCode::TargetNotActive => (
            &[NLB],
            VPC,
            "the load balancer sensor, behind tmt-0a000000000000001, is provisioning",
            &[],
        ),
        FindingCode::TargetDeaf => (
            &[NLB],
            VPC,
            "the load balancer sensor, behind tmt-0a000000000000001, has listeners for TCP 443 alone",
            &[],
        ),
        FindingCode::TargetWithoutReceiver => {
            (&[NLB], VPC, "nothing is registered behind UDP 4789 of the load balancer sensor", &[])
        }
        FindingCode::NoHealthyReceiver => (
            &[NLB],
            VPC,
            "none of 2 registered behind UDP 4789 of the load balancer sensor is healthy",
            &[],
        ),
        FindingCode::ZoneWithoutReceiver => (
            &[NLB],
            VPC,
            "us-east-1b of the load balancer sensor has nothing healthy behind UDP 4789",
            &["eni-0a000000000000006", "eni-0a000000000000007"],
        ),
        FindingCode::AppliancesGone => (
            &["tmt-0a000000000000006", "tmt-0a000000000000007"],
            VPC,
            "2 appliances of rules.yaml:20 are gone",
            &[],
        ),
        FindingCode::NoLink => (
            &[STAGE, NLB_TARGET],
            Some(STAGE),
            "nothing links vpc-0a000000000000002 with vpc-0a000000000000001, where tmt-0a000000000000001 is",
            &["eni-0a000000000000011"],
        ),
        FindingCode::NoRoute => (
            &["subnet-0a000000000000001", ENI_TARGET],
            VPC,
            "subnet-0a000000000000001 has no route to 10.9.0.0/24, where tmt-0a000000000000002 is; its route table is rtb-0a000000000000001",
            FEW,
        ),
        FindingCode::BlackHole => (
            &["rtb-0a000000000000002", ENI_TARGET],
            VPC,
            "the route to 10.9.0.0/24 in rtb-0a000000000000002 leads to pcx-0a000000000000001, which is deleted",
            &["eni-0a000000000000004"],
        ),
        FindingCode::SecurityGroupBlocks => (
            &[ENI_TARGET, "sg-0a000000000000001"],
            VPC,
            "none of the security groups of tmt-0a000000000000002 lets UDP 4789 in from 10.1.0.0/24",
            &["eni-0a000000000000002"],
        ),
        FindingCode::NetworkAclBlocks => (
            &["acl-0a000000000000001", ENI_TARGET],
            VPC,
            "entry 90 of acl-0a000000000000001 denies UDP 4789 from 10.1.0.0/24",
            &["eni-0a000000000000003"],
        ),
        FindingCode::PacketsCut => (
            &["subnet-0a000000000000001", "tgw-0a000000000000001"],
            VPC,
            "the way from subnet-0a000000000000001 leads through tgw-0a000000000000001",
            FEW,
        ),
        FindingCode::QuotaReached => {
            (&["tmf-0a000000000000002"], None, "tmf-0a000000000000002 has 10 of 10 rules in", &[])
        }
        FindingCode::QuotaNear => {
            (&["tmt-0a000000000000003"], None, "tmt-0a000000000000003 has 9 of 10 sources", &[])
        }
    }
}
