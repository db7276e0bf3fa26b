//! Every AWS call that Session Mirror makes: its name, and the IAM action that allows it.
//!
//! One table serves the error messages ("which action was denied"), the published IAM policy and the test that
//! compares both with what was really called.

use std::fmt;

macro_rules! calls {
    ($($name:ident: $access:ident $iam:literal [$($program:ident)+];)*) => {
        /// One operation of the AWS API that we call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the variants are AWS's own names of its operations")]
        pub enum Call { $($name,)* }

        impl Call {
            /// All calls, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The operation as AWS names it, `DescribeVpcs`.
            pub fn action(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The IAM action that a policy must allow, `ec2:DescribeVpcs`; none where AWS asks for none.
            pub fn iam_action(self) -> Option<&'static str> {
                let action = match self { $(Self::$name => $iam,)* };
                (!action.is_empty()).then_some(action)
            }

            /// Whether the call only reads.
            pub fn access(self) -> Access {
                match self { $(Self::$name => Access::$access,)* }
            }

            /// Who makes the call, and so has it in its IAM policy.
            pub fn programs(self) -> &'static [Program] {
                match self { $(Self::$name => &[$(Program::$program),+],)* }
            }
        }
    };
}

/// What a call does to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It reads.
    Read,
    /// It changes something.
    Write,
}

/// Who makes calls. Each has an IAM policy of its own in `deploy/iam/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `session_mirror_tap`.
    Tap,
    /// The AWS Lambda function `session_mirror_lambda`.
    Lambda,
    /// `session_mirror_audit`.
    Audit,
    /// The people's tools: `session_mirror_config_vpc`, `session_mirror_blacklist`, `session_mirror_whitelist`.
    Tools,
}

impl Program {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Tap, Self::Lambda, Self::Audit, Self::Tools];

    /// The file with its IAM policy.
    pub fn policy_file(self) -> &'static str {
        match self {
            Self::Tap => "deploy/iam/session_mirror_tap.json",
            Self::Lambda => "deploy/iam/lambda.json",
            Self::Audit => "deploy/iam/session_mirror_audit.json",
            Self::Tools => "deploy/iam/tools.json",
        }
    }
}

calls! {
    GetCallerIdentity: Read "" [Tap Lambda Audit Tools];
    DescribeRegions: Read "ec2:DescribeRegions" [Tap Audit Tools];
    DescribeVpcs: Read "ec2:DescribeVpcs" [Tap Lambda Audit Tools];
    DescribeSubnets: Read "ec2:DescribeSubnets" [Tap Lambda Audit Tools];
    DescribeInstances: Read "ec2:DescribeInstances" [Tap Lambda Audit Tools];
    DescribeNetworkInterfaces: Read "ec2:DescribeNetworkInterfaces" [Tap Lambda Audit Tools];
    DescribeTrafficMirrorTargets: Read "ec2:DescribeTrafficMirrorTargets" [Tap Lambda Audit Tools];
    DescribeTrafficMirrorFilters: Read "ec2:DescribeTrafficMirrorFilters" [Tap Lambda Audit Tools];
    DescribeTrafficMirrorSessions: Read "ec2:DescribeTrafficMirrorSessions" [Tap Lambda Audit Tools];
    DescribeVpcEndpoints: Read "ec2:DescribeVpcEndpoints" [Audit Tools];
    DescribeVpcPeeringConnections: Read "ec2:DescribeVpcPeeringConnections" [Audit Tools];
    DescribeTransitGatewayVpcAttachments: Read "ec2:DescribeTransitGatewayVpcAttachments" [Audit Tools];
    DescribeRouteTables: Read "ec2:DescribeRouteTables" [Audit];
    DescribeSecurityGroups: Read "ec2:DescribeSecurityGroups" [Audit];
    DescribeNetworkAcls: Read "ec2:DescribeNetworkAcls" [Audit];
    DescribeLoadBalancers: Read "elasticloadbalancing:DescribeLoadBalancers" [Tap Lambda Audit Tools];
    DescribeListeners: Read "elasticloadbalancing:DescribeListeners" [Tap Lambda Audit Tools];
    DescribeTargetHealth: Read "elasticloadbalancing:DescribeTargetHealth" [Tap Lambda Audit Tools];
    DescribeLoadBalancerAttributes: Read "elasticloadbalancing:DescribeLoadBalancerAttributes" [Audit Tools];
    DescribeTargetGroupAttributes: Read "elasticloadbalancing:DescribeTargetGroupAttributes" [Audit];
    DescribeTargetGroups: Read "elasticloadbalancing:DescribeTargetGroups" [Tools];
    CreateTrafficMirrorFilter: Write "ec2:CreateTrafficMirrorFilter" [Tap Lambda];
    CreateTrafficMirrorFilterRule: Write "ec2:CreateTrafficMirrorFilterRule" [Tap Lambda];
    ModifyTrafficMirrorFilterNetworkServices: Write "ec2:ModifyTrafficMirrorFilterNetworkServices" [Tap Lambda];
    CreateTrafficMirrorSession: Write "ec2:CreateTrafficMirrorSession" [Tap Lambda];
    ModifyTrafficMirrorSession: Write "ec2:ModifyTrafficMirrorSession" [Tap Lambda];
    DeleteTrafficMirrorSession: Write "ec2:DeleteTrafficMirrorSession" [Tap Lambda];
    CreateLoadBalancer: Write "elasticloadbalancing:CreateLoadBalancer" [Tools];
    ModifyLoadBalancerAttributes: Write "elasticloadbalancing:ModifyLoadBalancerAttributes" [Tools];
    CreateTargetGroup: Write "elasticloadbalancing:CreateTargetGroup" [Tools];
    CreateListener: Write "elasticloadbalancing:CreateListener" [Tools];
    RegisterTargets: Write "elasticloadbalancing:RegisterTargets" [Tools];
    CreateTrafficMirrorTarget: Write "ec2:CreateTrafficMirrorTarget" [Tap Lambda Tools];
    DeleteTrafficMirrorTarget: Write "ec2:DeleteTrafficMirrorTarget" [Tap];
    RunInstances: Write "ec2:RunInstances" [Tap Lambda];
    TerminateInstances: Write "ec2:TerminateInstances" [Tap Lambda];
    CreateTags: Write "ec2:CreateTags" [Tap Lambda Tools];
    DeleteTags: Write "ec2:DeleteTags" [Tap Lambda Tools];
    ListAccounts: Read "organizations:ListAccounts" [Audit];
    GetObject: Read "s3:GetObject" [Lambda];
    SendMessage: Write "sqs:SendMessage" [Lambda];
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.action())
    }
}
