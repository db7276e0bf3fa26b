//! DescribeRegions: the regions that AWS has, and whether this account may use them.

use crate::dispatch::Ctx;
use crate::error::{Answer, ApiError};
use crate::filters::Filters;
use crate::xml::Xml;
use crate::zones;

struct Region {
    name: String,
    status: &'static str,
}

fn endpoint(name: &str) -> String {
    format!("ec2.{name}.amazonaws.com")
}

/// DescribeRegions; it has no pages.
pub(crate) fn describe(ctx: &mut Ctx<'_>) -> Answer<Xml> {
    let filters = Filters::read(ctx.request, &["endpoint", "opt-in-status", "region-name"])?;
    let all = ctx.request.flag("AllRegions")?;
    let mut names: Vec<String> = zones::all().map(str::to_owned).collect();
    names
        .extend(ctx.regions.iter().filter(|own| !names.contains(own)).cloned().collect::<Vec<_>>());
    let regions: Vec<Region> = names
        .into_iter()
        .map(|name| {
            let status = match (zones::is_opt_in(&name), ctx.regions.contains(&name)) {
                (true, true) => "opted-in",
                (true, false) => "not-opted-in",
                (false, _) => "opt-in-not-required",
            };
            Region { name, status }
        })
        .collect();
    let wanted = ctx.request.list("RegionName");
    if let Some(unknown) = wanted.iter().find(|name| !regions.iter().any(|r| r.name == **name)) {
        return Err(ApiError::value(format!("Invalid region(s) [{unknown}] provided.")));
    }
    ctx.dry_run()?;
    let listed = regions.iter().filter(|region| {
        let named = wanted.contains(&region.name);
        let enabled = region.status != "not-opted-in";
        (named || wanted.is_empty())
            && (all || named || enabled)
            && filters.accept(|name| match name {
                "region-name" => vec![region.name.clone()],
                "endpoint" => vec![endpoint(&region.name)],
                _ => vec![region.status.to_owned()],
            })
    });
    let mut xml = Xml::new();
    xml.items("regionInfo", listed, |x, region| {
        x.leaf("regionName", &region.name);
        x.leaf("regionEndpoint", endpoint(&region.name));
        x.leaf("optInStatus", region.status);
    });
    Ok(xml)
}
