//! DescribeInstanceTypes: what is known of a type by its name. Nothing in the answer tells about mirroring, as in AWS.

use crate::dispatch::Ctx;
use crate::ec2::listing::{maybe, one};
use crate::error::{Answer, ApiError};
use crate::filters::Filters;
use crate::ids::stable_hash;
use crate::limits;
use crate::page::{EC2, Pager, Wording};
use crate::xml::Xml;

const NAMES: &[&str] = &include!("type_filters.in");

const WORDING: Wording = Wording { largest: 100, ..EC2 };

fn hypervisor(kind: &str) -> Option<&'static str> {
    // Bare metal has none.
    let xen = if limits::is_xen(kind) { "xen" } else { "nitro" };
    (!limits::is_metal(kind)).then_some(xen)
}

fn max_interfaces(kind: &str) -> u32 {
    match limits::family_and_size(kind).1 {
        "nano" | "micro" | "medium" => 2,
        "small" | "large" => 3,
        "xlarge" | "2xlarge" => 4,
        "4xlarge" | "8xlarge" => 8,
        _ => 15,
    }
}

fn current(kind: &str) -> bool {
    let (family, _) = limits::family_and_size(kind);
    !limits::is_xen(kind) || matches!(family, "t2" | "d2" | "g3" | "h1" | "i3" | "p3")
}

fn values(kind: &str, name: &str) -> Vec<String> {
    match name {
        "instance-type" => one(kind),
        "bare-metal" => one(limits::is_metal(kind)),
        "hypervisor" => maybe(hypervisor(kind)),
        "current-generation" => one(current(kind)),
        "burstable-performance-supported" => one(limits::is_burstable(kind)),
        "network-info.ena-support" => one(limits::ena_support(kind)),
        "network-info.maximum-network-interfaces" => one(max_interfaces(kind)),
        "supported-virtualization-type" => one("hvm"),
        "supported-root-device-type" => one("ebs"),
        "supported-usage-class" => vec!["on-demand".to_owned(), "spot".to_owned()],
        // What a name does not tell is not simulated, and no filter on it finds anything.
        _ => Vec::new(),
    }
}

/// DescribeInstanceTypes.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let filters = Filters::read(ctx.request, NAMES)?;
    let pager = Pager::open(ctx.request, WORDING, &ctx.switches.pages)?;
    ctx.request.flag("IncludeUnsupportedInRegion")?;
    let wanted = ctx.request.list("InstanceType");
    if wanted.len() > 100 {
        return Err(ApiError::value("At most 100 instance types can be named in one call"));
    }
    let mut known = limits::catalogue();
    let in_use: std::collections::HashSet<&str> =
        ctx.world.instances.iter().map(|(_, instance)| instance.kind.as_str()).collect();
    known.extend(in_use.into_iter().map(str::to_owned));
    known.sort();
    known.dedup();
    let unknown: Vec<&str> =
        wanted.iter().filter(|w| known.binary_search(w).is_err()).map(String::as_str).collect();
    if !unknown.is_empty() {
        return Err(ApiError::bad(
            "InvalidInstanceType",
            format!("The following supplied instance types do not exist: [{}]", unknown.join(", ")),
        ));
    }
    ctx.dry_run()?;
    known.retain(|kind| wanted.is_empty() || wanted.contains(kind));
    known.sort_by_key(|kind| stable_hash(kind.as_bytes()));
    let after = pager.after().map(|kind| stable_hash(kind.as_bytes()));
    let rest = known.into_iter().filter(|kind| after < Some(stable_hash(kind.as_bytes())));
    let passed = rest.filter(|kind| filters.accept(|name| values(kind, name)));
    let (kinds, token) = pager.cut(passed.map(|kind| (kind.clone(), kind)));
    let mut xml = Xml::new();
    xml.items("instanceTypeSet", &kinds, |x, kind| {
        x.leaf("instanceType", kind);
        x.leaf("currentGeneration", current(kind));
        x.leaf("freeTierEligible", false);
        x.items("supportedUsageClasses", ["on-demand", "spot"], Xml::text);
        x.items("supportedRootDeviceTypes", ["ebs"], Xml::text);
        x.items("supportedVirtualizationTypes", ["hvm"], Xml::text);
        x.leaf("bareMetal", limits::is_metal(kind));
        x.opt("hypervisor", hypervisor(kind));
        x.leaf("burstablePerformanceSupported", limits::is_burstable(kind));
        x.el("networkInfo", |x| {
            x.leaf("maximumNetworkInterfaces", max_interfaces(kind));
            x.leaf("maximumNetworkCards", 1);
            x.leaf("enaSupport", limits::ena_support(kind));
        });
        x.leaf("supportedInRegion", true);
    });
    xml.opt("nextToken", token);
    Ok(xml)
}
