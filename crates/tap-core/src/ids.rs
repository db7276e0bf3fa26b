//! The identifiers of the domain, one type per kind of thing, so that none can stand in for another.
//!
//! What AWS gives is opaque: it is stored as it came and never parsed for its form (ruling 18). Only what a person
//! typed is checked, by [`VpcId::typed`] and its siblings, because people make typos.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// An id that a person typed and that cannot be one, with what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {article} {kind} id: expected {expected}")]
pub struct MalformedId {
    given: String,
    article: &'static str,
    kind: &'static str,
    expected: &'static str,
}

impl MalformedId {
    /// The kind of thing that it should be the id of, with its article: `a VPC`.
    pub fn kind(&self) -> String {
        format!("{} {}", self.article, self.kind)
    }

    /// What such an id looks like.
    pub fn expected(&self) -> &'static str {
        self.expected
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes an id as AWS gave it.
            pub fn new(id: impl Into<Arc<str>>) -> Self {
                Self(id.into())
            }

            /// The id as AWS wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self::new(id)
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self::new(id)
            }
        }
    )*};
}

ids! {
    /// A twelve-digit AWS account number.
    AccountId;
    /// An elastic network interface, `eni-…`.
    EniId;
    /// A VPC endpoint, `vpce-…`.
    EndpointId;
    /// A traffic mirror filter, `tmf-…`.
    FilterId;
    /// A transit gateway, `tgw-…`.
    GatewayId;
    /// A rule of a traffic mirror filter, `tmfr-…`.
    FilterRuleId;
    /// A machine image, `ami-…`.
    ImageId;
    /// An EC2 instance, `i-…`.
    InstanceId;
    /// A network ACL, `acl-…`.
    NetworkAclId;
    /// A VPC peering connection, `pcx-…`.
    PeeringId;
    /// An AWS region by its code, `eu-west-1`.
    Region;
    /// A route table, `rtb-…`.
    RouteTableId;
    /// A security group, `sg-…`.
    SecurityGroupId;
    /// A traffic mirror session, `tms-…`.
    SessionId;
    /// A subnet, `subnet-…`.
    SubnetId;
    /// A traffic mirror target, `tmt-…`.
    TargetId;
    /// A virtual private cloud, `vpc-…`.
    VpcId;
}

impl VpcId {
    /// Checks an id that a person typed.
    ///
    /// # Errors
    /// [`MalformedId`] unless it is `vpc-` and letters, digits or hyphens.
    pub fn typed(text: &str) -> Result<Self, MalformedId> {
        typed(text, "vpc-", "a", "VPC", "`vpc-` and letters or digits, as in vpc-0a1b2c3d")
            .map(Self)
    }
}

impl InstanceId {
    /// Checks an id that a person typed.
    ///
    /// # Errors
    /// [`MalformedId`] unless it is `i-` and letters, digits or hyphens.
    pub fn typed(text: &str) -> Result<Self, MalformedId> {
        typed(text, "i-", "an", "instance", "`i-` and letters or digits, as in i-0a1b2c3d")
            .map(Self)
    }
}

impl EniId {
    /// Checks an id that a person typed.
    ///
    /// # Errors
    /// [`MalformedId`] unless it is `eni-` and letters, digits or hyphens.
    pub fn typed(text: &str) -> Result<Self, MalformedId> {
        typed(text, "eni-", "an", "interface", "`eni-` and letters or digits, as in eni-0a1b2c3d")
            .map(Self)
    }
}

impl SubnetId {
    /// Checks an id that a person typed.
    ///
    /// # Errors
    /// [`MalformedId`] unless it is `subnet-` and letters, digits or hyphens.
    pub fn typed(text: &str) -> Result<Self, MalformedId> {
        typed(
            text,
            "subnet-",
            "a",
            "subnet",
            "`subnet-` and letters or digits, as in subnet-0a1b2c3d",
        )
        .map(Self)
    }
}

impl ImageId {
    /// Checks an id that a person typed.
    ///
    /// # Errors
    /// [`MalformedId`] unless it is `ami-` and letters, digits or hyphens.
    pub fn typed(text: &str) -> Result<Self, MalformedId> {
        typed(text, "ami-", "an", "image", "`ami-` and letters or digits, as in ami-0a1b2c3d")
            .map(Self)
    }
}

impl SecurityGroupId {
    /// Checks an id that a person typed.
    ///
    /// # Errors
    /// [`MalformedId`] unless it is `sg-` and letters, digits or hyphens.
    pub fn typed(text: &str) -> Result<Self, MalformedId> {
        typed(text, "sg-", "a", "security group", "`sg-` and letters or digits, as in sg-0a1b2c3d")
            .map(Self)
    }
}

impl TargetId {
    /// Checks an id that a person typed. No prefix is asked for: other endpoints name targets otherwise.
    ///
    /// # Errors
    /// [`MalformedId`] unless it is letters, digits and hyphens.
    pub fn typed(text: &str) -> Result<Self, MalformedId> {
        typed(text, "", "a", "target", "letters, digits and hyphens, as in tmt-0a1b2c3d").map(Self)
    }
}

impl FilterId {
    /// Checks an id that a person typed. No prefix is asked for: other endpoints name filters otherwise.
    ///
    /// # Errors
    /// [`MalformedId`] unless it is letters, digits and hyphens.
    pub fn typed(text: &str) -> Result<Self, MalformedId> {
        typed(text, "", "a", "filter", "letters, digits and hyphens, as in tmf-0a1b2c3d").map(Self)
    }
}

impl Region {
    /// Checks a region that a person typed. Whether it exists, AWS says.
    ///
    /// # Errors
    /// [`MalformedId`] unless it is lower-case words and a number joined by hyphens.
    pub fn typed(text: &str) -> Result<Self, MalformedId> {
        let words: Vec<&str> = text.split('-').collect();
        let well_formed = match words.split_last() {
            Some((number, names)) => {
                names.len() >= 2
                    && !number.is_empty()
                    && number.bytes().all(|b| b.is_ascii_digit())
                    && names.iter().all(|w| {
                        !w.is_empty()
                            && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                    })
            }
            None => false,
        };
        if well_formed {
            Ok(Self::new(text))
        } else {
            Err(MalformedId {
                given: text.to_owned(),
                article: "a",
                kind: "region",
                expected: "a code such as eu-west-1",
            })
        }
    }
}

fn typed(
    text: &str,
    prefix: &str,
    article: &'static str,
    kind: &'static str,
    expected: &'static str,
) -> Result<Arc<str>, MalformedId> {
    let rest = text.strip_prefix(prefix).unwrap_or_default();
    if !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        Ok(text.into())
    } else {
        Err(MalformedId { given: text.to_owned(), article, kind, expected })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_ids_catch_typos_and_take_any_real_form() {
        for good in ["vpc-1", "vpc-0123456789abcdef0", "vpc-web"] {
            assert_eq!(VpcId::typed(good).unwrap().as_str(), good);
        }
        for bad in ["", "vpc-", "vpc", "i-1", "vpc-0 1", "vpc-0_1", " vpc-1"] {
            assert!(VpcId::typed(bad).is_err(), "{bad:?}");
        }
        assert!(InstanceId::typed("i-0a").is_ok());
        assert!(FilterId::typed("traf-mir-fil-0a").is_ok());
        assert_eq!(
            InstanceId::typed("banana").unwrap_err().to_string(),
            "`banana` is not an instance id: expected `i-` and letters or digits, as in i-0a1b2c3d"
        );
    }

    #[test]
    fn typed_regions() {
        for good in ["eu-west-1", "us-gov-east-1", "ap-southeast-2", "eu-isoe-west-1"] {
            assert!(Region::typed(good).is_ok(), "{good}");
        }
        for bad in ["", "europe", "eu-west", "eu-west-1a", "EU-WEST-1", "eu--1", "-1"] {
            assert!(Region::typed(bad).is_err(), "{bad:?}");
        }
    }
}
