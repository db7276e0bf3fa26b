//! The kinds of resources that have ids, and the codes that AWS answers when one is not there.

use crate::error::{Answer, ApiError};
use crate::ids::check_form;
use crate::switches::NotFoundCodes;

/// A kind of EC2 resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Vpc,
    Subnet,
    Instance,
    Eni,
    Session,
    Target,
    Filter,
    Rule,
    Endpoint,
    Peering,
    Attachment,
    RouteTable,
    SecurityGroup,
    Acl,
}

impl Kind {
    pub(crate) const ALL: [Self; 14] = [
        Self::Vpc,
        Self::Subnet,
        Self::Instance,
        Self::Eni,
        Self::Session,
        Self::Target,
        Self::Filter,
        Self::Rule,
        Self::Endpoint,
        Self::Peering,
        Self::Attachment,
        Self::RouteTable,
        Self::SecurityGroup,
        Self::Acl,
    ];

    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Vpc => "vpc",
            Self::Subnet => "subnet",
            Self::Instance => "i",
            Self::Eni => "eni",
            Self::Session => "tms",
            Self::Target => "tmt",
            Self::Filter => "tmf",
            Self::Rule => "tmfr",
            Self::Endpoint => "vpce",
            Self::Peering => "pcx",
            Self::Attachment => "tgw-attach",
            Self::RouteTable => "rtb",
            Self::SecurityGroup => "sg",
            Self::Acl => "acl",
        }
    }

    /// The kind that an id's prefix tells.
    pub(crate) fn of(id: &str) -> Option<Self> {
        let has = |prefix| id.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('-'));
        Self::ALL.into_iter().find(|kind| has(kind.prefix()))
    }

    /// The name in DescribeTags and in tag specifications.
    pub(crate) fn resource_type(self) -> &'static str {
        match self {
            Self::Vpc => "vpc",
            Self::Subnet => "subnet",
            Self::Instance => "instance",
            Self::Eni => "network-interface",
            Self::Session => "traffic-mirror-session",
            Self::Target => "traffic-mirror-target",
            Self::Filter => "traffic-mirror-filter",
            Self::Rule => "traffic-mirror-filter-rule",
            Self::Endpoint => "vpc-endpoint",
            Self::Peering => "vpc-peering-connection",
            Self::Attachment => "transit-gateway-attachment",
            Self::RouteTable => "route-table",
            Self::SecurityGroup => "security-group",
            Self::Acl => "network-acl",
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Vpc => "vpc ID",
            Self::Subnet => "subnet ID",
            Self::Instance => "instance ID",
            Self::Eni => "networkInterface ID",
            Self::Session => "trafficMirrorSession ID",
            Self::Target => "trafficMirrorTarget ID",
            Self::Filter => "trafficMirrorFilter ID",
            Self::Rule => "trafficMirrorFilterRule ID",
            Self::Endpoint => "vpcEndpoint ID",
            Self::Peering => "vpcPeeringConnection ID",
            Self::Attachment => "transitGatewayAttachment ID",
            Self::RouteTable => "routeTable ID",
            Self::SecurityGroup => "security group",
            Self::Acl => "networkAcl ID",
        }
    }

    /// The mirror objects' codes differ between the documents and live accounts; the others' do not.
    fn not_found_code(self, codes: NotFoundCodes) -> &'static str {
        let documented = codes == NotFoundCodes::Documented;
        match self {
            Self::Vpc => "InvalidVpcID.NotFound",
            Self::Subnet => "InvalidSubnetID.NotFound",
            Self::Instance => "InvalidInstanceID.NotFound",
            Self::Eni => "InvalidNetworkInterfaceID.NotFound",
            Self::Session if documented => "InvalidTrafficMirrorSessionNotFound",
            Self::Session => "InvalidTrafficMirrorSessionId.NotFound",
            // Without the `t`: so it stands in AWS's list of codes.
            Self::Target if documented => "InvalidTrafficMirrorTargetNoFound",
            Self::Target => "InvalidTrafficMirrorTargetId.NotFound",
            Self::Filter if documented => "InvalidTrafficMirrorFilterNotFound",
            Self::Filter => "InvalidTrafficMirrorFilterId.NotFound",
            Self::Rule if documented => "InvalidTrafficMirrorFilterRuleNotFound",
            Self::Rule => "InvalidTrafficMirrorFilterRuleId.NotFound",
            Self::Endpoint => "InvalidVpcEndpointId.NotFound",
            Self::Peering => "InvalidVpcPeeringConnectionID.NotFound",
            Self::Attachment => "InvalidTransitGatewayAttachmentID.NotFound",
            Self::RouteTable => "InvalidRouteTableID.NotFound",
            Self::SecurityGroup => "InvalidGroup.NotFound",
            Self::Acl => "InvalidNetworkAclID.NotFound",
        }
    }

    fn malformed_code(self) -> &'static str {
        match self {
            Self::Vpc => "InvalidVpcID.Malformed",
            Self::Subnet => "InvalidSubnetID.Malformed",
            Self::Instance => "InvalidInstanceID.Malformed",
            Self::Eni => "InvalidNetworkInterfaceID.Malformed",
            Self::Session => "InvalidTrafficMirrorSessionId.Malformed",
            Self::Target => "InvalidTrafficMirrorTargetId.Malformed",
            Self::Filter => "InvalidTrafficMirrorFilterId.Malformed",
            Self::Rule => "InvalidTrafficMirrorFilterRuleId.Malformed",
            Self::Endpoint => "InvalidVpcEndpointId.Malformed",
            // `Id` here and `ID` above: so they stand in AWS's list of codes.
            Self::Peering => "InvalidVpcPeeringConnectionId.Malformed",
            Self::Attachment => "InvalidTransitGatewayAttachmentID.Malformed",
            Self::RouteTable => "InvalidRouteTableId.Malformed",
            Self::SecurityGroup => "InvalidGroupId.Malformed",
            Self::Acl => "InvalidNetworkAclId.Malformed",
        }
    }

    /// The error for ids that the account does not hold: the first malformed one, else all that are missing.
    pub(crate) fn missing(self, ids: &[&str], codes: NotFoundCodes) -> ApiError {
        for id in ids {
            if let Err(error) = self.check_form(id) {
                return error;
            }
        }
        let code = self.not_found_code(codes);
        match ids {
            [id] => ApiError::bad(code, format!("The {} '{id}' does not exist", self.noun())),
            _ => {
                let ids = ids.join(", ");
                ApiError::bad(code, format!("The {}s '{ids}' do not exist", self.noun()))
            }
        }
    }

    fn check_form(self, id: &str) -> Answer<()> {
        check_form(id, self.prefix(), self.malformed_code())
    }
}
