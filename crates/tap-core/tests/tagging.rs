//! Tag changes in batches: what each resource ends with, what is said of it, and that the same changes written again complete
//! what is missing.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use tap_core::call::Call;
use tap_core::cloud::{MemoryCloud, Tag};
use tap_core::error::{CloudError, ErrorKind};
use tap_core::ids::InstanceId;
use tap_core::policy::mark::Mark;
use tap_core::stop::{StopReason, Stopper};
use tap_core::tagging::{BATCH, Written, write};
use tap_core::tags::{TagChange, TagKeys};
use tap_core::testing::scenario;

/// An account in memory of which some calls fail.
struct Account {
    memory: MemoryCloud,
    calls: Mutex<Vec<(Call, usize)>>,
    /// The number of the call that fails, and how.
    fails: BTreeMap<usize, ErrorKind>,
}

impl Account {
    fn of(instances: usize) -> Self {
        let mut account = scenario();
        for n in 0..instances {
            account = account.instance(&format!("i-{n:04}"));
        }
        let memory = MemoryCloud::new(account.build());
        Self { memory, calls: Mutex::default(), fails: BTreeMap::new() }
    }

    fn call(&self, call: Call, resources: &[&str]) -> Result<(), CloudError> {
        let mut calls = self.calls.lock().unwrap();
        calls.push((call, resources.len()));
        match self.fails.get(&calls.len()) {
            None => Ok(()),
            Some(&kind) => {
                let message = "as the test wants it".to_owned();
                Err(CloudError { kind, call, resource: None, code: None, message })
            }
        }
    }

    fn on(&self, mark: Mark) -> usize {
        let keys = TagKeys::default();
        self.memory.now().instances.values().filter(|i| mark.is_on(&i.tags, &keys)).count()
    }
}

impl Tag for Account {
    async fn set_tags(
        &self,
        resources: &[&str],
        tags: &BTreeMap<String, String>,
    ) -> Result<(), CloudError> {
        self.call(Call::CreateTags, resources)?;
        self.memory.set_tags(resources, tags).await
    }

    async fn remove_tags(
        &self,
        resources: &[&str],
        keys: &BTreeSet<String>,
    ) -> Result<(), CloudError> {
        self.call(Call::DeleteTags, resources)?;
        self.memory.remove_tags(resources, keys).await
    }
}

fn changes(instances: usize, change: &TagChange) -> BTreeMap<String, TagChange> {
    (0..instances).map(|n| (format!("i-{n:04}"), change.clone())).collect()
}

async fn write_all(
    account: &Account,
    changes: &BTreeMap<String, TagChange>,
) -> BTreeMap<String, Written> {
    let (_stopper, stop) = Stopper::new();
    write(account, changes, &stop).await
}

fn done(written: &BTreeMap<String, Written>) -> usize {
    written.values().filter(|w| **w == Written::Done).count()
}

#[tokio::test]
async fn the_same_change_of_many_is_few_calls() {
    let account = Account::of(250);
    let adding = Mark::Blacklist.adding(&TagKeys::default());
    let written = write_all(&account, &changes(250, &adding)).await;
    assert_eq!((done(&written), account.on(Mark::Blacklist)), (250, 250));
    let calls = account.calls.lock().unwrap().clone();
    assert_eq!(
        calls,
        [(Call::CreateTags, BATCH), (Call::CreateTags, BATCH), (Call::CreateTags, 50)]
    );
}

#[tokio::test]
async fn a_batch_that_fails_leaves_the_others_and_is_completed_by_the_next_try() {
    let mut account = Account::of(250);
    account.fails.insert(2, ErrorKind::Denied);
    let adding = changes(250, &Mark::Blacklist.adding(&TagKeys::default()));
    let written = write_all(&account, &adding).await;
    assert_eq!((done(&written), account.on(Mark::Blacklist)), (150, 150));
    let failed: Vec<&String> =
        written.iter().filter(|(_, w)| matches!(w, Written::Failed(_))).map(|(id, _)| id).collect();
    assert_eq!((failed[0].as_str(), failed[99].as_str(), failed.len()), ("i-0100", "i-0199", 100));
    let again = write_all(&account, &adding).await;
    assert_eq!((done(&again), account.on(Mark::Blacklist)), (250, 250));
}

#[tokio::test]
async fn one_instance_that_is_gone_costs_the_others_nothing() {
    let account = Account::of(10);
    account.memory.edit(|inv| drop(inv.instances.remove(&InstanceId::from("i-0007"))));
    let written =
        write_all(&account, &changes(10, &Mark::Whitelist.adding(&TagKeys::default()))).await;
    assert_eq!((done(&written), account.on(Mark::Whitelist)), (9, 9));
    let Written::Failed(error) = &written["i-0007"] else { panic!("{written:?}") };
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_move_leaves_the_old_list_first_and_says_where_it_stopped() {
    let keys = TagKeys::default();
    let moves = {
        let TagChange { set, .. } = Mark::Whitelist.adding(&keys);
        TagChange { set, ..Mark::Blacklist.removing(&keys) }
    };
    let mut account = Account::of(2);
    write_all(&account, &changes(2, &Mark::Blacklist.adding(&keys))).await;
    account.fails.insert(3, ErrorKind::Denied);
    let written = write_all(&account, &changes(2, &moves)).await;
    assert!(written.values().all(|w| matches!(w, Written::HalfDone(_))), "{written:?}");
    assert_eq!((account.on(Mark::Blacklist), account.on(Mark::Whitelist)), (0, 0));
    let written = write_all(&account, &changes(2, &moves)).await;
    assert_eq!((done(&written), account.on(Mark::Whitelist)), (2, 2));
}

#[tokio::test]
async fn no_answer_is_not_taken_for_a_refusal() {
    let mut account = Account::of(1);
    account.fails.insert(1, ErrorKind::Unreachable);
    let adding = Mark::Blacklist.adding(&TagKeys::default());
    let written = write_all(&account, &changes(1, &adding)).await;
    assert!(matches!(written["i-0000"], Written::Unclear(_)));
}

#[tokio::test]
async fn after_a_stop_nothing_more_is_begun() {
    let account = Account::of(3);
    let (stopper, stop) = Stopper::new();
    stopper.stop(StopReason::Interrupted);
    let adding = Mark::Blacklist.adding(&TagKeys::default());
    let written = write(&account, &changes(3, &adding), &stop).await;
    assert!(written.values().all(|w| *w == Written::NotTried));
    assert!(account.calls.lock().unwrap().is_empty());
}
