"""The HTML report in a browser: what people see, in which ways they can use it, and that it stays by itself."""

import base64
import hashlib
import os
import pathlib
import re
import socket
import unicodedata

import pypdf
import pytest
from browser import contrast
from selenium.webdriver import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

SCREENS = pathlib.Path(__file__).resolve().parents[2] / "docs" / "screens"

ROWS = "return Array.from(document.querySelectorAll('#interfaces-table tbody tr'))"
VISIBLE = f"{ROWS}.filter((row) => row.checkVisibility()).map((row) => row.textContent)"


def interfaces(regions):
    return [interface for region in regions for interface in region["interfaces"] or []]


def status(browser):
    return browser.run("return document.getElementById('shown').textContent")


def until(browser, text):
    """Waits for the live region to say something."""
    WebDriverWait(browser.driver, 20, poll_frequency=0.02).until(lambda _: status(browser) == text)


def key(browser, *keys):
    ActionChains(browser.driver).send_keys(*keys).perform()


@pytest.mark.parametrize("of", ["full", "hostile", "empty", "failed", "large"])
@pytest.mark.parametrize("script", [True, False])
def test_it_asks_for_nothing_and_says_nothing(browser, reports, of, script):
    path = browser.open(reports.html(of), script=script)
    assert browser.requests() == [path.as_uri()]
    assert browser.said() == []


def test_the_policy_lets_nothing_else_run_or_load(browser, reports):
    """As if a name had found its way past the escaping."""
    outside = socket.create_server(("127.0.0.1", 0))
    outside.setblocking(False)
    address = f"http://127.0.0.1:{outside.getsockname()[1]}/x"
    worm = (
        '<script>document.title = "taken"</script>'
        f'<img src="{address}" onerror="document.title = 1"><style>body {{ display: none }}</style>'
    )
    browser.open(reports.html().replace("<main>", f"<main>{worm}"))
    said = "\n".join(browser.said())
    for part in ("script", "image", "style"):
        assert re.search(rf"{part}.*violates the following Content Security Policy", said), said
    assert browser.run("return document.title").startswith("Traffic mirroring of account")
    assert browser.run("return document.body.checkVisibility()")
    # The browser counts what it does not send as asked for: that somebody would have been asked shows that the list is one.
    assert address in browser.requests()
    with outside, pytest.raises(BlockingIOError):
        outside.accept()


def test_the_policy_names_what_is_in_the_page(reports):
    html = reports.html()
    for tag, name in (("style", "STYLE_HASH"), ("script", "SCRIPT_HASH")):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL).group(1)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        # What the engine escapes in an attribute.
        in_page = re.search(rf"{tag}-src '(.*?)'", html).group(1).replace("&#43;", "+").replace("&#61;", "=")
        assert in_page == f"sha256-{digest}", f"{name} in render/html/mod.rs is to be sha256-{digest}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("of", ["full", "failed", "empty"])
def test_every_text_can_be_read(browser, reports, scheme, of):
    browser.open(reports.html(of), scheme=scheme)
    texts = browser.texts()
    # A page without a region that was read says so, and little else.
    assert len(texts) > (5 if of == "failed" else 20)
    ground = browser.run("return getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]
    faint = [(text, contrast(ink, paper)) for text, ink, paper in texts if contrast(ink, paper) < 4.5]
    assert not faint


def test_the_contrast_is_really_measured(browser, reports):
    browser.open(reports.html())
    browser.run("document.documentElement.style.setProperty('--muted', '#b0b8c0')")
    assert any(contrast(ink, paper) < 4.5 for _, ink, paper in browser.texts())


@pytest.mark.parametrize("of", ["full", "hostile", "empty", "large"])
def test_a_narrow_window_scrolls_down_only(browser, reports, of):
    browser.open(reports.html(of), width=400)
    assert browser.run("return document.documentElement.scrollWidth") <= 400
    # What is wider scrolls in a place of its own, which the keyboard reaches.
    assert browser.run(
        """return Array.from(document.querySelectorAll('.scroll')).every((e) =>
             e.tabIndex === 0 && getComputedStyle(e).overflowX === 'auto' && e.getBoundingClientRect().right <= 400)"""
    )


def test_pictures_have_words_and_are_not_of_colour_alone(browser, reports):
    browser.open(reports.html())
    labels = browser.run(
        "return Array.from(document.querySelectorAll('svg[role=img]')).map((svg) => svg.getAttribute('aria-label'))"
    )
    assert labels[0] == (
        "16 interfaces: 6 by us, 1 by others, 4 missing, 4 left alone, 1 unclear;"
        " of the mirrored 1 does not arrive, 1 sees nothing"
    )
    assert all(re.search(r"\d+ interfaces?: \d|no interfaces", label) for label in labels)
    fills = browser.run(
        "return Array.from(document.querySelectorAll('svg[role=img] rect')).map((r) => getComputedStyle(r).fill)"
    )
    assert {re.search(r"#p-(\w+)", fill).group(1) for fill in fills} == {
        "ours",
        "others",
        "missing",
        "left",
        "unknown",
    }
    drawn = browser.run(
        "return Array.from(document.querySelectorAll('pattern')).map((p) => p.innerHTML.replace(/b-\\w+/, ''))"
    )
    assert len(set(drawn)) == 5, "each pattern is another"


def test_the_page_is_built_for_those_who_do_not_see_it(browser, reports):
    browser.open(reports.html())
    levels = browser.run(
        "return Array.from(document.querySelectorAll('h1,h2,h3,h4')).map((h) => Number(h.tagName[1]))"
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:]))
    wrong = browser.run(
        """
        const wrong = [];
        const ids = Array.from(document.querySelectorAll('[id]')).map((e) => e.id);
        if (new Set(ids).size !== ids.length) wrong.push('an id is there twice');
        for (const a of document.querySelectorAll('a[href^="#"]')) {
          if (!document.getElementById(a.getAttribute('href').slice(1))) wrong.push(a.href);
        }
        for (const e of document.querySelectorAll('[aria-labelledby]')) {
          if (!document.getElementById(e.getAttribute('aria-labelledby'))) wrong.push(e.outerHTML.slice(0, 80));
        }
        for (const e of document.querySelectorAll('input, select')) {
          if (e.labels.length !== 1 || !e.labels[0].textContent.trim()) wrong.push(e.id);
        }
        for (const th of document.querySelectorAll('th')) {
          if (!['col', 'row'].includes(th.scope)) wrong.push(th.textContent);
        }
        if (document.documentElement.lang !== 'en') wrong.push('lang');
        return wrong;
        """
    )
    assert wrong == []


def test_by_keyboard_alone(browser, reports):
    browser.open(reports.html(), height=4000)
    key(browser, Keys.TAB)
    skip = "return [document.activeElement.textContent, document.activeElement.getBoundingClientRect().left >= 0]"
    assert browser.run(skip) == ["Skip to the findings", True]
    seen = []
    for _ in range(200):
        key(browser, Keys.TAB)
        here = browser.run(
            """
            const e = document.activeElement;
            window.before = window.before || document.body;
            const after = (window.before.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
            window.before = e;
            return [e.id, after, getComputedStyle(e).outlineStyle !== 'none'];
            """
        )
        seen.append(here)
        if here[0] == "filter-text":
            break
    assert seen[-1][0] == "filter-text", "the filter cannot be reached"
    assert all(after and outlined for _, after, outlined in seen), seen

    everything = len(interfaces(reports.json()))
    assert status(browser) == f"{everything} of {everything} interfaces shown"
    live = browser.run("const e = document.getElementById('shown'); return [e.role, e.ariaLive]")
    assert live == ["status", "polite"]
    key(browser, "NO-ROUTE")
    until(browser, f"3 of {everything} interfaces shown")
    assert all("no-route" in text for text in browser.run(VISIBLE))

    # Two words: both are to be there. Then the selects, by keys.
    key(browser, " web-2")
    until(browser, f"1 of {everything} interfaces shown")
    for _ in range(12):
        key(browser, Keys.BACKSPACE)
    key(browser, Keys.BACKSPACE, Keys.BACKSPACE)
    until(browser, f"{everything} of {everything} interfaces shown")
    key(browser, Keys.TAB, "missing")
    missing = sum(interface["watched"] == "missing" for interface in interfaces(reports.json()))
    until(browser, f"{missing} of {everything} interfaces shown")
    # Past the other selects to the button that ends it.
    while browser.run("return document.activeElement.id") != "filter-clear":
        key(browser, Keys.TAB)
    key(browser, Keys.ENTER)
    until(browser, f"{everything} of {everything} interfaces shown")
    assert browser.run("return document.activeElement.id") == "filter-text"


@pytest.mark.parametrize(
    ("select", "value", "field"),
    [("filter-watched", "left-alone", "watched"), ("filter-arrival", "blocked", "arrival"), ("filter-arrival", "-", "")],
)
def test_the_selects_filter(browser, reports, select, value, field):
    browser.open(reports.html())
    rows = interfaces(reports.json())
    if field == "watched":
        expected = sum(row["watched"] == value for row in rows)
    elif field == "arrival":
        expected = sum((row["arrival"] or {}).get("answer") == value for row in rows)
    else:
        expected = sum(row["arrival"] is None for row in rows)
    assert 0 < expected < len(rows)
    browser.run(
        """const e = document.getElementById(arguments[0]);
           e.value = arguments[1];
           e.dispatchEvent(new Event('change'));""",
        select,
        value,
    )
    until(browser, f"{expected} of {len(rows)} interfaces shown")
    assert len(browser.run(VISIBLE)) == expected


def test_a_finding_leads_to_its_interfaces(browser, reports):
    browser.open(reports.html())
    browser.run("document.querySelector('button[data-show=no-route]').click()")
    until(browser, f"3 of {len(interfaces(reports.json()))} interfaces shown")
    assert browser.run("return document.activeElement.value") == "no-route"


def test_without_script_everything_is_there(browser, reports):
    browser.open(reports.html(), script=False)
    assert len(browser.run(VISIBLE)) == len(interfaces(reports.json()))
    hidden = "return Array.from(document.querySelectorAll('#filter, button')).every((e) => !e.checkVisibility())"
    assert browser.run(hidden), "what only a script can do is not offered"
    text = browser.run("return document.body.innerText")
    for region in reports.json():
        for finding in region["findings"] or []:
            # Backticks are shown as code.
            assert finding["message"].replace("`", "") in text


@pytest.mark.parametrize("script", [True, False])
def test_on_paper_everything_is_there(browser, reports, tmp_path, script):
    browser.open(reports.html(), scheme="dark", script=script)
    # Whatever was hidden or closed before.
    browser.run(f"{ROWS}.forEach((row) => {{ row.hidden = true; }})")
    browser.run("document.querySelectorAll('details').forEach((details) => { details.open = false; })")
    browser.media("print", "dark")
    assert len(browser.run(VISIBLE)) == len(interfaces(reports.json()))
    shown = "return Array.from(document.querySelectorAll(arguments[0])).filter((e) => e.checkVisibility()).length"
    assert browser.run(shown, "nav, .skip, #filter, button, #shown") == 0
    # The entries of a picture have no boxes of their own: their names have.
    entries = "details li:not(.bars li), details .bars .what"
    listed = browser.run("return document.querySelectorAll(arguments[0]).length", entries)
    assert listed > 20
    assert browser.run(shown, entries) == listed
    # Black on white, for those who look at it in the dark too.
    assert browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"

    browser.pdf(tmp_path / "report.pdf")
    pages = pypdf.PdfReader(tmp_path / "report.pdf").pages
    # Letters that are printed as one are several.
    text = unicodedata.normalize("NFKC", "".join(page.extract_text() for page in pages))
    # Backticks are shown as code.
    text = re.sub(r"[\s`]", "", text)
    for region in reports.json():
        for interface in region["interfaces"] or []:
            assert interface["id"] in text
        for finding in region["findings"] or []:
            assert re.sub(r"[\s`]", "", finding["message"]) in text, finding["message"]


def test_names_are_shown_as_they_are(browser, reports):
    browser.open(reports.html("hostile"))
    shown = browser.run(f"{ROWS}.map((row) => row.querySelector('bdi').textContent)")
    names = [interface["name"] for interface in interfaces(reports.json("hostile"))]
    assert len(shown) == len(names) == 10
    # But for what would turn the letters around it.
    for found, name in zip(shown, names):
        expected = re.sub("[\u202a-\u202e\u2066-\u2069]", "", name)
        assert found == re.sub(r"[\x00-\x1f\x7f]", " ", expected)
    assert browser.run("return document.querySelectorAll('img, iframe, object, script').length") == 1
    handlers = "return Array.from(document.querySelectorAll('*')).flatMap((e) => e.getAttributeNames())"
    assert not [name for name in browser.run(handlers) if name.startswith("on")]


def test_ten_thousand_interfaces_can_be_filtered(browser, reports):
    browser.open(reports.html("large"))
    until(browser, "10000 of 10000 interfaces shown")
    browser.driver.find_element("id", "filter-text").send_keys("worker-9998")
    until(browser, "1 of 10000 interfaces shown")
    assert len(browser.run(VISIBLE)) == 1
    assert not browser.run("return document.querySelector('details').open"), "a long list is closed"


@pytest.mark.parametrize(
    ("name", "scheme", "width", "height", "anchor"),
    [
        ("audit-report.png", "light", 1280, 1500, None),
        ("audit-report-coverage.png", "dark", 1280, 1150, "rule"),
        ("audit-report-narrow.png", "light", 400, 900, "coverage"),
    ],
)
def test_pictures_for_the_documents(browser, reports, name, scheme, width, height, anchor):
    path = SCREENS / name
    if os.environ.get("UPDATE_GOLDEN"):
        browser.open(reports.html(), scheme=scheme, width=width, height=height)
        if anchor:
            browser.run("document.getElementById(arguments[0]).scrollIntoView()", anchor)
        browser.picture(path)
    picture = path.read_bytes()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(picture[16:20]) == width and int.from_bytes(picture[20:24]) == height
    assert 20_000 < len(picture) < 600_000
