//! Draws what happens to an account of the randomized test: faults of every kind, and what people do between and during runs.

use aws_sim::{
    After, BucketSize, Consistency, Deed, Delay, InstanceState, Intruder, Launch, NewInstance,
    NewSession, NotFoundCodes, Pages, RandomFaults, RandomKind, RegionWorld, ScriptedFault,
    Switches, TagGone, TagSet, Throttle,
};
use rand::RngExt;
use rand::rngs::StdRng;
use tap_core::call::{Call, Program};

use crate::faults::{CREATE, DELETE};
use crate::random_fleet::{ENROLLMENTS, Fleet, OLD_FILTER, TARGETS, chance, pick};
use crate::support::after;

/// The moments at which something may happen.
const MOMENTS: [&str; 6] = [
    "DescribeVpcs",
    "DescribeInstances",
    "DescribeTrafficMirrorSessions",
    "CreateTrafficMirrorFilterRule",
    CREATE,
    DELETE,
];

const BLACKLIST: &str = "Vectra:session_mirroring_blacklist";
const WHITELIST: &str = "Vectra:session_mirroring_whitelist";
const TARGET: &str = "Vectra:session_mirroring_target";
const ENROLLMENT: &str = "Vectra:session_mirroring_enrollment";

fn actions() -> Vec<&'static str> {
    let of_tap = Call::ALL.iter().filter(|call| call.programs().contains(&Program::Tap));
    of_tap.map(|call| call.action()).collect()
}

/// The switches of one run. `late` allows reads that lag.
pub fn draw_faults(dice: &mut StdRng, fleet: &Fleet, late: bool) -> Switches {
    let mut switches = Switches { seed: dice.random(), ..Switches::default() };
    switches.latency.default = chance(dice, 30).then_some(Delay::Range { from: 0, to: 8 });
    for _ in 0..dice.random_range(0..=3) {
        draw_fault(dice, late, &mut switches);
    }
    if chance(dice, 40) {
        let (call, action) = (dice.random_range(1..=3), pick(dice, &MOMENTS));
        let deed = draw_deed(dice, fleet);
        switches.after.push(after(call, action, deed));
    }
    switches
}

fn draw_fault(dice: &mut StdRng, late: bool, switches: &mut Switches) {
    let any = |call, deed| After { call, action: None, deed };
    match dice.random_range(0..15) {
        0 | 1 => {
            let kinds = [
                RandomKind::InternalError,
                RandomKind::Unavailable,
                RandomKind::Reset,
                RandomKind::LoseReply,
                RandomKind::CutShort,
            ];
            let from = dice.random_range(0..kinds.len());
            let rate = f64::from(dice.random_range(5..=30)) / 100.0;
            let kinds = kinds[from..].to_vec();
            switches.random = Some(RandomFaults { rate, kinds, actions: Vec::new() });
        }
        2 => {
            let bucket = BucketSize {
                capacity: f64::from(dice.random_range(2..=8)),
                refill: f64::from(dice.random_range(10..=40)),
            };
            let buckets = actions().into_iter().map(|action| (action.to_owned(), bucket));
            let buckets = buckets.collect();
            switches.throttle = Some(Throttle { buckets, ..Throttle::default() });
        }
        3 => {
            let every = dice.random_range(1..=4);
            switches.after.extend((1..=5).map(|n| after(n * every, CREATE, Deed::LoseReply)));
        }
        4 => {
            let code = pick(
                dice,
                &[
                    "RequestLimitExceeded",
                    "InternalError",
                    "RequestExpired",
                    "reset",
                    "lose-reply",
                    "IncorrectState",
                ],
            );
            let mut fault = ScriptedFault::new(pick(dice, &actions()), code);
            fault.times = dice.random_range(1..=3);
            switches.faults.push(fault);
        }
        5 => switches.deny.push(pick(dice, &actions()).to_owned()),
        6 | 7 => {
            let cap = Some(dice.random_range(1..=4));
            switches.pages = Pages { cap, short: chance(dice, 50), empty: chance(dice, 50) };
        }
        8 if late => {
            let window_ms = dice.random_range(100..=1500);
            switches.consistency = Consistency { window_ms, always: chance(dice, 30) };
        }
        8 => switches.taken_number.accept = true,
        9 => {
            switches.not_found = NotFoundCodes::Documented;
            switches.taken_number.code = pick(dice, &["IncorrectState", "NumberInUse"]).to_owned();
        }
        10 => switches.after.push(any(dice.random_range(4..=25), Deed::ExpireCredentials)),
        11 => {
            let kinds = vec![RandomKind::Hang, RandomKind::HangDone];
            let rate = f64::from(dice.random_range(2..=6)) / 100.0;
            switches.random = Some(RandomFaults { rate, kinds, actions: Vec::new() });
        }
        12 | 13 => {
            // The first page of a listing is there, and a later one never comes.
            let mut listings = actions();
            listings.retain(|action| action.starts_with("Describe"));
            let action = pick(dice, &listings);
            let page = dice.random_range(1..=3);
            switches.pages.cap = Some(1);
            switches.after.push(after(page, action, Deed::Deny(action.to_owned())));
        }
        _ => {
            let jump = Deed::Advance(dice.random_range(1..=3_600_000));
            switches.after.push(any(dice.random_range(1..=25), jump));
        }
    }
}

/// An instance by a name that it may have.
fn instance(dice: &mut StdRng, fleet: &Fleet) -> String {
    format!("v{}-{}", dice.random_range(1..=fleet.vpcs.len()), dice.random_range(1..=5))
}

fn draw_deed(dice: &mut StdRng, fleet: &Fleet) -> Deed {
    let on = instance(dice, fleet);
    let vpc = fleet.vpcs[dice.random_range(0..fleet.vpcs.len())].clone();
    let set = |on: String, key: &str, value: &str| {
        Deed::SetTag(TagSet { on, key: key.to_owned(), value: value.to_owned() })
    };
    let gone = |on: String, key: &str| Deed::DeleteTag(TagGone { on, key: key.to_owned() });
    match dice.random_range(0..11) {
        0 => Deed::TerminateInstance(on),
        1 => Deed::StopInstance(on),
        2 => Deed::StartInstance(on),
        3 => {
            let subnet = fleet.subnets[dice.random_range(0..fleet.subnets.len())].clone();
            Deed::LaunchInstance(Launch { subnet, ..Launch::default() })
        }
        4 if chance(dice, 30) => Deed::DeleteTarget(pick(dice, &TARGETS).to_owned()),
        4 | 5 => Deed::CreateSession(Intruder {
            instance: on,
            interface: 0,
            target: pick(dice, &TARGETS).to_owned(),
            filter: OLD_FILTER.to_owned(),
            number: dice.random_range(1..=2),
            tags: [("Team".to_owned(), "late".to_owned())].into(),
        }),
        6 => set(on, pick(dice, &[BLACKLIST, WHITELIST]), "True"),
        7 => gone(on, pick(dice, &[BLACKLIST, WHITELIST])),
        8 => set(vpc, TARGET, pick(dice, &[TARGETS[0], TARGETS[1], "tmt-404"])),
        9 => set(vpc, ENROLLMENT, pick(dice, &ENROLLMENTS)),
        _ => gone(vpc, pick(dice, &[TARGET, ENROLLMENT])),
    }
}

/// What somebody does between two runs: says it, and does it where there is something to do it to.
pub fn edit(dice: &mut StdRng, fleet: &Fleet, world: &mut RegionWorld) -> String {
    let on = instance(dice, fleet);
    let nth = dice.random_range(0..1000_usize);
    let sessions = world.session_ids();
    let enis = world.enis_of_instance(&on);
    match dice.random_range(0..9) {
        0 => {
            let states = [InstanceState::Running, InstanceState::Stopped, InstanceState::Pending];
            let state = states[nth % states.len()];
            // A terminated instance is not started again.
            let done = !enis.is_empty() && world.set_instance_state(&on, state);
            format!("{on} becomes {state:?}: {done}")
        }
        1 => {
            let subnet = &fleet.subnets[nth % fleet.subnets.len()];
            let launched = world.launch_instance(NewInstance::in_subnet(subnet));
            format!("{launched:?} is launched in {subnet}")
        }
        2 => match enis.get(nth % enis.len().max(1)) {
            Some(eni) => format!("{eni} of {on} is detached: {}", world.detach_eni(eni)),
            None => format!("{on} has no interface to detach"),
        },
        3 => match sessions.get(nth % sessions.len().max(1)) {
            Some(id) => format!("{id} is deleted: {}", world.delete_session(id)),
            None => "there is no session to delete".to_owned(),
        },
        4 => match enis.first().filter(|eni| world.sessions_on(eni).len() < 3).cloned() {
            Some(eni) => {
                let target = TARGETS[nth % TARGETS.len()].to_owned();
                let tags = [("Team".to_owned(), "between".to_owned())].into();
                // A number that nobody has: AWS would refuse another.
                let number = 20 + u32::try_from(nth).unwrap();
                let filter = OLD_FILTER.to_owned();
                let new = NewSession { eni, target, filter, number, owner: None, tags };
                format!("{} of somebody else is made on {on}", world.create_session(new))
            }
            None => format!("{on} has no room for a session of somebody else"),
        },
        _ => {
            let deed = draw_tag(dice, fleet);
            let (id, key) = (deed.0, deed.1);
            let id = world.instance_id(&id).unwrap_or(id);
            let done = match &deed.2 {
                Some(value) => world.set_tag(&id, key, value),
                None => world.delete_tag(&id, key),
            };
            format!("{id} {key} = {:?}: {done}", deed.2)
        }
    }
}

/// A tag of an instance or a VPC, with its new value or none.
fn draw_tag(dice: &mut StdRng, fleet: &Fleet) -> (String, &'static str, Option<String>) {
    if chance(dice, 50) {
        let key = pick(dice, &[BLACKLIST, WHITELIST]);
        return (instance(dice, fleet), key, chance(dice, 60).then(|| "True".to_owned()));
    }
    let vpc = fleet.vpcs[dice.random_range(0..fleet.vpcs.len())].clone();
    if chance(dice, 50) {
        let target = pick(dice, &[TARGETS[0], TARGETS[1], "tmt-404", ""]);
        return (vpc, TARGET, chance(dice, 80).then(|| target.to_owned()));
    }
    (vpc, ENROLLMENT, chance(dice, 80).then(|| pick(dice, &ENROLLMENTS).to_owned()))
}
