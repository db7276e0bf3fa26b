//! Somebody else makes the same thing between the look and the write: it is adopted where it fits, and refused where not.

use tap_core::build::{Built, Wanted, carry_out};
use tap_core::call::Call;
use tap_core::cloud::MemoryCloud;
use tap_core::error::ErrorKind;
use tap_core::inventory::{MirrorTarget, TargetKind};
use tap_core::stop::Stopper;
use tap_core::testing::{BuildCloud, Moment};

use crate::support::{ARN, GROUP, balancer, build, cloud, group, listener, new_nlb, options, plan};

/// Does something right before a write.
fn before(call: Call, deed: impl Fn(&MemoryCloud) + Send + 'static) -> BuildCloud {
    let cloud = cloud();
    cloud.before_each_write(move |write, memory| {
        if write == call {
            deed(memory);
        }
    });
    cloud
}

fn adopted(built: &Built) -> Vec<String> {
    built.made.iter().filter(|made| made.adopted).map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_load_balancer_with_other_subnets() {
    let cloud = before(Call::CreateLoadBalancer, |memory| {
        let made = balancer("arn:of:theirs", "VectraTapa");
        memory.edit_balancers(|all| drop(all.balancers.insert(made.arn.clone(), made)));
    });
    let built = build(&cloud, &Wanted::NewNlb(new_nlb())).await.unwrap();
    assert_eq!(adopted(&built), ["load balancer arn:of:theirs"]);
    let all = cloud.memory.balancers();
    assert_eq!(all.balancers.len(), 1);
    assert!(all.cross_zone.contains("arn:of:theirs"));
    let target = &cloud.memory.now().targets[&built.target];
    assert_eq!(target.kind, TargetKind::Nlb("arn:of:theirs".to_owned()));
}

#[tokio::test]
async fn a_load_balancer_that_does_not_fit_is_refused_and_left_alone() {
    let cloud = before(Call::CreateLoadBalancer, |memory| {
        let mut made = balancer(ARN, "VectraTapa");
        made.scheme = "internet-facing".to_owned();
        memory.edit_balancers(|all| drop(all.balancers.insert(made.arn.clone(), made)));
    });
    let error = build(&cloud, &Wanted::NewNlb(new_nlb())).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the mirror target was not made, it ended at the load balancer; nothing was made before that"
    );
    assert!(error.cause.to_string().ends_with("which is `internet-facing`, not `internal`"));
    assert_eq!(cloud.writes(), [Call::CreateLoadBalancer]);
}

#[tokio::test]
async fn a_target_group_with_another_health_check() {
    let cloud = before(Call::CreateTargetGroup, |memory| {
        let mut made = group(GROUP, "VectraTapa");
        made.health_port = "80".to_owned();
        memory.edit_balancers(|all| drop(all.groups.insert(made.arn.clone(), made)));
    });
    let built = build(&cloud, &Wanted::NewNlb(new_nlb())).await.unwrap();
    assert_eq!(adopted(&built), [format!("target group {GROUP}")]);
    assert_eq!(cloud.memory.balancers().groups[GROUP].health_port, "80");
}

#[tokio::test]
async fn a_listener_with_another_target_group_gets_the_instances() {
    let cloud = before(Call::CreateListener, |memory| {
        memory.edit_balancers(|all| {
            let theirs = listener("UDP", &["arn:of:theirs"]);
            all.listeners.insert(theirs.arn.clone(), (ARN.to_owned(), theirs));
            all.groups.insert("arn:of:theirs".to_owned(), group("arn:of:theirs", "theirs"));
        });
    });
    let built = build(&cloud, &Wanted::NewNlb(new_nlb())).await.unwrap();
    assert_eq!(adopted(&built), ["listener on UDP 4789 arn:of:listener"]);
    let registered = cloud.memory.balancers().registered;
    assert_eq!(registered.keys().collect::<Vec<_>>(), ["arn:of:theirs"]);
}

#[tokio::test]
async fn a_listener_of_another_protocol_is_refused() {
    let cloud = before(Call::CreateListener, |memory| {
        memory.edit_balancers(|all| {
            let theirs = listener("TCP", &["arn:of:theirs"]);
            all.listeners.insert(theirs.arn.clone(), (ARN.to_owned(), theirs));
        });
    });
    let error = build(&cloud, &Wanted::NewNlb(new_nlb())).await.unwrap_err();
    assert!(error.cause.to_string().contains("has a TCP listener"), "{}", error.cause);
    assert_eq!(error.made.len(), 3);
}

#[tokio::test]
async fn a_target_for_the_same_thing() {
    for wanted in [Wanted::Eni("eni-1".into()), Wanted::NewNlb(new_nlb())] {
        let kind = match &wanted {
            Wanted::Eni(eni) => TargetKind::Eni(eni.clone()),
            _ => TargetKind::Nlb(ARN.to_owned()),
        };
        let cloud = before(Call::CreateTrafficMirrorTarget, move |memory| {
            let target = MirrorTarget::of(kind.clone(), "111122223333".into());
            memory.edit(|inv| drop(inv.targets.insert("tmt-theirs".into(), target)));
        });
        let built = build(&cloud, &wanted).await.unwrap();
        assert_eq!(built.target, "tmt-theirs".into());
        assert_eq!(adopted(&built), ["mirror target tmt-theirs"]);
    }
}

/// The other codes that say so: an interface has one of its own.
#[tokio::test]
async fn what_is_said_to_be_there_and_does_not_show_is_an_error_in_the_end() {
    for kind in [ErrorKind::Exists, ErrorKind::InterfaceIsTarget] {
        let cloud = cloud();
        cloud.fail_write(0, Moment::Before, kind);
        let error = build(&cloud, &Wanted::Eni("eni-1".into())).await.unwrap_err();
        assert!(error.cause.to_string().starts_with("CreateTrafficMirrorTarget"), "{error:?}");
        assert!(error.made.is_empty());
    }
}

/// Reads lag behind: what another run made shows after a few looks.
#[tokio::test]
async fn what_shows_late_is_adopted_all_the_same() {
    let kind = TargetKind::Eni("eni-1".into());
    let target = MirrorTarget::of(kind, "111122223333".into());
    let cloud = cloud();
    cloud.before_each_write(move |_, memory| {
        memory.edit(|inv| drop(inv.targets.insert("tmt-theirs".into(), target.clone())));
    });
    let plan = plan(&cloud, &Wanted::Eni("eni-1".into())).await.unwrap();
    cloud.hide_targets(3);
    let stop = Stopper::new().1;
    let built = carry_out(&plan, &cloud, &options(), &stop, &mut |_| {}).await.unwrap();
    assert_eq!(built.target, "tmt-theirs".into());
}

#[tokio::test]
async fn an_interface_that_is_mirrored_since() {
    let cloud = cloud();
    cloud.fail_write(0, Moment::Before, ErrorKind::InterfaceIsSource);
    let error = build(&cloud, &Wanted::Eni("eni-1".into())).await.unwrap_err();
    assert!(error.remedy().contains("remove the sessions on the interface first"));
}

#[tokio::test]
async fn two_tries_at_once_make_one_of_everything() {
    for wanted in [Wanted::Eni("eni-1".into()), Wanted::NewNlb(new_nlb())] {
        let cloud = cloud();
        let targets = cloud.memory.now().targets.len();
        let (one, two) = tokio::join!(build(&cloud, &wanted), build(&cloud, &wanted));
        assert_eq!(one.unwrap().target, two.unwrap().target);
        assert_eq!(cloud.memory.now().targets.len(), targets + 1);
        let all = cloud.memory.balancers();
        assert!(all.balancers.len() <= 1 && all.groups.len() <= 1 && all.listeners.len() <= 1);
    }
}
