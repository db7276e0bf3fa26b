//! Every AWS call that Session Mirror makes: its name, and the IAM action that allows it.
//!
//! One table serves the error messages ("which action was denied"), the published IAM policy and the test that
//! compares both with what was really called.

use std::fmt;

macro_rules! calls {
    ($($name:ident: $access:ident $iam:literal;)*) => {
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

calls! {
    GetCallerIdentity: Read "";
    DescribeRegions: Read "ec2:DescribeRegions";
    DescribeVpcs: Read "ec2:DescribeVpcs";
    DescribeSubnets: Read "ec2:DescribeSubnets";
    DescribeInstances: Read "ec2:DescribeInstances";
    DescribeNetworkInterfaces: Read "ec2:DescribeNetworkInterfaces";
    DescribeTrafficMirrorTargets: Read "ec2:DescribeTrafficMirrorTargets";
    DescribeTrafficMirrorFilters: Read "ec2:DescribeTrafficMirrorFilters";
    DescribeTrafficMirrorSessions: Read "ec2:DescribeTrafficMirrorSessions";
    DescribeVpcEndpoints: Read "ec2:DescribeVpcEndpoints";
    DescribeVpcPeeringConnections: Read "ec2:DescribeVpcPeeringConnections";
    DescribeTransitGatewayVpcAttachments: Read "ec2:DescribeTransitGatewayVpcAttachments";
    DescribeLoadBalancers: Read "elasticloadbalancing:DescribeLoadBalancers";
    DescribeListeners: Read "elasticloadbalancing:DescribeListeners";
    DescribeTargetHealth: Read "elasticloadbalancing:DescribeTargetHealth";
    CreateTrafficMirrorFilter: Write "ec2:CreateTrafficMirrorFilter";
    CreateTrafficMirrorFilterRule: Write "ec2:CreateTrafficMirrorFilterRule";
    ModifyTrafficMirrorFilterNetworkServices: Write "ec2:ModifyTrafficMirrorFilterNetworkServices";
    CreateTrafficMirrorSession: Write "ec2:CreateTrafficMirrorSession";
    ModifyTrafficMirrorSession: Write "ec2:ModifyTrafficMirrorSession";
    DeleteTrafficMirrorSession: Write "ec2:DeleteTrafficMirrorSession";
    CreateTags: Write "ec2:CreateTags";
    DeleteTags: Write "ec2:DeleteTags";
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.action())
    }
}
