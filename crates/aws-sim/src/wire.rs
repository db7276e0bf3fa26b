//! The outside of the protocols: a form body (Query) or a JSON one and its signature's scope become a request, answers and
//! errors become the XML or JSON of the service that was asked. Signatures are not verified.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::request::Request;
use crate::xml::Xml;

/// The services that are simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// EC2, protocol `ec2`.
    Ec2,
    /// Elastic Load Balancing v2, protocol `query`.
    Elb,
    /// Security Token Service, protocol `query`.
    Sts,
    /// Organizations, protocol `json` 1.1.
    Organizations,
}

impl Service {
    /// The name that requests are signed for.
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::Elb => "elasticloadbalancing",
            Self::Sts => "sts",
            Self::Organizations => "organizations",
        }
    }

    /// The version of the API that is spoken.
    pub(crate) fn version(self) -> &'static str {
        match self {
            Self::Ec2 => "2016-11-15",
            Self::Elb => "2015-12-01",
            Self::Sts => "2011-06-15",
            Self::Organizations => "2016-11-28",
        }
    }

    fn namespace(self) -> &'static str {
        match self {
            Self::Ec2 => "http://ec2.amazonaws.com/doc/2016-11-15/",
            Self::Elb => "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            // JSON has none.
            Self::Organizations => "",
        }
    }

    /// The type of its answers.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Ec2 | Self::Elb | Self::Sts => "text/xml;charset=UTF-8",
            Self::Organizations => "application/x-amz-json-1.1",
        }
    }

    const ALL: [Self; 4] = [Self::Ec2, Self::Elb, Self::Sts, Self::Organizations];
}

/// Decodes `a=1&b=2`.
pub(crate) fn decode_form(body: &str) -> BTreeMap<String, String> {
    body.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// Who signed for what: the credential scope of `Authorization: AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/..`.
struct Scope<'a> {
    key: &'a str,
    region: &'a str,
    service: &'a str,
}

fn scope(authorization: &str) -> Option<Scope<'_>> {
    let credential = authorization.split("Credential=").nth(1)?;
    let credential = credential.split([',', ' ']).next()?;
    let mut parts = credential.split('/');
    let (key, _date) = (parts.next()?, parts.next()?);
    Some(Scope { key, region: parts.next()?, service: parts.next()? })
}

/// Makes a request of a form. A request that is not signed still becomes one: that is for the service to refuse.
pub(crate) fn request(form: BTreeMap<String, String>, authorization: Option<&str>) -> Request {
    let scope = authorization.and_then(scope);
    let version = form.get("Version").map(String::as_str).unwrap_or_default();
    let signed = scope.as_ref().map(|scope| scope.service);
    let service = Service::ALL
        .into_iter()
        .find(|service| signed == Some(service.signing_name()))
        .or_else(|| Service::ALL.into_iter().find(|service| service.version() == version))
        .unwrap_or(Service::Ec2);
    let region = scope.as_ref().map_or("us-east-1", |scope| scope.region).to_owned();
    let access_key = scope.as_ref().map(|scope| scope.key.to_owned());
    Request::new(service, region, access_key, form)
}

/// What stands before the action in the header `X-Amz-Target`.
const TARGET: &str = "AWSOrganizationsV20161128.";

/// Makes a request of a JSON body. One that cannot be read still becomes one, as one that is not signed does.
pub(crate) fn json_request(target: &str, body: &str, authorization: Option<&str>) -> Request {
    let read: Option<BTreeMap<String, Value>> = match body {
        "" => Some(BTreeMap::new()),
        body => serde_json::from_str(body).ok(),
    };
    let member = |(name, value): (String, Value)| match value {
        // As though it were not there.
        Value::Null => None,
        Value::String(text) => Some(Some((name, text))),
        Value::Number(number) => Some(Some((name, number.to_string()))),
        Value::Bool(yes) => Some(Some((name, yes.to_string()))),
        // No member of an action here has one of these.
        Value::Array(_) | Value::Object(_) => Some(None),
    };
    let form: Option<BTreeMap<String, String>> =
        read.and_then(|members| members.into_iter().filter_map(member).collect());
    let broken = form.is_none();
    let mut request = request(form.unwrap_or_default(), authorization);
    request.service = Service::Organizations;
    request.action = target.strip_prefix(TARGET).unwrap_or(target).to_owned();
    request.broken = broken;
    request
}

/// What a handler says, in the form of its service's protocol.
#[derive(Debug)]
pub(crate) enum Body {
    Xml(Xml),
    Json(Value),
}

/// Wraps what a handler says as the answer of its action.
pub(crate) fn answer(service: Service, action: &str, body: Body, request_id: &str) -> String {
    let body = match body {
        Body::Json(value) => return value.to_string(),
        Body::Xml(xml) => xml,
    };
    let mut xml = Xml::new();
    xml.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.raw(&format!("<{action}Response xmlns=\"{}\">", service.namespace()));
    match service {
        Service::Ec2 => {
            xml.leaf("requestId", request_id);
            xml.raw(&body.into_string());
        }
        _ => {
            xml.el(&format!("{action}Result"), |x| x.raw(&body.into_string()));
            xml.el("ResponseMetadata", |x| x.leaf("RequestId", request_id));
        }
    }
    xml.raw(&format!("</{action}Response>"));
    xml.into_string()
}

/// Writes an error the way its service does; EC2's capital `RequestID` included.
pub(crate) fn error(service: Service, error: &ApiError, request_id: &str) -> String {
    if service == Service::Organizations {
        let mut json = json!({ "__type": error.code, "Message": error.message });
        // Of the errors of the service model, this one alone has a reason.
        if let Some(reason) = error.reason.filter(|_| error.code == "InvalidInputException") {
            json["Reason"] = json!(reason);
        }
        return json.to_string();
    }
    let mut xml = Xml::new();
    xml.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    match service {
        Service::Ec2 => xml.el("Response", |x| {
            x.el("Errors", |x| {
                x.el("Error", |x| {
                    x.leaf("Code", &error.code);
                    x.leaf("Message", &error.message);
                });
            });
            x.leaf("RequestID", request_id);
        }),
        _ => {
            xml.raw(&format!("<ErrorResponse xmlns=\"{}\">", service.namespace()));
            xml.el("Error", |x| {
                x.leaf("Type", if error.status >= 500 { "Receiver" } else { "Sender" });
                x.leaf("Code", &error.code);
                x.leaf("Message", &error.message);
            });
            xml.leaf("RequestId", request_id);
            xml.raw("</ErrorResponse>");
        }
    }
    xml.into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_scope_names_service_and_region() {
        let auth = "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/elasticloadbalancing/aws4_request, SignedHeaders=host, Signature=0";
        let request = request(decode_form("Action=A&Version=2016-11-15"), Some(auth));
        assert_eq!((request.service, request.region.as_str()), (Service::Elb, "eu-west-1"));
        assert_eq!(request.access_key.as_deref(), Some("AKID"));
    }

    #[test]
    fn an_unsigned_request_is_told_by_its_version() {
        let request = request(decode_form("Action=GetCallerIdentity&Version=2011-06-15"), None);
        assert_eq!((request.service, request.access_key), (Service::Sts, None));
    }

    #[test]
    fn forms_are_decoded() {
        let form = decode_form("Tag.1.Key=a%20b&Tag.1.Value=c+d%2B&Empty=");
        assert_eq!(form["Tag.1.Key"], "a b");
        assert_eq!(form["Tag.1.Value"], "c d+");
        assert_eq!(form["Empty"], "");
    }

    #[test]
    fn a_json_body_becomes_a_request() {
        let read = |body| json_request("AWSOrganizationsV20161128.ListAccounts", body, None);
        let request = read(r#"{"MaxResults": 5, "NextToken": null}"#);
        assert_eq!(
            (request.service, request.action.as_str()),
            (Service::Organizations, "ListAccounts")
        );
        assert_eq!((request.params["MaxResults"].as_str(), request.params.len()), ("5", 1));
        for (body, broken) in
            [("", false), ("{}", false), ("[]", true), ("{", true), (r#"{"a": {}}"#, true)]
        {
            assert_eq!(read(body).broken, broken, "{body}");
        }
    }

    #[test]
    fn errors_differ_between_the_protocols() {
        let e = ApiError::bad("X", "y");
        assert!(error(Service::Ec2, &e, "r").contains("<Response><Errors><Error><Code>X</Code>"));
        assert!(error(Service::Ec2, &e, "r").contains("<RequestID>r</RequestID>"));
        assert!(error(Service::Sts, &e, "r").contains("<Type>Sender</Type><Code>X</Code>"));
        assert_eq!(error(Service::Organizations, &e, "r"), r#"{"Message":"y","__type":"X"}"#);
    }
}
