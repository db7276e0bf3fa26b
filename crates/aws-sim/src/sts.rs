//! STS: GetCallerIdentity and AssumeRole.

use crate::dispatch::{Action, Ctx, Handler};
use crate::error::{Answer, ApiError};
use crate::ids::stable_hash;
use crate::wire::Service;
use crate::world::Caller;
use crate::xml::Xml;

/// Every STS action that is simulated.
pub(crate) const ACTIONS: &[Action] = &[
    Action {
        service: Service::Sts,
        name: "GetCallerIdentity",
        params: &[],
        handler: Handler::Xml(caller),
    },
    Action {
        service: Service::Sts,
        name: "AssumeRole",
        params: &[
            "RoleArn",
            "RoleSessionName",
            "PolicyArns.member.#.arn",
            "Policy",
            "DurationSeconds",
            "Tags.member.#.Key",
            "Tags.member.#.Value",
            "TransitiveTagKeys.member.#",
            "ExternalId",
            "SerialNumber",
            "TokenCode",
            "SourceIdentity",
            "ProvidedContexts.member.#.ProviderArn",
            "ProvidedContexts.member.#.ContextAssertion",
            "MinimumSessionTokenSize",
        ],
        handler: Handler::Xml(assume_role),
    },
];

fn caller(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let account = &ctx.world.account;
    let key = ctx.request.access_key.as_deref().unwrap_or_default();
    let caller = ctx.roles.get(key).cloned().unwrap_or_else(|| Caller {
        account: account.clone(),
        arn: format!("arn:aws:iam::{account}:user/simulated"),
        user_id: "AIDASIMULATEDUSER0000".to_owned(),
    });
    let mut xml = Xml::new();
    xml.leaf("Arn", caller.arn);
    xml.leaf("UserId", caller.user_id);
    xml.leaf("Account", caller.account);
    Ok(xml)
}

fn invalid(text: String) -> ApiError {
    ApiError::bad("ValidationError", text)
}

fn assume_role(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let request = ctx.request;
    let role = request.need("RoleArn")?;
    let name = request.need("RoleSessionName")?;
    let parts: Vec<&str> = role.splitn(6, ':').collect();
    let [_, _, "iam", _, account, path] = parts[..] else {
        return Err(invalid(format!("{role} is invalid")));
    };
    let Some(path) = path.strip_prefix("role/") else {
        return Err(invalid(format!("{role} is invalid")));
    };
    let letters = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if !(2..=64).contains(&name.len()) || !name.chars().all(letters) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint"
        )));
    }
    let seconds: u64 = request.number("DurationSeconds")?.unwrap_or(3600);
    if !(900..=43_200).contains(&seconds) {
        return Err(invalid(format!(
            "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint"
        )));
    }
    if let Some(id) = request.str("ExternalId")
        && !(2..=1224).contains(&id.len())
    {
        return Err(invalid("externalId must have 2 to 1224 characters".to_owned()));
    }
    let digits = stable_hash(format!("{role}/{name}").as_bytes());
    let role_name = path.rsplit('/').next().unwrap_or(path);
    let key = format!("ASIA{digits:016X}");
    let caller = Caller {
        account: account.to_owned(),
        arn: format!("arn:aws:sts::{account}:assumed-role/{role_name}/{name}"),
        user_id: format!("AROA{digits:016X}:{name}"),
    };
    let mut xml = Xml::new();
    xml.el("Credentials", |x| {
        x.leaf("AccessKeyId", &key);
        x.leaf("SecretAccessKey", format!("simulated{digits:031x}"));
        x.leaf("SessionToken", format!("simulated-session-{digits:x}"));
        // Far away: the simulator does not let its own credentials run out.
        x.leaf("Expiration", "2099-01-01T00:00:00Z");
    });
    xml.el("AssumedRoleUser", |x| {
        x.leaf("AssumedRoleId", &caller.user_id);
        x.leaf("Arn", &caller.arn);
    });
    ctx.roles.insert(key, caller);
    Ok(xml)
}
