//! Client tokens: the same token with the same parameters makes nothing twice, with others it is an error.

use crate::dispatch::Ctx;
use crate::error::{Answer, ApiError};
use crate::world::Made;
use crate::xml::Xml;

/// What was made with this request's token before, if anything.
pub(crate) fn made_before(ctx: &Ctx<'_>) -> Answer<Option<Made>> {
    let Some(token) = ctx.request.str("ClientToken") else { return Ok(None) };
    if token.len() > 64 || !token.is_ascii() {
        return Err(ApiError::bad(
            "InvalidClientToken",
            "The client token must be at most 64 ASCII characters",
        ));
    }
    let key = (ctx.request.action.clone(), token.to_owned());
    let Some(made) = ctx.world.tokens.get(&key) else { return Ok(None) };
    if made.fingerprint != fingerprint(ctx) {
        return Err(ApiError::bad(
            "IdempotentParameterMismatch",
            "The client token has already been used with different parameters.",
        ));
    }
    Ok(Some(made.clone()))
}

/// The answer made before, as an answer again.
pub(crate) fn again(made: &Made) -> Xml {
    let mut xml = Xml::new();
    xml.raw(&made.answer);
    xml
}

/// Notes what the token made, and gives the answer back.
pub(crate) fn remember(ctx: &mut Ctx<'_>, ids: Vec<String>, xml: Xml) -> Xml {
    let Some(token) = ctx.request.str("ClientToken") else { return xml };
    let answer = xml.into_string();
    let mut copy = Xml::new();
    copy.raw(&answer);
    let made = Made { fingerprint: fingerprint(ctx), ids, answer };
    ctx.world.tokens.insert((ctx.request.action.clone(), token.to_owned()), made);
    copy
}

fn fingerprint(ctx: &Ctx<'_>) -> u64 {
    ctx.request.fingerprint(&["ClientToken", "DryRun"])
}
