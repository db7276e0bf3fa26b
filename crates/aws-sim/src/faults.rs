//! Decides which call fails, and how: scripted faults, random ones, denials, credentials, and what happens after a call.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

use crate::buckets::Buckets;
use crate::edits::{NewInstance, NewSession};
use crate::error::{Answer, ApiError};
use crate::request::Request;
use crate::switches::{
    After, Deed, Delay, Intruder, RandomKind, ScriptedFault, Switches, TagGone, TagSet,
};
use crate::wire::Service;
use crate::world::{Account, RegionWorld};

/// Where an answer may be cut, in thousandths of its length.
const CUTS: std::ops::Range<u16> = 1..1000;

/// What becomes of a call before it is done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is done and answered.
    Done,
    /// It is done, but nobody hears of it.
    LoseReply,
    /// The connection closes at once.
    Reset,
    /// Nothing is done, and no answer ever comes.
    Hang,
    /// It is done, but no answer ever comes.
    HangDone,
    /// It is done, and of the answer only so many thousandths come.
    CutShort(u16),
    /// It is refused.
    Refused(ApiError),
}

/// The state of the switches: what is left of them, and the dice.
#[derive(Debug)]
pub(crate) struct Faults {
    pub(crate) switches: Switches,
    buckets: Buckets,
    dice: StdRng,
    after: Vec<Waiting>,
}

/// Something that happens after a call, with the calls counted so far.
#[derive(Debug)]
struct Waiting {
    what: After,
    seen: usize,
}

impl Faults {
    pub(crate) fn new(switches: Switches) -> Self {
        let mut faults = Self {
            dice: StdRng::seed_from_u64(switches.seed),
            switches: Switches::default(),
            buckets: Buckets::default(),
            after: Vec::new(),
        };
        faults.change(|own| *own = switches);
        faults
    }

    /// Changes the switches. What is new under `after` counts from here on.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Switches)) {
        let seed = self.switches.seed;
        change(&mut self.switches);
        if self.switches.seed != seed {
            self.dice = StdRng::seed_from_u64(self.switches.seed);
        }
        if self.switches.throttle.is_none() {
            self.buckets = Buckets::default();
        }
        let new = std::mem::take(&mut self.switches.after);
        self.after.extend(new.into_iter().map(|what| Waiting { what, seen: 0 }));
    }

    pub(crate) fn script(&mut self, fault: ScriptedFault) {
        self.switches.faults.push(fault);
    }

    /// How long this call takes.
    pub(crate) fn delay(&mut self, request: &Request) -> Duration {
        let latency = &self.switches.latency;
        let of_action = latency.actions.get(&request.action);
        let of_region = || latency.regions.get(&request.region);
        let delay = of_action.or_else(of_region).or(latency.default.as_ref());
        let millis = match delay {
            None => 0,
            Some(Delay::Fixed(millis)) => *millis,
            Some(Delay::Range { from, to }) => self.dice.random_range(*from..=(*to).max(*from)),
        };
        Duration::from_millis(millis)
    }

    /// How late this call's reads are.
    pub(crate) fn lag(&mut self) -> Duration {
        let consistency = &self.switches.consistency;
        let window = consistency.window_ms;
        if consistency.always || window == 0 {
            return Duration::from_millis(window);
        }
        Duration::from_millis(self.dice.random_range(0..=window))
    }

    /// Ends every fault; what waits for a call never happens.
    pub(crate) fn lift(&mut self) {
        self.after.clear();
        self.change(|own| *own = Switches { seed: own.seed, ..Switches::default() });
    }

    /// Decides about a call, in the order in which AWS's front door does: credentials, rate, then the rest.
    pub(crate) fn fate(&mut self, request: &Request, now: Duration) -> Fate {
        if self.switches.silent {
            return Fate::Hang;
        }
        if let Err(error) = self.credentials(request) {
            return Fate::Refused(error);
        }
        let hits: Vec<Deed> = self.count(request);
        if hits.contains(&Deed::Reset) {
            return Fate::Reset;
        }
        if hits.contains(&Deed::Hang) {
            return Fate::Hang;
        }
        if let Some(throttle) = &self.switches.throttle
            && let Err(error) = self.buckets.take(request, throttle, now)
        {
            return Fate::Refused(error);
        }
        if let Some(fate) = self.scripted(request).or_else(|| self.random(request)) {
            return fate;
        }
        if self.denied(request) {
            return Fate::Refused(denial(request));
        }
        if hits.contains(&Deed::HangDone) {
            Fate::HangDone
        } else if hits.contains(&Deed::LoseReply) {
            Fate::LoseReply
        } else {
            Fate::Done
        }
    }

    fn credentials(&self, request: &Request) -> Answer<()> {
        // The query services' codes; JSON ones say the same otherwise.
        let words = |query: &'static str, json: &'static str| match request.service {
            Service::Organizations => json,
            _ => query,
        };
        let is_ec2 = request.service == Service::Ec2;
        let Some(key) = &request.access_key else {
            let code = words("MissingAuthenticationToken", "MissingAuthenticationTokenException");
            let text = "Request is missing Authentication Token";
            return Err(if is_ec2 { auth_failure() } else { ApiError::new(403, code, text) });
        };
        let hit = |keys: &[String]| keys.iter().any(|known| known == "*" || known == key);
        if hit(&self.switches.credentials.expired) {
            return Err(if is_ec2 {
                ApiError::bad("RequestExpired", "Request has expired.")
            } else {
                let code = words("ExpiredToken", "ExpiredTokenException");
                ApiError::new(403, code, "The security token included in the request is expired")
            });
        }
        if hit(&self.switches.credentials.invalid) {
            let code = words("InvalidClientTokenId", "UnrecognizedClientException");
            let text = "The security token included in the request is invalid.";
            return Err(if is_ec2 { auth_failure() } else { ApiError::new(403, code, text) });
        }
        Ok(())
    }

    /// Counts the call for everything that waits for one, and gives what falls on this very call.
    fn count(&mut self, request: &Request) -> Vec<Deed> {
        let mut hits = Vec::new();
        for waiting in &mut self.after {
            if waiting.what.action.as_ref().is_none_or(|action| *action == request.action) {
                waiting.seen += 1;
                if waiting.seen == waiting.what.call {
                    hits.push(waiting.what.deed.clone());
                }
            }
        }
        hits
    }

    fn scripted(&mut self, request: &Request) -> Option<Fate> {
        let faults = &mut self.switches.faults;
        let hit = faults.iter_mut().find(|fault| {
            fault.times > 0 && (fault.action == request.action || fault.action == "*")
        })?;
        hit.times -= 1;
        let fate = match hit.code.as_str() {
            "reset" => Fate::Reset,
            "lose-reply" => Fate::LoseReply,
            "hang" => Fate::Hang,
            "hang-done" => Fate::HangDone,
            "cut-short" => Fate::CutShort(self.dice.random_range(CUTS)),
            code => {
                let status = hit.status.unwrap_or_else(|| usual_status(code));
                let text = hit.message.clone();
                let text = text.unwrap_or_else(|| format!("Simulated {code}."));
                Fate::Refused(ApiError::new(status, code, text))
            }
        };
        faults.retain(|fault| fault.times > 0);
        Some(fate)
    }

    fn random(&mut self, request: &Request) -> Option<Fate> {
        let random = self.switches.random.as_ref()?;
        let concerned = random.actions.is_empty() || random.actions.contains(&request.action);
        if !concerned
            || random.kinds.is_empty()
            || !self.dice.random_bool(random.rate.clamp(0.0, 1.0))
        {
            return None;
        }
        let kind = random.kinds[self.dice.random_range(0..random.kinds.len())];
        Some(match kind {
            RandomKind::InternalError => {
                let code = match request.service {
                    Service::Organizations => "ServiceException",
                    _ => "InternalError",
                };
                Fate::Refused(ApiError::new(500, code, "An internal error has occurred"))
            }
            RandomKind::Unavailable => Fate::Refused(ApiError::new(
                503,
                "Unavailable",
                "The service is unavailable. Please try again shortly.",
            )),
            RandomKind::Reset => Fate::Reset,
            RandomKind::LoseReply => Fate::LoseReply,
            RandomKind::Hang => Fate::Hang,
            RandomKind::HangDone => Fate::HangDone,
            RandomKind::CutShort => Fate::CutShort(self.dice.random_range(CUTS)),
        })
    }

    fn denied(&self, request: &Request) -> bool {
        // Nobody can be denied to ask who they are.
        request.action != "GetCallerIdentity"
            && self.switches.deny.iter().any(|denied| denied == "*" || *denied == request.action)
    }

    /// Lets happen what waits for the call that was just done.
    pub(crate) fn after(&mut self, request: &Request, account: &mut Account) {
        let mut due = Vec::new();
        self.after.retain(|waiting| {
            let concerned =
                waiting.what.action.as_ref().is_none_or(|action| *action == request.action);
            let is_due = concerned && waiting.seen >= waiting.what.call;
            if is_due {
                due.push(waiting.what.deed.clone());
            }
            !is_due
        });
        if due.is_empty() {
            return; // A region that was only asked for must not come into being by that.
        }
        let world = account.region(&request.region);
        for deed in due {
            match deed {
                Deed::TerminateInstance(id) => {
                    world.terminate_instance(&id);
                }
                Deed::StopInstance(id) => {
                    world.stop_instance(&id);
                }
                Deed::StartInstance(id) => {
                    world.start_instance(&id);
                }
                Deed::LaunchInstance(launch) => {
                    let mut new = NewInstance::in_subnet(&launch.subnet);
                    new.kind = launch.kind.unwrap_or(new.kind);
                    new.tags = launch.tags;
                    world.launch_instance(new);
                }
                Deed::DeleteTarget(id) => {
                    world.delete_target(&id);
                }
                Deed::DeleteSession(id) => {
                    world.delete_session(&id);
                }
                Deed::CreateSession(intruder) => {
                    let enis = world.enis_of_instance(&intruder.instance);
                    if let Some(eni) = enis.get(intruder.interface).cloned() {
                        let Intruder { target, filter, number, tags, .. } = intruder;
                        world.create_session(NewSession {
                            eni,
                            target,
                            filter,
                            number,
                            owner: None,
                            tags,
                        });
                    }
                }
                Deed::SetTag(TagSet { on, key, value }) => {
                    world.set_tag(&named(world, on), &key, &value);
                }
                Deed::DeleteTag(TagGone { on, key }) => {
                    world.delete_tag(&named(world, on), &key);
                }
                Deed::Advance(millis) => world.clock.skip(Duration::from_millis(millis)),
                Deed::Deny(action) => self.switches.deny.push(action),
                Deed::ExpireCredentials => self.switches.credentials.expired.push("*".to_owned()),
                Deed::Hang | Deed::HangDone => self.switches.silent = true,
                // Already done: they fall on the call itself.
                Deed::LoseReply | Deed::Reset => {}
            }
        }
    }
}

/// The id of what is named by its id, or by the Name tag of an instance or a VPC.
fn named(world: &RegionWorld, id_or_name: String) -> String {
    let found = world.instance_id(&id_or_name).or_else(|| world.vpc_id(&id_or_name));
    found.unwrap_or(id_or_name)
}

fn auth_failure() -> ApiError {
    let text = "AWS was not able to validate the provided access credentials";
    ApiError::new(401, "AuthFailure", text)
}

fn denial(request: &Request) -> ApiError {
    match request.service {
        Service::Ec2 => ApiError::new(
            403,
            "UnauthorizedOperation",
            "You are not authorized to perform this operation.",
        ),
        service => {
            let text = format!(
                "User: arn:aws:iam::simulated:user/simulated is not authorized to perform: {}:{}",
                service.signing_name(),
                request.action
            );
            match service {
                Service::Organizations => ApiError::bad("AccessDeniedException", text),
                _ => ApiError::new(403, "AccessDenied", text),
            }
        }
    }
}

/// The status that AWS gives with a code, for faults that do not say.
fn usual_status(code: &str) -> u16 {
    match code {
        "RequestLimitExceeded"
        | "EC2ThrottledException"
        | "Unavailable"
        | "ServiceUnavailable"
        | "BandwidthLimitExceeded" => 503,
        "InternalError"
        | "InternalFailure"
        | "ServiceException"
        | "ServerInternal"
        | "InsufficientInstanceCapacity" => 500,
        "UnauthorizedOperation"
        | "AccessDenied"
        | "ExpiredToken"
        | "InvalidClientTokenId"
        | "ExpiredTokenException"
        | "UnrecognizedClientException" => 403,
        "AuthFailure" => 401,
        "DryRunOperation" => 412,
        "PriorRequestNotComplete" => 429,
        _ => 400,
    }
}
