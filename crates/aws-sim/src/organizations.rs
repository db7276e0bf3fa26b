//! AWS Organizations: DescribeOrganization and ListAccounts. The protocol is JSON 1.1; shapes and errors are those of the
//! service model [D].

use serde_json::{Map, Value, json};

use crate::dispatch::{Action, Ctx, Handler};
use crate::error::{Answer, ApiError};
use crate::model::Organization;
use crate::page::{ORGANIZATIONS, Pager};
use crate::store::Key;
use crate::wire::Service;

/// Every action of Organizations that is simulated.
pub(crate) const ACTIONS: &[Action] = &[
    Action {
        service: Service::Organizations,
        name: "DescribeOrganization",
        params: &[],
        handler: Handler::Json(describe),
    },
    Action {
        service: Service::Organizations,
        name: "ListAccounts",
        params: &["MaxResults", "NextToken"],
        handler: Handler::Json(list),
    },
];

fn in_use<'a>(ctx: &Ctx<'a>) -> Answer<&'a Organization> {
    ctx.organization.ok_or_else(|| {
        let text = "Your account is not a member of an organization.";
        ApiError::bad("AWSOrganizationsNotInUseException", text)
    })
}

/// DescribeOrganization: every account of an organization may ask.
fn describe(ctx: &mut Ctx<'_>) -> Answer<Value> {
    let organization = in_use(ctx)?;
    let Organization { id, management, .. } = organization;
    let management_email = organization.accounts.iter().find(|account| account.id == *management);
    Ok(json!({ "Organization": {
        "Id": id,
        "Arn": format!("arn:aws:organizations::{management}:organization/{id}"),
        "FeatureSet": "ALL",
        "MasterAccountArn": organization.account_arn(management),
        "MasterAccountId": management,
        "MasterAccountEmail": management_email.map(|account| &account.email),
        "AvailablePolicyTypes": [{ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" }],
    }}))
}

/// ListAccounts: for the management account, and for members that it has delegated to [D].
fn list(ctx: &mut Ctx<'_>) -> Answer<Value> {
    let organization = in_use(ctx)?;
    if organization.management != ctx.world.account && !organization.delegated {
        let text = "You don't have permissions to access this resource.";
        return Err(ApiError::bad("AccessDeniedException", text));
    }
    let pager = Pager::open(ctx.request, ORGANIZATIONS, &ctx.switches.pages)?;
    let after = pager.after_key();
    let mut accounts: Vec<_> =
        organization.accounts.iter().map(|account| (Key::new(&account.id), account)).collect();
    accounts.sort_by(|a, b| a.0.cmp(&b.0));
    let rest = accounts.into_iter().filter(|(key, _)| after.as_ref() < Some(key));
    let (page, token) = pager.cut(rest.map(|(key, account)| (key.id().to_owned(), account)));
    let shown: Vec<Value> = page
        .into_iter()
        .map(|account| {
            let mut shown = json!({
                "Id": account.id,
                "Arn": organization.account_arn(&account.id),
                "Email": account.email,
                "Name": account.name,
                "State": account.state,
                "JoinedMethod": account.joined,
                // Seconds since 1970, with a fraction, as JSON 1.1 has moments.
                "JoinedTimestamp": JOINED,
            });
            // The older member knows three states only, and is to be retired.
            if OLDER.contains(&account.state.as_str()) {
                shown["Status"] = json!(account.state);
            }
            shown
        })
        .collect();
    let mut answer = Map::from_iter([("Accounts".to_owned(), Value::Array(shown))]);
    if let Some(token) = token {
        answer.insert("NextToken".to_owned(), Value::String(token));
    }
    Ok(Value::Object(answer))
}

/// When every account joined: the start of 2026.
const JOINED: f64 = 1_767_225_600.0;

const OLDER: [&str; 3] = ["ACTIVE", "SUSPENDED", "PENDING_CLOSURE"];
