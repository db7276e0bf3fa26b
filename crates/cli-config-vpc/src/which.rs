//! Which instances and which packets are mirrored: the questions that go with a target, and what flags say instead.

use anyhow::Result;
use cli_common::ui::{Question, Ui, UiError};
use tap_core::policy::profile::Profile;
use tap_core::policy::vpc::{Capture, Enrollment, VpcPolicy};
use tap_core::settings::Settings;
use tap_core::survey::VpcSurvey;

use crate::args::Args;
use crate::dialog::{self, Picked};
use crate::view::View;

/// Which instances: what `--enrollment` says, else asked if it is to be.
///
/// # Errors
/// What the terminal says.
pub(crate) fn enrollment(
    args: &Args,
    views: &[View],
    picked: &Picked,
    ui: &impl Ui,
    is_asked: bool,
) -> Result<Option<Enrollment>> {
    match args.enrollment {
        Some(enrollment) => Ok(Some(enrollment)),
        // Whoever names a target by a flag may leave the enrollment as it is.
        None if !is_asked => Ok(None),
        None => Ok(Some(choose_enrollment(views, picked, ui)?)),
    }
}

pub(crate) fn choose_enrollment(
    views: &[View],
    picked: &Picked,
    ui: &impl Ui,
) -> Result<Enrollment, UiError> {
    let words = |enrollment: Enrollment| match enrollment {
        Enrollment::Auto => "auto: all instances but the blacklisted",
        Enrollment::Whitelist => "whitelist: only the whitelisted instances",
    };
    let items = Enrollment::ALL.map(|enrollment| words(enrollment).to_owned());
    let whitelist = |vpc: &VpcSurvey| {
        matches!(vpc.policy, VpcPolicy::Enabled { enrollment: Enrollment::Whitelist, .. })
    };
    let current = usize::from(dialog::all(views, picked, whitelist));
    let question = Question { text: "Which instances are mirrored?", flag: "--enrollment" };
    Ok(Enrollment::ALL[ui.choose(question, &items, current)?])
}

/// Which packets: what the flags say, else asked if it is to be. What everybody has needs no tag.
///
/// # Errors
/// What the terminal says.
pub(crate) fn capture(
    args: &Args,
    views: &[View],
    picked: &Picked,
    settings: &Settings,
    ui: &impl Ui,
    is_asked: bool,
) -> Result<Capture> {
    let capture = args.capture();
    if capture.profile.is_some() || !is_asked {
        return Ok(capture);
    }
    let profile = choose_profile(views, picked, settings, ui)?;
    let is_plain = profile == Profile::All && !dialog::surveys(views, picked).any(has_profile);
    Ok(Capture { profile: (!is_plain).then_some(profile), ..capture })
}

fn has_profile(vpc: &VpcSurvey) -> bool {
    match &vpc.policy {
        VpcPolicy::NotEnabled => false,
        VpcPolicy::Enabled { capture, .. } => capture.profile.is_some(),
        VpcPolicy::Misconfigured { .. } => true,
    }
}

pub(crate) fn choose_profile(
    views: &[View],
    picked: &Picked,
    settings: &Settings,
    ui: &impl Ui,
) -> Result<Profile, UiError> {
    let custom = settings.custom_filters.keys().map(|name| Profile::Custom(name.clone()));
    let profiles: Vec<Profile> = Profile::BUILT_IN.into_iter().chain(custom).collect();
    let items: Vec<String> =
        profiles.iter().map(|profile| format!("{profile}: {}", profile.about())).collect();
    let of = |vpc: &VpcSurvey| match &vpc.policy {
        VpcPolicy::Enabled { capture, .. } => capture.profile.clone().unwrap_or_default(),
        VpcPolicy::NotEnabled | VpcPolicy::Misconfigured { .. } => Profile::default(),
    };
    let is_current = |profile: &Profile| dialog::all(views, picked, |vpc| of(vpc) == *profile);
    let current = profiles.iter().position(is_current).unwrap_or(0);
    let question = Question { text: "Which packets are mirrored?", flag: "--filter-profile" };
    let chosen = ui.choose(question, &items, current)?;
    Ok(profiles.into_iter().nth(chosen).unwrap_or_default())
}
