//! Reports that are hard to show.

use tap_audit::finding::FindingCode;
use tap_audit::model::{Audit, Watched};
use tap_audit::report::{RegionReport, Report};

use crate::{findings, sample};

/// Names that other people may give to things.
pub const HOSTILE: [&str; 9] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "</style></script><!--",
    "=cmd|'/C calc'!A0",
    "web\u{202e}txt.exe\u{2066}",
    "\u{1b}[31mred\u{1b}]8;;http://example.com\u{7}\nnext,line;\"x\"",
    "שלום-名前",
    "{{ 7*7 }}${7*7}`id`&amp;",
];

/// One interface for each hostile name, and one with a name as long as a tag may be; the names elsewhere too.
pub fn hostile() -> Report {
    let long = "n".repeat(256);
    let names: Vec<&str> = HOSTILE.iter().copied().chain([long.as_str()]).collect();
    let mut audit = sample::audit();
    let template = audit.interfaces[0].clone();
    audit.interfaces = names
        .iter()
        .enumerate()
        .map(|(n, name)| {
            let mut interface = template.clone();
            interface.eni = format!("eni-0d000000000000{n:03}").into();
            interface.name = Some((*name).to_owned());
            interface.because = (*name).to_owned();
            interface
        })
        .collect();
    for (name, vpc) in names.iter().zip(audit.vpcs.iter_mut()) {
        vpc.name = Some((*name).to_owned());
        vpc.policy = (*name).to_owned();
    }
    for (name, session) in names.iter().zip(audit.sessions.iter_mut()) {
        session.name = Some((*name).to_owned());
        session.description = Some((*name).to_owned());
    }
    for (name, finding) in names.iter().zip(audit.findings.iter_mut()) {
        finding.what = (*name).to_owned();
        finding.affected = vec![(*name).to_owned()];
    }
    for (name, target) in names.iter().zip(audit.targets.iter_mut()) {
        target.name = Some((*name).to_owned());
    }
    for (name, unknown) in names.iter().zip(audit.unknowns.iter_mut()) {
        unknown.question = (*name).to_owned();
        unknown.why = (*name).to_owned();
    }
    sample::report(vec![RegionReport::Audited(audit)])
}

/// A report of an account without anything.
pub fn empty() -> Report {
    sample::report(vec![RegionReport::Audited(sample::empty("us-east-1"))])
}

/// A report of a region that could not be read.
pub fn failed() -> Report {
    let regions = sample::full().regions;
    sample::report(
        regions.into_iter().filter(|r| matches!(r, RegionReport::Failed { .. })).collect(),
    )
}

/// An account with so many interfaces, every third of them missing, and a finding for each of those.
pub fn large(interfaces: usize) -> Report {
    let mut audit: Audit = sample::empty("us-east-1");
    for n in 0..interfaces {
        let mut interface = sample::interface(&format!("eni-{n:017x}"), "vpc-0a000000000000001", n);
        interface.instance = format!("i-{n:017x}").into();
        interface.name = Some(format!("worker-{n}"));
        if n % 3 == 0 {
            interface.watched = Watched::Missing;
            interface.sessions.clear();
            interface.arrival = None;
            let mut finding = findings::of(FindingCode::InterfaceNotMirrored);
            finding.at = vec![interface.eni.to_string()];
            finding.what = format!("{} has no session", interface.eni);
            finding.affected.clear();
            audit.findings.push(finding);
        }
        audit.interfaces.push(interface);
    }
    let missing = interfaces.div_ceil(3);
    audit.coverage = sample::covered(interfaces - missing, 0, missing, 0);
    sample::report(vec![RegionReport::Audited(audit)])
}
