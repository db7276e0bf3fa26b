//! The stop signal: no step begins after it, waiting ends at once, and what was made stays.

use tap_core::build::{BuildEvent, Cause, Wanted, carry_out};
use tap_core::call::Call;
use tap_core::stop::{StopReason, Stopper};

use crate::support::{build, build_until, cloud, new_nlb, options, plan};

#[tokio::test]
async fn stopped_at_any_step_it_goes_on_from_there() {
    let calls = [
        Call::CreateLoadBalancer,
        Call::ModifyLoadBalancerAttributes,
        Call::CreateTargetGroup,
        Call::CreateListener,
        Call::RegisterTargets,
    ];
    for (number, call) in calls.into_iter().enumerate() {
        let cloud = cloud();
        let (stopper, stop) = Stopper::new();
        cloud.before_each_write(move |write, _| {
            if write == call {
                stopper.stop(StopReason::Interrupted);
            }
        });
        let error = build_until(&cloud, &Wanted::NewNlb(new_nlb()), &stop).await.unwrap_err();
        // What was under way ends; what comes next does not begin.
        assert_eq!(error.made.len(), number + 1);
        assert_eq!(error.cause, Cause::Stopped(StopReason::Interrupted));
        assert_eq!(cloud.writes().len(), number + 1);
        build(&cloud, &Wanted::NewNlb(new_nlb())).await.unwrap();
        let all = cloud.memory.balancers();
        assert_eq!((all.balancers.len(), all.groups.len(), all.listeners.len()), (1, 1, 1));
    }
}

#[tokio::test]
async fn stopped_before_anything_nothing_is_written() {
    let cloud = cloud();
    let (stopper, stop) = Stopper::new();
    stopper.stop(StopReason::TimedOut);
    let error = build_until(&cloud, &Wanted::Eni("eni-1".into()), &stop).await.unwrap_err();
    assert_eq!(error.cause.to_string(), "stopped before it was done: timed-out");
    assert_eq!(cloud.writes(), []);
}

#[tokio::test]
async fn stopped_while_it_waits_it_ends_at_once() {
    let cloud = cloud();
    cloud.memory.edit_balancers(|all| all.provisioning = u32::MAX);
    let plan = plan(&cloud, &Wanted::NewNlb(new_nlb())).await.unwrap();
    let (stopper, stop) = Stopper::new();
    let mut waited = 0;
    let mut on_event = |event: BuildEvent<'_>| {
        if let BuildEvent::Waiting { looks, balancer } = event {
            assert_eq!(balancer, "arn:of:VectraTapa");
            waited = looks;
            if looks == 3 {
                stopper.stop(StopReason::Interrupted);
            }
        }
    };
    let error = carry_out(&plan, &cloud, &options(), &stop, &mut on_event).await.unwrap_err();
    assert_eq!(error.cause, Cause::Stopped(StopReason::Interrupted));
    assert_eq!(waited, 3);
    assert_eq!(error.made.len(), 5);
}

#[tokio::test]
async fn every_step_is_told_as_it_begins_and_ends() {
    let cloud = cloud();
    cloud.memory.edit_balancers(|all| all.provisioning = 1);
    let plan = plan(&cloud, &Wanted::NewNlb(new_nlb())).await.unwrap();
    let mut told = Vec::new();
    let mut on_event = |event: BuildEvent<'_>| {
        told.push(match event {
            BuildEvent::Started(step) => format!("> {}", step.part.code()),
            BuildEvent::Waiting { looks, .. } => format!("  {looks}"),
            BuildEvent::Done(made) => format!("< {}", made.part.code()),
        });
    };
    let stop = Stopper::new().1;
    carry_out(&plan, &cloud, &options(), &stop, &mut on_event).await.unwrap();
    assert_eq!(
        told,
        [
            "> load-balancer",
            "< load-balancer",
            "> cross-zone",
            "< cross-zone",
            "> target-group",
            "< target-group",
            "> listener",
            "< listener",
            "> instances",
            "< instances",
            "> active",
            "  1",
            "< active",
            "> target",
            "< target",
        ]
    );
}
