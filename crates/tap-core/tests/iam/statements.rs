//! What each call needs: on which resources, under which conditions. The one place where a right is written down.
//!
//! Resource types and condition keys are those of docs/aws.md 9.

use tap_core::call::{Call, Program};
use tap_core::tags::TagKeys;

use Program::{Audit, Lambda, Tap, Tools};

/// One statement of a policy, for one program or several.
pub struct Statement {
    /// Its name.
    pub sid: &'static str,
    /// Whose policy it is in.
    pub programs: Vec<Program>,
    /// The calls that it allows.
    pub calls: Vec<Call>,
    /// Actions that AWS asks for besides, though we do not call them.
    pub besides: Vec<&'static str>,
    /// The resources.
    pub on: Vec<String>,
    /// The conditions, all of which must hold.
    pub when: Vec<Condition>,
    /// The template's condition under which the statement is there at all.
    pub only_if: Option<&'static str>,
}

/// One condition: operator, key, values.
pub struct Condition {
    pub operator: &'static str,
    pub key: String,
    pub values: Vec<String>,
}

/// How resources and tags are called: in the published files as they are, in the template as CloudFormation fills them in.
pub struct Names {
    partition: &'static str,
    region: &'static str,
    account: &'static str,
    /// The object with the rules, `BUCKET/KEY`; in the template, the region's file in a folder too.
    rules: &'static [&'static str],
    queue: &'static str,
    logs: &'static str,
    keys: TagKeys,
}

impl Names {
    /// Those of the files in `deploy/iam/`. What a policy cannot guess stands in capitals.
    pub fn published() -> Self {
        Self {
            partition: "aws",
            region: "*",
            account: "*",
            rules: &["RULES_BUCKET/RULES_KEY"],
            queue: "QUEUE_NAME",
            logs: "LOG_GROUP",
            keys: TagKeys::default(),
        }
    }

    /// Those of `deploy/sam/template.yaml`.
    pub fn of_the_template() -> Self {
        Self {
            partition: "${AWS::Partition}",
            region: "${AWS::Region}",
            account: "${AWS::AccountId}",
            rules: &[
                "${RulesS3Bucket}/${RulesS3Key}",
                "${RulesS3Bucket}/${RulesS3Key}${AWS::Region}.yaml",
            ],
            queue: "${Events.QueueName}",
            logs: "${Logs}",
            keys: TagKeys::of_vendor("${Vendor}"),
        }
    }

    /// Resources of EC2, of any account: a target may be another account's, shared with ours.
    fn ec2(&self, types: &[&str]) -> Vec<String> {
        let Self { partition, region, .. } = self;
        let arn = |name: &&str| format!("arn:{partition}:ec2:{region}:*:{name}/*");
        types.iter().map(arn).collect()
    }

    fn elb(&self, types: &[&str]) -> Vec<String> {
        let Self { partition, region, .. } = self;
        let arn = |name: &&str| format!("arn:{partition}:elasticloadbalancing:{region}:*:{name}");
        types.iter().map(arn).collect()
    }

    /// The images are mostly AWS's own: their ARN has no account.
    fn images(&self) -> Vec<String> {
        let Self { partition, region, .. } = self;
        vec![format!("arn:{partition}:ec2:{region}::image/*")]
    }

    /// Only what is given our Creator tag as it is made.
    fn made_as_ours(&self) -> Condition {
        equals("aws:RequestTag/Creator", &[&self.keys.creator])
    }

    /// Only what has our Creator tag.
    fn ours(&self) -> Condition {
        equals("aws:ResourceTag/Creator", &[&self.keys.creator])
    }
}

fn equals(key: &str, values: &[&str]) -> Condition {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Condition { operator: "StringEquals", key: key.to_owned(), values }
}

/// Only these keys. An empty list of keys would remove all tags, and passes every `ForAllValues` (docs/aws.md 1.5): hence the second.
fn only_keys(keys: &[&str]) -> Vec<Condition> {
    let only = Condition { operator: "ForAllValues:StringEquals", ..equals("aws:TagKeys", keys) };
    let some = Condition { operator: "Null", ..equals("aws:TagKeys", &["false"]) };
    vec![only, some]
}

impl Statement {
    fn new(sid: &'static str, programs: &[Program], calls: &[Call], on: Vec<String>) -> Self {
        Self {
            sid,
            programs: programs.to_vec(),
            calls: calls.to_vec(),
            besides: Vec::new(),
            on,
            when: Vec::new(),
            only_if: None,
        }
    }

    /// A statement about actions that nobody calls.
    fn besides(
        sid: &'static str,
        programs: &[Program],
        actions: &[&'static str],
        on: Vec<String>,
    ) -> Self {
        Self { besides: actions.to_vec(), ..Self::new(sid, programs, &[], on) }
    }

    fn when(mut self, condition: Condition) -> Self {
        self.when.push(condition);
        self
    }

    fn when_all(mut self, conditions: Vec<Condition>) -> Self {
        self.when.extend(conditions);
        self
    }

    fn only_if(self, condition: &'static str) -> Self {
        Self { only_if: Some(condition), ..self }
    }

    /// The actions, sorted.
    pub fn actions(&self) -> Vec<&'static str> {
        let mut actions: Vec<&str> =
            self.calls.iter().filter_map(|call| call.iam_action()).collect();
        actions.extend(&self.besides);
        actions.sort_unstable();
        actions
    }
}

/// What is described has no resources of its own: AWS takes these actions on everything only.
fn reads(program: Program) -> Statement {
    let is_list = |call: &&Call| {
        let describes = |action: &str| action.contains(":Describe");
        call.programs().contains(&program) && call.iam_action().is_some_and(describes)
    };
    let calls: Vec<Call> = Call::ALL.iter().filter(is_list).copied().collect();
    Statement::new("Read", &[program], &calls, vec!["*".to_owned()])
}

/// The accounts of an organization have no resource of their own either. IAM's read actions are not all `Describe…`.
fn organization() -> Statement {
    Statement::new("KnowTheOrganization", &[Audit], &[Call::ListAccounts], vec!["*".to_owned()])
}

/// All statements of all programs, in the order in which the policies have them.
pub fn all(names: &Names) -> Vec<Statement> {
    let mut all: Vec<Statement> = Program::ALL.map(reads).into();
    all.push(organization());
    all.extend(sessions(names));
    all.extend(appliances(names));
    all.extend(lists(names));
    all.extend(targets(names));
    all.extend(load_balancers(names));
    all.extend(function(names));
    all
}

fn sessions(names: &Names) -> Vec<Statement> {
    use Call::*;
    let runs = &[Tap, Lambda];
    let session = || names.ec2(&["traffic-mirror-session"]);
    let TagKeys { finding, rule, until, .. } = &names.keys;
    let ends = ["network-interface", "traffic-mirror-filter", "traffic-mirror-target"];
    vec![
        Statement::new("CreateSessionsFrom", runs, &[CreateTrafficMirrorSession], names.ec2(&ends)),
        Statement::new("CreateOwnSessionsOnly", runs, &[CreateTrafficMirrorSession], session())
            .when(names.made_as_ours()),
        Statement::new(
            "ChangeOwnSessionsOnly",
            runs,
            &[DeleteTrafficMirrorSession, ModifyTrafficMirrorSession],
            session(),
        )
        .when(names.ours()),
        Statement::new(
            "ChangeSessionsTo",
            runs,
            &[ModifyTrafficMirrorSession],
            names.ec2(&ends[1..]),
        ),
        Statement::new(
            "KeepTheFilterComplete",
            runs,
            &[
                CreateTrafficMirrorFilter,
                CreateTrafficMirrorFilterRule,
                ModifyTrafficMirrorFilterNetworkServices,
            ],
            names.ec2(&["traffic-mirror-filter", "traffic-mirror-filter-rule"]),
        ),
        Statement::new("MarkOwnSessionsOnly", runs, &[CreateTags, DeleteTags], session())
            .when(names.ours())
            .when_all(only_keys(&[finding, rule, until])),
        Statement::besides(
            "TagWhatIsCreated",
            runs,
            &["ec2:CreateTags"],
            names.ec2(&["traffic-mirror-filter", "traffic-mirror-session"]),
        )
        .when(equals(
            "ec2:CreateAction",
            &["CreateTrafficMirrorFilter", "CreateTrafficMirrorSession"],
        )),
    ]
}

/// Instances that are launched to receive mirrored traffic, and their targets. What made them is a tag of ours; the rule's own
/// tag cannot be asked for, since CloudFormation fills nothing into the name of a condition's key.
fn appliances(names: &Names) -> Vec<Statement> {
    use Call::{
        CreateTrafficMirrorTarget, DeleteTrafficMirrorTarget, RunInstances, TerminateInstances,
    };
    let runs = &[Tap, Lambda];
    let instance = || names.ec2(&["instance"]);
    let target = || names.ec2(&["traffic-mirror-target"]);
    let launched = ["instance", "network-interface", "volume"];
    let run = &[RunInstances];
    let only_new = |action| equals("ec2:CreateAction", &[action]);
    let mut from = names.images();
    from.extend(names.ec2(&["security-group", "subnet"]));
    let all = vec![
        Statement::new("LaunchAppliancesFrom", runs, run, from),
        Statement::new("LaunchAppliancesWith", runs, run, names.ec2(&launched[1..]))
            .when(names.made_as_ours()),
        Statement::new("LaunchOwnAppliancesOnly", runs, run, instance())
            .when(names.made_as_ours())
            .when(equals("ec2:MetadataHttpTokens", &["required"])),
        Statement::besides(
            "TagAppliancesAsTheyAreLaunched",
            runs,
            &["ec2:CreateTags"],
            names.ec2(&launched),
        )
        .when(only_new("RunInstances")),
        Statement::new("TerminateOwnAppliancesOnly", runs, &[TerminateInstances], instance())
            .when(names.ours()),
        Statement::new(
            "MakeTargetsOfInterfaces",
            runs,
            &[CreateTrafficMirrorTarget],
            names.ec2(&["network-interface"]),
        ),
        Statement::new("MakeOwnTargetsOnly", runs, &[CreateTrafficMirrorTarget], target())
            .when(names.made_as_ours()),
        Statement::besides("TagOwnTargetsAsTheyAreMade", runs, &["ec2:CreateTags"], target())
            .when(only_new("CreateTrafficMirrorTarget")),
        Statement::new("DeleteOwnTargetsOnly", &[Tap], &[DeleteTrafficMirrorTarget], target())
            .when(names.ours()),
    ];
    all.into_iter().map(|statement| statement.only_if("LaunchesAppliances")).collect()
}

/// The tags by which people say what is watched.
fn lists(names: &Names) -> Vec<Statement> {
    use Call::{CreateTags, DeleteTags};
    let TagKeys { enrollment, target, profile, packet_length, blacklist, whitelist, .. } =
        &names.keys;
    let tags = &[CreateTags, DeleteTags];
    vec![
        Statement::new("SayWhatIsWatchedInVpcs", &[Tools], tags, names.ec2(&["vpc"]))
            .when_all(only_keys(&[enrollment, profile, packet_length, target])),
        Statement::new("ListInstances", &[Tools], tags, names.ec2(&["instance"]))
            .when_all(only_keys(&[blacklist, whitelist])),
    ]
}

fn targets(names: &Names) -> Vec<Statement> {
    use Call::CreateTrafficMirrorTarget;
    let target = || names.ec2(&["traffic-mirror-target"]);
    let make = &[CreateTrafficMirrorTarget];
    vec![
        Statement::new(
            "MakeTargetsOf",
            &[Tools],
            make,
            names.ec2(&["network-interface", "vpc-endpoint"]),
        ),
        Statement::new("MakeTargets", &[Tools], make, target()).when(names.made_as_ours()),
        Statement::besides("TagTargetsAsTheyAreMade", &[Tools], &["ec2:CreateTags"], target())
            .when(equals("ec2:CreateAction", &["CreateTrafficMirrorTarget"])),
    ]
}

fn load_balancers(names: &Names) -> Vec<Statement> {
    use Call::*;
    let [balancer, group, listener] =
        ["loadbalancer/net/*/*", "targetgroup/*/*", "listener/net/*/*/*"];
    let Names { partition, .. } = names;
    vec![
        Statement::new(
            "MakeInternalLoadBalancers",
            &[Tools],
            &[CreateLoadBalancer],
            names.elb(&[balancer]),
        )
        .when(names.made_as_ours())
        .when(equals("elasticloadbalancing:Scheme", &["internal"])),
        Statement::new(
            "MakeTheirListenersAndTargetGroups",
            &[Tools],
            &[CreateListener, CreateTargetGroup],
            names.elb(&[balancer, group]),
        )
        .when(names.made_as_ours()),
        Statement::besides(
            "TagThemAsTheyAreMade",
            &[Tools],
            &["elasticloadbalancing:AddTags"],
            names.elb(&[listener, balancer, group]),
        )
        .when(names.made_as_ours()),
        Statement::new(
            "CompleteThem",
            &[Tools],
            &[ModifyLoadBalancerAttributes, RegisterTargets],
            names.elb(&[balancer, group]),
        ),
        Statement::besides(
            "FirstLoadBalancerOfTheAccount",
            &[Tools],
            &["iam:CreateServiceLinkedRole"],
            vec![format!(
                "arn:{partition}:iam::*:role/aws-service-role/elasticloadbalancing.amazonaws.com/*"
            )],
        )
        .when(equals("iam:AWSServiceName", &["elasticloadbalancing.amazonaws.com"])),
    ]
}

/// What the function does besides, and what the Lambda service does in its name: takes messages from the queue, writes the log.
fn function(names: &Names) -> Vec<Statement> {
    let Names { partition, region, account, rules, queue, logs, .. } = names;
    let rules = rules.iter().map(|object| format!("arn:{partition}:s3:::{object}")).collect();
    let queue = vec![format!("arn:{partition}:sqs:{region}:{account}:{queue}")];
    let streams = format!("arn:{partition}:logs:{region}:{account}:log-group:{logs}:*");
    let runs = &[Lambda];
    vec![
        Statement::new("ReadTheRules", runs, &[Call::GetObject], rules).only_if("ReadsRulesFromS3"),
        Statement::new("GoOnFromTheQueue", runs, &[Call::SendMessage], queue.clone()),
        Statement::besides(
            "TakeEvents",
            runs,
            &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            queue,
        ),
        Statement::besides(
            "WriteTheLog",
            runs,
            &["logs:CreateLogStream", "logs:PutLogEvents"],
            vec![streams],
        ),
    ]
}
