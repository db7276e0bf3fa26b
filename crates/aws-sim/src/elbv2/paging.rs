//! What ELBv2's describes have in common: ARNs or names, then pages.

use std::sync::Arc;

use crate::dispatch::Ctx;
use crate::error::{Answer, ApiError};
use crate::model::Tags;
use crate::page::{ELB, Pager};
use crate::request::read_tags;
use crate::store::{Key, Store};

/// A page of things and the marker of the next.
pub(super) type Page<T> = (Vec<Arc<T>>, Option<String>);

/// Lists what passes, from where the last page ended.
pub(super) fn page<T: Clone>(
    ctx: &Ctx<'_>,
    store: &Store<T>,
    passes: impl Fn(&T) -> bool,
) -> Answer<Page<T>> {
    let pager = Pager::open(ctx.request, ELB, &ctx.switches.pages)?;
    let after: Option<Key> = pager.after_key();
    let things = store.list(after.as_ref(), ctx.view).filter(|(_, thing)| passes(thing));
    Ok(pager.cut(things.map(|(key, thing)| (key.id().to_owned(), thing))))
}

/// Refuses names that AWS refuses for load balancers and target groups.
pub(super) fn check_name(name: &str, noun: &str) -> Answer<()> {
    let letters = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if name.len() > 32 || !letters || name.starts_with('-') || name.ends_with('-') {
        return Err(invalid(format!(
            "The {noun} name '{name}' must have at most 32 characters, only letters, digits and hyphens, no hyphen at either end"
        )));
    }
    Ok(())
}

/// `ValidationError`.
pub(super) fn invalid(text: impl Into<String>) -> ApiError {
    ApiError::bad("ValidationError", text)
}

/// `Tags.member.N` of a create.
pub(super) fn tags(ctx: &Ctx<'_>) -> Answer<Tags> {
    let entries = ctx.request.structs("Tags.member");
    let tags = read_tags(&entries)
        .map_err(|_| ApiError::bad("DuplicateTagKeys", "A tag key was specified more than once"))?;
    if tags.len() > ctx.world.quotas.tags {
        return Err(ApiError::bad("TooManyTags", "The limit for tags per resource was exceeded"));
    }
    if let Some(key) = tags.keys().find(|key| key.starts_with("aws:")) {
        return Err(invalid(format!("Tag keys starting with 'aws:' are reserved: {key}")));
    }
    Ok(tags)
}
