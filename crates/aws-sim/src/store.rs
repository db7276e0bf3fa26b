//! One kind of thing by id, in an order that is stable but not that of the ids, with the past that a late read may see.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::ids::stable_hash;

/// The place of a thing in the listing order: AWS does not promise one, so it is not that of the ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    hash: u64,
    id: Arc<str>,
}

impl Key {
    pub(crate) fn new(id: &str) -> Self {
        Self { hash: stable_hash(id.as_bytes()), id: id.into() }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

/// The moment that a read sees; `None` is now.
pub(crate) type View = Option<Duration>;

#[derive(Debug)]
struct Past<T> {
    until: Duration,
    was: Option<Arc<T>>,
}

/// All things of one kind in one region.
#[derive(Debug)]
pub(crate) struct Store<T> {
    live: BTreeMap<Key, Arc<T>>,
    past: BTreeMap<Key, Vec<Past<T>>>,
    clock: Clock,
}

impl<T: Clone> Store<T> {
    pub(crate) fn new(clock: &Clock) -> Self {
        Self { live: BTreeMap::new(), past: BTreeMap::new(), clock: clock.clone() }
    }

    pub(crate) fn len(&self) -> usize {
        self.live.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.live.get(&Key::new(id)).map(AsRef::as_ref)
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.live.contains_key(&Key::new(id))
    }

    /// The thing as a read of that moment sees it.
    pub(crate) fn seen(&self, id: &str, view: View) -> Option<Arc<T>> {
        self.at(&Key::new(id), view)
    }

    pub(crate) fn put(&mut self, id: &str, thing: T) {
        let key = Key::new(id);
        let was = self.live.insert(key.clone(), Arc::new(thing));
        self.remember(key, was);
    }

    /// Changes a thing in place; false when there is none of that id.
    pub(crate) fn edit(&mut self, id: &str, change: impl FnOnce(&mut T)) -> bool {
        let key = Key::new(id);
        let Some(thing) = self.live.get_mut(&key) else { return false };
        let was = Arc::clone(thing);
        change(Arc::make_mut(thing));
        self.remember(key, Some(was));
        true
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Arc<T>> {
        let key = Key::new(id);
        let was = self.live.remove(&key)?;
        self.remember(key, Some(Arc::clone(&was)));
        Some(was)
    }

    /// All live things in listing order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.live.iter().map(|(key, thing)| (key.id(), thing.as_ref()))
    }

    /// What a read of that moment lists after this key.
    pub(crate) fn list<'a>(
        &'a self,
        after: Option<&Key>,
        view: View,
    ) -> Box<dyn Iterator<Item = (Key, Arc<T>)> + 'a> {
        let from = after.map_or(Bound::Unbounded, |key| Bound::Excluded(key.clone()));
        let range = (from, Bound::Unbounded);
        if view.is_none() || self.past.is_empty() {
            let live = self.live.range(range);
            return Box::new(live.map(|(key, thing)| (key.clone(), Arc::clone(thing))));
        }
        let mut live = self.live.range(range.clone()).map(|(key, _)| key).peekable();
        let mut past = self.past.range(range).map(|(key, _)| key).peekable();
        Box::new(
            std::iter::from_fn(move || {
                // Both run in key order; a key in both is taken once.
                match (live.peek(), past.peek()) {
                    (Some(l), Some(p)) if l == p => {
                        past.next();
                        live.next()
                    }
                    (Some(l), Some(p)) if l > p => past.next(),
                    (Some(_), _) => live.next(),
                    (None, _) => past.next(),
                }
            })
            .filter_map(move |key| Some((key.clone(), self.at(key, view)?))),
        )
    }

    fn at(&self, key: &Key, view: View) -> Option<Arc<T>> {
        let older = view.and_then(|moment| {
            self.past.get(key)?.iter().find(|past| past.until > moment).map(|past| &past.was)
        });
        match older {
            Some(was) => was.clone(),
            None => self.live.get(key).cloned(),
        }
    }

    fn remember(&mut self, key: Key, was: Option<Arc<T>>) {
        let window = self.clock.window();
        if window.is_zero() {
            return;
        }
        let now = self.clock.now();
        let entries = self.past.entry(key).or_default();
        entries.retain(|past| past.until + window >= now);
        entries.push(Past { until: now, was });
    }

    /// Forgets the past, once nobody can see it any more.
    pub(crate) fn forget(&mut self) {
        self.past.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(store: &Store<u32>, view: View) -> Vec<String> {
        store.list(None, view).map(|(key, _)| key.id().to_owned()).collect()
    }

    #[test]
    fn the_order_is_stable_but_not_that_of_the_ids() {
        let mut store = Store::new(&Clock::new());
        for n in 0..50 {
            store.put(&format!("eni-{n:08x}"), n);
        }
        let listed = ids(&store, None);
        let mut sorted = listed.clone();
        sorted.sort();
        assert_ne!(listed, sorted);
        assert_eq!(listed, ids(&store, None));
    }

    #[test]
    fn a_late_read_sees_what_was_and_not_what_is() {
        let clock = Clock::new();
        clock.set_window(Duration::from_secs(10));
        let mut store = Store::new(&clock);
        store.put("a", 1);
        clock.skip(Duration::from_secs(2));
        let before = clock.now();
        clock.skip(Duration::from_secs(1));
        store.edit("a", |n| *n = 2);
        store.put("b", 3);
        assert_eq!(store.seen("a", Some(before)).as_deref(), Some(&1));
        assert_eq!(store.seen("b", Some(before)), None);
        assert_eq!(store.seen("a", None).as_deref(), Some(&2));
        store.remove("a");
        assert_eq!(ids(&store, Some(before)), ["a"]);
        assert_eq!(ids(&store, None), ["b"]);
    }

    #[test]
    fn a_listing_continues_after_a_key_that_is_gone() {
        let mut store = Store::new(&Clock::new());
        for n in 0..10 {
            store.put(&format!("x-{n}"), n);
        }
        let all = ids(&store, None);
        store.remove(&all[3]);
        let rest: Vec<_> =
            store.list(Some(&Key::new(&all[3])), None).map(|(k, _)| k.id().to_owned()).collect();
        assert_eq!(rest, all[4..]);
    }
}
