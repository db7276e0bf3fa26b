//! A try that fails anywhere, and the next one: it completes what is there and doubles nothing.

use tap_core::build::{Cause, Wanted};
use tap_core::call::Call;
use tap_core::cloud::Balancers;
use tap_core::error::ErrorKind;
use tap_core::inventory::Inventory;
use tap_core::testing::{BuildCloud, Moment};

use crate::support::{OLD, balancer, build, build_in_a_hurry, cloud, endpoint, new_nlb, put};

/// The account without what differs between any two tries: client tokens, and how far AWS is with its load balancer.
fn result(cloud: &BuildCloud) -> (Inventory, Balancers) {
    let mut balancers = cloud.memory.balancers();
    for made in balancers.created.values_mut() {
        made.token = String::new();
    }
    (cloud.memory.now(), balancers)
}

fn prepared() -> BuildCloud {
    let cloud = cloud();
    put(&cloud, balancer(OLD, "old"));
    cloud.memory.edit_balancers(|all| {
        let endpoint = endpoint("GatewayLoadBalancer", "available");
        all.endpoints.insert("vpce-1".to_owned(), endpoint);
    });
    cloud
}

fn every_kind() -> [(Wanted, usize); 4] {
    [
        (Wanted::Eni("eni-1".into()), 1),
        (Wanted::Nlb(OLD.to_owned()), 1),
        (Wanted::GwlbEndpoint("vpce-1".to_owned()), 1),
        (Wanted::NewNlb(new_nlb()), 6),
    ]
}

#[tokio::test]
async fn whatever_write_fails_the_next_try_completes_it_and_doubles_nothing() {
    for (wanted, writes) in every_kind() {
        let clean = prepared();
        let built = build(&clean, &wanted).await.unwrap();
        assert_eq!(clean.writes().len(), writes, "{wanted:?}");
        assert_eq!(built.made.len(), writes, "{wanted:?}");
        for number in 0..writes {
            for moment in [Moment::Before, Moment::After] {
                let cloud = prepared();
                cloud.fail_write(number, moment, ErrorKind::Unavailable);
                let error = match build(&cloud, &wanted).await {
                    Err(error) => error,
                    // What was made although no answer came is found at once.
                    Ok(built) => {
                        assert_eq!((moment, built.made.len()), (Moment::After, writes));
                        assert_eq!(result(&cloud), result(&clean), "{wanted:?} {number}");
                        continue;
                    }
                };
                assert_eq!(error.made.len(), number, "{wanted:?} {number} {moment:?}");
                assert!(matches!(error.cause, Cause::Unclear(_)), "{error:?}");
                assert!(error.remedy().contains("run the same command again"), "{error:?}");
                for made in &error.made {
                    assert!(error.to_string().contains(&made.id), "{error}");
                }
                cloud.heal();
                let built = build(&cloud, &wanted).await.unwrap();
                assert!(built.made.len() <= writes - number, "{:?}", built.made);
                assert_eq!(result(&cloud), result(&clean), "{wanted:?} {number} {moment:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_try_that_ends_while_the_load_balancer_is_set_up_is_taken_up_there() {
    let cloud = prepared();
    cloud.memory.edit_balancers(|all| all.provisioning = u32::MAX);
    let wanted = Wanted::NewNlb(new_nlb());
    let error = build_in_a_hurry(&cloud, &wanted).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the mirror target was not made, it ended at the active load balancer; made before that, and kept: \
         load balancer arn:of:VectraTapa, cross-zone load balancing arn:of:VectraTapa, \
         target group arn:of:group:VectraTapa, listener on UDP 4789 arn:of:VectraTapa:listener, \
         registration of instances arn:of:group:VectraTapa"
    );
    assert!(matches!(&error.cause, Cause::NotActive { arn, .. } if arn == "arn:of:VectraTapa"));
    let writes = cloud.writes().len();
    cloud.memory.edit_balancers(|all| all.provisioning = 3);
    let built = build(&cloud, &wanted).await.unwrap();
    assert_eq!(cloud.writes()[writes..], [Call::CreateTrafficMirrorTarget]);
    assert_eq!(built.made.len(), 1);
}

#[tokio::test]
async fn a_load_balancer_that_aws_cannot_set_up() {
    let cloud = prepared();
    cloud.before_each_write(|call, memory| {
        if call == Call::RegisterTargets {
            memory.edit_balancers(|all| {
                let made = all.balancers.get_mut("arn:of:VectraTapa").unwrap();
                made.state = "failed".to_owned();
            });
        }
    });
    let error = build(&cloud, &Wanted::NewNlb(new_nlb())).await.unwrap_err();
    assert_eq!(error.cause.to_string(), "the load balancer arn:of:VectraTapa is in state `failed`");
    assert!(error.remedy().starts_with("delete that load balancer"), "{}", error.remedy());
}

/// Looks that fail while AWS is at work are no reason to give up, unless they will fail for ever.
#[tokio::test]
async fn looks_that_fail_while_it_is_waited() {
    for (kind, said) in [
        (ErrorKind::Throttled, "was not active after"),
        (ErrorKind::Denied, "DescribeLoadBalancers: as the test wants it"),
    ] {
        let cloud = std::sync::Arc::new(prepared());
        let other = std::sync::Arc::downgrade(&cloud);
        cloud.before_each_write(move |call, _| {
            if call == Call::RegisterTargets {
                let cloud = other.upgrade().unwrap();
                cloud.fail_reads_of(Call::DescribeLoadBalancers, kind);
            }
        });
        let error = build_in_a_hurry(&cloud, &Wanted::NewNlb(new_nlb())).await.unwrap_err();
        assert!(error.cause.to_string().contains(said), "{}", error.cause);
    }
}
