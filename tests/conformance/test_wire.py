"""The wire check itself: that it passes what AWS sends and fails on each kind of mistake."""

import pytest

import wire
from processes import SESSION

EC2 = SESSION.client("ec2").meta.service_model
ELBV2 = SESSION.client("elbv2").meta.service_model
XML = {"content-type": "text/xml;charset=UTF-8"}

SESSIONS = """<DescribeTrafficMirrorSessionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
<requestId>r</requestId><trafficMirrorSessionSet><item>
<trafficMirrorSessionId>tms-1</trafficMirrorSessionId><sessionNumber>1</sessionNumber>
<tagSet><item><key>a</key><value>b</value></item></tagSet>
</item></trafficMirrorSessionSet></DescribeTrafficMirrorSessionsResponse>"""

BALANCERS = """<DescribeLoadBalancersResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">
<DescribeLoadBalancersResult><LoadBalancers><member><LoadBalancerName>n</LoadBalancerName><Type>network</Type>
<CreatedTime>2026-01-02T03:04:05.678Z</CreatedTime></member></LoadBalancers></DescribeLoadBalancersResult>
<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeLoadBalancersResponse>"""

EC2_ERROR = """<Response><Errors><Error><Code>C</Code><Message>m</Message></Error></Errors>
<RequestID>r</RequestID></Response>"""

ELB_ERROR = """<ErrorResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><Error>
<Type>Sender</Type><Code>C</Code><Message>m</Message></Error><RequestId>r</RequestId></ErrorResponse>"""

CASES = {
    "sessions": (EC2, "DescribeTrafficMirrorSessions", 200, SESSIONS),
    "balancers": (ELBV2, "DescribeLoadBalancers", 200, BALANCERS),
    "ec2 error": (EC2, "DescribeVpcs", 400, EC2_ERROR),
    "elb error": (ELBV2, "DescribeLoadBalancers", 400, ELB_ERROR),
}


def check(case, old="", new=""):
    model, operation, status, text = CASES[case]
    assert old in text
    wire.check(model.operation_model(operation), status, XML, text.replace(old, new).encode())


@pytest.mark.parametrize("case", CASES)
def test_a_right_answer_passes(case):
    check(case)


@pytest.mark.parametrize(
    ("case", "old", "new", "fault"),
    [
        ("sessions", "sessionNumber", "sessionNr", "no element sessionNr"),
        ("sessions", "<sessionNumber>1<", "<sessionNumber>one<", "is no integer"),
        ("sessions", "<sessionNumber>1</sessionNumber>", "<sessionNumber>1</sessionNumber>" * 2, "given twice"),
        ("sessions", "trafficMirrorSessionSet", "trafficMirrorSessions", "no element trafficMirrorSessions"),
        ("sessions", "item>", "member>", "list element member"),
        ("sessions", "<key>a</key>", "<key><b/></key>", "in a string"),
        ("sessions", "<requestId>r</requestId>", "", "no requestId"),
        ("sessions", "SessionsResponse", "SessionsReply", "root element"),
        ("sessions", "2016-11-15/", "2014-10-01/", "namespace"),
        ("sessions", "</tagSet>", "", "not XML"),
        ("balancers", "<Type>network<", "<Type>netwerk<", "not in the enum"),
        ("balancers", "2026-01-02T", "yesterday", "is no timestamp"),
        ("balancers", "member>", "item>", "list element item"),
        ("balancers", "DescribeLoadBalancersResult", "Result", "element Result beside"),
        ("balancers", "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>", "", "0 times Resp"),
        ("ec2 error", "RequestID", "RequestId", "an error of EC2"),
        ("ec2 error", "<Message>m</Message>", "", "Error holds"),
        ("ec2 error", ">m<", "><", "empty field"),
        ("elb error", "<Type>Sender</Type>", "", "Error holds"),
        ("elb error", "ErrorResponse", "Response", "an error of the query"),
    ],
)
def test_a_wrong_answer_fails(case, old, new, fault):
    with pytest.raises(wire.WireError, match=fault):
        check(case, old, new)


def test_a_wrong_content_type_fails():
    model, operation, status, text = CASES["sessions"]
    with pytest.raises(wire.WireError, match="content type"):
        wire.check(model.operation_model(operation), status, {"Content-Type": "text/html"}, text.encode())
