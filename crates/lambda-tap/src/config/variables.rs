//! The environment variables of the function: one table for reading them, for refusing others, and for the document.

/// What the names of all of them begin with. One that does and is not in the table is a mistake: most likely a typing error.
pub const PREFIX: &str = "SESSION_MIRROR_";

/// One variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What counts where it is not set, or empty.
    pub default: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

macro_rules! variables {
    ($($constant:ident $name:literal $default:literal $meaning:literal;)*) => {
        $(pub(super) const $constant: &str = $name;)*

        /// All of them, in the order of the document.
        pub const VARIABLES: &[Variable] =
            &[$(Variable { name: $name, default: $default, meaning: $meaning },)*];
    };
}

variables! {
    RULES_YAML "SESSION_MIRROR_RULES_YAML" "" "The rules, as the YAML text itself";
    RULES_S3 "SESSION_MIRROR_RULES_S3" "" "The rules, as an object: `s3://bucket/key`, or `s3://bucket/folder/` with `<region>.yaml` in it";
    RULES_FOR "SESSION_MIRROR_RULES_FOR" "" "Whom the rules choose: `everyone`, or only those that `findings` name; default `everyone`, unless neither existing instances nor launches are enabled";
    ENABLE_EXISTING "SESSION_MIRROR_ENABLE_EXISTING" "true" "Whether the schedule and changed tags of a VPC begin to mirror instances; with `false` they only repair and remove";
    ENABLE_LAUNCH "SESSION_MIRROR_ENABLE_LAUNCH" "true" "Whether an instance that starts is mirrored at once";
    ENABLE_FINDINGS "SESSION_MIRROR_ENABLE_FINDINGS" "false" "Whether an instance that a GuardDuty finding names is mirrored";
    FINDING_TARGET_ID "SESSION_MIRROR_FINDING_TARGET_ID" "" "The target for instances that a finding names and neither rules nor tags choose";
    FINDING_HOURS "SESSION_MIRROR_FINDING_HOURS" "" "After how many hours a session made for a finding is removed, 1 to 8760; not set: it stays";
    VENDOR "SESSION_MIRROR_VENDOR" "Vectra" "Prefix of the tag keys, and of the tag that marks sessions as ours";
    POLICY "SESSION_MIRROR_POLICY" "sync" "What may be done: `sync`, `upsert-only`, `create-only` or `repair-only`";
    ALLOW_MASS_DELETE "SESSION_MIRROR_ALLOW_MASS_DELETE" "false" "Whether a run may remove more than half of the sessions, and at least ten";
    FILTER_ID "SESSION_MIRROR_FILTER_ID" "" "Traffic mirror filter to use as it is, instead of our own";
    FILTER_PROFILE "SESSION_MIRROR_FILTER_PROFILE" "all" "What of the traffic is mirrored where no tag of a VPC says it: `all`, `all-tcp`, `dns-only`, `alb-client`, `alb-target` or `custom:NAME`";
    CUSTOM_FILTER_YAML "SESSION_MIRROR_CUSTOM_FILTER_YAML" "" "A profile of your own, `custom:NAME`, as the YAML text itself";
    PACKET_LENGTH "SESSION_MIRROR_PACKET_LENGTH" "" "Bytes to mirror of each packet, 1 to 8500; not set: AWS's own";
    SESSION_NUMBER "SESSION_MIRROR_SESSION_NUMBER" "" "Session number that every session must have, 1 to 32766; not set: the lowest free one";
    VIRTUAL_NETWORK_ID "SESSION_MIRROR_VIRTUAL_NETWORK_ID" "" "VXLAN network identifier, 1 to 16777215; not set: AWS picks one per session";
    PRICE_PER_HOUR "SESSION_MIRROR_PRICE_PER_HOUR" "0.015" "USD per session and hour, for the cost in the log";
    MAX_APPLIANCES "SESSION_MIRROR_MAX_APPLIANCES" "5" "How many appliances one invocation may launch, 0 to 1000";
    CONCURRENCY "SESSION_MIRROR_CONCURRENCY" "8" "Changes under way at once, 1 to 256";
    API_SHARE "SESSION_MIRROR_API_SHARE" "100" "Percent of EC2's request limits to use, 1 to 100";
    QUEUE_URL "SESSION_MIRROR_QUEUE_URL" "" "URL of the SQS queue to which a run that did not end in time sends what is left";
    TIMEOUT "SESSION_MIRROR_TIMEOUT" "" "Time for one invocation, as `90s` or `15m`, where it is to have less than Lambda gives it";
    LOG_FORMAT "SESSION_MIRROR_LOG_FORMAT" "json" "How the log is written: `json` or `text`";
    LOG_LEVEL "SESSION_MIRROR_LOG_LEVEL" "info" "How much is logged: `error`, `warn`, `info` or `debug`";
}

impl Variable {
    /// Its row in the table of `docs/lambda.md`.
    pub fn row(&self) -> String {
        let Self { name, default, meaning } = self;
        let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
        format!("| `{name}` | {default} | {meaning} |")
    }
}
