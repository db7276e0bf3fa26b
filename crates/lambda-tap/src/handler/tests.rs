//! Invocations on an account in memory: what is settled, what comes again, what goes on from the queue.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tap_core::call::Call;
use tap_core::cloud::MemoryCloud;
use tap_core::error::CloudError;
use tap_core::ids::InstanceId;
use tap_core::inventory::{InstanceState, Inventory};
use tap_core::moment::Moment;
use tap_core::stop::{StopReason, StopSignal, Stopper};
use tap_core::testing::{Scenario, scenario};

use super::*;
use crate::config::Config;

const ACCOUNT: &str = "111122223333";

/// What happens to the account in the n-th pause.
type Meanwhile<'a> = Box<dyn Fn(usize, &mut Inventory) + Sync + 'a>;

/// Time that passes only by pauses. What happens to the account in one is the test's.
struct Clock<'a> {
    cloud: &'a MemoryCloud,
    pauses: Mutex<Vec<Duration>>,
    meanwhile: Meanwhile<'a>,
}

impl Time for Clock<'_> {
    fn now(&self) -> Moment {
        Moment::from_unix(1_000_000)
    }

    fn left(&self) -> Duration {
        Duration::from_secs(60)
    }

    async fn pause(&self, time: Duration) {
        let count = {
            let mut pauses = self.pauses.lock().unwrap();
            pauses.push(time);
            pauses.len()
        };
        self.cloud.edit(|inventory| (self.meanwhile)(count, inventory));
    }
}

/// A queue that takes everything, or nothing.
#[derive(Default)]
struct Queue {
    bodies: Mutex<Vec<String>>,
    broken: bool,
}

impl Post for Queue {
    async fn post(&self, _: &str, body: &str) -> Result<(), CloudError> {
        if self.broken {
            return Err(CloudError::bad_answer(Call::SendMessage, "no"));
        }
        self.bodies.lock().unwrap().push(body.to_owned());
        Ok(())
    }
}

fn launches(config: &Config) -> Arc<AtomicUsize> {
    Arc::new(AtomicUsize::new(config.settings.max_appliances))
}

/// One invocation and what came of it.
struct Done {
    answer: Result<Value, Failure>,
    pauses: Vec<u64>,
    reports: usize,
    posted: Vec<String>,
}

struct Function {
    cloud: MemoryCloud,
    settings: Vec<(&'static str, &'static str)>,
    queue: Queue,
    stop: StopSignal,
    _stopper: Stopper,
}

impl Function {
    fn on(scenario: Scenario) -> Self {
        let (stopper, stop) = Stopper::new();
        let cloud = MemoryCloud::new(scenario.build());
        Self { cloud, settings: Vec::new(), queue: Queue::default(), stop, _stopper: stopper }
    }

    fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.settings.push((name, value));
        self
    }

    async fn invoke(&self, payload: &Value) -> Done {
        self.invoke_while(payload, |_, _| {}).await
    }

    /// Something else happens to the account in each pause.
    async fn invoke_while(
        &self,
        payload: &Value,
        meanwhile: impl Fn(usize, &mut Inventory) + Sync,
    ) -> Done {
        let region = [("AWS_REGION", "eu-west-1")];
        let given = region.iter().chain(&self.settings);
        let given = given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::read(given).unwrap();
        let place = Place { account: ACCOUNT.into(), region: "eu-west-1".into() };
        let meanwhile = Box::new(meanwhile);
        let clock = Clock { cloud: &self.cloud, pauses: Mutex::default(), meanwhile };
        let reports = Mutex::new(0);
        let count = |line: &Value| {
            *reports.lock().unwrap() += usize::from(line["message"] == "report");
        };
        let handler = Handler {
            place: &place,
            runs: Runs {
                config: &config,
                settings: &config.settings,
                cloud: &self.cloud,
                time: &clock,
                stop: &self.stop,
                launches: launches(&config),
                out: &count,
            },
            post: &self.queue,
        };
        let answer = handler.handle(payload).await;
        let pauses = clock.pauses.lock().unwrap().iter().map(Duration::as_secs).collect();
        let reports = *reports.lock().unwrap();
        let posted = self.queue.bodies.lock().unwrap().clone();
        Done { answer, pauses, reports, posted }
    }

    fn owned(&self) -> Vec<String> {
        self.cloud.now().sessions.values().map(|s| s.eni.to_string()).collect()
    }

    fn edit(&self, id: &str, state: InstanceState) {
        self.cloud.edit(|inventory| set_state(inventory, id, state));
    }
}

fn set_state(inventory: &mut Inventory, id: &str, state: InstanceState) {
    inventory.instances.get_mut(&InstanceId::from(id)).unwrap().state = state;
}

fn event(kind: &str, source: &str, detail: &Value) -> Value {
    json!({"detail-type": kind, "source": source, "account": ACCOUNT, "region": "eu-west-1",
        "resources": [], "detail": detail})
}

fn state(id: &str, state: &str) -> Value {
    let detail = json!({"instance-id": id, "state": state});
    event("EC2 Instance State-change Notification", "aws.ec2", &detail)
}

fn schedule() -> Value {
    event("Scheduled Event", "aws.events", &json!({}))
}

fn batch(bodies: &[Value]) -> Value {
    let record = |(n, body): (usize, &Value)| {
        let body = body.as_str().map_or(body.to_string(), str::to_owned);
        json!({"messageId": format!("m-{}", n + 1), "body": body, "eventSource": "aws:sqs"})
    };
    json!({"Records": bodies.iter().enumerate().map(record).collect::<Vec<_>>()})
}

fn failed(ids: &[&str]) -> Result<Value, Failure> {
    Ok(batch::answer(&ids.iter().map(|id| (*id).to_owned()).collect()))
}

fn settled() -> Result<Value, Failure> {
    Ok(json!({"settled": true}))
}

fn kind(done: &Done) -> &'static str {
    done.answer.as_ref().unwrap_err().kind
}

#[tokio::test]
async fn running_and_stopped_in_any_order_and_twice() {
    let function = Function::on(scenario().instance("i-1").instance("i-2"));
    for _ in 0..2 {
        let done = function.invoke(&state("i-1", "running")).await;
        assert_eq!((done.answer, done.pauses), (settled(), vec![]));
        assert_eq!(function.owned(), ["eni-1"]);
    }
    function.edit("i-1", InstanceState::Stopped);
    // The one from before comes late: it is what EC2 shows that counts.
    for word in ["stopped", "running", "stopping"] {
        let done = function.invoke(&state("i-1", word)).await;
        assert_eq!((done.answer, done.pauses), (settled(), vec![]), "{word}");
        assert_eq!(function.owned(), [""; 0], "{word}");
    }
}

#[tokio::test]
async fn an_instance_that_is_stopping_loses_its_session_at_once() {
    let running = scenario().instance("i-1").owned("tms-1");
    let function = Function::on(running.state(InstanceState::Stopping));
    assert_eq!(function.invoke(&state("i-1", "stopping")).await.answer, settled());
    assert_eq!(function.owned(), [""; 0]);
}

#[tokio::test]
async fn what_ec2_does_not_show_yet_is_looked_at_again() {
    let function = Function::on(scenario().instance("i-1").state(InstanceState::Pending));
    let event = state("i-1", "running");
    let done = function
        .invoke_while(&event, |pauses, inventory| {
            if pauses == 2 {
                set_state(inventory, "i-1", InstanceState::Running);
            }
        })
        .await;
    assert_eq!((done.answer, done.pauses, done.reports), (settled(), vec![1, 2], 3));
    assert_eq!(function.owned(), ["eni-1"]);
}

#[tokio::test]
async fn what_ec2_never_shows_fails_and_the_rest_does_not() {
    let function = Function::on(scenario().instance("i-1"));
    let unknown = state("i-7", "running");
    let done = function.invoke(&batch(&[unknown.clone(), state("i-1", "running")])).await;
    assert_eq!((done.answer, done.pauses), (failed(&["m-1"]), vec![1, 2, 4, 8]));
    assert_eq!(function.owned(), ["eni-1"]);
    assert_eq!(kind(&function.invoke(&unknown).await), "not-settled");
    // A finding comes long after its instance was launched.
    let finding = event(
        "GuardDuty Finding",
        "aws.guardduty",
        &json!({"id": "f", "resource": {"resourceType": "Instance",
            "instanceDetails": {"instanceId": "i-7"}}}),
    );
    let function = function.with("SESSION_MIRROR_ENABLE_FINDINGS", "true");
    assert_eq!(function.invoke(&finding).await.answer, settled());
}

/// A running event that comes after the end: the instance is shown for an hour, without interfaces.
#[tokio::test]
async fn who_has_ended_meanwhile_is_not_waited_for() {
    let function = Function::on(scenario().instance("i-1").state(InstanceState::Terminated));
    function.cloud.edit(|inventory| {
        inventory.instances.get_mut(&"i-1".into()).unwrap().enis.clear();
    });
    let done = function.invoke(&state("i-1", "running")).await;
    assert_eq!((done.answer, done.pauses), (settled(), vec![]));
}

#[tokio::test]
async fn a_stop_that_ec2_does_not_show_is_superseded_in_the_end() {
    let function = Function::on(scenario().instance("i-1").owned("tms-1"));
    let done = function.invoke(&state("i-1", "stopped")).await;
    assert_eq!((done.answer, done.pauses), (settled(), vec![1, 2, 4, 8]));
    assert_eq!(function.owned(), ["eni-1"]);
    // Without a session there is nothing to lose, and nothing is made.
    let function = Function::on(scenario().instance("i-1"));
    let done = function.invoke(&state("i-1", "stopped")).await;
    assert_eq!((done.answer, function.owned().len()), (settled(), 0));
}

#[tokio::test]
async fn a_batch_is_one_run_and_malformed_messages_fail_alone() {
    let function = Function::on(scenario().instance("i-1").instance("i-2"));
    let messages = [
        state("i-1", "running"),
        json!("{not json"),
        state("i-1", "running"),
        state("i-2", "running"),
        json!({}),
        event("EC2 Instance State-change Notification", "aws.ec2", &json!({})),
    ];
    let done = function.invoke(&batch(&messages)).await;
    assert_eq!((done.answer, done.reports), (failed(&["m-2", "m-5", "m-6"]), 1));
    assert_eq!(function.owned(), ["eni-1", "eni-2"]);
    let done = function.invoke(&batch(&[schedule(), state("i-1", "running")])).await;
    assert_eq!((done.answer, done.reports), (failed(&[]), 1));
    assert_eq!(function.invoke(&batch(&[])).await.answer, failed(&[]));
}

#[tokio::test]
async fn malformed_events_fail_and_others_are_left_alone() {
    let function = Function::on(scenario().instance("i-1"));
    assert_eq!(kind(&function.invoke(&json!([])).await), "malformed-event");
    let broken = event("EC2 Instance State-change Notification", "aws.ec2", &json!({"state": "x"}));
    assert_eq!(kind(&function.invoke(&broken).await), "malformed-event");
    for ignored in [json!({}), event("Other", "my.app", &json!({}))] {
        let done = function.invoke(&ignored).await;
        assert_eq!((done.answer, done.reports), (settled(), 0));
    }
}

fn many(count: usize) -> Scenario {
    let marked =
        |s: Scenario, n| s.instance(&format!("i-{n}")).blacklisted().owned(&format!("t-{n}"));
    (10..10 + count).fold(scenario(), marked)
}

/// A wrong tag somewhere else is no reason not to mirror what starts.
#[tokio::test]
async fn a_refused_run_is_an_error_and_what_starts_is_mirrored_all_the_same() {
    let function = Function::on(many(12).instance("i-1"));
    assert_eq!(kind(&function.invoke(&schedule()).await), "not-settled");
    assert_eq!(function.owned().len(), 12);
    let done = function.invoke(&batch(&[schedule(), state("i-1", "running")])).await;
    assert_eq!(done.answer, failed(&["m-1"]));
    assert_eq!(function.owned().len(), 13);
    let function = function.with("SESSION_MIRROR_ALLOW_MASS_DELETE", "true");
    assert_eq!(function.invoke(&schedule()).await.answer, settled());
    assert_eq!(function.owned(), ["eni-1"]);
}

/// Time is over at the first pause: what waits then fails, and nothing is lost.
#[tokio::test]
async fn no_new_look_is_taken_once_the_time_is_over() {
    let function = Function::on(scenario().instance("i-1").state(InstanceState::Pending));
    let stopper = &function._stopper;
    let done = function
        .invoke_while(&state("i-1", "running"), |_, _| stopper.stop(StopReason::TimedOut))
        .await;
    assert_eq!(kind(&done), "not-settled");
    assert_eq!(done.pauses, [1]);
    assert_eq!(done.posted, [""; 0]);
}

#[tokio::test]
async fn time_that_is_over_before_anything_was_done_is_an_error_and_no_endless_round() {
    let function = Function::on(scenario().instance("i-1"))
        .with("SESSION_MIRROR_QUEUE_URL", "https://sqs.example/q");
    function._stopper.stop(StopReason::TimedOut);
    let done = function.invoke(&schedule()).await;
    assert_eq!(kind(&done), "not-settled");
    assert_eq!(done.posted, [""; 0]);
}

/// What is left of each kind of work, and where it goes.
#[tokio::test]
async fn what_is_left_goes_on_from_the_queue_once() {
    let config = |queue: Option<&str>| {
        let region = ("AWS_REGION".to_owned(), "eu-west-1".to_owned());
        let queue = queue.map(|url| ("SESSION_MIRROR_QUEUE_URL".to_owned(), url.to_owned()));
        Config::read([region].into_iter().chain(queue)).unwrap()
    };
    let cloud = MemoryCloud::new(scenario().build());
    let clock = Clock { cloud: &cloud, pauses: Mutex::default(), meanwhile: Box::new(|_, _| {}) };
    let (_stopper, stop) = Stopper::new();
    let place = Place { account: ACCOUNT.into(), region: "eu-west-1".into() };
    for (url, broken, expected) in [
        (Some("https://sqs.example/q"), false, [None, None]),
        (Some("https://sqs.example/q"), true, [Some("not-sent"), Some("not-sent")]),
        (None, false, [Some("out-of-time"), Some("out-of-time")]),
    ] {
        let config = config(url);
        let queue = Queue { broken, ..Queue::default() };
        let runs = Runs {
            config: &config,
            settings: &config.settings,
            cloud: &cloud,
            time: &clock,
            stop: &stop,
            launches: launches(&config),
            out: &|_| {},
        };
        let handler = Handler { place: &place, runs, post: &queue };
        let mut posted = BTreeSet::new();
        let mut kinds = Vec::new();
        for _ in 0..2 {
            kinds.push(match handler.go_on(CONTINUATION, "eni-1: over", &mut posted).await {
                End::Settled => None,
                End::Failed(failure) => Some(failure.kind),
            });
        }
        assert_eq!(kinds, expected);
        let sent = if url.is_some() && !broken { vec![CONTINUATION] } else { Vec::new() };
        assert_eq!(*queue.bodies.lock().unwrap(), sent);
    }
}

#[tokio::test]
async fn without_existing_instances_only_launches_begin() {
    let function = Function::on(scenario().instance("i-1").instance("i-2").owned("tms-2"))
        .with("SESSION_MIRROR_ENABLE_EXISTING", "false");
    function.edit("i-2", InstanceState::Stopped);
    assert_eq!(function.invoke(&schedule()).await.answer, settled());
    assert_eq!(function.owned(), [""; 0]);
    assert_eq!(function.invoke(&state("i-1", "running")).await.answer, settled());
    assert_eq!(function.owned(), ["eni-1"]);
    let function = function.with("SESSION_MIRROR_ENABLE_LAUNCH", "false");
    function.edit("i-2", InstanceState::Running);
    assert_eq!(function.invoke(&state("i-2", "running")).await.reports, 0);
}
