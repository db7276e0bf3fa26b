"""Paging: every page is small enough, all pages together are the whole, and tokens and bounds are checked."""

import pytest
from botocore.exceptions import ClientError

import listings
from account import refused

PAGED = [pytest.param(listing, id=listing.operation) for listing in listings.PAGED]
TOO_LARGE = ("InvalidParameterValue", "InvalidMaxResults")
BAD_TOKEN = ("InvalidNextToken", "InvalidPaginationToken")
SMALLEST = 5


@pytest.fixture(scope="module")
def unchecked(crowd):
    return crowd.endpoint.unchecked("ec2")


def by_hand(listing, ec2, size):
    """Follows NextToken call by call."""
    token = {}
    while True:
        answer = listing.call(ec2, MaxResults=size, **token)
        yield answer
        if not answer.get("NextToken"):
            return
        token = {"NextToken": answer["NextToken"]}


@pytest.mark.parametrize("listing", PAGED)
def test_pages_add_up_to_the_whole(crowd, listing):
    assert crowd.ec2.can_paginate(listing.method) == listing.paginator
    # One page of the largest size is the whole here; instance types have several even of those.
    largest = [
        thing for answer in by_hand(listing, crowd.ec2, listing.max_results[1]) for thing in listing.things(answer)
    ]
    if listing.paginator:
        pages = list(
            crowd.ec2.get_paginator(listing.method).paginate(
                **listing.arguments, PaginationConfig={"PageSize": SMALLEST}
            )
        )
    else:
        pages = list(by_hand(listing, crowd.ec2, SMALLEST))
    sizes = [len(listing.things(page)) for page in pages]
    assert len(sizes) >= 3 and max(sizes) <= SMALLEST
    assert listing.keys(thing for page in pages for thing in listing.things(page)) == listing.keys(largest)
    assert len(set(listing.keys(largest))) == len(largest)


@pytest.mark.parametrize("listing", PAGED)
def test_filters_hold_on_every_page(crowd, listing):
    name = "instance-type" if listing is listings.TYPES else next(iter(listing.filters))
    reader = listing.filters[name]
    things = [
        thing for answer in by_hand(listing, crowd.ec2, listing.max_results[1]) for thing in listing.things(answer)
    ]
    values = sorted({value for thing in things for value in reader(thing)})[:100]
    asked = [{"Name": name, "Values": values}]
    wanted = listing.keys(thing for thing in things if set(reader(thing)) & set(values))
    found, token = [], {}
    while True:
        answer = listing.call(crowd.ec2, Filters=asked, MaxResults=SMALLEST, **token)
        found += listing.things(answer)
        if not answer.get("NextToken"):
            break
        token = {"NextToken": answer["NextToken"]}
    assert listing.keys(found) == wanted and len(wanted) > SMALLEST


@pytest.mark.parametrize("listing", PAGED)
def test_max_results_has_bounds(unchecked, listing):
    least, most = listing.max_results
    for size in (least - 1, 0, -1) if listing.cuts else (least - 1, most + 1, 0, -1):
        refused(TOO_LARGE, listing.call, unchecked, MaxResults=size)
    for size in (least, most, most + 1) if listing.cuts else (least, most):
        assert len(listing.all(unchecked, MaxResults=size)) <= size


@pytest.mark.parametrize("listing", PAGED)
def test_a_token_that_was_not_given_is_refused(crowd, listing):
    refused(BAD_TOKEN, listing.call, crowd.ec2, NextToken="not-a-token")
    refused(BAD_TOKEN, listing.call, crowd.ec2, NextToken="not-a-token", MaxResults=SMALLEST)


@pytest.mark.parametrize("listing", PAGED)
def test_a_token_of_another_operation_is_refused(crowd, listing):
    other = listings.VPCS if listing is not listings.VPCS else listings.SUBNETS
    token = other.call(crowd.ec2, MaxResults=SMALLEST)["NextToken"]
    refused(BAD_TOKEN, listing.call, crowd.ec2, NextToken=token)


@pytest.mark.parametrize(
    "listing", [pytest.param(one, id=one.operation) for one in (listings.INSTANCES, listings.INTERFACES)]
)
def test_ids_and_max_results_exclude_each_other(crowd, listing):
    one = listing.keys(listing.all(crowd.ec2))[:1]
    assert listing.keys(listing.all(crowd.ec2, **{listing.ids: one})) == one
    refused("InvalidParameterCombination", listing.call, crowd.ec2, **{listing.ids: one}, MaxResults=SMALLEST)


def test_regions_have_no_pages(unchecked):
    assert not unchecked.can_paginate("describe_regions")


def test_accounts_of_an_organization_are_paged(crowd):
    client = crowd.organizations
    pages = list(client.get_paginator("list_accounts").paginate())
    # The account itself comes to those that the scenario names.
    assert [len(page["Accounts"]) for page in pages] == [20, 6]
    small = list(client.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 7}))
    ids = [[one["Id"] for page in some for one in page["Accounts"]] for some in (pages, small)]
    assert ids[0] == ids[1] and len(set(ids[0])) == 26
    unchecked = crowd.endpoint.unchecked("organizations")
    for wrong in ({"MaxResults": 21}, {"MaxResults": 0}, {"NextToken": "not-a-token"}):
        refused("InvalidInputException", unchecked.list_accounts, **wrong)


@pytest.mark.parametrize("method", ["describe_load_balancers", "describe_listeners"])
def test_load_balancing_pages_by_marker(crowd, method):
    result = {"describe_load_balancers": "LoadBalancers", "describe_listeners": "Listeners"}[method]
    call = getattr(crowd.elbv2, method)
    arguments = {}
    if method == "describe_listeners":
        arguments["LoadBalancerArn"] = crowd.load_balancer("listening")["LoadBalancerArn"]
    whole = call(**arguments)[result]
    pages = list(crowd.elbv2.get_paginator(method).paginate(**arguments, PaginationConfig={"PageSize": 2}))
    assert len(whole) >= 5 and [len(page[result]) for page in pages][:2] == [2, 2]
    paged = [one for page in pages for one in page[result]]
    assert sorted(map(str, paged)) == sorted(map(str, whole))
    for wrong in ({"PageSize": 401}, {"Marker": "not-a-marker"}):
        with pytest.raises(ClientError) as caught:
            call(**arguments, **wrong)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
