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

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use cli_common::ui::{Answer, Scripted};
    use tap_core::testing::{Scenario, scenario};

    use super::*;
    use crate::dialog::pick;
    use crate::view::tests::view_of;

    fn args(line: &str) -> Args {
        Args::try_parse_from(std::iter::once("x").chain(line.split_whitespace())).unwrap()
    }

    fn account() -> Scenario {
        scenario().named_vpc("shop").instance("i-1").vpc("vpc-b").not_enabled().instance("i-2")
    }

    fn takes(item: &str) -> Answer {
        Answer::Takes(item.to_owned())
    }

    fn ticks(items: &[&str]) -> Answer {
        Answer::Ticks(items.iter().map(ToString::to_string).collect())
    }

    #[tokio::test]
    async fn the_enrollment_is_asked_for_where_questions_are_asked() {
        let views = [view_of(account().vpc("vpc-c").enrollment("whitelist")).await];
        let asked = |vpc: &str| {
            let ui = Scripted::new([ticks(&[vpc]), takes("auto")]);
            let picked = pick(&args(""), &views, &ui).unwrap();
            let chosen = enrollment(&args(""), &views, &picked, &ui, true).unwrap();
            assert_eq!(chosen, Some(Enrollment::Auto));
            ui.done();
        };
        asked("vpc-a");
        asked("vpc-c");
        let ui = Scripted::default();
        let picked = pick(&args("--vpc-id vpc-a"), &views, &ui).unwrap();
        let kept = enrollment(&args(""), &views, &picked, &ui, false).unwrap();
        assert_eq!(kept, None);
    }

    /// What everybody has needs no tag, unless a tag says something else now.
    #[tokio::test]
    async fn the_profile_is_asked_for_beside_the_enrollment() {
        let views = [view_of(account().vpc("vpc-c").profile("dns-only")).await];
        let settings = Settings::default();
        let asked = |line: &str, vpc: &str, answers: &[&str]| {
            let answers = answers.iter().map(|answer| takes(answer));
            let ui = Scripted::new(std::iter::once(ticks(&[vpc])).chain(answers));
            let picked = pick(&args(""), &views, &ui).unwrap();
            let said = capture(&args(line), &views, &picked, &settings, &ui, true).unwrap();
            ui.done();
            (said.profile, said.packet_length)
        };
        assert_eq!(asked("", "vpc-b", &["all: everything"]), (None, None));
        assert_eq!(asked("", "vpc-b", &["alb-client"]), (Some(Profile::AlbClient), None));
        assert_eq!(asked("", "vpc-c", &["all: everything"]), (Some(Profile::All), None));
        let flag = "--filter-profile all --packet-length 128";
        assert_eq!(asked(flag, "vpc-b", &[]), (Some(Profile::All), Some(128)));
        assert_eq!(asked("--packet-length 128", "vpc-b", &["all-tcp"]).1, Some(128));
    }
}
