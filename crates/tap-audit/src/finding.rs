//! What an audit finds fault with: a closed set of codes, each with how grave it is, what it leads to and what to do; and a
//! finding, which is one of them with its facts.

use std::fmt;
use std::str::FromStr;

use tap_core::ids::VpcId;

use crate::severity::Severity;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $code:literal $severity:ident: $title:literal, $consequence:literal, $remedy:literal;)*) => {
        /// What a finding is about. Where a run says the same of an account, the code is the run's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FindingCode { $($(#[$doc])* $name,)* }

        impl FindingCode {
            /// All codes, in the order of the documents.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable code, the same in every output and in the documents.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// How grave it is.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// What is the matter, in general.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What it leads to.
            pub fn consequence(self) -> &'static str {
                match self { $(Self::$name => $consequence,)* }
            }

            /// What to do about it.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$name => $remedy,)* }
            }
        }
    };
}

codes! {
    /// Who mirrors to whom: sessions that nobody should have made.
    TargetOutsideOrganization "target-outside-organization" High:
        "A session delivers to an account outside the organization",
        "Copies of the traffic leave the organization",
        "Find out who made the session, and delete it unless that account is meant to receive; then say so with --trusted-account";
    /// Copies go to another account, where the organization cannot be read.
    TargetInOtherAccount "target-in-other-account" Medium:
        "A session delivers to another account, and whether that is one of the organization cannot be told",
        "Copies of the traffic may leave the organization",
        "Find out whose account it is; if it is meant to receive, say so with --trusted-account";
    /// Not made by us.
    ForeignSession "foreign-session" Medium:
        "A session is not one of ours",
        "Somebody else sees this traffic, and nobody here keeps the session in order",
        "Find out who made it; delete it, or mute this finding for it with --mute foreign-session:ID";
    /// Nobody says whose the session is.
    SessionWithoutOwnerTag "session-without-owner-tag" Low:
        "A session has no tag that names its owner",
        "Nobody can tell who made it, and whether it may go",
        "Tag it with its owner, or delete it; --owner-tag says which tag keys count";
    /// Nobody says what the session is for.
    SessionWithoutDescription "session-without-description" Low:
        "A session has no description",
        "Nobody can tell what it is for",
        "Describe it (aws ec2 modify-traffic-mirror-session --description), or delete it";
    /// Nobody says what the filter is for.
    FilterWithoutDescription "filter-without-description" Low:
        "A filter in use has no description",
        "Nobody can tell what it is for",
        "Make a filter with a description and move its sessions there: EC2 cannot add one later";

    /// The rule of the audit: VPC Traffic Mirroring in use.
    VpcNotMirrored "vpc-not-mirrored" Medium:
        "A VPC has interfaces that can be mirrored, and no session that sees anything",
        "Nothing of its traffic is watched",
        "Where it has no target tag, give it one with session_mirror_config_vpc; then run session_mirror_tap, or take the code of `session_mirror_audit export`";
    /// Enabled, and yet without a session.
    InterfaceNotMirrored "interface-not-mirrored" Medium:
        "An interface that is to be mirrored has no session of ours",
        "We do not watch its traffic; unless others do, nobody does",
        "Run session_mirror_tap; where something keeps it from mirroring, put that right first";
    /// Differs from what it should be.
    SessionDrifted "session-drifted" Medium:
        "A session of ours differs from what it should be",
        "The traffic may go to the wrong target, or only part of it",
        "Run session_mirror_tap: it repairs the session in place";
    /// Not wanted any more.
    SessionLeftOver "session-left-over" Low:
        "A session of ours is not wanted any more",
        "It is paid for by the hour",
        "Run session_mirror_tap: it removes the session";
    /// Ruling 9.
    VpcMisconfigured "vpc-misconfigured" High:
        "The tags of a VPC make no sense",
        "Nothing is mirrored, repaired or removed in it",
        "Correct the tags, or configure the VPC anew with session_mirror_config_vpc";
    /// Ruling 9, for rules.
    RuleMisconfigured "rule-misconfigured" High:
        "A rule names what cannot be used",
        "What it is about is left as it is",
        "Correct the rule";
    /// One of several targets.
    RuleTargetUnusable "rule-target-unusable" Medium:
        "One of several targets of a rule cannot be used",
        "The others take its share",
        "Correct the rule, or the target";
    /// Rules made sessions.
    RulesNotGiven "rules-not-given" Low:
        "Sessions were made by rules that were not given to the audit",
        "Whether they are as they should be is not looked at",
        "Give the audit the rules that the runs have, with --rules";
    /// A directory of rules without one for this region.
    NoRulesFile "no-rules-file" Low:
        "No file of rules is this region's",
        "It is looked at by tags alone",
        "Name a file after the region, or leave the region out";

    /// Sessions that cost money and see nothing: the instance does not run.
    SourceNotRunning "source-not-running" Low:
        "The instance of a session's source does not run",
        "The session is paid for and sees nothing",
        "Run session_mirror_tap, or delete the session if it is not ours";
    /// The source is attached to nothing.
    SourceDetached "source-detached" Low:
        "The source of a session is attached to nothing",
        "The session is paid for and sees nothing",
        "Run session_mirror_tap, or delete the session if it is not ours";
    /// The source does not exist any more.
    SourceGone "source-gone" Low:
        "The source of a session does not exist any more",
        "The session is paid for and sees nothing",
        "Run session_mirror_tap, or delete the session if it is not ours";
    /// AWS does not mirror the source.
    SourceUnsupported "source-unsupported" Medium:
        "A session is on an interface that AWS, as far as the list knows, does not mirror: its instance type, its subnet or its kind",
        "The session is paid for and sees nothing",
        "Change the instance's type, or delete the session; if AWS supports it by now, use --instance-types with a newer list";
    /// The filter accepts nothing.
    FilterTakesNothing "filter-takes-nothing" High:
        "No rule of a session's filter accepts anything, and it takes no DNS",
        "Its sessions are paid for and see nothing",
        "Add accepting rules to the filter; ours are completed by session_mirror_tap";
    /// Another session takes all that it would see.
    SessionShadowed "session-shadowed" Medium:
        "A session with a lower number on the same interface takes all that another would see",
        "The session is paid for and sees nothing: AWS mirrors a packet once",
        "Delete one of the two, or narrow the filter of the first";
    /// Part of the traffic stays out.
    FilterRejects "filter-rejects" Medium:
        "The filter of our sessions rejects part of the traffic",
        "What it rejects is not watched",
        "Remove the rejecting rules, if all traffic is wanted";
    /// Short of its profile.
    FilterIncomplete "filter-incomplete" Medium:
        "A filter of ours lacks part of what its profile has",
        "What it lacks is not watched",
        "Run session_mirror_tap: it completes the filter";
    /// Beyond its profile.
    FilterHasMore "filter-has-more" Medium:
        "A filter of ours has parts that its profile has not",
        "More may be mirrored than people asked for, or something is kept out",
        "Delete them from the filter, unless they are wanted";
    /// Its profile is not known here.
    FilterUnverified "filter-unverified" Low:
        "A filter of a custom profile is used that no file given to the audit defines",
        "Whether it does what its profile says is not looked at",
        "Give the audit the file that the runs have, with --custom-filter";
    /// Several filters with our description.
    SeveralFilters "several-filters" Low:
        "Several filters have our description",
        "One of them is used; the others count for the quota",
        "Delete the others once no session uses them";
    /// No room for its rules, or what others put before them decides.
    FilterOverfull "filter-overfull" Low:
        "A filter with our description cannot be made what its profile says",
        "Another is used",
        "Delete rules that nobody needs from it";

    /// Whether there is anybody who receives: what the target delivers to is gone.
    TargetGone "target-gone" High:
        "What a target delivers to does not exist any more",
        "Everything mirrored to it is lost",
        "Give the VPC another target with session_mirror_config_vpc; the next run moves the sessions";
    /// The target's interface is attached to nothing.
    TargetDetached "target-detached" High:
        "The interface behind a target is attached to nothing",
        "Everything mirrored to it is lost",
        "Attach the interface to an appliance, or mirror to another target";
    /// The target's instance does not run.
    TargetStopped "target-stopped" High:
        "The instance behind a target does not run",
        "Everything mirrored to it is lost",
        "Start the instance, or mirror to another target";
    /// Load balancer or endpoint are not ready.
    TargetNotActive "target-not-active" High:
        "The load balancer or endpoint behind a target is not ready",
        "Mirrored packets are lost until it is",
        "See in AWS's console why it is not active";
    /// The load balancer does not listen.
    TargetDeaf "target-deaf" High:
        "The load balancer behind a target has no UDP listener on port 4789",
        "Everything mirrored to it is lost, and AWS gives no error",
        "Add a UDP listener on port 4789 to the load balancer";
    /// Nobody is registered behind the load balancer.
    TargetWithoutReceiver "target-without-receiver" High:
        "Nothing is registered behind the load balancer's UDP listener on port 4789",
        "Everything mirrored to it is lost",
        "Register the appliances in the target group behind the listener";
    /// Nobody who is registered is healthy.
    NoHealthyReceiver "no-healthy-receiver" Medium:
        "Nothing registered behind the load balancer's UDP listener is healthy",
        "The load balancer sends to all of them all the same, and nobody may be listening",
        "Repair the appliances, or the health check: UDP 4789 itself cannot be checked, so it needs a TCP port that answers";
    /// Nobody in a zone is healthy.
    ZoneWithoutReceiver "zone-without-receiver" Medium:
        "A zone of the load balancer has no healthy appliance, and cross-zone load balancing is off",
        "What sources in that zone mirror to it is lost",
        "Switch cross-zone load balancing on, or register an appliance in that zone";
    /// Appliances are gone.
    AppliancesGone "appliances-gone" Medium:
        "Appliances made for a rule are gone, and their targets are left",
        "The targets count for the quota, and no more appliances are launched after three",
        "See why their instances ended; then remove their targets with `session_mirror_tap appliances prune`";

    /// The way there: nothing links the two VPCs.
    NoLink "no-link" High:
        "A source and its target are in VPCs that nothing links",
        "Mirrored packets are lost on their way",
        "Peer the two VPCs, attach both to a transit gateway, or use a target in the source's VPC";
    /// No route leads to the target.
    NoRoute "no-route" High:
        "The source's subnet has no route to the target",
        "Mirrored packets are lost on their way",
        "Add a route to the target's subnets to the route table of the source's subnet";
    /// The route leads to what is gone.
    BlackHole "black-hole" High:
        "The route from the source's subnet to the target is a black hole",
        "Mirrored packets are lost on their way",
        "Point the route to a peering or transit gateway that is there";
    /// A door on the way: security groups.
    SecurityGroupBlocks "security-group-blocks" High:
        "No security group of the target lets UDP 4789 in from the source, or none of its load balancer lets it out to the appliances",
        "Mirrored packets are dropped at the target, or before the appliances",
        "Let UDP 4789 in from the sources' addresses: behind a load balancer too, it is they that the appliances see. Where the sentence says out, let it out of the load balancer's group to the appliances";
    /// A door on the way: network ACLs.
    NetworkAclBlocks "network-acl-blocks" High:
        "The network ACL of the target's subnet denies UDP 4789 from the source, or that of a load balancer's subnet denies it out to the appliances",
        "Mirrored packets are dropped before the target, or before the appliances",
        "Allow UDP 4789 from the sources' addresses, or out to the appliances' where the sentence says out, with a lower number than the entry that denies it";
    /// Packets are too large for the way.
    PacketsCut "packets-cut" Low:
        "The Gateway Load Balancer endpoint behind a target takes packets of 8500 bytes at most",
        "The end of larger packets is missing: a source with jumbo frames may send some of 9001 bytes",
        "Set a packet length of 8446 or less, if the end of large packets does not matter; else use a load balancer or an interface as target";

    /// Limits of AWS: one is reached.
    QuotaReached "quota-reached" Medium:
        "A quota of AWS is used up",
        "AWS refuses the next one",
        "Remove what nobody needs; none of these quotas can be raised";
    /// Limits of AWS: one is near.
    QuotaNear "quota-near" Low:
        "A quota of AWS is nearly used up",
        "AWS will soon refuse the next one",
        "Remove what nobody needs, or spread it over more accounts, regions or targets";
}

impl FromStr for FindingCode {
    type Err = String;

    /// Reads a code.
    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::ALL.iter().find(|code| code.as_str() == text);
        named
            .copied()
            .ok_or_else(|| format!("`{text}` is no code of a finding; docs/reasons.md lists them"))
    }
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that an audit finds fault with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub code: FindingCode,
    /// Where: the ids of the things that are wrong, the most important first.
    pub at: Vec<String>,
    /// The VPC that it is in, where it is in one.
    pub vpc: Option<VpcId>,
    /// What is the matter, with its facts: one sentence without a full stop.
    pub what: String,
    /// The ids of the interfaces or sessions that suffer from it, in order, where they are others than [`Finding::at`].
    pub affected: Vec<String>,
    /// Whether the user muted it: it is shown, and does not count.
    pub muted: bool,
}

impl Finding {
    /// How grave it is.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }
}
