//! What all EC2 describes have in common: ids, filters, pages, and the moment that is seen.

use std::sync::Arc;

use crate::dispatch::Ctx;
use crate::error::{Answer, ApiError};
use crate::filters::Filters;
use crate::kinds::Kind;
use crate::model::Tags;
use crate::page::{EC2, Pager, Wording};
use crate::store::{Key, Store};
use crate::xml::Xml;

/// One describe: how it names its ids, and which filters it documents.
pub(crate) struct Listing {
    pub(crate) kind: Kind,
    /// The request's list of ids.
    pub(crate) ids: &'static str,
    /// The filter that names ids.
    pub(crate) id_filter: &'static str,
    pub(crate) names: &'static [&'static str],
    /// Whether ids and MaxResults exclude each other.
    pub(crate) ids_or_pages: bool,
}

/// A page of things and the token of the next.
pub(crate) type Page<T> = (Vec<Arc<T>>, Option<String>);

impl Listing {
    /// Lists what the request asks for. `visible` hides things as if they were not there; `values` is what a thing
    /// has under a filter's name.
    pub(crate) fn page<T: Clone>(
        &self,
        ctx: &Ctx<'_>,
        store: &Store<T>,
        visible: impl Fn(&T) -> bool,
        values: impl Fn(&T, &str) -> Vec<String>,
    ) -> Answer<Page<T>> {
        self.page_worded(ctx, EC2, store, visible, values)
    }

    /// The same, where a describe words its paging in its own way.
    pub(crate) fn page_worded<T: Clone>(
        &self,
        ctx: &Ctx<'_>,
        wording: Wording,
        store: &Store<T>,
        visible: impl Fn(&T) -> bool,
        values: impl Fn(&T, &str) -> Vec<String>,
    ) -> Answer<Page<T>> {
        self.page_of(ctx, wording, ctx.request.list(self.ids), store, visible, values)
    }

    /// The same, where ids may be told in more ways than one.
    pub(crate) fn page_of<T: Clone>(
        &self,
        ctx: &Ctx<'_>,
        wording: Wording,
        ids: Vec<String>,
        store: &Store<T>,
        visible: impl Fn(&T) -> bool,
        values: impl Fn(&T, &str) -> Vec<String>,
    ) -> Answer<Page<T>> {
        let filters = Filters::read(ctx.request, self.names)?;
        let pager = Pager::open(ctx.request, wording, &ctx.switches.pages)?;
        if self.ids_or_pages && !ids.is_empty() && ctx.request.str("MaxResults").is_some() {
            return Err(ApiError::combination(format!(
                "The parameter {} cannot be used with the parameter maxResults",
                self.ids
            )));
        }
        if ids.len() > 1000 {
            return Err(ApiError::value(format!("Too many values for {}: at most 1000", self.ids)));
        }
        let after = pager.after_key();
        let named = if ids.is_empty() {
            filters.exact(self.id_filter).map(|ids| {
                keys(ids).filter_map(|key| Some((store.seen(key.id(), ctx.view)?, key))).collect()
            })
        } else {
            let found: Vec<_> =
                keys(&ids).map(|key| (store.seen(key.id(), ctx.view), key)).collect();
            let is_missing = |thing: &Option<Arc<T>>| !thing.as_ref().is_some_and(|t| visible(t));
            let missing: Vec<&str> =
                found.iter().filter(|(t, _)| is_missing(t)).map(|(_, key)| key.id()).collect();
            if !missing.is_empty() {
                return Err(ctx.missing(self.kind, &missing));
            }
            Some(found.into_iter().filter_map(|(t, key)| Some((t?, key))).collect())
        };
        ctx.dry_run()?;
        let accept = |thing: &T| {
            visible(thing) && (filters.is_empty() || filters.accept(|name| values(thing, name)))
        };
        let things: Box<dyn Iterator<Item = (Key, Arc<T>)>> = match named {
            Some(mut named) => {
                let named: &mut Vec<(Arc<T>, Key)> = &mut named;
                named.sort_by(|a, b| a.1.cmp(&b.1));
                named.dedup_by(|a, b| a.1 == b.1);
                let rest = std::mem::take(named).into_iter();
                Box::new(
                    rest.map(|(t, key)| (key, t))
                        .filter(move |(key, _)| after.as_ref() < Some(key)),
                )
            }
            None => store.list(after.as_ref(), ctx.view),
        };
        let passed = things.filter(|(_, t)| accept(t)).map(|(key, t)| (key.id().to_owned(), t));
        Ok(pager.cut(passed))
    }
}

fn keys(ids: &[String]) -> impl Iterator<Item = Key> {
    ids.iter().map(|id| Key::new(id))
}

/// `<tagSet>`.
pub(crate) fn tag_set(xml: &mut Xml, tags: &Tags) {
    xml.items("tagSet", tags, |x, (key, value)| {
        x.leaf("key", key);
        x.leaf("value", value);
    });
}

/// One value, as filters want it.
pub(crate) fn one(value: impl ToString) -> Vec<String> {
    vec![value.to_string()]
}

/// No value or one.
pub(crate) fn maybe(value: Option<impl ToString>) -> Vec<String> {
    value.map(|value| value.to_string()).into_iter().collect()
}
