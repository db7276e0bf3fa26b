//! From an action's name to its handler, after its parameters are known to exist. The list of parameters of each action
//! is that of AWS's service model; whatever else comes is refused, so that no typing error passes.

use serde_json::Value;

use crate::error::{Answer, ApiError};
use crate::kinds::Kind;
use crate::model::Organization;
use crate::request::Request;
use crate::store::View;
use crate::switches::Switches;
use crate::wire::{Body, Service};
use crate::world::{RegionWorld, Roles};
use crate::xml::Xml;
use crate::{ec2, elbv2, organizations, sts};

/// What a handler works with.
pub(crate) struct Ctx<'a> {
    pub(crate) request: &'a Request,
    pub(crate) world: &'a mut RegionWorld,
    pub(crate) roles: &'a mut Roles,
    pub(crate) organization: Option<&'a Organization>,
    pub(crate) switches: &'a Switches,
    /// The moment that this call's reads see.
    pub(crate) view: View,
    /// Regions of the account, with opted-in ones, for DescribeRegions.
    pub(crate) regions: &'a [String],
}

impl Ctx<'_> {
    /// The error for ids that are not there.
    pub(crate) fn missing(&self, kind: Kind, ids: &[&str]) -> ApiError {
        kind.missing(ids, self.switches.not_found)
    }

    /// Ends a dry run, once all else was found in order.
    pub(crate) fn dry_run(&self) -> Answer<()> {
        if self.request.flag("DryRun")? { Err(ApiError::dry_run()) } else { Ok(()) }
    }
}

/// How an action is done, by what its protocol answers with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Handler {
    Xml(fn(&mut Ctx<'_>) -> Answer<Xml>),
    Json(fn(&mut Ctx<'_>) -> Answer<Value>),
}

impl Handler {
    pub(crate) fn run(self, ctx: &mut Ctx<'_>) -> Answer<Body> {
        match self {
            Self::Xml(handler) => handler(ctx).map(Body::Xml),
            Self::Json(handler) => handler(ctx).map(Body::Json),
        }
    }
}

/// One action. In `params`, `#` stands for a number, a trailing `*` for anything below.
pub(crate) struct Action {
    pub(crate) service: Service,
    pub(crate) name: &'static str,
    pub(crate) params: &'static [&'static str],
    pub(crate) handler: Handler,
}

/// Finds the handler of a request and checks the names of its parameters.
pub(crate) fn find(request: &Request) -> Answer<&'static Action> {
    if request.broken {
        let text = "The body is no JSON object with members of one value each.";
        return Err(ApiError::bad("SerializationException", text));
    }
    let all = [ec2::ACTIONS, elbv2::ACTIONS, sts::ACTIONS, organizations::ACTIONS];
    let known = all.into_iter().flatten();
    let action = known
        .filter(|action| action.service == request.service)
        .find(|action| action.name == request.action)
        .ok_or_else(|| {
            if request.service == Service::Organizations {
                let text = format!("The operation '{}' is not known.", request.action);
                return ApiError::bad("UnknownOperationException", text);
            }
            if request.action.is_empty() {
                return ApiError::bad(
                    "MissingAction",
                    "The request must contain the parameter Action",
                );
            }
            let text = format!("The action {} is not valid for this web service.", request.action);
            ApiError::bad("InvalidAction", text)
        })?;
    for name in request.params.keys() {
        if !action.takes(name) {
            return Err(match request.service {
                Service::Ec2 => ApiError::bad(
                    "UnknownParameter",
                    format!("The parameter {name} is not recognized"),
                ),
                Service::Elb | Service::Sts => {
                    ApiError::bad("ValidationError", format!("Unknown parameter: {name}"))
                }
                Service::Organizations => {
                    ApiError::bad("SerializationException", format!("Unknown member: {name}"))
                }
            });
        }
    }
    if request.service == Service::Ec2 {
        request.flag("DryRun")?;
    }
    Ok(action)
}

impl Action {
    fn takes(&self, name: &str) -> bool {
        let mut pattern = String::with_capacity(name.len());
        for (n, part) in name.split('.').enumerate() {
            if n > 0 {
                pattern.push('.');
            }
            let counted = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            pattern.push_str(if counted { "#" } else { part });
        }
        self.params.iter().any(|known| match known.strip_suffix('*') {
            Some(start) => pattern.starts_with(start),
            None => *known == pattern,
        })
    }
}
