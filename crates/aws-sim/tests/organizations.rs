//! Organizations: who may ask what, pages, and the JSON protocol with its errors.

mod support;

use aws_sim::{BucketSize, Pages, Scenario, Simulator, Switches, Throttle};
use serde_json::{Value, json};
use support::{Client, Reply, raw};

const KEY: &str = "AKIASIMULATED";

fn organized(section: &str, switches: Switches) -> Simulator {
    let text = format!("account: \"111122223333\"\n{section}regions: {{us-east-1: {{}}}}\n");
    let scenario = Scenario::from_yaml("s.yaml", &text).expect("the scenario is sound");
    Simulator::start(scenario, switches).expect("a port is free")
}

fn managed() -> Simulator {
    let members: String =
        (0..25).map(|n| format!("    - {{id: \"4444000000{n:02}\", name: team-{n}}}\n")).collect();
    let section = format!(
        "organization:\n  id: o-0123456789\n  accounts:\n    - {{id: \"111122223333\", name: main, email: main@example.org, joined: INVITED}}\n    - {{id: \"999988887777\", state: CLOSED}}\n{members}"
    );
    organized(&section, Switches::default())
}

fn send(simulator: &Simulator, key: Option<&str>, action: &str, body: &str) -> Reply {
    let authorization = key.map(|key| {
        format!("Authorization: AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/organizations/aws4_request, SignedHeaders=host, Signature=00\r\n")
    });
    let headers = format!(
        "{}X-Amz-Target: AWSOrganizationsV20161128.{action}\r\n",
        authorization.unwrap_or_default()
    );
    raw(simulator, &headers, body).expect("an answer")
}

fn call(simulator: &Simulator, action: &str, body: &str) -> Value {
    let reply = send(simulator, Some(KEY), action, body).ok();
    serde_json::from_str(&reply.body).expect("answers are JSON")
}

/// Status, code and reason of a refused call.
fn refused(reply: &Reply) -> (u16, String, Option<String>) {
    assert_ne!(reply.status, 200, "not refused: {}", reply.body);
    let error: Value = serde_json::from_str(&reply.body).expect("errors are JSON");
    assert!(!error["Message"].as_str().expect("a text").is_empty());
    let code = error["__type"].as_str().expect("a code").to_owned();
    (reply.status, code, error["Reason"].as_str().map(str::to_owned))
}

fn is_refused(simulator: &Simulator, action: &str, body: &str) -> (u16, String) {
    let (status, code, _) = refused(&send(simulator, Some(KEY), action, body));
    (status, code)
}

#[test]
fn an_account_is_in_no_organization_unless_the_scenario_says_so() {
    let simulator = organized("", Switches::default());
    for action in ["ListAccounts", "DescribeOrganization"] {
        let answer = is_refused(&simulator, action, "{}");
        assert_eq!(answer, (400, "AWSOrganizationsNotInUseException".to_owned()));
    }
}

#[test]
fn a_member_may_not_list_accounts_unless_it_is_delegated_to() {
    let section = "organization: {management: \"999988887777\"}\n";
    let simulator = organized(section, Switches::default());
    let answer = is_refused(&simulator, "ListAccounts", "{}");
    assert_eq!(answer, (400, "AccessDeniedException".to_owned()));
    let organization = &call(&simulator, "DescribeOrganization", "")["Organization"];
    assert_eq!(organization["MasterAccountId"], "999988887777");
    let arn = "arn:aws:organizations::999988887777:organization/o-exampleorgid";
    assert_eq!(organization["Arn"], arn);

    let section = "organization: {management: \"999988887777\", delegated: true}\n";
    let simulator = organized(section, Switches::default());
    let listed = call(&simulator, "ListAccounts", "{}");
    let mut ids: Vec<_> = listed["Accounts"].as_array().unwrap().iter().map(|a| &a["Id"]).collect();
    ids.sort_by_key(|id| id.as_str().map(str::to_owned));
    assert_eq!(ids, ["111122223333", "999988887777"]);
}

#[test]
fn an_account_is_told_whole() {
    let simulator = managed();
    let mut all = Vec::new();
    let mut token = Value::Null;
    loop {
        let body = json!({ "MaxResults": 20, "NextToken": token }).to_string();
        let page = call(&simulator, "ListAccounts", &body);
        all.extend(page["Accounts"].as_array().unwrap().clone());
        token = page["NextToken"].clone();
        if token.is_null() {
            assert_eq!(page.as_object().unwrap().len(), 1);
            break;
        }
    }
    assert_eq!(all.len(), 27);
    let one = |id: &str| all.iter().find(|account| account["Id"] == id).unwrap();
    assert_eq!(
        one("111122223333"),
        &json!({
            "Id": "111122223333",
            "Arn": "arn:aws:organizations::111122223333:account/o-0123456789/111122223333",
            "Email": "main@example.org",
            "Name": "main",
            "Status": "ACTIVE",
            "State": "ACTIVE",
            "JoinedMethod": "INVITED",
            "JoinedTimestamp": 1_767_225_600.0,
        })
    );
    // The older member has no word for it.
    let closed = one("999988887777");
    assert_eq!((&closed["State"], &closed["Status"]), (&json!("CLOSED"), &Value::Null));
}

#[test]
fn pages_are_of_one_to_twenty_and_tokens_belong_to_their_call() {
    let simulator = managed();
    let count =
        |body: &str| call(&simulator, "ListAccounts", body)["Accounts"].as_array().unwrap().len();
    assert_eq!((count("{}"), count(r#"{"MaxResults": 1}"#)), (20, 1));
    for (body, reason) in [
        (r#"{"MaxResults": 21}"#, "MAX_VALUE_EXCEEDED"),
        (r#"{"MaxResults": 0}"#, "MIN_VALUE_EXCEEDED"),
        (r#"{"NextToken": "none"}"#, "INVALID_PAGINATION_TOKEN"),
    ] {
        let (status, code, said) = refused(&send(&simulator, Some(KEY), "ListAccounts", body));
        assert_eq!((status, code.as_str()), (400, "InvalidInputException"));
        assert_eq!(said.as_deref(), Some(reason), "{body}");
    }
    // Empty pages are documented, and are not the end.
    simulator.set_switches(|switches| {
        switches.pages = Pages { cap: Some(2), short: false, empty: true };
    });
    let page = call(&simulator, "ListAccounts", "{}");
    assert_eq!(page["Accounts"], json!([]));
    let next = json!({ "NextToken": page["NextToken"] }).to_string();
    assert_eq!(count(&next), 2);
}

#[test]
fn what_is_not_known_is_refused() {
    let simulator = managed();
    for (action, body, code) in [
        ("ListRoots", "{}", "UnknownOperationException"),
        ("ListAccounts", r#"{"PageSize": 5}"#, "SerializationException"),
        ("ListAccounts", "[]", "SerializationException"),
        ("ListAccounts", "MaxResults=5", "SerializationException"),
        ("ListAccounts", r#"{"MaxResults": "many"}"#, "InvalidInputException"),
        ("DescribeOrganization", r#"{"MaxResults": 5}"#, "SerializationException"),
    ] {
        assert_eq!(is_refused(&simulator, action, body), (400, code.to_owned()), "{action} {body}");
    }
    // The other services do not know its actions, nor it theirs.
    Client::new(&simulator).call("ListAccounts", &[]).refused("InvalidAction");
    let answer = is_refused(&simulator, "DescribeVpcs", "{}");
    assert_eq!(answer, (400, "UnknownOperationException".to_owned()));
}

#[test]
fn switches_reach_it_and_errors_have_its_form() {
    let simulator = managed();
    let status = |key| {
        let (status, code, _) = refused(&send(&simulator, key, "ListAccounts", "{}"));
        (status, code)
    };
    let said = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(status(None), said(403, "MissingAuthenticationTokenException"));
    simulator.set_switches(|switches| {
        switches.credentials.expired = vec!["AKIAOLD".to_owned()];
        switches.credentials.invalid = vec!["AKIABAD".to_owned()];
    });
    assert_eq!(status(Some("AKIAOLD")), said(403, "ExpiredTokenException"));
    assert_eq!(status(Some("AKIABAD")), said(403, "UnrecognizedClientException"));

    simulator.fault("ListAccounts", "TooManyRequestsException");
    assert_eq!(status(Some(KEY)), said(400, "TooManyRequestsException"));
    simulator.fault("ListAccounts", "ServiceException");
    assert_eq!(status(Some(KEY)), said(500, "ServiceException"));
    simulator.fault("DescribeOrganization", "AccessDeniedException").message("Not you.");
    let denied = send(&simulator, Some(KEY), "DescribeOrganization", "{}");
    let body: Value = serde_json::from_str(&denied.body).unwrap();
    assert_eq!(body, json!({ "__type": "AccessDeniedException", "Message": "Not you." }));
    simulator.fault("ListAccounts", "cut-short");
    let cut = send(&simulator, Some(KEY), "ListAccounts", "{}").ok();
    serde_json::from_str::<Value>(&cut.body).expect_err("it is cut");
    simulator.set_switches(|switches| switches.deny.push("ListAccounts".to_owned()));
    assert_eq!(status(Some(KEY)), said(400, "AccessDeniedException"));

    let one = BucketSize { capacity: 1.0, refill: 0.0 };
    let buckets = [("ListAccounts".to_owned(), one)].into();
    let throttle = Some(Throttle { buckets, ..Throttle::default() });
    simulator.set_switches(|switches| *switches = Switches { throttle, ..Switches::default() });
    call(&simulator, "ListAccounts", "{}");
    assert_eq!(status(Some(KEY)), said(400, "TooManyRequestsException"));
    let call = simulator.calls().pop().expect("calls are recorded");
    assert_eq!((call.service.as_str(), call.action.as_str()), ("organizations", "ListAccounts"));
}

#[test]
fn a_scenario_that_cannot_be_is_refused() {
    for (text, said) in [
        ("organization: {id: acme}\n", "`acme` is not `o-`"),
        ("organization: {management: \"12\"}\n", "s.yaml:1: `12` is no account"),
        ("organization:\n  accounts: [{id: \"12\"}]\n", "s.yaml:2: `12` is no account"),
        (
            "organization:\n  accounts: [{id: \"111122223333\"}, {id: \"111122223333\"}]\n",
            "s.yaml:2: two accounts",
        ),
        (
            "organization: {accounts: [{id: \"111122223333\", state: GONE}]}\n",
            "the state of account",
        ),
        (
            "organization: {accounts: [{id: \"111122223333\", joined: BOUGHT}]}\n",
            "`joined` of account",
        ),
        ("organization: {members: []}\n", "unknown key `members`"),
    ] {
        let got = Scenario::from_yaml("s.yaml", text).unwrap_err().to_string();
        assert!(got.contains(said), "{got}");
    }
}
