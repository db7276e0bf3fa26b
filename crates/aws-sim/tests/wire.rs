//! The outside: signatures, services, regions, the form of answers and errors.

mod support;

use aws_sim::{Scenario, Simulator, Switches};
use support::{Client, mirror, raw};

#[test]
fn an_unsigned_request_is_refused_by_each_service_in_its_own_words() {
    let simulator = Simulator::start(Scenario::demo(), Switches::default()).unwrap();
    let ec2 = raw(&simulator, "", "Action=DescribeVpcs&Version=2016-11-15").unwrap();
    assert_eq!(ec2.refused("AuthFailure"), 401);
    let sts = raw(&simulator, "", "Action=GetCallerIdentity&Version=2011-06-15").unwrap();
    assert_eq!(sts.refused("MissingAuthenticationToken"), 403);
}

#[test]
fn errors_have_the_form_of_their_service() {
    let simulator = Simulator::start(Scenario::demo(), Switches::default()).unwrap();
    let ec2 = Client::new(&simulator).call("Nonsense", &[]);
    assert_eq!(ec2.refused("InvalidAction"), 400);
    assert!(ec2.body.contains("<Response><Errors><Error><Code>"), "{}", ec2.body);
    assert!(ec2.body.contains("<RequestID>"));
    let elb = Client::service(&simulator, "elasticloadbalancing").call("Nonsense", &[]);
    elb.refused("InvalidAction");
    assert!(elb.body.contains("<ErrorResponse "), "{}", elb.body);
    assert_eq!(elb.text("Type"), "Sender");
    assert!(!elb.text("RequestId").is_empty());
}

#[test]
fn unknown_parameters_are_refused() {
    let simulator = Simulator::start(Scenario::demo(), Switches::default()).unwrap();
    let client = Client::new(&simulator);
    client.call("DescribeVpcs", &[("VpcIds.1", "vpc-1")]).refused("UnknownParameter");
    // The plural of the SDKs is not that of the wire.
    let plural = [("TrafficMirrorSessionIds.1", "tms-1")];
    client.call("DescribeTrafficMirrorSessions", &plural).refused("UnknownParameter");
    // The query services number with `.member.`, EC2 does not.
    client.call("DescribeVpcs", &[("VpcId.member.1", "vpc-1")]).refused("UnknownParameter");
}

#[test]
fn malformed_values_are_refused() {
    let simulator = Simulator::start(Scenario::demo(), Switches::default()).unwrap();
    let client = Client::new(&simulator);
    client.call("DescribeVpcs", &[("MaxResults", "many")]).refused("InvalidParameterValue");
    client.call("DescribeVpcs", &[("DryRun", "maybe")]).refused("InvalidParameterValue");
    client.call("DescribeVpcs", &[("VpcId.1", "vpc-zzz")]).refused("InvalidVpcID.Malformed");
    client.call("DescribeVpcs", &[("VpcId.1", "vpc-0badbadb")]).refused("InvalidVpcID.NotFound");
}

#[test]
fn answers_wear_the_name_and_namespace_of_their_action() {
    let simulator = Simulator::start(Scenario::demo(), Switches::default()).unwrap();
    let ec2 = Client::new(&simulator).ok("DescribeVpcs", &[]);
    let start =
        "<DescribeVpcsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>";
    assert!(ec2.body.contains(start), "{}", ec2.body);
    let sts = Client::service(&simulator, "sts").ok("GetCallerIdentity", &[]);
    assert!(sts.body.contains("<GetCallerIdentityResult>"), "{}", sts.body);
    assert_eq!(sts.text("Account"), "111122223333");
}

#[test]
fn each_region_is_a_world_of_its_own() {
    let simulator = Simulator::start(Scenario::demo(), Switches::default()).unwrap();
    let at = |region| Client { region, ..Client::new(&simulator) };
    assert_eq!(at("us-east-1").ok("DescribeVpcs", &[]).all("vpcId").len(), 7);
    assert!(at("eu-west-1").ok("DescribeVpcs", &[]).all("vpcId").is_empty());
    assert_eq!(at("mars-north-1").call("DescribeVpcs", &[]).refused("AuthFailure"), 401);
    assert_eq!(at("af-south-1").call("DescribeVpcs", &[]).refused("AuthFailure"), 401);
}

#[test]
fn regions_are_listed_with_their_opt_in_status() {
    let text = "regions: {us-east-1: {}, af-south-1: {}}";
    let scenario = Scenario::from_yaml("r.yaml", text).unwrap();
    let simulator = Simulator::start(scenario, Switches::default()).unwrap();
    let client = Client::new(&simulator);
    let enabled = client.ok("DescribeRegions", &[]);
    assert_eq!(enabled.all("regionName").len(), 18);
    assert!(enabled.all("optInStatus").contains(&"opted-in"));
    assert!(!enabled.all("optInStatus").contains(&"not-opted-in"));
    let all = client.ok("DescribeRegions", &[("AllRegions", "true")]);
    assert!(all.all("optInStatus").contains(&"not-opted-in"));
    client.call("DescribeRegions", &[("RegionName.1", "mars-1")]).refused("InvalidParameterValue");
    let filter = [("Filter.1.Name", "opt-in-status"), ("Filter.1.Value.1", "opted-in")];
    assert_eq!(client.ok("DescribeRegions", &filter).all("regionName"), ["af-south-1"]);
}

#[test]
fn a_dry_run_says_so_after_all_checks_and_changes_nothing() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    let before = simulator.snapshot();
    let delete = |id| {
        client
            .call("DeleteTrafficMirrorTarget", &[("TrafficMirrorTargetId", id), ("DryRun", "true")])
    };
    assert_eq!(delete(support::TARGET).refused("DryRunOperation"), 412);
    delete("tmt-0badbadb").refused("InvalidTrafficMirrorTargetId.NotFound");
    assert_eq!(client.call("DescribeVpcs", &[("DryRun", "true")]).refused("DryRunOperation"), 412);
    assert_eq!(simulator.snapshot(), before);
}

#[test]
fn every_call_is_recorded() {
    let simulator = mirror("", Switches::default());
    let client = Client::new(&simulator);
    client.ok("DescribeVpcs", &[("MaxResults", "5")]);
    client.call("DeleteTrafficMirrorTarget", &[("TrafficMirrorTargetId", "tmt-0badbadb")]);
    let calls = simulator.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(
        (calls[0].seq, calls[0].action.as_str(), calls[0].status),
        (1, "DescribeVpcs", Some(200))
    );
    assert_eq!(calls[0].params["MaxResults"], "5");
    assert_eq!((calls[0].service.as_str(), calls[0].region.as_str()), ("ec2", "us-east-1"));
    assert_eq!(calls[1].error.as_deref(), Some("InvalidTrafficMirrorTargetId.NotFound"));
    assert_eq!(simulator.counts()["DescribeVpcs"], 1);
    simulator.clear_calls();
    assert!(simulator.calls().is_empty());
    client.ok("DescribeVpcs", &[]);
    assert_eq!(simulator.calls()[0].seq, 3);
}
