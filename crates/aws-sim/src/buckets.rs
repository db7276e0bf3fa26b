//! Token buckets: EC2's per region and action, ELB's per region and group of actions.

use std::collections::HashMap;
use std::time::Duration;

use crate::error::{Answer, ApiError};
use crate::request::Request;
use crate::switches::{BucketSize, Throttle};
use crate::wire::Service;

const fn size(capacity: f64, refill: f64) -> BucketSize {
    BucketSize { capacity, refill }
}

/// The buckets of one simulator.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    levels: HashMap<(String, String), Level>,
}

#[derive(Debug)]
struct Level {
    tokens: f64,
    at: Duration,
}

impl Buckets {
    /// Takes what a call costs, or refuses it.
    pub(crate) fn take(
        &mut self,
        request: &Request,
        throttle: &Throttle,
        now: Duration,
    ) -> Answer<()> {
        for (name, bucket, cost) in costs(request, throttle) {
            let (capacity, refill) =
                (bucket.capacity * throttle.scale, bucket.refill * throttle.scale);
            let level = self
                .levels
                .entry((request.region.clone(), name))
                .or_insert(Level { tokens: capacity, at: now });
            let passed = now.saturating_sub(level.at).as_secs_f64();
            level.tokens = (level.tokens + passed * refill).min(capacity);
            level.at = now;
            if level.tokens < cost {
                return Err(refusal(request.service));
            }
            level.tokens -= cost;
        }
        Ok(())
    }
}

fn refusal(service: Service) -> ApiError {
    match service {
        Service::Ec2 => ApiError::new(503, "RequestLimitExceeded", "Request limit exceeded."),
        Service::Elb | Service::Sts => ApiError::bad("Throttling", "Rate exceeded"),
        Service::Organizations => {
            let text = "You have sent too many requests in too short a period of time.";
            ApiError::bad("TooManyRequestsException", text)
        }
    }
}

/// The buckets that a call draws from, and how much.
fn costs(request: &Request, throttle: &Throttle) -> Vec<(String, BucketSize, f64)> {
    let action = request.action.as_str();
    if let Some(own) = throttle.buckets.get(action) {
        return vec![(action.to_owned(), *own, 1.0)];
    }
    match request.service {
        Service::Ec2 => ec2(request),
        Service::Elb => {
            let (group, bucket) = match action {
                "CreateLoadBalancer" | "SetSubnets" => (action, size(10.0, 0.2)),
                "RegisterTargets" | "DeregisterTargets" => ("registration", size(20.0, 4.0)),
                _ if action.starts_with("Describe") => ("non-mutating", size(40.0, 10.0)),
                _ => ("mutating", size(20.0, 3.0)),
            };
            vec![("elb".to_owned(), size(40.0, 10.0), 1.0), (format!("elb/{group}"), bucket, 1.0)]
        }
        // These have no published buckets.
        Service::Sts | Service::Organizations => Vec::new(),
    }
}

fn ec2(request: &Request) -> Vec<(String, BucketSize, f64)> {
    let action = request.action.as_str();
    let narrowed = request.params.keys().any(|key| {
        key == "MaxResults"
            || key == "NextToken"
            || key.starts_with("Filter.")
            || key.contains("Id.")
    });
    let heavy = matches!(
        action,
        "DescribeInstances" | "DescribeNetworkInterfaces" | "DescribeSecurityGroups"
    );
    let bucket = match action {
        "CreateTags" | "DeleteTags" => size(100.0, 10.0),
        "RunInstances" => size(5.0, 2.0),
        "TerminateInstances" => size(100.0, 5.0),
        _ if heavy && !narrowed => size(50.0, 10.0),
        _ if action.starts_with("Describe") => size(100.0, 20.0),
        _ => size(50.0, 5.0),
    };
    let name = if heavy && !narrowed { format!("{action}/unfiltered") } else { action.to_owned() };
    let mut costs = vec![(name, bucket, 1.0)];
    // One token per instance, besides the one per call.
    let instances = match action {
        "RunInstances" => request.str("MaxCount").and_then(|n| n.parse().ok()).unwrap_or(1.0),
        "TerminateInstances" => {
            u32::try_from(request.list("InstanceId").len()).map_or(0.0, f64::from)
        }
        _ => return costs,
    };
    let refill = if action == "RunInstances" { 2.0 } else { 20.0 };
    costs.push((format!("{action}/instances"), size(1000.0, refill), instances));
    costs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{decode_form, request};

    fn call(form: &str) -> Request {
        request(decode_form(&format!("{form}&Version=2016-11-15")), None)
    }

    #[test]
    fn a_mutating_action_has_fifty_and_five_a_second() {
        let (mut buckets, throttle) = (Buckets::default(), Throttle::default());
        let create = call("Action=CreateTrafficMirrorSession");
        for _ in 0..50 {
            buckets.take(&create, &throttle, Duration::ZERO).unwrap();
        }
        let refused = buckets.take(&create, &throttle, Duration::ZERO).unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (503, "RequestLimitExceeded"));
        // Another action has its own bucket.
        buckets
            .take(&call("Action=DeleteTrafficMirrorSession"), &throttle, Duration::ZERO)
            .unwrap();
        for _ in 0..5 {
            buckets.take(&create, &throttle, Duration::from_secs(1)).unwrap();
        }
        buckets.take(&create, &throttle, Duration::from_secs(1)).unwrap_err();
    }

    #[test]
    fn an_unfiltered_describe_instances_has_the_smaller_bucket() {
        let (mut buckets, throttle) = (Buckets::default(), Throttle::default());
        let bare = call("Action=DescribeInstances");
        let paged = call("Action=DescribeInstances&MaxResults=1000");
        for _ in 0..50 {
            buckets.take(&bare, &throttle, Duration::ZERO).unwrap();
        }
        buckets.take(&bare, &throttle, Duration::ZERO).unwrap_err();
        buckets.take(&paged, &throttle, Duration::ZERO).unwrap();
    }

    #[test]
    fn load_balancers_come_back_one_in_five_seconds() {
        let (mut buckets, throttle) = (Buckets::default(), Throttle::default());
        let elb = |action: &str| {
            let form = decode_form(&format!("Action={action}&Version=2015-12-01"));
            let scope = "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/elasticloadbalancing/aws4_request";
            request(form, Some(scope))
        };
        let create = elb("CreateLoadBalancer");
        for _ in 0..10 {
            buckets.take(&create, &throttle, Duration::ZERO).unwrap();
        }
        let refused = buckets.take(&create, &throttle, Duration::ZERO).unwrap_err();
        assert_eq!((refused.status, refused.code.as_str()), (400, "Throttling"));
        buckets.take(&create, &throttle, Duration::from_secs(4)).unwrap_err();
        buckets.take(&create, &throttle, Duration::from_secs(6)).unwrap();
        // Twenty of the other creates, which share a bucket; registrations have one of their own.
        let later = Duration::from_secs(60);
        for action in ["CreateTargetGroup", "CreateListener"] {
            for _ in 0..10 {
                buckets.take(&elb(action), &throttle, later).unwrap();
            }
        }
        buckets.take(&elb("ModifyLoadBalancerAttributes"), &throttle, later).unwrap_err();
        buckets.take(&elb("RegisterTargets"), &throttle, later).unwrap();
    }

    #[test]
    fn terminating_costs_a_token_per_instance() {
        let (mut buckets, throttle) = (Buckets::default(), Throttle::default());
        let many: String = (1..=600).map(|n| format!("&InstanceId.{n}=i-{n}")).collect();
        let call = call(&format!("Action=TerminateInstances{many}"));
        buckets.take(&call, &throttle, Duration::ZERO).unwrap();
        buckets.take(&call, &throttle, Duration::ZERO).unwrap_err();
    }

    #[test]
    fn scale_and_own_buckets() {
        let mut buckets = Buckets::default();
        let mut throttle = Throttle { scale: 0.1, ..Throttle::default() };
        throttle.buckets.insert("DescribeVpcs".to_owned(), size(10.0, 0.0));
        let vpcs = call("Action=DescribeVpcs");
        buckets.take(&vpcs, &throttle, Duration::ZERO).unwrap();
        buckets.take(&vpcs, &throttle, Duration::from_secs(99)).unwrap_err();
    }
}
