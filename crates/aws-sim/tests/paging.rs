//! Pages: sizes, tokens, order.

mod support;

use aws_sim::{Generate, Pages, Scenario, Simulator, Switches};
use support::{Client, Reply};

fn generated(instances: usize, pages: Pages) -> Simulator {
    let settings = Generate { instances, existing_sessions: 1.0, ..Generate::default() };
    Simulator::start(Scenario::generate(&settings), Switches { pages, ..Switches::default() })
        .expect("a port is free")
}

/// Reads all pages, and gives the ids and the sizes of the pages.
fn walk(client: &Client<'_>, action: &str, size: &str, id: &str) -> (Vec<String>, Vec<usize>) {
    let (mut ids, mut sizes, mut token) = (Vec::new(), Vec::new(), None::<String>);
    loop {
        let mut params = vec![("MaxResults", size)];
        params.extend(token.as_deref().map(|token| ("NextToken", token)));
        let page = client.ok(action, &params);
        sizes.push(page.all(id).len());
        ids.extend(page.all(id).iter().map(|id| (*id).to_owned()));
        token = page.all("nextToken").first().map(|token| (*token).to_owned());
        if token.is_none() {
            return (ids, sizes);
        }
        assert!(sizes.len() < 1000, "{action} never ends");
    }
}

fn distinct(ids: &[String]) -> usize {
    let mut sorted = ids.to_vec();
    sorted.sort();
    sorted.dedup();
    sorted.len()
}

#[test]
fn pages_cover_everything_once_in_an_order_that_is_not_that_of_the_ids() {
    let simulator = generated(60, Pages::default());
    let client = Client::new(&simulator);
    for (action, id, count) in [
        ("DescribeInstances", "instanceId", 61),
        ("DescribeNetworkInterfaces", "attachmentId", 61),
        ("DescribeTrafficMirrorSessions", "trafficMirrorSessionId", 60),
        ("DescribeTags", "resourceId", 0),
    ] {
        let (ids, sizes) = walk(&client, action, "7", id);
        if count > 0 {
            assert_eq!((ids.len(), distinct(&ids)), (count, count), "{action}");
            let mut sorted = ids.clone();
            sorted.sort();
            assert_ne!(ids, sorted, "{action}");
            assert_eq!(sizes, [vec![7; count / 7], vec![count % 7]].concat(), "{action}");
        } else {
            // Two tags on the VPC, one each on subnet, target, 61 instances, two on each session.
            assert_eq!(ids.len(), 2 + 1 + 1 + 61 + 120);
        }
        assert_eq!(walk(&client, action, "7", id).0, ids, "{action} has no stable order");
    }
}

#[test]
fn tag_rows_are_each_given_once_wherever_a_page_ends() {
    let simulator = generated(20, Pages::default());
    let client = Client::new(&simulator);
    let rows = |reply: &Reply| -> Vec<(String, String)> {
        let ids = reply.all("resourceId").into_iter().map(str::to_owned);
        ids.zip(reply.all("key").into_iter().map(str::to_owned)).collect()
    };
    let whole = rows(&client.ok("DescribeTags", &[]));
    let (mut pieces, mut token) = (Vec::new(), None::<String>);
    loop {
        let mut params = vec![("MaxResults", "5")];
        params.extend(token.as_deref().map(|token| ("NextToken", token)));
        let page = client.ok("DescribeTags", &params);
        pieces.extend(rows(&page));
        token = page.all("nextToken").first().map(|t| (*t).to_owned());
        if token.is_none() {
            break;
        }
    }
    assert_eq!(pieces, whole);
}

#[test]
fn the_size_of_a_page_has_bounds() {
    let simulator = generated(3, Pages::default());
    let client = Client::new(&simulator);
    for action in [
        "DescribeVpcs",
        "DescribeSubnets",
        "DescribeInstances",
        "DescribeNetworkInterfaces",
        "DescribeTags",
        "DescribeTrafficMirrorSessions",
        "DescribeTrafficMirrorTargets",
        "DescribeTrafficMirrorFilters",
        "DescribeTrafficMirrorFilterRules",
    ] {
        for bad in ["4", "1001", "0", "-1"] {
            client.call(action, &[("MaxResults", bad)]).refused("InvalidParameterValue");
        }
        client.ok(action, &[("MaxResults", "5")]);
        client.ok(action, &[("MaxResults", "1000")]);
    }
    client.ok("DescribeInstanceTypes", &[("MaxResults", "100")]);
    client.call("DescribeInstanceTypes", &[("MaxResults", "101")]).refused("InvalidParameterValue");
    client.call("DescribeRegions", &[("MaxResults", "5")]).refused("UnknownParameter");
}

#[test]
fn instance_and_interface_ids_exclude_a_page_size() {
    let simulator = generated(3, Pages::default());
    let client = Client::new(&simulator);
    let instance = client.ok("DescribeInstances", &[]).text("instanceId").to_owned();
    let both = [("InstanceId.1", instance.as_str()), ("MaxResults", "5")];
    client.call("DescribeInstances", &both).refused("InvalidParameterCombination");
    let eni = client.ok("DescribeNetworkInterfaces", &[]).text("networkInterfaceId").to_owned();
    let both = [("NetworkInterfaceId.1", eni.as_str()), ("MaxResults", "5")];
    client.call("DescribeNetworkInterfaces", &both).refused("InvalidParameterCombination");
    let session = client.ok("DescribeTrafficMirrorSessions", &[]);
    let session = session.text("trafficMirrorSessionId").to_owned();
    let both = [("TrafficMirrorSessionId.1", session.as_str()), ("MaxResults", "5")];
    assert_eq!(client.ok("DescribeTrafficMirrorSessions", &both).all("sessionNumber").len(), 1);
}

#[test]
fn a_token_belongs_to_its_request() {
    let simulator = generated(30, Pages::default());
    let client = Client::new(&simulator);
    let first = client.ok("DescribeInstances", &[("MaxResults", "5")]);
    let token = first.text("nextToken").to_owned();
    client.ok("DescribeInstances", &[("MaxResults", "5"), ("NextToken", &token)]);
    // Another filter, another action, and nonsense.
    let filtered = [
        ("MaxResults", "5"),
        ("NextToken", token.as_str()),
        ("Filter.1.Name", "instance-type"),
        ("Filter.1.Value.1", "*"),
    ];
    client.call("DescribeInstances", &filtered).refused("InvalidNextToken");
    let other = [("MaxResults", "5"), ("NextToken", token.as_str())];
    client.call("DescribeNetworkInterfaces", &other).refused("InvalidNextToken");
    client.call("DescribeInstances", &[("NextToken", "abc")]).refused("InvalidNextToken");
    // An empty token is none.
    client.ok("DescribeInstances", &[("MaxResults", "5"), ("NextToken", "")]);
}

#[test]
fn the_server_may_cut_pages_as_it_likes() {
    for pages in [
        Pages { cap: Some(3), ..Pages::default() },
        Pages { short: true, ..Pages::default() },
        Pages { empty: true, ..Pages::default() },
        Pages { cap: Some(4), short: true, empty: true },
    ] {
        let simulator = generated(40, pages.clone());
        let client = Client::new(&simulator);
        for (action, id, count) in [
            ("DescribeInstances", "instanceId", 41),
            ("DescribeTrafficMirrorSessions", "trafficMirrorSessionId", 40),
        ] {
            let (ids, sizes) = walk(&client, action, "10", id);
            assert_eq!((ids.len(), distinct(&ids)), (count, count), "{action} {pages:?}");
            assert_eq!(sizes.contains(&0), pages.empty, "{action} {pages:?} {sizes:?}");
            assert!(sizes.iter().all(|size| *size <= pages.cap.unwrap_or(10)), "{sizes:?}");
        }
    }
}

#[test]
fn without_a_size_a_page_has_a_thousand() {
    let simulator = generated(1100, Pages::default());
    let client = Client::new(&simulator);
    let page = client.ok("DescribeTrafficMirrorSessions", &[]);
    assert_eq!(page.all("trafficMirrorSessionId").len(), 1000);
    assert_eq!(page.all("nextToken").len(), 1);
}

#[test]
fn load_balancers_have_markers() {
    let simulator = support::mirror("", Switches::default());
    let client = Client::service(&simulator, "elasticloadbalancing");
    let first = client.ok("DescribeLoadBalancers", &[("PageSize", "2")]);
    assert_eq!(first.all("LoadBalancerName").len(), 2);
    let marker = first.text("NextMarker").to_owned();
    let rest = client.ok("DescribeLoadBalancers", &[("PageSize", "2"), ("Marker", &marker)]);
    assert_eq!((rest.all("LoadBalancerName").len(), rest.all("NextMarker").len()), (1, 0));
    for bad in ["0", "401"] {
        client.call("DescribeLoadBalancers", &[("PageSize", bad)]).refused("ValidationError");
    }
}
