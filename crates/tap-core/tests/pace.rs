//! The pace against a token bucket in simulated time: how long a run takes against what the bucket allows, and how many of
//! its calls are refused. No clock and no waiting: minutes pass in milliseconds.

use std::time::Duration;

use tap_core::call::Call;
use tap_core::pace::{Bucket, Group, Limits, Pace, Ticket};

/// An account, and who else is at work in it.
#[derive(Debug, Clone, Copy)]
struct World {
    bucket: Bucket,
    /// What is in the bucket at the start.
    level: f64,
    /// Calls per second of somebody else, who takes whatever is there.
    others: f64,
    /// Whether a refused call costs a token as well. AWS does not say.
    refusals_cost: bool,
    /// The time from a call to its answer.
    latency: Duration,
    concurrency: usize,
}

impl World {
    fn of(burst: f64, rate: f64) -> Self {
        Self {
            bucket: Bucket { burst, rate },
            level: burst,
            others: 0.0,
            refusals_cost: false,
            latency: Duration::from_millis(50),
            concurrency: 8,
        }
    }

    /// What the bucket allows at best.
    fn ideal(&self, calls: usize) -> f64 {
        let paced = (calls as f64 - self.level) / (self.bucket.rate - self.others);
        let sent = calls as f64 * self.latency.as_secs_f64() / self.concurrency as f64;
        paced.max(sent)
    }
}

#[derive(Debug, Clone, Copy)]
struct Ran {
    seconds: f64,
    refused: usize,
    /// Time over the ideal.
    ratio: f64,
    /// Refused of all calls.
    share: f64,
    others_refused: f64,
}

/// The server's side: the bucket as it really is.
struct Server {
    world: World,
    level: f64,
    at: f64,
    owed: f64,
    asked: f64,
    turned_away: f64,
}

impl Server {
    fn takes(&mut self, at: f64) -> bool {
        let World { bucket, others, refusals_cost, .. } = self.world;
        // Step by step, so that what others take and what comes back are mixed.
        while self.at < at {
            let step = (at - self.at).min(0.01);
            self.level = (self.level + step * bucket.rate).min(bucket.burst);
            self.owed += step * others;
            while self.owed >= 1.0 {
                self.owed -= 1.0;
                self.asked += 1.0;
                if self.level >= 1.0 {
                    self.level -= 1.0;
                } else {
                    self.turned_away += 1.0;
                }
            }
            self.at += step;
        }
        let takes = self.level >= 1.0;
        if takes || refusals_cost {
            self.level = (self.level - 1.0).max(0.0);
        }
        takes
    }
}

fn run(world: World, limits: Limits, calls: usize) -> Ran {
    run_with(
        &mut Pace::new(Group::of(Call::CreateTrafficMirrorSession), &limits),
        world,
        Duration::ZERO,
        calls,
    )
}

fn run_with(pace: &mut Pace, world: World, from: Duration, calls: usize) -> Ran {
    let mut server = Server {
        world,
        level: world.level,
        at: from.as_secs_f64(),
        owed: 0.0,
        asked: 0.0,
        turned_away: 0.0,
    };
    let half = world.latency / 2;
    let mut under_way: Vec<(Duration, Ticket, bool)> = Vec::new();
    let (mut now, mut to_send, mut granted, mut refused) = (from, calls, 0, 0);
    while granted < calls {
        let mut wake = Duration::MAX;
        while to_send > 0 && under_way.len() < world.concurrency {
            match pace.ask(now) {
                Ok(ticket) => {
                    to_send -= 1;
                    let taken = server.takes((now + half).as_secs_f64());
                    under_way.push((now + world.latency, ticket, taken));
                }
                Err(wait) => {
                    wake = now + wait;
                    break;
                }
            }
        }
        let answer = under_way.iter().map(|(at, ..)| *at).min().unwrap_or(Duration::MAX);
        now = wake.min(answer);
        assert!(now - from < Duration::from_secs(100_000), "it never ends: {world:?}");
        let (done, still): (Vec<_>, Vec<_>) = under_way.iter().partition(|(at, ..)| *at <= now);
        under_way = still;
        for (_, ticket, taken) in done {
            if taken {
                granted += 1;
                pace.granted(ticket);
            } else {
                (refused, to_send) = (refused + 1, to_send + 1);
                pace.refused(ticket, now);
            }
        }
    }
    let seconds = (now - from).as_secs_f64();
    let share = refused as f64 / (calls + refused) as f64;
    let others_refused = server.turned_away / server.asked.max(1.0);
    Ran { seconds, refused, ratio: seconds / world.ideal(calls), share, others_refused }
}

const ALL: Limits = Limits { share: 1.0, changes: None };

/// Runs of several lengths keep to a ratio and to a share of refused calls.
#[track_caller]
fn keeps_to(world: World, limits: Limits, ratio: f64, share: f64) {
    for calls in [500, 1000, 2000, 5000] {
        let ran = run(world, limits, calls);
        assert!(ran.ratio <= ratio && ran.share <= share, "{calls} calls in {world:?}: {ran:?}");
    }
}

fn fast(world: World) -> World {
    World { latency: Duration::from_millis(2), ..world }
}

fn slow(world: World) -> World {
    World { latency: Duration::from_millis(400), concurrency: 16, ..world }
}

#[test]
fn the_documented_bucket() {
    let documented = World::of(50.0, 5.0);
    for world in [documented, fast(documented), slow(documented)] {
        keeps_to(world, ALL, 1.03, 0.025);
        keeps_to(World { refusals_cost: true, ..world }, ALL, 1.05, 0.04);
    }
}

#[test]
fn others_take_their_part() {
    let half = World { others: 2.5, level: 25.0, ..World::of(50.0, 5.0) };
    for world in [half, fast(half), slow(half)] {
        keeps_to(world, ALL, 1.03, 0.03);
    }
    keeps_to(World { others: 4.0, level: 10.0, ..half }, ALL, 1.03, 0.035);
    keeps_to(World { others: 0.0, level: 0.0, ..half }, ALL, 1.03, 0.03);
    keeps_to(World::of(20.0, 1.0), ALL, 1.03, 0.03);
}

#[test]
fn an_account_that_has_more_than_documented() {
    for world in [
        fast(World::of(1000.0, 100.0)),
        World::of(200.0, 5.0),
        World::of(50.0, 20.0),
        World::of(50.0, 100.0),
        World::of(500.0, 50.0),
    ] {
        let ran = run(world, ALL, 2000);
        assert!(ran.ratio <= 1.05 && ran.share <= 0.03, "{world:?}: {ran:?}");
    }
    let unlimited = run(World::of(1e9, 1e9), ALL, 1000);
    assert!(unlimited.ratio <= 1.1 && unlimited.refused == 0, "{unlimited:?}");
}

#[test]
fn a_pin_is_kept_from_the_first_call_on() {
    let pinned = Limits { changes: Some(Bucket { burst: 1000.0, rate: 100.0 }), ..ALL };
    keeps_to(fast(World::of(1000.0, 100.0)), pinned, 1.02, 0.001);
    // Nobody refuses anything here, and still it is not exceeded.
    let unlimited = World::of(1e9, 1e9);
    let ran = run(unlimited, pinned, 2000);
    assert!(ran.seconds >= 10.0, "{ran:?}");
    let strict = Limits { changes: Some(Bucket { burst: 1.0, rate: 2.0 }), ..ALL };
    let ran = run(unlimited, strict, 101);
    assert!((50.0..51.0).contains(&ran.seconds), "{ran:?}");
    // Less is granted than the user said: it obeys.
    keeps_to(World::of(50.0, 5.0), pinned, 1.1, 0.11);
}

#[test]
fn the_share_of_others_is_never_touched() {
    let ran = run(World::of(50.0, 5.0), Limits { share: 0.5, ..ALL }, 500);
    assert_eq!(ran.refused, 0);
    assert!((189.9..191.0).contains(&ran.seconds), "25 at once, then 2.5 a second: {ran:?}");
}

/// Somebody else stops: the pace finds what is free now within a minute.
#[test]
fn it_recovers_steadily() {
    let mut pace = Pace::new(Group::of(Call::CreateTrafficMirrorSession), &ALL);
    let half = World { others: 2.5, level: 25.0, ..World::of(50.0, 5.0) };
    run_with(&mut pace, half, Duration::ZERO, 500);
    let slow = pace.rate();
    assert!((2.0..3.2).contains(&slow), "{slow}");
    let mut now = Duration::from_secs(200);
    let quiet_since = now;
    while pace.rate() < 5.0 {
        match pace.ask(now) {
            Ok(ticket) => pace.granted(ticket),
            Err(wait) => now += wait,
        }
    }
    let took = now - quiet_since;
    assert!(took < Duration::from_secs(90), "{took:?}");
}

/// A pause in what there is to do says nothing about the rate.
#[test]
fn a_pause_is_no_measurement() {
    let documented = World::of(50.0, 5.0);
    for pause in [5.0, 60.0, 300.0, 1800.0] {
        let mut pace = Pace::new(Group::of(Call::CreateTrafficMirrorSession), &ALL);
        let before = run_with(&mut pace, documented, Duration::ZERO, 300).seconds;
        let level = (pause * documented.bucket.rate).min(documented.bucket.burst);
        let rested = World { level, ..documented };
        let from = Duration::from_secs_f64(before + pause);
        let ran = run_with(&mut pace, rested, from, 300);
        assert!(ran.ratio <= 1.05 && ran.share <= 0.04, "{pause} s: {ran:?}");
        assert!((4.0..6.5).contains(&pace.rate()), "{pause} s: {}", pace.rate());
    }
}

/// Refusals that have nothing to do with the rate slow it down, but not to a halt.
#[test]
fn refusals_at_random_do_not_stop_it() {
    let mut pace = Pace::new(Group::of(Call::CreateTrafficMirrorSession), &ALL);
    let (mut now, mut granted) = (Duration::ZERO, 0);
    for call in 0.. {
        match pace.ask(now) {
            // Refused three times of ten, and the first fifty times.
            Ok(ticket) if call < 50 || call % 10 < 3 => pace.refused(ticket, now),
            Ok(ticket) => {
                granted += 1;
                pace.granted(ticket);
                if granted == 200 {
                    break;
                }
            }
            Err(wait) => now += wait,
        }
    }
    assert!(now < Duration::from_secs(600), "{now:?}");
    assert!(pace.rate() >= 0.4, "{}", pace.rate());
}

/// Others who need half of the bucket get it: also where the run had all of it before.
#[test]
fn others_are_not_starved() {
    for millis in [2, 50, 51, 100] {
        let latency = Duration::from_millis(millis);
        let alone = World { latency, ..World::of(50.0, 5.0) };
        let half = World { others: 2.5, level: 25.0, ..alone };
        let from_the_start = run(half, ALL, 2000);
        assert!(from_the_start.others_refused <= 0.02, "{from_the_start:?}");
        let mut pace = Pace::new(Group::of(Call::CreateTrafficMirrorSession), &ALL);
        let before = run_with(&mut pace, alone, Duration::ZERO, 500).seconds;
        assert!(pace.rate() > 4.0, "{}", pace.rate());
        let half = World { level: 0.0, ..half };
        let all = run_with(&mut pace, half, Duration::from_secs_f64(before), 2000);
        assert!(all.others_refused <= 0.03, "{all:?}");
        assert!((1.9..3.2).contains(&pace.rate()), "{}", pace.rate());
    }
}
