//! Regions in a few words, for the tests of this program.

use tap_core::cloud::MemoryCloud;
use tap_core::ids::InstanceId;
use tap_core::instance_types::InstanceTypes;
use tap_core::policy::mark::Mark;
use tap_core::tags::TagKeys;
use tap_core::testing::Scenario;

use super::check::Wish;
use super::view::{Subject, View, Wanted};

pub(super) fn subject(list: Mark) -> Subject {
    let name = match list {
        Mark::Blacklist => "session_mirror_blacklist",
        Mark::Whitelist => "session_mirror_whitelist",
    };
    Subject { list, name, keys: TagKeys::default(), types: InstanceTypes::default() }
}

/// The whole of a region.
pub(super) fn view(account: Scenario, subject: &Subject) -> View {
    let inventory = account.build();
    let scope = inventory.scope.clone();
    let cloud = MemoryCloud::new(inventory);
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("threads");
    let read = View::read(&cloud, scope, &Wanted::All, subject);
    runtime.block_on(read).expect("an account in memory can be read")
}

pub(super) fn wishes(ids: &[&str], wish: Wish) -> Vec<(InstanceId, Wish)> {
    ids.iter().map(|id| (InstanceId::from(*id), wish)).collect()
}
