//! Which filter the sessions get, and what it lacks (ruling 14).

use crate::ids::FilterId;
use crate::inventory::{FilterRef, Inventory, MissingParts};
use crate::plan::{Finding, PlanError};
use crate::settings::{FilterChoice, Settings};

/// What becomes of the filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterPlan {
    /// No session needs one, and none of ours is there.
    NotNeeded,
    /// One that is as it should be, or that the user named.
    Use(FilterId),
    /// Ours, with something missing that is added before any session.
    Complete {
        /// The filter.
        filter: FilterId,
        /// What is added.
        missing: MissingParts,
    },
    /// There is none of ours: it is created, with all its parts, before any session.
    Create {
        /// The description by which later runs find it.
        description: String,
    },
}

impl FilterPlan {
    /// How a session names it.
    pub fn as_ref(&self) -> FilterRef {
        match self.id() {
            Some(id) => FilterRef::Existing(id.clone()),
            None => FilterRef::ToBeCreated,
        }
    }

    /// Its id, where it exists.
    pub fn id(&self) -> Option<&FilterId> {
        match self {
            Self::Use(filter) | Self::Complete { filter, .. } => Some(filter),
            Self::NotNeeded | Self::Create { .. } => None,
        }
    }

    /// Whether something is to be done.
    pub fn is_change(&self) -> bool {
        match self {
            Self::Complete { .. } | Self::Create { .. } => true,
            Self::NotNeeded | Self::Use(_) => false,
        }
    }
}

/// Chooses the filter, and says what is odd about it.
pub(super) fn choose(
    inv: &Inventory,
    settings: &Settings,
    findings: &mut Vec<Finding>,
) -> Result<FilterPlan, PlanError> {
    let description = &settings.keys.filter_description;
    let plan = match &settings.filter {
        FilterChoice::Pinned(id) if inv.filters.contains_key(id) => FilterPlan::Use(id.clone()),
        FilterChoice::Pinned(id) => return Err(PlanError::NoSuchFilter(id.clone())),
        FilterChoice::Managed => {
            let (usable, overfull): (Vec<&FilterId>, Vec<&FilterId>) = inv
                .filters
                .iter()
                .filter(|(_, f)| f.description == *description)
                .map(|(id, _)| id)
                .partition(|id| inv.filters[*id].can_be_completed());
            if !overfull.is_empty() {
                let filters = overfull.into_iter().cloned().collect();
                findings.push(Finding::FilterOverfull { filters });
            }
            let complete = |id: &&&FilterId| inv.filters[**id].missing_parts().is_empty();
            match usable.iter().find(complete).or(usable.first()) {
                None => FilterPlan::Create { description: description.clone() },
                Some(&used) => {
                    if usable.len() > 1 {
                        let others =
                            usable.iter().filter(|id| **id != used).map(|id| (*id).clone());
                        findings.push(Finding::SeveralFilters {
                            used: used.clone(),
                            others: others.collect(),
                        });
                    }
                    let missing = inv.filters[used].missing_parts();
                    if missing.is_empty() {
                        FilterPlan::Use(used.clone())
                    } else {
                        FilterPlan::Complete { filter: used.clone(), missing }
                    }
                }
            }
        }
    };
    if let Some((id, filter)) = plan.id().and_then(|id| inv.filters.get_key_value(id)) {
        if filter.takes_nothing() && !plan.is_change() {
            findings.push(Finding::FilterTakesNothing { filter: id.clone() });
        } else if filter.rejects_something() {
            findings.push(Finding::FilterRejects { filter: id.clone() });
        }
    }
    Ok(plan)
}
